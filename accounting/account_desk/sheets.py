"""The trial balance as a sheet: accounts under their branches, with subtotals and totals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce

from accounting.queries import BalanceRow
from accounting.rules.chart import ancestors
from backoffice.kernel.money import WIDE

HEADER = ("account", "currency", "debit", "credit", "balance", "value")
COMPARED = (*HEADER, "compared", "change")


@dataclass(slots=True)
class SheetRow:
    """A branch with its subtotal, or an account with its balance in one currency."""

    code: str
    name: str
    depth: int
    is_branch: bool
    currency: str = ""
    balance: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    compared: Decimal = Decimal(0)

    @property
    def change(self) -> Decimal:
        """Since the day that it is compared with: of the balance, or of a branch's value."""
        return WIDE.subtract(self.value if self.is_branch else self.balance, self.compared)

    @property
    def debit(self) -> Decimal | None:
        """The balance if it is a debit."""
        return self.balance if self.balance > 0 else None

    @property
    def credit(self) -> Decimal | None:
        """The balance without its sign if it is a credit."""
        return self.balance.copy_negate() if self.balance < 0 else None


@dataclass(slots=True)
class Totals:
    """Debit and credit balances in one currency."""

    debit: Decimal = field(default=Decimal(0))
    credit: Decimal = field(default=Decimal(0))

    @property
    def difference(self) -> Decimal:
        """Debits less credits; zero in a sound ledger."""
        return WIDE.subtract(self.debit, self.credit)


def both(
    rows: Iterable[BalanceRow], earlier: Iterable[BalanceRow]
) -> list[tuple[BalanceRow, BalanceRow | None]]:
    """Each row beside the same account's on another day; what stands on that day alone as well."""
    left = {(row.account, row.currency): row for row in earlier}
    found = [(row, left.pop((row.account, row.currency), None)) for row in rows]
    gone = [
        (BalanceRow(old.account, old.currency, *[Decimal(0)] * 4), old) for old in left.values()
    ]
    return [*found, *gone]


def sheet(
    rows: Iterable[BalanceRow], *, earlier: Iterable[BalanceRow] = (), zeros: bool = False
) -> list[SheetRow]:
    """Rows in order of the chart, each branch above its accounts.

    Args:
        rows: of `queries.trial_balance`.
        earlier: the same of the day that it is compared with.
        zeros: keep accounts whose balance is zero, then and now.
    """
    paired = both(rows, earlier)
    beside = {
        (row.account, row.currency): (old.balance, old.value) if old else (Decimal(0), Decimal(0))
        for row, old in paired
    }
    kept = [
        row
        for row, _old in paired
        if zeros or row.balance or row.value or any(beside[row.account, row.currency])
    ]
    codes = {row.account for row in kept}
    branches: dict[str, SheetRow] = {}
    found: list[SheetRow] = []
    for row in sorted(kept, key=lambda row: (row.account.split(":"), row.currency)):
        above = ancestors(row.account)
        for depth, code in enumerate(above):
            if code not in branches:
                branches[code] = SheetRow(code, code.rpartition(":")[2], depth, is_branch=True)
                if code not in codes:
                    found.append(branches[code])
            branch, old = branches[code], beside[row.account, row.currency][1]
            branch.value = WIDE.add(branch.value, row.value)
            branch.compared = WIDE.add(branch.compared, old)
        name = row.account.rpartition(":")[2]
        found.append(
            SheetRow(
                row.account,
                name,
                len(above),
                is_branch=False,
                currency=row.currency,
                balance=row.balance,
                value=row.value,
                compared=beside[row.account, row.currency][0],
            )
        )
    return found


def worth(rows: Iterable[SheetRow]) -> Decimal:
    """The sum of all accounts' values in the functional currency: zero in a sound ledger."""
    return reduce(WIDE.add, (row.value for row in rows if not row.is_branch), Decimal(0))


def totals(rows: Iterable[SheetRow]) -> dict[str, Totals]:
    """Debit and credit balances by currency."""
    found: dict[str, Totals] = {}
    for row in rows:
        if not row.is_branch:
            own = found.setdefault(row.currency, Totals())
            own.debit = WIDE.add(own.debit, row.debit or Decimal(0))
            own.credit = WIDE.add(own.credit, row.credit or Decimal(0))
    return dict(sorted(found.items()))


def plain(
    rows: Iterable[BalanceRow], earlier: Iterable[BalanceRow] | None = None
) -> Iterator[tuple[str | Decimal, ...]]:
    """The same as lines of a file, in the columns of `HEADER`, or of `COMPARED` with `earlier`."""
    for row, old in both(rows, earlier or ()):
        told = (row.account, row.currency, row.debit, row.credit, row.balance, row.value)
        if earlier is None:
            yield told
        else:
            then = old.balance if old else Decimal(0)
            yield (*told, then, row.balance - then)
