"""Transfers looked up again: by account, by the caller's own data, and as a stream of changes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from heapq import merge

from django.db.models import Q, QuerySet

from accounting import chart
from accounting.models import Account, Entry, Pending
from accounting.rules.transfers import Transfer
from accounting.transferring import KIND, ROOT, code_of, transfer_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; zeros and None leave a part open.

    `first` and `last` are entry ids (for accounts: account ids), both inclusive; `debits` and
    `credits` choose the side that an account stands on.
    """

    user_data: tuple[int, int, int] = (0, 0, 0)
    code: int = 0
    currency: str = ""
    first: int | None = None
    last: int | None = None
    limit: int = 8_190
    backwards: bool = False
    debits: bool = True
    credits: bool = True

    @property
    def is_possible(self) -> bool:
        """False for a range that ends before it begins, no side, or a limit of zero."""
        ordered = self.first is None or self.last is None or self.first <= self.last
        return ordered and self.limit > 0 and (self.debits or self.credits)

    def fits(self, user_data: tuple[int, int, int], code: int, currency: str) -> bool:
        """True if an account's or transfer's own data are what is looked for."""
        same = all(
            not mine or mine == its for mine, its in zip(self.user_data, user_data, strict=True)
        )
        return same and self.code in (0, code) and self.currency in ("", currency)


@dataclass(frozen=True, slots=True)
class Totals:
    """An account after an event: the four totals, and whether it is closed."""

    debits_pending: Decimal = Decimal(0)
    debits_posted: Decimal = Decimal(0)
    credits_pending: Decimal = Decimal(0)
    credits_posted: Decimal = Decimal(0)
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One event: kind "single", "pending", "posted", "voided" or "expired", with both accounts."""

    kind: str
    entry_id: int
    transfer: Transfer
    debit: Totals
    credit: Totals


def accounts(*, entity: str, wanted: Wanted) -> list[int]:
    """Numbers of the accounts whose own data are what is looked for, in order of opening."""
    found = Account.objects.filter(entity__code=entity, code__startswith=ROOT)
    numbers = []
    for account in _ranged(found, wanted) if wanted.is_possible else ():
        data = account.attributes
        if wanted.fits(tuple(data["user_data"]), data["code"], account.currency):
            numbers.append(int(account.code.removeprefix(ROOT)))
            if len(numbers) == wanted.limit:
                break
    return numbers


def transfers(*, entity: str, wanted: Wanted, account: int | None = None) -> list[Transfer]:
    """Transfers in order of recording; with `account`, those of one account."""
    found = _entries(entity, account, wanted)
    fitting = []
    for entry in _ranged(found, wanted) if wanted.is_possible else ():
        transfer = transfer_of(entry)
        if wanted.fits(transfer.user_data, transfer.code, transfer.currency):
            fitting.append(transfer)
            if len(fitting) == wanted.limit:
                break
    return fitting


def balances(*, entity: str, account: int, wanted: Wanted) -> list[tuple[Transfer, Totals]]:
    """An account's totals after each of its transfers, if it was opened with `history`."""
    asked = Account.objects.filter(
        entity__code=entity, code=code_of(account), attributes__history=True
    )
    if not wanted.is_possible or not asked.exists():
        return []

    def fits(change: Change) -> bool:
        t = change.transfer
        side = (wanted.debits and t.debit == account) or (wanted.credits and t.credit == account)
        inside = (wanted.first or 0) <= change.entry_id <= (wanted.last or change.entry_id)
        own = wanted.fits(t.user_data, t.code, t.currency)
        return change.kind != "expired" and side and inside and own

    rows = [
        (change.transfer, change.debit if change.transfer.debit == account else change.credit)
        for change in filter(fits, _changes(_entries(entity, account, Wanted())))
    ]
    return (rows[::-1] if wanted.backwards else rows)[: wanted.limit]


def changes(*, entity: str, wanted: Wanted) -> list[Change]:
    """What happened to transfers, expiry included, with both accounts as they stood after it.

    Reads the entity's transfers from the first on, because totals are running ones.
    """
    fitting = []
    for change in _changes(_entries(entity, None, Wanted(last=wanted.last))):
        if change.entry_id >= (wanted.first or 0):
            fitting.append(change)
        if len(fitting) == wanted.limit:
            break
    return fitting


def _entries(entity: str, account: int | None, wanted: Wanted) -> QuerySet[Entry]:
    found = Entry.objects.filter(entity_id=chart.entity_id(entity), attributes__has_key=KIND)
    if wanted.last is not None:
        found = found.filter(pk__lte=wanted.last)
    if account is None:
        return found
    sides = Q()
    if wanted.debits:
        sides |= Q(attributes__contains={KIND: {"debit": account}})
    if wanted.credits:
        sides |= Q(attributes__contains={KIND: {"credit": account}})
    return found.filter(sides)


def _ranged(found: QuerySet, wanted: Wanted) -> QuerySet:  # type: ignore[type-arg]
    if wanted.first is not None:
        found = found.filter(pk__gte=wanted.first)
    if wanted.last is not None:
        found = found.filter(pk__lte=wanted.last)
    return found.order_by("-pk" if wanted.backwards else "pk")


def _changes(entries: QuerySet[Entry]) -> Iterator[Change]:
    """Events in order; an expiry stands before what was recorded after it."""
    state: dict[int, Totals] = {}
    recorded = ((entry.recorded_at, entry.pk, "", entry) for entry in entries.order_by("pk"))
    lapsed = (
        (pending.settled_at, 0, "expired", pending.entry)
        for pending in Pending.objects.filter(state=Pending.State.EXPIRED, entry__in=entries)
        .select_related("entry")
        .order_by("settled_at", "entry_id")
    )
    newest = 0
    pendings: dict[int, Transfer] = {}
    order: Callable[[tuple], tuple] = lambda row: (row[0], row[1])  # type: ignore[type-arg]  # noqa: E731
    for _, number, kind, entry in merge(recorded, lapsed, key=order):
        newest = number or newest
        t = transfer_of(entry)
        if t.pending:
            pendings[t.id] = t
        yield _change(kind or _kind(t), newest, t, pendings.get(t.pending_id), state)


def _kind(t: Transfer) -> str:
    named = ((t.pending, "pending"), (t.post, "posted"), (t.void, "voided"))
    return next((kind for flag, kind in named if flag), "single")


def _change(
    kind: str, entry_id: int, t: Transfer, first: Transfer | None, state: dict[int, Totals]
) -> Change:
    with localcontext(Context(prec=100)):
        return _moved(kind, entry_id, t, first, state)


def _moved(
    kind: str, entry_id: int, t: Transfer, first: Transfer | None, state: dict[int, Totals]
) -> Change:
    debit, credit = state.get(t.debit, Totals()), state.get(t.credit, Totals())
    reserved = t.amount if kind == "pending" else Decimal(0)
    released = t.amount if kind == "expired" else first.amount if first else Decimal(0)
    posted = t.amount if kind in {"single", "posted"} else Decimal(0)
    opened = first if kind == "voided" else t if kind == "expired" else None
    debit = replace(
        debit,
        debits_pending=debit.debits_pending + reserved - released,
        debits_posted=debit.debits_posted + posted,
        closed=(debit.closed or (kind == "pending" and t.closing_debit))
        and not (opened is not None and opened.closing_debit),
    )
    credit = replace(
        credit,
        credits_pending=credit.credits_pending + reserved - released,
        credits_posted=credit.credits_posted + posted,
        closed=(credit.closed or (kind == "pending" and t.closing_credit))
        and not (opened is not None and opened.closing_credit),
    )
    state[t.debit], state[t.credit] = debit, credit
    return Change(kind, entry_id, t, debit, credit)
