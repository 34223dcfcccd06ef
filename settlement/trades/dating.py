"""When a trade settles: the market's cycle and calendar as they are known, or as it was agreed."""

from dataclasses import dataclass, field
from datetime import date, datetime

from backoffice.kernel.calendars import (
    Calendar,
    Convention,
    Cycle,
    adjust,
    cycle_on,
    settlement_date,
)
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference import queries as reference
from backoffice.reference.calendaring import CalendarUnknown
from settlement.rules import dating as rules
from settlement.rules.trades import TradeType


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
    """

    value_date: date
    cycle: str
    calendar_version: int | None


@dataclass(slots=True)
class Dating:
    """Calendars and cycles as known at one moment, each read once for any number of trades."""

    known_at: datetime
    _calendars: dict[str, tuple[Calendar, int] | None] = field(default_factory=dict)
    _cycles: dict[tuple[str, str], list[Cycle]] = field(default_factory=dict)
    _known: dict[tuple[object, ...], Dated] = field(default_factory=dict)

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
    ) -> Dated:
        """The value date of a trade.

        Args:
            given: as agreed; refused on a holiday, unless the trade `rolls` to the next day.
            market: its calendar applies; without one that of the currency, if the house has it.

        Raises:
            CalendarUnknown (field market); NotBusinessDay, OutsideCalendar, CycleUnknown,
            NoCycleForTrade (field value_date).
        """
        asked = (type_, trade_date, given, rolls, market, currency, asset_class)
        if asked not in self._known:
            self._known[asked] = self._derived(*asked)
        return self._known[asked]

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
            try:
                version = reference.version_on(code, known_at=self.known_at)
                calendar = reference.calendar_of_version(version.id)
                self._calendars[code] = (calendar, version.id)
            except CalendarUnknown:
                self._calendars[code] = None
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
