"""Until when an item may come for a value date, by the market's own clock, and what is late.

A cut-off is a time of day in a zone, on the value date or some business days before it. An item
that came later is late for that value date. Clocks that are put forward or back: of a time that
comes twice the first is meant, of one that is skipped the moment that would have been it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from backoffice.kernel.calendars import DAY, Calendar
from backoffice.kernel.refusals import Said

WEEKDAYS: Final = Calendar("weekdays")
ALL: Final = "*"
EVERYTHING: Final = Said("all items", "ทุกรายการ")
LATE: Final = "late"
"""The key in a trade's details under which it stands that the trade came late, and what of it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A cut-off as it was entered; an empty market, currency or type means all.

    Attributes:
        valid_from: first value date that it applies to.
        time: of day, in `zone`; None: no cut-off from that day on.
        days_before: business days before the value date.
        refuses: what is late is refused; else it goes to the next business day.
    """

    id: int
    market: str
    currency: str
    type: str
    valid_from: date
    time: time | None
    zone: str
    days_before: int
    refuses: bool

    @property
    def scope(self) -> str:
        """What it is for, in codes: "XBKK THB DVP"; ALL for everything."""
        return " ".join(one for one in (self.market, self.currency, self.type) if one) or ALL


@dataclass(frozen=True, slots=True)
class Moment:
    """The cut-off of one value date: `at` is UTC."""

    rule: Rule
    value_date: date
    at: datetime

    @property
    def local(self) -> datetime:
        """The same moment by the market's clock."""
        return self.at.astimezone(ZoneInfo(self.rule.zone))


class Scope(NamedTuple):
    """What an item is, as cut-offs ask: its market, its currency (an exchange has two), its type.

    The calendar of the first currency counts where there is no market.
    """

    market: str
    currencies: tuple[str, ...]
    type: str


def in_force(
    rules: Iterable[Rule], *, market: str, currency: str, type_: str, on: date
) -> Rule | None:
    """The rule that decides for a value date; None if no cut-off stands.

    The narrowest wins: one for the market, then for the currency, then for the type; of these the
    latest that has begun, of the same day the one entered last. A rule without a time hides the
    wider ones: there is no cut-off then.
    """
    fits = (
        one
        for one in rules
        if one.market in {"", market}
        and one.currency in {"", currency}
        and one.type in {"", type_}
        and one.valid_from <= on
    )
    found = max(fits, key=_rank, default=None)
    return found if found is not None and found.time is not None else None


def _rank(one: Rule) -> tuple[bool, bool, bool, date, int]:
    return bool(one.market), bool(one.currency), bool(one.type), one.valid_from, one.id


def moment(rule: Rule, *, value_date: date, calendar: Calendar) -> Moment:
    """When the cut-off of a value date is. Raises OutsideCalendar, counting days before it.

    Args:
        rule: with a time.
        calendar: whose business days are counted back.
    """
    day = calendar.add_business_days(value_date, -rule.days_before)
    local = datetime.combine(day, rule.time or time(), ZoneInfo(rule.zone))
    return Moment(rule, value_date, local.astimezone(UTC))


def until(
    rules: Iterable[Rule], scope: Scope, *, value_date: date, calendar: Calendar | None
) -> Moment | None:
    """The cut-off of a value date for a scope; None if none stands. Raises OutsideCalendar.

    Of two currencies the earlier cut-off binds.

    Args:
        calendar: None where the house has none; weekdays are counted then.
    """
    market, currencies, type_ = scope
    found = (
        in_force(rules, market=market, currency=one, type_=type_, on=value_date)
        for one in currencies
    )
    moments = [
        moment(one, value_date=value_date, calendar=calendar or WEEKDAYS) for one in found if one
    ]
    return min(moments, key=lambda one: one.at, default=None)


def is_late(came: datetime, until: Moment | None) -> bool:
    """True if an item that came then is late; at the very moment it is in time."""
    return until is not None and came > until.at


def first_open(
    value_date: date,
    *,
    is_late: Callable[[date], bool],
    calendar: Calendar,
    known: dict[date, date],
) -> date:
    """The first business day from `value_date` on that an item is in time for.

    Args:
        value_date: a business day.
        known: of days that were asked for before; what is found is kept there, so that many value
            dates cost one walk over the days.

    Raises:
        OutsideCalendar.
    """
    passed = []
    day = value_date
    while day not in known and is_late(day):
        passed.append(day)
        day = calendar.next_or_same(day + DAY)
    first = known.get(day, day)
    known.update(dict.fromkeys(passed, first))
    return first


def facts(missed: Moment, *, came: datetime) -> dict[str, Any]:
    """What a late trade keeps of the cut-off that it missed, as JSON."""
    return {
        "agreed": missed.value_date.isoformat(),
        "came": came.isoformat(),
        "cut_off": missed.local.isoformat(),
        "zone": missed.rule.zone,
        "scope": missed.rule.scope,
        "rule": missed.rule.id,
        "policy": "refuse" if missed.rule.refuses else "roll",
    }


def rolled(settles: date, *, calendar: Calendar) -> dict[str, str]:
    """Where a late trade goes, as JSON: the day, and the day before which it never settles.

    The second is the day after the last business day that it was late for: what stays true when
    the calendar changes. Raises OutsideCalendar.
    """
    last = calendar.previous_or_same(settles - DAY)
    return {"settles": settles.isoformat(), "not_before": (last + DAY).isoformat()}


def scope_words(scope: str) -> Said:
    """A scope as sentences say it."""
    return EVERYTHING if scope == ALL else Said(scope, scope)


def shown(late: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a late trade as sentences show them: times by the market's clock."""
    came = datetime.fromisoformat(late["came"]).astimezone(ZoneInfo(late["zone"]))
    until = datetime.fromisoformat(late["cut_off"])
    return {
        **{name: late[name] for name in ("agreed", "zone", "rule")},
        "scope": scope_words(late["scope"]),
        "came": f"{came:%Y-%m-%d %H:%M:%S}",
        "until": f"{until:%Y-%m-%d %H:%M}",
        "settles": late.get("settles", "-"),
    }


def explained(late: Mapping[str, Any], language: str) -> str:
    """Why a late trade settles when it does, in one sentence, in `language` ("en" or "th")."""
    told = shown(late)
    told["scope"] = told["scope"].text(language)
    return (_TH if language.startswith("th") else _EN).format(**told)


_EN: Final = (
    "Came {came}, after the cut-off {until} ({zone}) for value date {agreed} of {scope}, rule"
    " {rule}: settles on {settles}."
)
_TH: Final = (
    "รับเมื่อ {came} หลังเวลาปิดรับ {until} ({zone}) ของวันชำระราคา {agreed} สำหรับ {scope} กฎที่ {rule}"
    " จึงชำระราคาวันที่ {settles}"
)
