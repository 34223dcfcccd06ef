"""Revaluing: foreign positions carried at a day's rates, taken back the next day.

Revaluations stand in the journal FXR, under keys that name their day. So cost is what all other
journals say, a payment realises the whole difference against cost, and what a later booking makes
of an earlier revaluation is found by its key and corrected (`correct`) in the same transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction

from accounting import chart, positions, posting, rates, reversing
from accounting.models import Entry
from accounting.positions import DAY, MONETARY, PREFIX, SOURCE, Keeper
from accounting.posting import POSTERS
from accounting.recording import PostedEntry
from accounting.rules import fx
from accounting.rules.drafts import EntryDraft, LineDraft
from accounting.rules.fx import Position
from backoffice.kernel.actors import Actor, Department

JOURNAL: Final = "FXR"
LINES_MAX: Final = 10_000
"""Positions in one entry; each has a line, and at most one more for its dimensions."""


@dataclass(frozen=True, slots=True)
class Revaluation:
    """What a revaluation did.

    Attributes:
        entries: entries of the day, none when all was carried at the rates already.
        reversals: their reversals of the next day.
        gain: unrealised gain of these entries in functional currency; below zero a loss.
        positions: how many positions were looked at.
    """

    entries: tuple[PostedEntry, ...]
    reversals: tuple[PostedEntry, ...]
    gain: Decimal
    positions: int


def revalue(
    *,
    entity: str,
    on: date,
    accounts: Iterable[str] = MONETARY,
    stated: Mapping[str, Decimal] | None = None,
    source: str = "",
    pivot: str = "",
    actor: Actor,
    at: datetime,
) -> Revaluation:
    """Carry foreign positions at the rates of a day; the next day takes the difference back.

    Run again for the same day, it corrects: only what is not carried at the rate yet is posted.

    Args:
        entity: the entity's code.
        on: the day, usually a period's last.
        accounts: monetary accounts or branches.
        stated: rates in functional currency for one unit, by currency; others are looked up.
        source, pivot: of the rates, as in `rates.rate_on`.
        actor, at: who and when.

    Raises:
        RateMissing, Unvalued, PeriodClosed, EntityUnknown, NotAllowed.
    """
    actor.require(*POSTERS, department=Department.ACCOUNTING)
    keeper = positions.keeper_of(entity)
    with transaction.atomic():
        positions.take_turn(keeper)
        found = positions.found(keeper, on, accounts)
        positions.require_values(keeper, on, found)
        wanted = {position.currency for position in found if position.amount}
        rate_of = rates.required_on(
            bases=wanted, quote=keeper.code, on=on, stated=stated, source=source, pivot=pivot
        )
        entries, reversals, gain = [], [], Decimal(0)
        for start in range(0, len(found), LINES_MAX):
            part = found[start : start + LINES_MAX]
            lines = fx.revaluation(part, rate_of.__getitem__, keeper.currency)
            if not lines:
                continue
            used = {
                f"rate:{code}": rate_of[code].told()[:500]
                for code in sorted({position.currency for position in part if position.amount})
            }
            entry, reversal = _post(keeper, on, lines, told=used, actor=actor, at=at)
            entries.append(entry)
            reversals.append(reversal)
            gain -= sum(line.amount for line in lines if line.account == fx.UNREALISED)
        return Revaluation(tuple(entries), tuple(reversals), gain, len(found))


def correct(
    *,
    keeper: Keeper,
    position: Position,
    on: date,
    step: Decimal,
    why: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Change what the revaluation of the day `on` says about a position, and its reversal alike.

    Args:
        step: how much its value grows, in functional currency.
        why: the key of what made it necessary.
    """
    lines = fx.revalued_by([(position, step)], keeper.currency)
    if lines:
        _post(keeper, on, lines, told={"because_of": why}, actor=actor, at=at)


def _post(
    keeper: Keeper,
    on: date,
    lines: tuple[LineDraft, ...],
    *,
    told: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> tuple[PostedEntry, PostedEntry]:
    """Post a revaluation entry and its reversal of the next day."""
    chart.ensure_journal(
        entity=keeper.entity,
        code=JOURNAL,
        name_en="Currency revaluation",
        name_th="สมุดรายวันปรับมูลค่าเงินตราต่างประเทศ",
        actor=actor,
        at=at,
    )
    positions.ensure_accounts(keeper, lines, actor=actor, at=at)
    day = f"{PREFIX}{on.isoformat()}:"
    number = Entry.objects.filter(
        entity_id=keeper.id, key__startswith=day, reversal_of__isnull=True
    ).count()
    draft = EntryDraft(
        key=f"{day}{number + 1}",
        date=on,
        journal=JOURNAL,
        entity=keeper.entity,
        memo=f"Revaluation of foreign currencies at {on.isoformat()}",
        lines=lines,
        source=SOURCE,
        attributes=told,
    )
    entry = posting.post(entry=draft, actor=actor, at=at)
    reversal = reversing.reverse(
        entity=keeper.entity,
        entry_id=entry.id,
        date=on + DAY,
        key=f"{draft.key}:back",
        actor=actor,
        at=at,
    )
    return entry, reversal
