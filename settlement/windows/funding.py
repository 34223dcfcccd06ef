"""Funding: what participants bring in and take out, and on which terms they may be short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from backoffice.frame import audit
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference import days
from settlement.directory import identifying
from settlement.models import (
    AccountLimit,
    MarketRule,
    Movement,
    Participant,
    Pledge,
    SettlementRun,
)
from settlement.windows import position_booking, positions

FUNDERS = (Role.CLERK, Role.CHECKER, Role.MANAGER, Role.INTEGRATOR)
KEEPERS = (Role.CHECKER, Role.MANAGER)


class NoSuchParticipant(Refused):
    """No participant has this code."""

    code = "settlement-participant-unknown"
    status = 404
    en = "There is no participant {code!r}."
    th = "ไม่มีผู้เข้าร่วมรหัส {code!r}"


class NotEnough(Refused):
    """More would be taken out than the account may fall."""

    code = "position-short"
    status = 409
    en = "{participant} is {short} {asset} short."
    th = "{participant} มี {asset} ไม่พอ ขาดอีก {short}"


class FundingDiffers(Refused):
    """A funding that is known came again with other content."""

    code = "funding-differs"
    status = 409
    en = "Funding {reference} was recorded before with other content."
    th = "เคยบันทึกการฝากถอน {reference} ไว้แล้วด้วยเนื้อหาที่ต่างกัน"


class PledgeDiffers(Refused):
    """A pledge that is known came again with other content."""

    code = "pledge-differs"
    status = 409
    en = "Pledge {reference} was recorded before with other content."
    th = "เคยบันทึกหลักประกัน {reference} ไว้แล้วด้วยเนื้อหาที่ต่างกัน"


class PledgeOneSided(Refused):
    """Collateral and its credit come and go together, or credit stands on nothing."""

    code = "pledge-one-sided"
    en = "Collateral and its credit must both rise or both fall."
    th = "หลักประกันและวงเงินที่ได้จากหลักประกันต้องเพิ่มหรือลดไปด้วยกัน"


class PledgedLess(Refused):
    """More would be given back than is pledged, or credit would stay without its collateral."""

    code = "pledged-less"
    status = 409
    en = "{participant} has pledged {quantity} {asset} for {credit} {currency}; no more comes back."
    th = "{participant} วางหลักประกันไว้ {quantity} {asset} ได้วงเงิน {credit} {currency} คืนได้ไม่เกินนี้"


@dataclass(frozen=True, slots=True)
class Funds:
    """What one participant brings in (above zero) or takes out; in units of the asset."""

    participant: str
    asset: str
    quantity: Decimal


def fund(
    *,
    book: str,
    reference: str,
    business_date: date,
    funds: Sequence[Funds],
    actor: Actor,
    at: datetime,
) -> int:
    """Bring in or take out, and post it; the same reference is taken once.

    Args:
        funds: all or nothing.
        business_date: the day it is posted on; not one that is closing or sealed.

    Returns:
        The run's number.

    Raises:
        NoSuchParticipant, NotEnough, FundingDiffers, DayNotOpen, NotAllowed.
    """
    actor.require(*FUNDERS, department=_of(actor))
    with transaction.atomic():
        sealed = days.not_taking(dates=[business_date], book=book)
        number = positions.take_turn(book=book)
        ids = _participants({one.participant for one in funds})
        changes = _changes(funds)
        known = SettlementRun.objects.filter(
            book=book, kind=SettlementRun.Kind.FUNDING, reference=reference
        ).first()
        if known is not None:
            return _same(known, changes, ids)
        if sealed:
            # Tells in which state the day is.
            days.require_open(business_date=business_date, book=book)
        _require_enough(book, business_date, changes, ids)
        run = SettlementRun.objects.create(
            book=book,
            number=number,
            business_date=business_date,
            kind=SettlementRun.Kind.FUNDING,
            reference=reference,
            items=len(funds),
            settled=len(funds),
            proven=True,
            started_at=at,
            finished_at=at,
        )
        Movement.objects.bulk_create(
            Movement(
                run=run,
                book=book,
                participant_id=ids[code] if code else None,
                asset=asset,
                quantity=quantity,
            )
            for (code, asset), quantity in changes.items()
        )
        position_booking.book_run(run=run, actor=actor, at=at)
        audit.record(
            actor=actor,
            at=at,
            verb="funding.fund",
            subject_kind="settlement.run",
            subject_id=f"{book}/{number}",
            detail={"reference": reference},
        )
        return number


def set_limit(
    *,
    book: str,
    participant: str,
    asset: str,
    kind: str,
    amount: Decimal | None,
    valid_from: date,
    actor: Actor,
    at: datetime,
    counterparty: str = "",
) -> None:
    """State a limit from a day on; None ends it.

    Args:
        kind: "credit_line", "net_debit_cap", "minimum_balance", or "bilateral" with counterparty.
        amount: in units of the asset, not negative.

    Raises:
        NoSuchParticipant, InstrumentUnknown, NotAllowed, ValueError for another kind.
    """
    actor.require(*KEEPERS, department=Department.SETTLEMENT)
    ids = _participants({participant, counterparty} - {""})
    # A misspelt limit would limit nobody, and nobody would notice.
    identifying.require_instrument(asset, field="asset")
    with transaction.atomic():
        row = AccountLimit.objects.create(
            book=book,
            participant_id=ids[participant],
            counterparty_id=ids.get(counterparty),
            asset=asset,
            kind=AccountLimit.Kind(kind),
            amount=amount,
            valid_from=valid_from,
            recorded_at=at,
            recorded_by=actor.name,
        )
        _tell("funding.set_limit", "limit", str(row), actor, at)


def pledge(
    *,
    book: str,
    reference: str,
    participant: str,
    asset: str,
    quantity: Decimal,
    currency: str,
    credit: Decimal,
    actor: Actor,
    at: datetime,
) -> None:
    """Block a quantity as collateral for credit; negative gives it back. Once a reference.

    Args:
        quantity: in units of the asset; credit: in major units of `currency`, after the haircut.

    Raises:
        NoSuchParticipant, NotEnough, PledgeDiffers, PledgeOneSided, PledgedLess, CurrencyUnknown,
        NotAllowed.
    """
    actor.require(*KEEPERS, department=Department.SETTLEMENT)
    ids = _participants({participant})
    if not quantity or quantity * credit < 0:
        raise PledgeOneSided(Place(field="credit"))
    money.require_current(currency)
    made = Pledge(
        book=book,
        reference=reference,
        participant_id=ids[participant],
        asset=asset,
        quantity=quantity,
        currency=currency,
        credit=credit,
        pledged_at=at,
        pledged_by=actor.name,
    )
    with transaction.atomic():
        positions.take_turn(book=book)
        known = Pledge.objects.filter(book=book, reference=reference).first()
        if known is not None:
            if _terms(known) != _terms(made):
                raise PledgeDiffers(Place(field="reference"), reference=reference)
            return
        _require_pledged(made, participant)
        _require_covered(made, participant)
        made.save(force_insert=True)
        _tell("funding.pledge", "pledge", reference, actor, at)


def set_market_rule(*, rule: MarketRule, actor: Actor, at: datetime) -> None:
    """State how a market settles from a day on: an unsaved MarketRule."""
    actor.require(*KEEPERS, department=Department.SETTLEMENT)
    with transaction.atomic():
        rule.recorded_at, rule.recorded_by = at, actor.name
        rule.save(force_insert=True)
        _tell("funding.set_market_rule", "market_rule", str(rule), actor, at)


def _changes(funds: Sequence[Funds]) -> dict[tuple[str, str], Decimal]:
    """Both sides of every funding; the house's own side has no participant."""
    changes: dict[tuple[str, str], Decimal] = {}
    for one in funds:
        for key, quantity in (
            ((one.participant, one.asset), one.quantity),
            (("", one.asset), one.quantity.copy_negate()),
        ):
            changes[key] = money.WIDE.add(changes.get(key, Decimal(0)), quantity)
    return {key: quantity for key, quantity in changes.items() if quantity}


def _same(
    known: SettlementRun, changes: dict[tuple[str, str], Decimal], ids: dict[str, int]
) -> int:
    wanted = {(ids.get(code), asset): quantity for (code, asset), quantity in changes.items()}
    rows = known.movements.values_list("participant_id", "asset", "quantity")
    if {(who, asset): quantity for who, asset, quantity in rows} != wanted:
        raise FundingDiffers(Place(field="reference"), reference=known.reference)
    return known.number


def _require_enough(
    book: str,
    business_date: date,
    changes: Mapping[tuple[str, str], Decimal],
    ids: Mapping[str, int],
) -> None:
    """No account falls below its floor by all that is taken out of it together."""
    taken = {key: change for key, change in changes.items() if key[0] and change < 0}
    if not taken:
        return
    held = positions.positions(book=book)
    stated = positions.limits(book=book, on=business_date)
    for (code, asset), change in taken.items():
        floor = positions.floor_of(stated.get((ids[code], None, asset), {}))
        left = held.get((ids[code], asset), Decimal(0)) + change - floor
        if left < 0:
            raise _short(code, asset, left)


def _require_covered(made: Pledge, participant: str) -> None:
    """What is pledged is there, and credit that goes is not drawn on."""
    who, on = made.participant_id, made.pledged_at.date()
    held = positions.positions(book=made.book)
    stated = positions.limits(book=made.book, on=on)
    if made.quantity > 0:
        # Nobody pledges what a credit line lets it owe: all that is pledged has to be there.
        kept = stated.get((who, None, made.asset), {}).get("minimum_balance", Decimal(0))
        left = held.get((who, made.asset), Decimal(0)) - made.quantity - kept
        if left < 0:
            raise _short(participant, made.asset, left)
    elif made.credit:
        floor = positions.floor_of(stated.get((who, None, made.currency), {}))
        left = held.get((who, made.currency), Decimal(0)) + made.credit - floor
        if left < 0:
            raise _short(participant, made.currency, left)


def _short(participant: str, asset: str, left: Decimal) -> NotEnough:
    short = f"{left.copy_negate().normalize(money.WIDE):f}"
    place = Place(field="quantity")
    return NotEnough(place, participant=participant, asset=asset, short=short)


def _terms(pledge: Pledge) -> tuple[object, ...]:
    return (
        pledge.participant_id, pledge.asset, pledge.quantity, pledge.currency, pledge.credit
    )  # fmt: skip


def _require_pledged(back: Pledge, participant: str) -> None:
    """What is given back was pledged, and no credit stays when the last unit goes."""
    if back.quantity > 0:
        return
    found = Pledge.objects.filter(
        book=back.book,
        participant_id=back.participant_id,
        asset=back.asset,
        currency=back.currency,
    ).aggregate(quantity=Sum("quantity", default=Decimal(0)), credit=Sum("credit", default=0))
    left, credit = found["quantity"] + back.quantity, found["credit"] + back.credit
    if left < 0 or credit < 0 or (credit and not left):
        raise PledgedLess(
            Place(field="quantity"),
            participant=participant,
            quantity=f"{found['quantity'].normalize():f}",
            asset=back.asset,
            credit=f"{Decimal(found['credit']).normalize():f}",
            currency=back.currency,
        )


def _participants(codes: set[str]) -> dict[str, int]:
    ids = dict(Participant.objects.filter(code__in=codes).values_list("code", "pk"))
    for code in sorted(codes - ids.keys()):
        raise NoSuchParticipant(Place(field="participant"), code=code)
    return ids


def _of(actor: Actor) -> Department | None:
    """A person works in settlement; a system's door has no department."""
    return None if actor.role is Role.INTEGRATOR else Department.SETTLEMENT


def _tell(verb: str, noun: str, subject: str, actor: Actor, at: datetime) -> None:
    audit.record(
        actor=actor, at=at, verb=verb, subject_kind=f"settlement.{noun}", subject_id=subject[:120]
    )
