"""What stands between a day and its end: looked at before the end of day is started."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from backoffice.reference import queries as reference
from settlement import queries
from settlement.models import Break, HeldTrade, HeldTransaction, Trade, Transaction, UnmatchedTrade
from settlement.reconciliation import writing_off
from settlement.windows import releasing

BLOCKS: Final = frozenset({"earlier"})
"""What the seal would refuse; all else is carried over, and stays on the desk."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at: `count` of it, 0 when all is well."""

    name: str
    count: int

    @property
    def is_clear(self) -> bool:
        """Nothing is left of it."""
        return self.count == 0

    @property
    def blocks(self) -> bool:
        """The day cannot be sealed before it is cleared."""
        return self.name in BLOCKS and not self.is_clear


@dataclass(frozen=True, slots=True)
class Readiness:
    """A day before its end: the checks, and how much is due on it."""

    checks: tuple[Check, ...]
    transactions: int
    trades: int

    @property
    def is_blocked(self) -> bool:
        """Starting would end in a refusal."""
        return any(check.blocks for check in self.checks)


def of_day(*, book: str, business_date: date) -> Readiness:
    """The checks of a day, each one count; as many queries however much is due."""
    held = HeldTrade.objects.filter(
        trade__book=book, trade__value_date__lte=business_date, released_at=None
    )
    kept = HeldTransaction.objects.filter(transaction__book=book, released_on=None)
    unmatched = UnmatchedTrade.objects.filter(
        trade__book=book, trade__value_date__lte=business_date
    )
    breaks = Break.objects.filter(account__book=book, closed_at=None)
    earlier = earlier_days(book=book, business_date=business_date)
    return Readiness(
        checks=(
            Check("earlier", len(earlier)),
            Check("unmatched", unmatched.count()),
            Check("unreleased", releasing.waiting(book=book)),
            Check("held", held.count()),
            Check("kept", kept.count()),
            Check("breaks", breaks.count()),
            Check("write_offs", writing_off.waiting(book=book)),
        ),
        transactions=Transaction.objects.filter(book=book, business_date=business_date).count(),
        trades=Trade.objects.filter(book=book, value_date=business_date).count(),
    )


def earlier_days(*, book: str, business_date: date) -> list[date]:
    """Days of the book before this one that are not sealed, opened or only captured for."""
    before = business_date - timedelta(days=1)
    opened = reference.unsealed_days(book=book, until=before)
    return sorted({*opened, *queries.captured_unsealed(book=book, until=before)})


def next_day(*, book: str, until: date) -> date | None:
    """The first day up to `until` that waits for its end; None if none does.

    Transactions wait for their own day, however late they came; a trade that came after the last
    seal for a day before it settles with the next day.
    """
    sealed = reference.last_sealed(book=book) or date.min
    traded = Trade.objects.filter(book=book, value_date__gt=sealed, value_date__lte=until).order_by(
        "value_date"
    )
    found = [
        *queries.captured_unsealed(book=book, until=until)[:1],
        *traded.values_list("value_date", flat=True)[:1],
        *reference.unsealed_days(book=book, until=until)[:1],
        *(day for of, day in queries.days_of_late_sides(until=until) if of == book),
    ]
    return min(found, default=None)
