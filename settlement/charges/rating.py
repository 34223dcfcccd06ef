"""Enter the rates that fails are charged by: proposed by one person, in force by another's word.

A rate is never changed: one that was wrong is corrected by the same rate again, which then counts.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from backoffice.desk import approving
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.canonical import fingerprint, jsonable
from backoffice.kernel.refusals import Refused
from settlement.models import PenaltyRate, PenaltyRegime
from settlement.rules.rates import RateDraft, check

KIND: Final = "settlement.penalty_rates"
TURN: Final = "SELECT pg_advisory_xact_lock(hashtextextended('settlement.penalty_rates', 0))"
SHOWN: Final = 20
Key = tuple[str, str, str, date]


class RatesKnown(Refused):
    """Every rate of a proposal is in force as it is."""

    code = "penalty-rates-known"
    status = 409
    en = "These rates are recorded already."
    th = "อัตราเหล่านี้บันทึกไว้แล้ว"


def propose(*, rates: Sequence[RateDraft], actor: Actor, at: datetime) -> int:
    """Ask for a second person's approval of rates; the same ones are asked for once.

    Returns:
        The work item's id.

    Raises:
        NotAllowed, RateWrong, RatesKnown.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    for rate in rates:
        check(rate)
    new = _new(rates)
    if not new:
        raise RatesKnown
    told = jsonable([asdict(rate) for rate in new])
    names = sorted({f"{one.tariff} {one.currency or one.category}" for one in new})
    shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return approving.propose(
        kind=KIND,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.penalty_rate",
        subject_ref=f"{new[0].tariff}/{fingerprint(told)[:16]}",
        title_en=f"{len(new)} penalty rates: {shown}",
        title_th=f"อัตราค่าปรับ {len(new)} อัตรา: {shown}",
        payload={
            "count": len(new),
            "rates": "; ".join(_told(one) for one in new[:SHOWN]),
            "source": new[0].source,
            "rates_id": told,
            "proposed_by": actor.name,
        },
        actor=actor,
        at=at,
    )


def decide(*, payload: dict[str, Any], approved: bool, actor: Actor, at: datetime) -> None:
    """The effect of the desk's decision, on the reactions page as KIND."""
    if approved:
        rates = [_read(one) for one in payload["rates_id"]]
        record(rates=rates, proposed_by=payload["proposed_by"], actor=actor, at=at)


def record(
    *, rates: Sequence[RateDraft], proposed_by: str, actor: Actor, at: datetime
) -> list[int]:
    """Write approved rates, those in force as they are passed over; returns ids of the new ones.

    A process may call this; people go through `propose`.

    Raises:
        NotAllowed, SamePerson, RateWrong.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    if not actor.is_process and proposed_by == actor.name:
        raise approving.SamePerson
    for rate in rates:
        check(rate)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TURN)
        numbers = {key: row.correction + 1 for key, row in _in_force(rates).items()}
        made = PenaltyRate.objects.bulk_create(
            PenaltyRate(
                **asdict(rate),
                correction=numbers.get(_key(rate), 0),
                recorded_at=at,
                proposed_by=proposed_by,
                recorded_by=actor.name,
            )
            for rate in _new(rates)
        )
        audit.record(
            actor=actor,
            at=at,
            verb="rating.record",
            subject_kind="settlement.penalty_rate",
            subject_id=made[0].pk if made else "",
            detail={"rates": len(made), "proposed_by": proposed_by},
        )
        return [one.pk for one in made]


def _key(rate: RateDraft | PenaltyRate) -> Key:
    return rate.tariff, rate.category, rate.currency, rate.valid_from


def _in_force(rates: Sequence[RateDraft]) -> dict[Key, PenaltyRate]:
    rows = PenaltyRate.objects.in_force().filter(
        tariff__in={one.tariff for one in rates},
        valid_from__in={one.valid_from for one in rates},
    )
    return {_key(row): row for row in rows}


def _new(rates: Sequence[RateDraft]) -> list[RateDraft]:
    """Those that say something new: of one rate twice, the last."""
    known = _in_force(rates)
    last = {_key(rate): rate for rate in rates}
    return [rate for key, rate in last.items() if not _same(rate, known.get(key))]


def _same(rate: RateDraft, row: PenaltyRate | None) -> bool:
    if row is None:
        return False
    return (rate.percent, rate.basis_points, rate.day_count) == (
        *(row.percent, row.basis_points, row.day_count),
    )


def _told(one: RateDraft) -> str:
    rate = f"{one.percent} %" if one.percent is not None else f"{one.basis_points} bp"
    return f"{one.tariff} {one.category} {one.currency} {rate} {one.valid_from}".replace("  ", " ")


def _read(told: dict[str, Any]) -> RateDraft:
    def number(name: str) -> Decimal | None:
        return None if told[name] is None else Decimal(told[name])

    return RateDraft(
        **{
            **told,
            "valid_from": date.fromisoformat(told["valid_from"]),
            "percent": number("percent"),
            "basis_points": number("basis_points"),
        }
    )


def enter_regime(*, regime: PenaltyRegime, actor: Actor, at: datetime) -> PenaltyRegime:
    """State from a day on by which tariff a market charges its fails, and when it buys in.

    Args:
        regime: unsaved.

    Raises:
        NotAllowed.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    with transaction.atomic():
        regime.save(force_insert=True)
        audit.record(
            actor=actor,
            at=at,
            verb="rating.enter_regime",
            subject_kind="settlement.penalty_regime",
            subject_id=f"{regime.market} {regime.valid_from}",
            detail={"tariff": regime.tariff, "source": regime.source},
        )
    return regime
