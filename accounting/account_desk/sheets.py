"""The trial balance as a sheet: accounts under their branches, with subtotals and totals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.queries import BalanceRow
from accounting.rules.chart import ancestors

HEADER = ("account", "currency", "debit", "credit", "balance", "value")


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

    @property
    def debit(self) -> Decimal | None:
        """The balance if it is a debit."""
        return self.balance if self.balance > 0 else None

    @property
    def credit(self) -> Decimal | None:
        """The balance without its sign if it is a credit."""
        return -self.balance if self.balance < 0 else None


@dataclass(slots=True)
class Totals:
    """Debit and credit balances in one currency."""

    debit: Decimal = field(default=Decimal(0))
    credit: Decimal = field(default=Decimal(0))

    @property
    def difference(self) -> Decimal:
        """Debits less credits; zero in a sound ledger."""
        return self.debit - self.credit


def sheet(rows: Iterable[BalanceRow], *, zeros: bool = False) -> list[SheetRow]:
    """Rows in order of the chart, each branch above its accounts.

    Args:
        rows: of `queries.trial_balance`.
        zeros: keep accounts whose balance is zero.
    """
    kept = [row for row in rows if zeros or row.balance or row.value]
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
            branches[code].value += row.value
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
            )
        )
    return found


def totals(rows: Iterable[SheetRow]) -> dict[str, Totals]:
    """Debit and credit balances by currency."""
    found: dict[str, Totals] = {}
    for row in rows:
        if not row.is_branch:
            own = found.setdefault(row.currency, Totals())
            own.debit += row.debit or Decimal(0)
            own.credit += row.credit or Decimal(0)
    return dict(sorted(found.items()))


def plain(
    rows: Iterable[BalanceRow],
) -> Iterator[tuple[str, str, Decimal, Decimal, Decimal, Decimal]]:
    """The same as lines of a file, in the columns of `HEADER`."""
    for row in rows:
        yield row.account, row.currency, row.debit, row.credit, row.balance, row.value
