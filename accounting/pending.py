"""Two-phase posting: reserve amounts, then post them (whole or part), void them, or let them lapse.

A pending entry counts in the pending totals of its accounts and so against their limits; it is no
part of any balance until it is posted. What it became stands in `Pending`; the entry never changes.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from accounting import chart, currencies, periods, recording
from accounting.models import DimensionSet, Entry, PendingLine
from accounting.posting import POSTERS
from accounting.recording import PostedEntry
from accounting.refusals import EntryUnknown, PartTooBig
from accounting.rules.drafts import CheckedEntry, EntryDraft, LineDraft, checked, fingerprint_of
from accounting.sending import Sent
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Place


def pend(
    *, entry: EntryDraft, timeout: timedelta | None = None, actor: Actor, at: datetime
) -> PostedEntry:
    """Reserve an entry's amounts.

    Args:
        entry: as for `posting.post`.
        timeout: from `at` on, how long the reservation holds; None for ever.
        actor, at: who and when.

    Raises:
        As `posting.post`.
    """
    actor.require(*POSTERS)
    salt = "pending" if timeout is None else f"pending {timeout.total_seconds():f}"
    sent = Sent(
        checked(entry, currencies.find, home_of=currencies.home_of, salt=salt),
        phase="pending",
        expires_at=None if timeout is None else at + timeout,
    )
    return recording.record([sent], actor=actor, at=at, atomic=True)[0].settled()


def post_pending(
    *,
    entity: str,
    pending_id: int,
    key: str,
    date: date | None = None,
    lines: Sequence[LineDraft] | None = None,
    memo: str = "",
    actor: Actor,
    at: datetime,
) -> PostedEntry:
    """Post a pending entry and release the rest of what it reserved.

    Args:
        entity: the entity's code.
        pending_id: the pending entry.
        key: this posting's own key.
        date: effective date; by default the pending entry's.
        lines: the part to post, on the accounts, sides and at most the amounts reserved; None for
            the whole.
        memo: by default the pending entry's.
        actor, at: who and when.

    Raises:
        EntryUnknown, PendingSettled (posted, voided or expired), PartTooBig, or as `posting.post`.
    """
    actor.require(*POSTERS)
    pending = _pending(entity, pending_id)
    reserved = _reserved(pending_id)
    if lines is not None:
        _check_part(reserved, lines)
    draft = EntryDraft(
        key=key,
        date=date or pending.date,
        journal=pending.journal.code,
        entity=entity,
        memo=memo or pending.memo,
        lines=tuple(reserved if lines is None else lines),
        source=pending.source,
        attributes=pending.attributes,
    )
    home_of = None if lines is None else currencies.home_of
    entry = checked(draft, currencies.find, home_of=home_of, salt=f"post {pending_id}")
    sent = Sent(entry, pending_id=pending_id)
    return recording.record([sent], actor=actor, at=at, atomic=True)[0].settled()


def void(
    *, entity: str, pending_id: int, key: str, memo: str = "", actor: Actor, at: datetime
) -> PostedEntry:
    """Release all that a pending entry reserved, also where its period was closed since.

    It moves nothing: then it is dated on the day of `at`, not in the closed period.

    Raises:
        EntryUnknown, PendingSettled, or as `posting.post`.
    """
    actor.require(*POSTERS)
    pending = _pending(entity, pending_id)
    draft = EntryDraft(
        key=key,
        date=pending.date,
        journal=pending.journal.code,
        entity=entity,
        memo=memo or pending.memo,
        lines=(),
        source=pending.source,
    )
    # The request is the same, on whichever day it is entered.
    fingerprint = fingerprint_of(draft, [], f"void {pending_id}")
    if periods.is_closed(entity_id=pending.entity_id, day=pending.date):
        draft = replace(draft, date=at.date())
    entry = CheckedEntry(draft, [], fingerprint)
    sent = Sent(entry, phase="void", pending_id=pending_id)
    return recording.record([sent], actor=actor, at=at, atomic=True)[0].settled()


def expire(*, at: datetime, most: int = 10_000) -> int:
    """Release what lapsed by `at`, at most `most` pending entries; returns how many.

    Set-based; several workers share the work, each taking what the others do not hold.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT accounting_expire(%s, %s)", [at, most])
        return int(cursor.fetchone()[0])


def _pending(entity: str, pending_id: int) -> Entry:
    found = (
        Entry.objects.select_related("journal")
        .filter(entity_id=chart.entity_id(entity), pk=pending_id, phase=Entry.Phase.PENDING)
        .first()
    )
    if found is None:
        raise EntryUnknown(entry=pending_id)
    return found


def _reserved(pending_id: int) -> list[LineDraft]:
    rows = PendingLine.objects.filter(entry_id=pending_id).order_by("line_no")
    lines = list(rows.select_related("account"))
    sets = dict(
        DimensionSet.objects.filter(pk__in={line.dimension_set_id for line in lines}).values_list(
            "pk", "dimensions"
        )
    )
    return [
        LineDraft(
            account=line.account.code,
            amount=line.amount,
            currency=line.currency,
            value=line.value,
            dimensions=sets.get(line.dimension_set_id or 0, {}),
        )
        for line in lines
    ]


def _check_part(reserved: Sequence[LineDraft], lines: Sequence[LineDraft]) -> None:
    """Refuse with PartTooBig what goes beyond the reservation."""
    left: dict[tuple[str, str, bool], Decimal] = {}
    for line in reserved:
        slot = (line.account, line.currency, line.amount > 0)
        left[slot] = left.get(slot, Decimal(0)) + abs(line.amount)
    for number, line in enumerate(lines, start=1):
        slot = (line.account, line.currency, line.amount > 0)
        if not line.amount:
            continue
        left[slot] = left.get(slot, Decimal(0)) - abs(line.amount)
        if left[slot] < 0:
            raise PartTooBig(
                Place(line=number, field=f"/lines/{number - 1}/amount"),
                line=number,
                account=line.account,
                currency=line.currency,
            )
