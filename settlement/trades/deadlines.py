"""The cut-offs of a day: when each is, and which are still to come when it is to be ended."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from backoffice.kernel.calendars import OutsideCalendar
from settlement.models import StepRun, Trade, WindowPointer
from settlement.rules.cut_offs import Moment, Scope
from settlement.rules.dating import CALENDARS
from settlement.trades.dating import Dating

WINDOWS_CLOSED = "close_windows"


class Deadlines:
    """The cut-offs as they are known at one moment; what they need is read once."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._dates = Dating(at)
        self._markets: dict[str, list[str]] = {}

    def of_day(self, day: date) -> list[Moment]:
        """Every cut-off of a value date, in their order; two queries.

        A narrower one hides a wider one only for what it names: both are there.
        """
        scopes = {(one.market, one.currency, one.type) for one in self._dates.cut_offs}
        self._learn(market for market, _currency, _type in scopes)
        found = (
            self._moment(Scope(market, (currency,), type_), day)
            for market, currency, type_ in scopes
        )
        # A scope whose own row begins later has the wider one until then.
        once = {one.rule.id: one for one in found if one}
        return sorted(once.values(), key=lambda one: (one.at, one.rule.id))

    def ahead(self, *, book: str, days: Iterable[date]) -> Moment | None:
        """The first cut-off that a book's open windows still wait for before the days may end.

        Of each day the last cut-off counts, in any market in which the book ever traded; None when
        all have passed, or none stands. Days whose windows are closed wait for nothing.
        """
        waiting = {
            one.value_date: one
            for day in sorted(days)
            if (one := self._last(book, day)) and one.at >= self._at
        }
        if not waiting:
            return None
        done = StepRun.objects.filter(
            book=book, step=WINDOWS_CLOSED, business_date__in=list(waiting)
        ).values_list("business_date", flat=True)
        for day in done:
            del waiting[day]
        return next(iter(waiting.values()), None)

    def stands(self, *, book: str, day: date) -> bool:
        """True if the day has a cut-off in a market of the book, passed or not."""
        return self._last(book, day) is not None

    def _last(self, book: str, day: date) -> Moment | None:
        if not self._dates.cut_offs:
            return None
        moments = (self._moment(scope, day) for scope in self._scopes(book))
        return max((one for one in moments if one), key=lambda one: one.at, default=None)

    def _scopes(self, book: str) -> Iterator[Scope]:
        """Every kind of item of the book's markets that the rules tell apart."""
        if book not in self._markets:
            markets = WindowPointer.objects.filter(book=book).values_list("market", flat=True)
            self._markets[book] = sorted(markets)
            self._learn(self._markets[book])
        for market in self._markets[book]:
            for currency in self._currencies():
                for type_ in Trade.Type.values:
                    yield Scope(market, (currency,), type_)

    def _currencies(self) -> list[str]:
        return sorted({"", *(one.currency for one in self._dates.cut_offs)})

    def _learn(self, markets: Iterable[str]) -> None:
        banks = (CALENDARS.get(one, "") for one in self._currencies())
        self._dates.learn({*markets, *banks} - {""})

    def _moment(self, scope: Scope, day: date) -> Moment | None:
        """The cut-off of a business day; None on others, and where no calendar knows the day."""
        try:
            is_open = self._dates.is_open(scope, day)
            return self._dates.cut_off(scope, value_date=day) if is_open else None
        except OutsideCalendar:
            return None
