"""Reversing: an entry is undone by its mirror image on a chosen date, never by a change."""

from datetime import date, datetime

from accounting import chart, currencies, positions, recording, year_ends
from accounting.models import DimensionSet, Entry, Line
from accounting.posting import POSTERS
from accounting.recording import PostedEntry
from accounting.refusals import EntryUnknown, NotReversible
from accounting.rules.drafts import EntryDraft, LineDraft, checked
from accounting.sending import Sent
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused


class RevaluationKept(Refused):
    """The reversal that a revaluation brought with it is not undone."""

    code = "revaluation-kept"
    status = 409
    en = "This takes back the revaluation of {day}; it is not undone. Revalue again instead."
    th = "รายการนี้กลับการปรับมูลค่าของวันที่ {day} จึงยกเลิกไม่ได้ ให้ปรับมูลค่าใหม่แทน"


def reverse(
    *,
    entity: str,
    entry_id: int,
    date: date,
    key: str,
    memo: str = "",
    actor: Actor,
    at: datetime,
) -> PostedEntry:
    """Post the mirror image of an entry.

    Args:
        entity: the entity's code.
        entry_id: the entry to reverse; it stays as it is, and is reversed at most once.
        date: effective date of the reversal; a closed period refuses it, whatever the date of the
            entry that is reversed.
        key: the caller's key, as for any posting.
        memo: shown with the reversal; by default "Reversal of" and the first entry's memo.
        actor, at: who and when.

    Raises:
        EntryUnknown, NotReversible, ReversedAlready, PeriodClosed, KeyConflict, KeyFailed,
        YearIsShut: a year's closing is taken back by reopening the year.
        RevaluationKept: a revaluation's own reversal stays, or its gain would count for ever.
    """
    actor.require(*POSTERS)
    found = _entry(entity, entry_id)
    if year_ends.is_of_closing(found):
        raise year_ends.YearIsShut(year=found.date.year)
    if found.reversal_of is not None and found.reversal_of.source == positions.SOURCE:
        raise RevaluationKept(day=found.reversal_of.date)
    return take_back(
        entity=entity, entry_id=entry_id, date=date, key=key, memo=memo, actor=actor, at=at
    )


def take_back(
    *,
    entity: str,
    entry_id: int,
    date: date,
    key: str,
    memo: str = "",
    actor: Actor,
    at: datetime,
) -> PostedEntry:
    """As `reverse`, of any entry: for the room that made it and keeps what depends on it in step.

    Raises:
        EntryUnknown, NotReversible, ReversedAlready, PeriodClosed, KeyConflict, KeyFailed.
    """
    actor.require(*POSTERS)
    found = _entry(entity, entry_id)
    if found.phase != Entry.Phase.POSTED:
        raise NotReversible(entry=entry_id)
    draft = EntryDraft(
        key=key,
        date=date,
        journal=found.journal.code,
        entity=entity,
        memo=memo or f"Reversal of {found.memo or found.key}"[:500],
        lines=mirrored(entry_id),
        source=f"reversal:{entry_id}",
    )
    sent = Sent(checked(draft, currencies.find, salt=str(entry_id)), reversal_of=entry_id)
    return recording.record([sent], actor=actor, at=at, atomic=True)[0].settled()


def _entry(entity: str, entry_id: int) -> Entry:
    found = (
        Entry.objects.select_related("journal", "reversal_of__journal")
        .filter(entity_id=chart.entity_id(entity), pk=entry_id)
        .first()
    )
    if found is None:
        raise EntryUnknown(entry=entry_id)
    return found


def mirrored(entry_id: int) -> tuple[LineDraft, ...]:
    """The lines of a posted entry with their signs turned."""
    rows = Line.objects.filter(entry_id=entry_id).order_by("line_no").select_related("account")
    lines = list(rows)
    sets = dict(
        DimensionSet.objects.filter(pk__in={line.dimension_set_id for line in lines}).values_list(
            "pk", "dimensions"
        )
    )
    return tuple(
        LineDraft(
            account=line.account.code,
            amount=-line.amount,
            currency=line.currency,
            value=None if line.value is None else -line.value,
            dimensions=sets.get(line.dimension_set_id or 0, {}),
        )
        for line in lines
    )
