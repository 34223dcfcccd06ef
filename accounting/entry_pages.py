"""Reads for screens and doors: entries with all that belongs to them, parts of a trial balance."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet

from accounting import chart, proof
from accounting.models import DimensionSet, Entry, Line, Pending, PendingLine
from accounting.queries import BalanceRow
from accounting.refusals import EntryUnknown
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.money import WIDE

READERS: Final = (Role.CLERK, Role.CHECKER, Role.MANAGER, Role.AUDITOR, Role.INTEGRATOR)
EVERYWHERE: Final = frozenset({Role.MANAGER, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class EntryPage:
    """An entry; `entry` also has the attributes lines, reversed_by, pending_state and proof."""

    entry: Any
    dimension_sets: Mapping[int, dict[str, str]]


def require_reader(actor: Actor) -> None:
    """Refuse with NotAllowed who may not read the books.

    The department's own may, and managers and auditors of all departments.
    """
    own = None if actor.role in EVERYWHERE else Department.ACCOUNTING
    actor.require(*READERS, department=own)


def entries(
    *,
    entity: str,
    journal: str | None = None,
    from_date: date | None = None,
    to_date: date | None = None,
    **exact: str,
) -> QuerySet[Entry]:
    """Entries of an entity, with the names of what they belong to.

    Args:
        entity, journal: codes.
        from_date, to_date: effective dates, inclusive.
        exact: key, source, phase.

    Raises:
        EntityUnknown.
    """
    found = Entry.objects.filter(entity_id=chart.entity_id(entity), **exact)
    if journal is not None:
        found = found.filter(journal__code=journal)
    if from_date is not None:
        found = found.filter(date__gte=from_date)
    if to_date is not None:
        found = found.filter(date__lte=to_date)
    return found.select_related("entity", "journal")


def detail(entry_id: int) -> EntryPage:
    """An entry with its lines, its reversal, its pending state and its proof.

    Raises:
        EntryUnknown.
    """
    rows = Entry.objects.select_related("entity", "journal").filter(pk=entry_id)
    found: Any = rows.first()
    if found is None:
        raise EntryUnknown(entry=entry_id)
    lines = lines_of(found)
    reversal = Entry.objects.filter(reversal_of_id=entry_id).values_list("pk", flat=True)
    shown = _Shown(found)
    shown.lines = lines
    shown.reversed_by = reversal.first()
    shown.pending_state = Pending.objects.filter(pk=entry_id).first()
    sealed = proof.inclusion(entity=found.entity.code, entry_id=entry_id)
    shown.proof = asdict(sealed) if sealed else None
    return EntryPage(shown, dimension_sets(lines))


class _Shown:
    """An entry that lends its own fields, beside what was added."""

    lines: list[Any]
    reversed_by: int | None
    pending_state: Pending | None
    proof: dict[str, Any] | None

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)


def lines_of(entry: Entry) -> list[Line] | list[PendingLine]:
    """The lines that an entry owns or reserves, with their accounts, in order."""
    if entry.phase == Entry.Phase.PENDING:
        reserved = PendingLine.objects.filter(entry_id=entry.pk).select_related("account")
        return list(reserved.order_by("line_no"))
    posted = Line.objects.filter(entry_id=entry.pk).select_related("account")
    return list(posted.order_by("line_no"))


def dimension_sets(lines: Iterable[Any]) -> dict[int, dict[str, str]]:
    """Dimensions by the number of their set, for lines."""
    wanted = {line.dimension_set_id for line in lines} - {0}
    if not wanted:
        return {}
    return dict(DimensionSet.objects.filter(pk__in=wanted).values_list("pk", "dimensions"))


def below(rows: Iterable[BalanceRow], branch: str) -> list[BalanceRow]:
    """The rows of an account and of the branch below it; all for ""."""
    return [
        row
        for row in rows
        if not branch or row.account == branch or row.account.startswith(f"{branch}:")
    ]


def totals(rows: Iterable[BalanceRow]) -> dict[str, dict[str, Decimal]]:
    """Debits, credits and balance by currency."""
    sums: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        own = sums.setdefault(
            row.currency, dict.fromkeys(("debit", "credit", "balance"), Decimal(0))
        )
        for name in own:
            own[name] = WIDE.add(own[name], getattr(row, name))
    return dict(sorted(sums.items()))
