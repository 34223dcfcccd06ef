"""Keys that came before: what differs from the first request, and which keys failed."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from accounting.models import DimensionSet, Entity, Entry, FailedKey, Line, PendingLine
from accounting.refusals import BookRefused
from accounting.rules.drafts import CheckedEntry
from backoffice.kernel.actors import Actor


def differing_field(entry_id: int | None, entry: CheckedEntry) -> str:
    """The first field in which `entry` differs from what is in the book under its key.

    Returns "date", "journal", "memo", "source", "attributes", "lines" or a JSON pointer such as
    "/lines/0/amount"; "request" for what the entry itself does not show (a timeout).
    """
    if entry_id is None:
        return "request"
    stored = Entry.objects.select_related("journal").get(pk=entry_id)
    draft = entry.draft
    pairs = {
        "date": (stored.date, draft.date),
        "journal": (stored.journal.code, draft.journal),
        "memo": (stored.memo, draft.memo),
        "source": (stored.source, draft.source),
        "attributes": (stored.attributes, dict(draft.attributes)),
    }
    for field, (before, now) in pairs.items():
        if before != now:
            return field
    return _differing_line(stored, entry)


def _differing_line(stored: Entry, entry: CheckedEntry) -> str:
    table = PendingLine if stored.phase == Entry.Phase.PENDING else Line
    rows = list(
        table.objects.filter(entry_id=stored.pk)
        .order_by("line_no")
        .values_list("account__code", "amount", "currency", "value", "dimension_set_id")
    )
    sets = dict(
        DimensionSet.objects.filter(pk__in={row[4] for row in rows}).values_list("pk", "canonical")
    )
    if len(rows) != len(entry.lines):
        return "lines"
    for index, (row, line) in enumerate(zip(rows, entry.lines, strict=True)):
        account, amount, currency, value, dimensions = row
        checks = {
            "account": account == line.account,
            "currency": currency == line.currency,
            "amount": format(amount, "f") == line.amount,
            # Without a value, the ledger gives the amount at home, and none elsewhere.
            "value": value in (None, amount)
            if line.value is None
            else value == Decimal(line.value),
            "dimensions": sets.get(dimensions, "") == line.dimensions,
        }
        for field, same in checks.items():
            if not same:
                return f"/lines/{index}/{field}"
    return "request"


def remember_failures(
    refused: Iterable[tuple[CheckedEntry, BookRefused]], *, actor: Actor, at: datetime
) -> None:
    """Keep the keys that the state of the books refused: they stay failed."""
    failed = {
        (entry.draft.entity, entry.draft.key): (entry.fingerprint, refusal)
        for entry, refusal in refused
    }
    if not failed:
        return
    entities = dict(
        Entity.objects.filter(code__in={entity for entity, _ in failed}).values_list("code", "id")
    )
    FailedKey.objects.bulk_create(
        [
            FailedKey(
                entity_id=entities[entity],
                key=key,
                fingerprint=fingerprint,
                rule=refusal.code,
                recorded_at=at,
                actor=actor.name,
            )
            for (entity, key), (fingerprint, refusal) in failed.items()
            if entity in entities
        ],
        ignore_conflicts=True,
    )
