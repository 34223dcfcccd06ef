"""When a trade settles: the market's cycle and calendar as they are known, or as it was agreed.

And whether it came in time for that: after the cut-off of its value date it goes to the next
business day, or is refused, as the cut-off's rule says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from backoffice.kernel.calendars import (
    Calendar,
    Convention,
    Cycle,
    adjust,
    cycle_on,
    joint,
    settlement_date,
)
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference import queries as reference
from backoffice.reference.calendaring import CalendarUnknown
from settlement.rules import dating as rules
from settlement.rules.cut_offs import Moment, Rule, Scope, rolled
from settlement.rules.trades import TradeType
from settlement.trades.cut_offs import CutOffs, refusal


class NoCycleForTrade(Refused):
    """A trade names no value date, and nothing says how one would be derived."""

    code = "trade-value-date-underivable"
    en = "The value date is missing, and no calendar is known to derive it from."
    th = "ไม่ได้ระบุวันชำระราคา และไม่มีปฏิทินให้คำนวณ"


@dataclass(frozen=True, slots=True)
class Dated:
    """A value date, and what it rests on.

    Attributes:
        cycle: applied, such as T+2; empty when the date was given.
        calendar_version: id, None when no calendar is known for a payment's currency.
        late: that it came after the cut-off, as `rules.cut_offs.facts` tells it; without "settles"
            it is refused, unless the house knows the trade already.
    """

    value_date: date
    cycle: str
    calendar_version: int | None
    late: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Dating:
    """Calendars, cycles and cut-offs as known at one moment, read once for any number of trades.

    Attributes:
        came_at: when what is dated came, if not at `known_at`: late is what came too late.
    """

    known_at: datetime
    came_at: datetime | None = None
    _calendars: dict[str, tuple[Calendar, int] | None] = field(default_factory=dict)
    _cycles: dict[tuple[str, str], list[Cycle]] = field(default_factory=dict)
    _known: dict[tuple[object, ...], Dated] = field(default_factory=dict)
    _cut_offs: CutOffs = field(init=False)

    def __post_init__(self) -> None:
        self._cut_offs = CutOffs(self.known_at, self.came_at or self.known_at)

    def of(
        self,
        *,
        type_: TradeType,
        trade_date: date,
        given: date | None,
        rolls: bool,
        market: str,
        currency: str,
        asset_class: str,
        delivered: str = "",
        waits: bool = False,
    ) -> Dated:
        """The value date of a trade.

        Args:
            given: as agreed; refused on a holiday, unless the trade `rolls` to the next day.
            market: its calendar applies; without one that of the currency, if the house has it.
            delivered: of an exchange, the other currency: the earlier of two cut-offs binds.
            waits: for its other side, which agreed on the day; late, it keeps the day as its own
                and its legs fall due on the one that it goes to.

        Raises:
            CalendarUnknown (field market); NotBusinessDay, OutsideCalendar, CycleUnknown,
            NoCycleForTrade (field value_date).
        """
        # One flat tuple: this is asked for every line of a file.
        # fmt: off
        asked = (
            type_, trade_date, given, rolls, market, currency, asset_class, delivered, waits,
        )
        # fmt: on
        found = self._known.get(asked)
        if found is None:
            dated = self._derived(type_, trade_date, given, rolls, market, currency, asset_class)
            scope = Scope(market, (currency, delivered) if delivered else (currency,), type_)
            found = self._in_time(dated, scope, waits=waits)
            self._known[asked] = found
        return found

    @property
    def refuses(self) -> bool:
        """True once something was dated that came too late for a rule that takes nothing late."""
        return self._cut_offs.refuses

    @property
    def cut_offs(self) -> tuple[Rule, ...]:
        """Every cut-off that is known."""
        return self._cut_offs.stated

    def learn(self, calendars: Iterable[str]) -> None:
        """Read calendars that will be asked for together; one query."""
        wanted = {code for code in calendars if code not in self._calendars}
        found = reference.calendars_on(wanted, known_at=self.known_at) if wanted else {}
        self._calendars.update({code: found.get(code) for code in wanted})

    def is_open(self, scope: Scope, day: date) -> bool:
        """True if items of a scope may settle on the day, or no calendar says otherwise.

        Raises OutsideCalendar.
        """
        calendar = self._counts(scope)
        return calendar is None or calendar.is_business_day(day)

    def cut_off(self, scope: Scope, *, value_date: date) -> Moment | None:
        """Until when items for a value date may come; None for ever. Raises OutsideCalendar."""
        return self._cut_offs.of(scope, value_date, self._counts(scope))

    def _in_time(self, dated: Dated, scope: Scope, *, waits: bool) -> Dated:
        """The date as it stands once its cut-off was asked."""
        if not self.cut_offs:
            return dated
        late = self._cut_offs.late(scope, dated.value_date, self._counts(scope))
        if late is None:
            return dated
        moved = not waits and "settles" in late
        day = date.fromisoformat(late["settles"]) if moved else dated.value_date
        return replace(dated, value_date=day, late=late)

    def _counts(self, scope: Scope) -> Calendar | None:
        """The calendar whose business days count for a scope."""
        market = scope.market
        found = self._calendar(market) if market else self._currency(scope.currencies[0])
        return found[0] if found else None

    def _derived(  # noqa: PLR0917 - the question as it was asked
        self,
        type_: TradeType,
        trade_date: date,
        given: date | None,
        rolls: bool,  # noqa: FBT001
        market: str,
        currency: str,
        asset_class: str,
    ) -> Dated:
        found = self._market(market) if market else self._currency(currency)
        try:
            if found is None:
                if given is None:
                    raise NoCycleForTrade(Place(field="value_date"))
                return Dated(given, "", None)
            calendar, version = found
            if given is None:
                cycle = self._cycle(type_, market, asset_class, trade_date)
                return Dated(settlement_date(trade_date, cycle, calendar), str(cycle), version)
            if rolls:
                return Dated(adjust(given, Convention.FOLLOWING, calendar), "", version)
            calendar.require_business_day(given)
            return Dated(given, "", version)
        except Refused as refused:
            raise refused.at(field="value_date") from None

    def _market(self, market: str) -> tuple[Calendar, int]:
        found = self._calendar(market)
        if found is None:
            raise CalendarUnknown(Place(field="market"), calendar=market)
        return found

    def _currency(self, currency: str) -> tuple[Calendar, int] | None:
        code = rules.CALENDARS.get(currency)
        return self._calendar(code) if code else None

    def _calendar(self, code: str) -> tuple[Calendar, int] | None:
        if code not in self._calendars:
            self.learn([code])
        return self._calendars[code]

    def _cycle(self, type_: TradeType, market: str, asset_class: str, trade_date: date) -> Cycle:
        fixed = rules.CYCLES.get(type_)
        if fixed is not None:
            return fixed
        cycles = self._market_cycles(market, asset_class)
        if not cycles:
            raise reference.CycleUnknown(market=market, asset_class=asset_class)
        return cycle_on(cycles, trade_date)

    def _market_cycles(self, market: str, asset_class: str) -> list[Cycle]:
        key = (market, asset_class)
        if key not in self._cycles:
            self._cycles[key] = reference.cycles_of(market, asset_class, known_at=self.known_at)
        return self._cycles[key]


def late_for(
    *,
    value_date: date,
    markets: Sequence[str],
    currency: str,
    type_: str,
    came_at: datetime,
    known_at: datetime,
) -> dict[str, Any] | None:
    """What becomes of an item that came after a cut-off; None if it came in time.

    Args:
        value_date: a business day of all markets.
        markets: codes; the cut-off of each is asked, and the day is one of all of them.

    Returns:
        The facts as a late trade keeps them: of the first cut-off it missed, and where it settles.

    Raises:
        CalendarUnknown, OutsideCalendar; LateForCutOff where nothing late is taken.
    """
    asked = CutOffs(known_at, came_at)
    together = joint(*(reference.calendar_on(code, known_at=known_at) for code in markets))
    first: dict[str, Any] | None = None
    day, moved = value_date, True
    while moved:
        moved = False
        for market in markets:
            late = asked.late(Scope(market, (currency,), type_), day, together)
            if late is None:
                continue
            if "settles" not in late:
                raise refusal(late, Place(field="value_date"))
            first = first or late
            day, moved = date.fromisoformat(late["settles"]), True
    return None if first is None else first | rolled(day, calendar=together)
