"""Calendars and cycles are kept as versions, each with the notice that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Role
from backoffice.kernel.calendars import SAT_SUN, Cycle
from backoffice.kernel.refusals import Refused
from backoffice.outbox import publishing
from backoffice.reference.events import CalendarChanged
from backoffice.reference.models import Calendar, CalendarVersion, Holiday, SettlementCycle
from backoffice.reference.seed_calendars.planting import fingerprint_of
from backoffice.reference.seed_calendars.seed import Seed, SeedDay


class CalendarUnknown(Refused):
    """No calendar of this code."""

    code = "calendar-unknown"
    status = 404
    en = "There is no calendar {calendar}."
    th = "ไม่มีปฏิทิน {calendar}"


class NoticeMissing(Refused):
    """A calendar without evidence is not taken."""

    code = "calendar-notice-missing"
    en = "Name the notice that the calendar {calendar} rests on."
    th = "ต้องระบุประกาศที่ใช้อ้างอิงสำหรับปฏิทิน {calendar}"


class DayOutsideVersion(Refused):
    """A day beyond the span that the version covers."""

    code = "day-outside-version"
    en = "{date} lies outside {first} to {last}, which this version covers."
    th = "{date} อยู่นอกช่วง {first} ถึง {last} ที่ฉบับนี้ครอบคลุม"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a version rests on: the notice's text or title, its address and its date."""

    text: str
    url: str = ""
    dated: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day that a version covers."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Names:
    """What a calendar is called, and the time zone of its days."""

    code: str
    name_en: str
    name_th: str
    time_zone: str


def open_calendar(*, names: Names, actor: Actor, at: datetime) -> Calendar:
    """Make sure that the calendar exists; its days come with its first version."""
    actor.require(Role.MANAGER, Role.CHECKER, Role.CLERK)
    with transaction.atomic():
        calendar, created = Calendar.objects.get_or_create(
            code=names.code,
            defaults={
                "name_en": names.name_en,
                "name_th": names.name_th,
                "time_zone": names.time_zone,
            },
        )
        if created:
            _audit("calendaring.open_calendar", names.code, actor, at, {})
    return calendar


def import_version(
    *,
    code: str,
    days: Sequence[SeedDay],
    span: Span,
    notice: Notice,
    actor: Actor,
    at: datetime,
    weekend: frozenset[int] = SAT_SUN,
) -> CalendarVersion:
    """Keep what the calendar says as its next version; the same content again changes nothing.

    Args:
        days: the days that differ from the week, with names and evidence.
        span: what the version covers; outside it dates are refused.
        notice: what the version rests on; its text is required.
        weekend: ISO weekdays.

    Returns the version, new or latest. Raises CalendarUnknown, NoticeMissing, DayOutsideVersion.
    """
    actor.require(Role.MANAGER, Role.CHECKER, Role.CLERK)
    if not notice.text.strip():
        raise NoticeMissing(calendar=code)
    for day in days:
        if not span.first <= day.date <= span.last:
            raise DayOutsideVersion(date=day.date, first=span.first, last=span.last)
    content = fingerprint_of(days, span.first, span.last, weekend)
    with transaction.atomic():
        # One importer at a time for a calendar, so that version numbers have no gaps.
        if not Calendar.objects.select_for_update().filter(code=code).exists():
            raise CalendarUnknown(calendar=code)
        latest = CalendarVersion.objects.filter(calendar_id=code).order_by("-number").first()
        if latest and latest.fingerprint == content:
            return latest
        version = CalendarVersion.objects.create(
            calendar_id=code,
            number=latest.number + 1 if latest else 1,
            covers_from=span.first,
            covers_until=span.last,
            weekend="".join(map(str, sorted(weekend))),
            notice_text=notice.text,
            notice_url=notice.url,
            notice_date=notice.dated,
            fingerprint=content,
            recorded_at=at,
            imported_by=actor.name,
        )
        Holiday.objects.bulk_create((_holiday(version.pk, day) for day in days), batch_size=2000)
        detail = {"version": version.number, "days": len(days), "fingerprint": content}
        _audit("calendaring.import_version", code, actor, at, detail)
        changed = CalendarChanged(calendar=code, version_id=version.pk, number=version.number)
        publishing.publish(event=changed, at=at)
    return version


def apply_notice(
    *, code: str, changes: Sequence[SeedDay], notice: Notice, actor: Actor, at: datetime
) -> CalendarVersion:
    """The latest version with single days changed by a new notice, kept as the next version.

    Args:
        changes: days closed (`is_open` False) or opened (`is_open` True) by the notice.

    Raises CalendarUnknown if the calendar has no version yet, and what `import_version` raises.
    """
    with transaction.atomic():
        Calendar.objects.select_for_update().filter(code=code).first()
        latest = CalendarVersion.objects.filter(calendar_id=code).order_by("-number").first()
        if latest is None:
            raise CalendarUnknown(calendar=code)
        days = {
            row.date: SeedDay(
                row.date, row.name_en, row.name_th, row.evidence, row.kind != Holiday.Kind.CLOSED
            )
            for row in latest.days.order_by("date")
        }
        for change in changes:
            evidence = change.evidence or notice.text
            days[change.date] = SeedDay(
                change.date, change.name_en, change.name_th, evidence, change.is_open
            )
        return import_version(
            code=code,
            days=[days[day] for day in sorted(days)],
            span=Span(latest.covers_from, latest.covers_until),
            notice=notice,
            actor=actor,
            at=at,
            weekend=frozenset(map(int, latest.weekend)),
        )


def import_calendar(
    *,
    names: Names,
    days: Sequence[SeedDay],
    span: Span,
    notice: Notice,
    actor: Actor,
    at: datetime,
    weekend: frozenset[int] = SAT_SUN,
) -> CalendarVersion:
    """`import_version` for a calendar that is opened if need be; both or nothing."""
    with transaction.atomic():
        open_calendar(names=names, actor=actor, at=at)
        return import_version(
            code=names.code,
            days=days,
            span=span,
            notice=notice,
            actor=actor,
            at=at,
            weekend=weekend,
        )


def import_seed(*, seed: Seed, actor: Actor, at: datetime) -> CalendarVersion:
    """A seed calendar as its next version."""
    return import_calendar(
        names=Names(seed.code, seed.name_en, seed.name_th, seed.time_zone),
        days=seed.days,
        span=Span(seed.covers_from, seed.covers_until),
        notice=Notice(seed.notice_text, seed.notice_url),
        actor=actor,
        at=at,
        weekend=seed.weekend,
    )


def set_cycle(
    *, market: str, asset_class: str, cycle: Cycle, source: str, actor: Actor, at: datetime
) -> SettlementCycle:
    """From `cycle.valid_from` on the market's asset class settles by `cycle`.

    A later row for the same day corrects an earlier one. Raises NoticeMissing without a source.
    """
    actor.require(Role.MANAGER, Role.CHECKER, Role.CLERK)
    if not source.strip():
        raise NoticeMissing(calendar=market)
    with transaction.atomic():
        row = SettlementCycle.objects.create(
            market=market,
            asset_class=asset_class,
            cycle=str(cycle),
            valid_from=cycle.valid_from,
            source=source,
            recorded_at=at,
            recorded_by=actor.name,
        )
        detail = {"asset_class": asset_class, "cycle": str(cycle)}
        _audit("calendaring.set_cycle", market, actor, at, detail)
    return row


def _holiday(version_id: int, day: SeedDay) -> Holiday:
    return Holiday(
        version_id=version_id,
        date=day.date,
        kind=Holiday.Kind.WORKING if day.is_open else Holiday.Kind.CLOSED,
        name_en=day.name_en,
        name_th=day.name_th,
        evidence=day.evidence,
    )


def _audit(verb: str, code: str, actor: Actor, at: datetime, detail: Mapping[str, object]) -> None:
    audit.record(
        actor=actor,
        at=at,
        verb=verb,
        subject_kind="reference.calendar",
        subject_id=code,
        detail=dict(detail),
    )
