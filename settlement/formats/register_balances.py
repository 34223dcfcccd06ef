"""Does a register add up? Running sums per account against the balances that the bank printed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.register import RegisterLine

TOLERANCE = Decimal("1.00")


class OutOfDateOrder(Refused):
    """A line is dated before the day that was already summed for its account."""

    code = "out-of-date-order"
    en = "The line is dated {found}, before {reached} of the same account."
    th = "รายการลงวันที่ {found} ก่อนวันที่ {reached} ของบัญชีเดียวกัน"


@dataclass(frozen=True, slots=True)
class AccountDay:
    """One account at the end of one day.

    Attributes:
        account: the account number.
        business_date: the day.
        running: sum of all signed amounts up to and with that day, CZK.
        printed: the balance printed that day which lies nearest to `running`; the order of the
            lines inside a day is not the order of booking, so the last line is not the last
            balance.
        line_no: the line that printed it.
    """

    account: str
    business_date: date
    running: Decimal
    printed: Decimal
    line_no: int

    @property
    def difference(self) -> Decimal:
        """Running sum minus printed balance."""
        return self.running - self.printed

    def agrees(self, tolerance: Decimal = TOLERANCE) -> bool:
        """True when the difference is at most `tolerance` CZK (the bank rounds its print)."""
        return abs(self.difference) <= tolerance


@dataclass(slots=True)
class _Open:
    day: date
    running: Decimal = Decimal(0)
    printed: list[tuple[Decimal, int]] = field(default_factory=list)

    def close(self, account: str) -> AccountDay:
        nearest, line_no = min(self.printed, key=lambda found: abs(self.running - found[0]))
        return AccountDay(account, self.day, self.running, nearest, line_no)


def account_days(lines: Iterable[RegisterLine]) -> Iterator[AccountDay]:
    """Yield every account-day once it is complete; memory grows with the accounts only.

    Args:
        lines: good lines of one register, each account's in date order.

    Raises:
        OutOfDateOrder: an account's dates go back.
    """
    accounts: dict[str, _Open] = {}
    for line in lines:
        state = accounts.setdefault(line.account, _Open(line.business_date))
        if line.business_date < state.day:
            raise OutOfDateOrder(
                Place(line=line.line_no, field="date"),
                found=line.business_date,
                reached=state.day,
            )
        if line.business_date > state.day:
            yield state.close(line.account)
            state.day = line.business_date
            state.printed.clear()
        state.running += line.signed_amount
        state.printed.append((line.balance, line.line_no))
    for account, state in accounts.items():
        yield state.close(account)


@dataclass(frozen=True, slots=True)
class BalanceCheck:
    """How many account-days agree with the bank's print.

    Attributes:
        account_days: how many there are.
        agreeing: of these, within the tolerance.
        exact: of these, equal to the haléř.
        closing_total: sum of the running balances of all accounts after the last line, CZK.
    """

    account_days: int
    agreeing: int
    exact: int
    closing_total: Decimal


def check(lines: Iterable[RegisterLine], *, tolerance: Decimal = TOLERANCE) -> BalanceCheck:
    """Count the account-days that agree within `tolerance` CZK; raises OutOfDateOrder."""
    days = agreeing = exact = 0
    closing: dict[str, Decimal] = {}
    for day in account_days(lines):
        days += 1
        agreeing += day.agrees(tolerance)
        exact += day.difference == 0
        closing[day.account] = day.running
    return BalanceCheck(days, agreeing, exact, sum(closing.values(), Decimal(0)))
