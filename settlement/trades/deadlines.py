"""The cut-offs of a day: when each is, and which are still to come when it is to be ended."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from backoffice.kernel.calendars import OutsideCalendar
from settlement.models import StepRun, Trade, WindowPointer
from settlement.rules.cut_offs import Moment, Rule, Scope
from settlement.trades.dating import Dating

WINDOWS_CLOSED = "close_windows"


def of_day(*, value_date: date, at: datetime) -> list[Moment]:
    """Every cut-off of a value date as known then, in their order.

    A narrower one hides a wider one only for what it names: both are there.
    """
    dates = Dating(at)
    scopes = {(one.market, one.currency, one.type) for one in dates.cut_offs}
    found = (
        _moment(dates, Scope(market, (currency,), type_), value_date)
        for market, currency, type_ in scopes
    )
    # A scope whose own row begins later has the wider one until then.
    once = {one.rule.id: one for one in found if one}
    return sorted(once.values(), key=lambda one: (one.at, one.rule.id))


def ahead(*, book: str, days: Iterable[date], at: datetime) -> Moment | None:
    """The first cut-off that a book's open windows still wait for before one of the days may end.

    Of each day the last cut-off counts, in any market in which the book ever traded; None when all
    have passed, or none stands. Days whose windows are closed already wait for nothing.
    """
    dates = Dating(at)
    if not dates.cut_offs:
        return None
    markets = sorted(WindowPointer.objects.filter(book=book).values_list("market", flat=True))
    waiting = {
        one.value_date: one
        for day in sorted(days)
        if (one := _last(dates, markets, day)) and one.at >= at
    }
    done = StepRun.objects.filter(
        book=book, step=WINDOWS_CLOSED, business_date__in=list(waiting)
    ).values_list("business_date", flat=True)
    for day in done:
        del waiting[day]
    return next(iter(waiting.values()), None)


def had(*, book: str, day: date, at: datetime) -> bool:
    """True if a cut-off stands for the day in a market of the book, passed or not."""
    dates = Dating(at)
    if not dates.cut_offs:
        return False
    markets = WindowPointer.objects.filter(book=book).values_list("market", flat=True)
    return _last(dates, sorted(markets), day) is not None


def _last(dates: Dating, markets: Iterable[str], day: date) -> Moment | None:
    moments = (_moment(dates, scope, day) for scope in _scopes(dates.cut_offs, markets))
    return max((one for one in moments if one), key=lambda one: one.at, default=None)


def _scopes(rules: Iterable[Rule], markets: Iterable[str]) -> Iterator[Scope]:
    """Every kind of item that the rules tell apart."""
    currencies = sorted({"", *(one.currency for one in rules)})
    for market in markets:
        for currency in currencies:
            for type_ in Trade.Type.values:
                yield Scope(market, (currency,), type_)


def _moment(dates: Dating, scope: Scope, day: date) -> Moment | None:
    """The cut-off of a business day; None on other days, and where no calendar knows the day."""
    try:
        return dates.cut_off(scope, value_date=day) if dates.is_open(scope, day) else None
    except OutsideCalendar:
        return None
