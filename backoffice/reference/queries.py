"""Reads of reference data: calendars as they were known, value dates, currencies, days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from backoffice.kernel.calendars import (
    Calendar,
    Cycle,
    cycle_on,
    differences,
    joint,
    settlement_date,
)
from backoffice.kernel.money import Currency, CurrencyUnknown
from backoffice.kernel.refusals import Refused
from backoffice.reference import models
from backoffice.reference.calendaring import CalendarUnknown


class CycleUnknown(Refused):
    """The market has no settlement cycle for the asset class."""

    code = "settlement-cycle-unknown"
    status = 404
    en = "No settlement cycle is recorded for {asset_class} in {market}."
    th = "ไม่มีรอบการชำระราคาของ {asset_class} ในตลาด {market}"


@dataclass(frozen=True, slots=True)
class Version:
    """A calendar's version: what was known, from when, and why."""

    id: int
    calendar: str
    number: int
    recorded_at: datetime
    notice: str
    notice_url: str


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A weekday on which nothing settles, with what it rests on."""

    date: date
    calendar: str
    name_en: str
    name_th: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ValueDate:
    """A settlement date and how it came about.

    Attributes:
        value_date: the date.
        cycle: the cycle applied, such as T+2.
        versions: the calendar versions used; a later version may move the date.
        skipped: holidays passed over between trade date and value date, weekends not listed.
    """

    trade_date: date
    value_date: date
    cycle: str
    versions: tuple[Version, ...]
    skipped: tuple[ClosedDay, ...]


def version_on(code: str, *, known_at: datetime) -> Version:
    """The latest version of the calendar recorded at `known_at`; raises CalendarUnknown."""
    return _facts(_version_row(code, known_at))


def calendar_on(code: str, *, known_at: datetime) -> Calendar:
    """The calendar as the house knew it at `known_at` (aware); raises CalendarUnknown."""
    row = _version_row(code, known_at)
    return _calendar(row.pk, row.fingerprint)


def calendars_on(codes: Iterable[str], *, known_at: datetime) -> dict[str, tuple[Calendar, int]]:
    """Code → calendar as known at `known_at`, with its version's id; unknown codes are left out.

    One query, and one more for each version that this process never read.
    """
    rows = models.CalendarVersion.objects.filter(
        calendar_id__in=list(codes), recorded_at__lte=known_at
    )
    latest = rows.order_by("calendar_id", "-number").distinct("calendar_id")
    return {row.calendar_id: (_calendar(row.pk, row.fingerprint), row.pk) for row in latest}


def calendar_of_version(version_id: int) -> Calendar:
    """The calendar of one version, as kept beside a value date."""
    row = models.CalendarVersion.objects.only("fingerprint").get(pk=version_id)
    return _calendar(row.pk, row.fingerprint)


def changed_days(*, before_version: int, after_version: int) -> dict[date, bool]:
    """Days that differ between two versions, within what both cover; True where now open.

    What rests on `before_version` (open value dates, say) is to be derived anew if these days lie
    between its trade date and its value date.
    """
    before, after = calendar_of_version(before_version), calendar_of_version(after_version)
    both = joint(before, after)
    if both.covers_from is None or both.covers_until is None:
        return {}
    return differences(before, after, both.covers_from, both.covers_until)


def versions_before(version: Version) -> list[Version]:
    """The earlier versions of the same calendar, oldest first."""
    earlier = models.CalendarVersion.objects.filter(
        calendar_id=version.calendar, number__lt=version.number
    )
    return [_facts(row) for row in earlier.order_by("number")]


def calendars_changed(*, since: datetime) -> list[str]:
    """Codes of the calendars that got a further version since then."""
    changed = models.CalendarVersion.objects.filter(recorded_at__gte=since, number__gt=1)
    return sorted(set(changed.values_list("calendar_id", flat=True)))


def cycles_of(market: str, asset_class: str, *, known_at: datetime) -> list[Cycle]:
    """The market's cycles for the asset class as known at `known_at`, by their first day."""
    rows = models.SettlementCycle.objects.filter(
        market=market, asset_class=asset_class, recorded_at__lte=known_at
    ).order_by("recorded_at", "pk")
    latest = {row.valid_from: row.cycle for row in rows}
    return [Cycle.parse(latest[day], day) for day in sorted(latest)]


def value_date(
    *,
    trade_date: date,
    calendars: Sequence[str],
    known_at: datetime,
    cycle: str = "",
    asset_class: str = "equity",
) -> ValueDate:
    """When a trade of `trade_date` settles, with the evidence for it.

    Args:
        calendars: codes; the value date is a business day of all of them. The first names the
            market whose effective-dated cycle applies when `cycle` is empty.
        cycle: "T+2", say; empty for the market's own on the trade date.

    Raises CalendarUnknown, CycleUnknown, CycleRefused, NoCycle, OutsideCalendar.
    """
    rows = [_version_row(code, known_at) for code in calendars]
    applied = Cycle.parse(cycle) if cycle else _market_cycle(
        calendars[0], asset_class, trade_date, known_at
    )  # fmt: skip
    found = settlement_date(trade_date, applied, *(_calendar(r.pk, r.fingerprint) for r in rows))
    return ValueDate(
        trade_date=trade_date,
        value_date=found,
        cycle=str(applied),
        versions=tuple(map(_facts, rows)),
        skipped=_skipped([row.pk for row in rows], trade_date, found),
    )


def currency(code: str) -> Currency:
    """A currency or listed commodity with its decimals; raises CurrencyUnknown."""
    row = models.Currency.objects.filter(pk=code).first()
    if row is None:
        raise CurrencyUnknown(currency=code)
    return Currency(row.code, row.exponent, row.kind == models.Currency.Kind.COMMODITY)


def exponents() -> dict[str, int]:
    """Decimals of every currency and commodity, by code: one query for a whole file."""
    return dict(models.Currency.objects.values_list("code", "exponent"))


def day_state(*, business_date: date, book: str = "HOUSE") -> str:
    """State of the day: "open", "closing", "closed", or "unopened" if there is none."""
    state = models.BusinessDay.objects.filter(book=book, date=business_date).values_list(
        "state", flat=True
    )
    return state.first() or "unopened"


def unsealed_days(*, book: str = "HOUSE", until: date | None = None) -> list[date]:
    """Days of the book that are open or closing, oldest first."""
    days = models.BusinessDay.objects.filter(book=book).exclude(state="closed")
    if until:
        days = days.filter(date__lte=until)
    return list(days.order_by("date").values_list("date", flat=True))


def last_sealed(*, book: str = "HOUSE") -> date | None:
    """The latest day of the book that is closed."""
    days = models.BusinessDay.objects.filter(book=book, state="closed")
    return days.order_by("-date").values_list("date", flat=True).first()


def books() -> list[str]:
    """The books whose days were ever opened."""
    return list(
        models.BusinessDay.objects.order_by("book").values_list("book", flat=True).distinct()
    )


def _version_row(code: str, known_at: datetime) -> models.CalendarVersion:
    versions = models.CalendarVersion.objects.filter(calendar_id=code, recorded_at__lte=known_at)
    row = versions.order_by("-number").first()
    if row is None:
        raise CalendarUnknown(calendar=code)
    return row


def _facts(row: models.CalendarVersion) -> Version:
    return Version(
        row.pk, row.calendar_id, row.number, row.recorded_at, row.notice_text, row.notice_url
    )


@lru_cache(maxsize=128)
def _calendar(version_id: int, fingerprint: str) -> Calendar:
    """Versions never change, so they are kept; the fingerprint tells restored databases apart."""
    del fingerprint
    version = models.CalendarVersion.objects.get(pk=version_id)
    days = list(version.days.values_list("date", "kind"))
    weekend = frozenset(map(int, version.weekend))
    return Calendar(
        code=version.calendar_id,
        holidays=frozenset(day for day, kind in days if kind == "closed"),
        weekend=weekend,
        working_days=frozenset(
            day for day, kind in days if kind == "working" and day.isoweekday() in weekend
        ),
        covers_from=version.covers_from,
        covers_until=version.covers_until,
    )


def _market_cycle(market: str, asset_class: str, trade_date: date, known_at: datetime) -> Cycle:
    cycles = cycles_of(market, asset_class, known_at=known_at)
    if not cycles:
        raise CycleUnknown(market=market, asset_class=asset_class)
    return cycle_on(cycles, trade_date)


def _skipped(version_ids: list[int], trade_date: date, found: date) -> tuple[ClosedDay, ...]:
    first = min(trade_date + timedelta(days=1), found)
    rows = models.Holiday.objects.filter(
        version_id__in=version_ids, kind="closed", date__range=(first, found)
    ).select_related("version")
    return tuple(
        ClosedDay(row.date, row.version.calendar_id, row.name_en, row.name_th, row.evidence)
        for row in rows.order_by("date", "version__calendar_id")
        if str(row.date.isoweekday()) not in row.version.weekend
    )
