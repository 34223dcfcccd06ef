"""Business days: calendars, roll conventions, advancing by periods, settlement dates.

Conventions follow the 2006 ISDA Definitions, section 4.12, and FpML's businessDayConventionScheme;
advancing by a period with the end-of-month rule follows QuantLib's `Calendar::advance`.
A calendar answers only for the days that it covers: beyond them a date is refused, not guessed.
"""

import calendar as gregorian
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from backoffice.kernel.refusals import Refused

DAY: Final = timedelta(days=1)
SAT_SUN: Final = frozenset({6, 7})
"""Saturday and Sunday as ISO weekdays (Monday is 1)."""


class OutsideCalendar(Refused):
    """The calendar's version says nothing about the day."""

    code = "outside-calendar"
    en = "Calendar {calendar} says nothing about {date}: it covers {since} to {until}."
    th = "ปฏิทิน {calendar} ไม่มีข้อมูลวันที่ {date} ครอบคลุม {since} ถึง {until}"


class NotBusinessDay(Refused):
    """A value date on a day on which nothing settles."""

    code = "not-a-business-day"
    en = "{date} is not a business day of {calendar}."
    th = "{date} ไม่ใช่วันทำการของ {calendar}"


class PeriodRefused(Refused):
    """Text that is no period."""

    code = "period-refused"
    en = "{text!r} is not a period: write 2D, 1W, 3M or 1Y."
    th = "{text!r} ไม่ใช่ช่วงเวลา ให้เขียนเช่น 2D 1W 3M หรือ 1Y"


class CycleRefused(Refused):
    """Text that is no settlement cycle, or a market without one on that day."""

    code = "cycle-refused"
    en = "{text!r} is not a settlement cycle: write T+0 to T+99."
    th = "{text!r} ไม่ใช่รอบการชำระราคา ให้เขียน T+0 ถึง T+99"


class NoCycle(Refused):
    """No cycle is in force on the trade date."""

    code = "no-cycle-in-force"
    en = "No settlement cycle is in force on {date}."
    th = "ไม่มีรอบการชำระราคาที่ใช้บังคับในวันที่ {date}"


class Convention(StrEnum):
    """Where a date goes that is no business day."""

    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    MODIFIED_FOLLOWING_BIMONTHLY = "modified_following_bimonthly"
    """Following, but neither past the month's end nor past its 15th; then preceding."""
    PRECEDING = "preceding"
    MODIFIED_PRECEDING = "modified_preceding"
    NEAREST = "nearest"
    """ISDA's: following from Sundays and Mondays, preceding from all others."""
    NEAREST_BY_DISTANCE = "nearest_by_distance"
    """QuantLib's: the closer business day, the following one of two equally close."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are business days.

    Attributes:
        code: such as XBKK or TARGET.
        holidays: closed days, whichever weekday.
        weekend: ISO weekdays (1 Monday to 7 Sunday) that are closed unless in `working_days`.
        working_days: weekend days on which business is done all the same.
        covers_from, covers_until: first and last day that the calendar knows, None without limit.
    """

    code: str
    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = SAT_SUN
    working_days: frozenset[date] = frozenset()
    covers_from: date | None = None
    covers_until: date | None = None

    @classmethod
    def from_sessions(cls, code: str, sessions: Iterable[date]) -> "Calendar":
        """The calendar whose business days are exactly `sessions`, covering first to last.

        Saturday and Sunday are weekend unless there are sessions on more than a tenth of them;
        another weekday is if in eight weeks or more there are sessions on less than a tenth.
        Raises ValueError without any session.
        """
        open_days = frozenset(sessions)
        first, last = min(open_days), max(open_days)
        all_days = [first + i * DAY for i in range((last - first).days + 1)]
        weekend = frozenset(
            weekday for weekday in range(1, 8) if _rests(weekday, open_days, all_days)
        )
        closed = (day for day in all_days if day not in open_days)
        return cls(
            code=code,
            holidays=frozenset(day for day in closed if day.isoweekday() not in weekend),
            weekend=weekend,
            working_days=frozenset(day for day in open_days if day.isoweekday() in weekend),
            covers_from=first,
            covers_until=last,
        )

    def covers(self, day: date) -> bool:
        """True if the calendar says something about `day`."""
        after_start = self.covers_from is None or day >= self.covers_from
        return after_start and (self.covers_until is None or day <= self.covers_until)

    def is_business_day(self, day: date) -> bool:
        """True if business is done on `day`; raises OutsideCalendar."""
        if not self.covers(day):
            raise OutsideCalendar(
                calendar=self.code, date=day, since=self.covers_from, until=self.covers_until
            )
        return self._open(day)

    def _open(self, day: date) -> bool:
        if day in self.holidays:
            return False
        return day.isoweekday() not in self.weekend or day in self.working_days

    def require_business_day(self, day: date) -> None:
        """Refuse NotBusinessDay or OutsideCalendar unless business is done on `day`."""
        if not self.is_business_day(day):
            raise NotBusinessDay(date=day, calendar=self.code)

    def next_or_same(self, day: date) -> date:
        """`day` if it is a business day, else the next one."""
        while not self.is_business_day(day):
            day = self._on(day, DAY)
        return day

    def previous_or_same(self, day: date) -> date:
        """`day` if it is a business day, else the one before."""
        while not self.is_business_day(day):
            day = self._on(day, -DAY)
        return day

    def add_business_days(self, day: date, count: int) -> date:
        """The `count`-th business day after `day` (before it, if negative); `day` itself for 0."""
        step = DAY if count > 0 else -DAY
        for _ in range(abs(count)):
            day = self._on(day, step)
            while not self.is_business_day(day):
                day = self._on(day, step)
        return day

    def _on(self, day: date, step: timedelta) -> date:
        """A step on; raises OutsideCalendar at the end of all dates."""
        try:
            return day + step
        except OverflowError:
            raise OutsideCalendar(
                calendar=self.code, date=day, since=self.covers_from, until=self.covers_until
            ) from None

    def business_days(self, first: date, last: date) -> list[date]:
        """All business days from `first` to `last`, both included."""
        span = range((last - first).days + 1)
        return [day for day in (first + i * DAY for i in span) if self.is_business_day(day)]

    def last_business_day(self, day: date) -> date:
        """The last business day of the month of `day`."""
        return self.previous_or_same(_month_end(day))


def _rests(weekday: int, open_days: Iterable[date], all_days: Iterable[date]) -> bool:
    worked = sum(day.isoweekday() == weekday for day in open_days)
    passed = sum(day.isoweekday() == weekday for day in all_days)
    if weekday in SAT_SUN:
        return worked * 10 <= passed
    return passed >= 8 and worked * 10 < passed


def joint(*calendars: Calendar) -> Calendar:
    """The calendar whose business days are those of all `calendars`; covers what all cover."""
    first, *rest = calendars
    if not rest:
        return first
    worked = frozenset[date]().union(*(one.working_days for one in calendars))
    starts = [one.covers_from for one in calendars if one.covers_from]
    ends = [one.covers_until for one in calendars if one.covers_until]
    return Calendar(
        code="+".join(one.code for one in calendars),
        holidays=frozenset[date]().union(*(one.holidays for one in calendars)),
        weekend=frozenset[int]().union(*(one.weekend for one in calendars)),
        working_days=frozenset(day for day in worked if all(one._open(day) for one in calendars)),  # noqa: SLF001
        covers_from=max(starts, default=None),
        covers_until=min(ends, default=None),
    )


def with_changes(
    base: Calendar, *, closed: Iterable[date] = (), opened: Iterable[date] = ()
) -> Calendar:
    """`base` as a later notice changes it: days newly `closed`, and days `opened` again."""
    opens, closes = frozenset(opened), frozenset(closed)
    return replace(
        base,
        holidays=(base.holidays | closes) - opens,
        working_days=(base.working_days | {d for d in opens if d.isoweekday() in base.weekend})
        - closes,
    )


def differences(before: Calendar, after: Calendar, first: date, last: date) -> dict[date, bool]:
    """Days from `first` to `last` that differ, each with True if it is a business day now."""
    span = (first + i * DAY for i in range((last - first).days + 1))
    return {
        day: after.is_business_day(day)
        for day in span
        if before.is_business_day(day) is not after.is_business_day(day)
    }


# ---- Conventions ----------------------------------------------------------------------------
def adjust(day: date, convention: Convention, calendar: Calendar) -> date:
    """`day` moved to a business day by `convention`; with NONE it is returned as it is."""
    return _RULES[convention](day, calendar)


def _modified_following(day: date, calendar: Calendar) -> date:
    moved = calendar.next_or_same(day)
    return moved if moved.month == day.month else calendar.previous_or_same(day)


def _bimonthly(day: date, calendar: Calendar) -> date:
    moved = calendar.next_or_same(day)
    crossed = moved.month != day.month or day.day <= 15 < moved.day
    return calendar.previous_or_same(day) if crossed else moved


def _modified_preceding(day: date, calendar: Calendar) -> date:
    moved = calendar.previous_or_same(day)
    return moved if moved.month == day.month else calendar.next_or_same(day)


def _nearest(day: date, calendar: Calendar) -> date:
    if day.isoweekday() in {1, 7}:
        return calendar.next_or_same(day)
    return calendar.previous_or_same(day)


def _by_distance(day: date, calendar: Calendar) -> date:
    later, earlier = calendar.next_or_same(day), calendar.previous_or_same(day)
    return later if later - day <= day - earlier else earlier


_RULES: Final[Mapping[Convention, Callable[[date, Calendar], date]]] = {
    Convention.NONE: lambda day, _: day,
    Convention.FOLLOWING: lambda day, calendar: calendar.next_or_same(day),
    Convention.MODIFIED_FOLLOWING: _modified_following,
    Convention.MODIFIED_FOLLOWING_BIMONTHLY: _bimonthly,
    Convention.PRECEDING: lambda day, calendar: calendar.previous_or_same(day),
    Convention.MODIFIED_PRECEDING: _modified_preceding,
    Convention.NEAREST: _nearest,
    Convention.NEAREST_BY_DISTANCE: _by_distance,
}


# ---- Periods and cycles ----------------------------------------------------------------------
class Unit(StrEnum):
    """What a period counts; days are business days."""

    DAY = "D"
    WEEK = "W"
    MONTH = "M"
    YEAR = "Y"


@dataclass(frozen=True, slots=True)
class Period:
    """A number of business days, or of calendar weeks, months or years; may be negative."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read 2D, -1W, 3M, 1Y; raises PeriodRefused."""
        found = re.fullmatch(r"(-?[0-9]{1,4})([DWMY])", text, re.ASCII)
        if not found:
            raise PeriodRefused(text=text)
        return cls(int(found[1]), Unit(found[2]))


def _month_end(day: date) -> date:
    return day.replace(day=gregorian.monthrange(day.year, day.month)[1])


def add_months(day: date, count: int) -> date:
    """`day` so many months later, or the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    last = gregorian.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def advance(
    start: date,
    period: Period,
    calendar: Calendar,
    *,
    convention: Convention = Convention.FOLLOWING,
    end_of_month: bool = False,
) -> date:
    """The date one `period` after `start`.

    Days are counted in business days. Weeks, months and years are added on the calendar and the
    result adjusted by `convention`. With `end_of_month`, months and years lead from the last
    business day of a month to the last business day (with NONE: from last day to last day).
    """
    if period.count and period.unit is Unit.DAY:
        return calendar.add_business_days(start, period.count)
    if not period.count or period.unit is Unit.WEEK:
        return adjust(start + timedelta(weeks=period.count), convention, calendar)
    months = period.count * (12 if period.unit is Unit.YEAR else 1)
    target = add_months(start, months)
    if end_of_month and convention is Convention.NONE:
        return _month_end(target) if start == _month_end(start) else target
    if end_of_month and start >= calendar.last_business_day(start):
        return calendar.last_business_day(target)
    return adjust(target, convention, calendar)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A settlement cycle T+n.

    Attributes:
        days: business days between trade and settlement.
        valid_from: first trade date that it applies to.
    """

    days: int
    valid_from: date = date.min

    @classmethod
    def parse(cls, text: str, valid_from: date = date.min) -> "Cycle":
        """Read T+0 to T+99; raises CycleRefused."""
        found = re.fullmatch(r"T\+([0-9]{1,2})", text, re.ASCII)
        if not found:
            raise CycleRefused(text=text)
        return cls(int(found[1]), valid_from)

    def __str__(self) -> str:
        return f"T+{self.days}"


def cycle_on(cycles: Sequence[Cycle], trade_date: date) -> Cycle:
    """The cycle in force on `trade_date`: the latest that has begun; raises NoCycle."""
    begun = [cycle for cycle in cycles if cycle.valid_from <= trade_date]
    if not begun:
        raise NoCycle(date=trade_date)
    return max(begun, key=lambda cycle: cycle.valid_from)


def settlement_date(trade_date: date, cycle: Cycle, *calendars: Calendar) -> date:
    """The n-th day after `trade_date` that is a business day of all `calendars`.

    T+0 is the trade date itself, or the next business day if it is none.
    """
    together = joint(*calendars)
    if not cycle.days:
        return together.next_or_same(trade_date)
    return together.add_business_days(trade_date, cycle.days)
