"""Cut-offs: stated by market, currency and type from a value date on; what came late is refused.

Dating decides what is late, by the rules that are known; see `rules.cut_offs`. Here they are
entered and read, and what a rule refuses is told apart from what the house knows already: a trade
that was taken in time may come again at any hour.
"""

import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.calendars import Calendar
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference import queries as reference
from settlement.models import CutOff
from settlement.rules import cut_offs as rules
from settlement.trades.recording import TradeRow

KNOWN = """
    SELECT source, source_ref FROM settlement_trade
      JOIN unnest(%(sources)s::text[], %(refs)s::text[]) AS asked(source, source_ref)
           USING (source, source_ref)
     WHERE book = %(book)s AND version = 1
"""


class ZoneUnknown(Refused):
    """A time zone that no database of time zones has."""

    code = "time-zone-unknown"
    en = "{zone} is no time zone; write one of the IANA database, such as Asia/Bangkok."
    th = "ไม่มีเขตเวลา {zone} ให้เขียนตามฐานข้อมูล IANA เช่น Asia/Bangkok"


class LateForCutOff(Refused):
    """An item came after the cut-off of its value date, and the rule takes no late ones."""

    code = "late-for-cut-off"
    status = 409
    en = (
        "The cut-off for value date {agreed} of {scope} was {until} ({zone}); this came {came}."
        " Rule {rule} takes nothing later: agree on a later value date."
    )
    th = (
        "เวลาปิดรับของวันชำระราคา {agreed} สำหรับ {scope} คือ {until} ({zone}) แต่รายการนี้มาเมื่อ {came}"
        " กฎที่ {rule} ไม่รับรายการหลังเวลานั้น กรุณาตกลงวันชำระราคาใหม่"
    )


class LateWithoutCalendar(Refused):
    """An item came after the cut-off, and no calendar of the house says which day is the next."""

    code = "late-without-calendar"
    status = 409
    en = (
        "The cut-off for value date {agreed} of {scope} was {until} ({zone}); this came {came}."
        " Rule {rule} sends it to the next business day, but the house has no calendar for it:"
        " name a market, or agree on a later value date."
    )
    th = (
        "เวลาปิดรับของวันชำระราคา {agreed} สำหรับ {scope} คือ {until} ({zone}) แต่รายการนี้มาเมื่อ {came}"
        " กฎที่ {rule} ให้เลื่อนไปวันทำการถัดไป แต่ไม่มีปฏิทินให้คำนวณ"
        " กรุณาระบุตลาดหรือตกลงวันชำระราคาใหม่"
    )


def enter(*, cut_off: CutOff, actor: Actor, at: datetime) -> CutOff:
    """State a cut-off from a value date on; what was captured before stays as it is.

    Args:
        cut_off: unsaved, with its source. A later row for the same scope and day replaces it.

    Raises:
        NotAllowed, ZoneUnknown, CalendarUnknown (field market), CurrencyUnknown.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    if cut_off.zone not in _zones():
        raise ZoneUnknown(Place(field="zone"), zone=repr(cut_off.zone))
    if cut_off.currency and not money.is_current(cut_off.currency):
        raise money.CurrencyUnknown(Place(field="currency"), currency=repr(cut_off.currency))
    if cut_off.market:
        try:
            reference.version_on(cut_off.market, known_at=at)
        except Refused as refused:
            raise refused.at(field="market") from None
    with transaction.atomic():
        cut_off.recorded_at, cut_off.recorded_by = at, actor.name
        cut_off.save(force_insert=True)
        audit.record(
            actor=actor,
            at=at,
            verb="cut_offs.enter",
            subject_kind="settlement.cut_off",
            subject_id=str(cut_off)[:120],
            detail={"source": cut_off.source, "policy": cut_off.policy},
        )
    return cut_off


@dataclass(slots=True)
class CutOffs:
    """Cut-offs as known at one moment, asked for what came at one moment; one query.

    Each scope and day is reckoned once: time zones cost nothing per trade.

    Attributes:
        refuses: true once something came that its rule does not take late.
    """

    known_at: datetime
    came_at: datetime
    refuses: bool = False
    _rules: tuple[rules.Rule, ...] | None = None
    _moments: dict[tuple[rules.Scope, date], rules.Moment | None] = field(default_factory=dict)
    _open: dict[rules.Scope, dict[date, date]] = field(default_factory=dict)

    @property
    def stated(self) -> tuple[rules.Rule, ...]:
        """Every cut-off that is known."""
        if self._rules is None:
            self._rules = known(at=self.known_at)
        return self._rules

    def of(
        self, scope: rules.Scope, value_date: date, calendar: Calendar | None
    ) -> rules.Moment | None:
        """The cut-off of a value date; None if none stands. Raises OutsideCalendar."""
        key = (scope, value_date)
        if key not in self._moments:
            self._moments[key] = rules.until(
                self.stated, scope, value_date=value_date, calendar=calendar
            )
        return self._moments[key]

    def late(
        self, scope: rules.Scope, value_date: date, calendar: Calendar | None
    ) -> dict[str, Any] | None:
        """What there is to tell of an item that is late for the value date; None: it is in time.

        Without "settles" it is refused: by its rule, or because no calendar of the house says
        which day is the next. Raises OutsideCalendar.
        """
        missed = self.of(scope, value_date, calendar)
        if missed is None or not rules.is_late(self.came_at, missed):
            return None
        told = rules.facts(missed, came=self.came_at)
        if missed.rule.refuses or calendar is None:
            self.refuses = True
            return told
        settles = rules.first_open(
            value_date,
            is_late=lambda day: rules.is_late(self.came_at, self.of(scope, day, calendar)),
            calendar=calendar,
            known=self._open.setdefault(scope, {}),
        )
        return {**told, **rules.rolled(settles, calendar=calendar)}


def known(*, at: datetime) -> tuple[rules.Rule, ...]:
    """Every cut-off that was entered by then; one query."""
    rows = CutOff.objects.filter(recorded_at__lte=at).order_by("pk")
    return tuple(
        rules.Rule(
            id=row.pk,
            market=row.market,
            currency=row.currency,
            type=row.type,
            valid_from=row.valid_from,
            time=row.time,
            zone=row.zone,
            days_before=row.days_before,
            refuses=row.policy == CutOff.Policy.REFUSE,
        )
        for row in rows
    )


def refused(*, rows: Sequence[TradeRow], book: str, file_name: str | None) -> list[Refused]:
    """The refusals of late rows that the house does not know yet; one query, if any is late."""
    late = [row for row in rows if _is_refused(row)]
    if not late:
        return []
    with connection.cursor() as cursor:
        names = {"sources": [one.source for one in late], "refs": [one.source_ref for one in late]}
        cursor.execute(KNOWN, {**names, "book": book})
        found = set(cursor.fetchall())
    return [
        refusal(row.detail[rules.LATE], Place(file_name, row.line_no, "value_date"))
        for row in late
        if (row.source, row.source_ref) not in found
    ]


def require_taken(row: TradeRow) -> None:
    """Raises the refusal of an item that came too late and goes to no other day; see `refusal`."""
    if _is_refused(row):
        raise refusal(row.detail[rules.LATE], Place(field="value_date"))


def refusal(late: Mapping[str, Any], place: Place) -> Refused:
    """The refusal that the facts of a late item come to: LateForCutOff, LateWithoutCalendar."""
    told = rules.shown(late)
    del told["settles"]
    kind = LateForCutOff if late["policy"] == "refuse" else LateWithoutCalendar
    return kind(place, **told)


def _is_refused(row: TradeRow) -> bool:
    late = row.detail.get(rules.LATE)
    return late is not None and "settles" not in late


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
