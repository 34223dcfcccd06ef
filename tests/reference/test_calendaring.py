from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from backoffice.kernel.actors import NotAllowed
from backoffice.kernel.calendars import Cycle, OutsideCalendar
from backoffice.reference import calendaring, queries
from backoffice.reference.models import CalendarVersion, Holiday
from backoffice.reference.seed_calendars.seed import SeedDay

pytestmark = pytest.mark.django_db
SPAN = calendaring.Span(date(2026, 1, 1), date(2026, 12, 31))
NOTICE = calendaring.Notice("House notice 1/2569", "https://example.org/1", date(2025, 12, 1))
NAMES = calendaring.Names("TEST", "Test", "ทดสอบ", "Asia/Bangkok")
NEW_YEAR = SeedDay(date(2026, 1, 1), "New Year's Day", "วันขึ้นปีใหม่")


@pytest.fixture
def version(system, at):
    return calendaring.import_calendar(
        names=NAMES, days=[NEW_YEAR], span=SPAN, notice=NOTICE, actor=system, at=at
    )


def test_a_version_keeps_its_notice(version, at):
    known = queries.version_on("TEST", known_at=at)
    assert (known.number, known.notice) == (1, "House notice 1/2569")
    calendar = queries.calendar_on("TEST", known_at=at)
    assert not calendar.is_business_day(date(2026, 1, 1))
    with pytest.raises(OutsideCalendar):
        calendar.is_business_day(date(2027, 1, 1))


def test_the_same_content_again_is_no_new_version(version, system, at):
    again = calendaring.import_calendar(
        names=NAMES, days=[NEW_YEAR], span=SPAN, notice=NOTICE, actor=system, at=at
    )
    assert again == version
    assert CalendarVersion.objects.filter(calendar_id="TEST").count() == 1


def test_a_notice_makes_a_new_version_and_the_old_one_stays_known(version, system, at):
    later = at + timedelta(days=30)
    special = SeedDay(date(2026, 2, 9), "Special holiday", "วันหยุดพิเศษ")
    working = SeedDay(date(2026, 1, 10), "Working Saturday", is_open=True)
    after = calendaring.apply_notice(
        code="TEST",
        changes=[special, working],
        notice=calendaring.Notice("Cabinet 3 Feb 2026"),
        actor=system,
        at=later,
    )
    assert after.number == 2
    assert queries.calendar_on("TEST", known_at=at).is_business_day(special.date)
    calendar = queries.calendar_on("TEST", known_at=later)
    assert not calendar.is_business_day(special.date)
    assert calendar.is_business_day(working.date)
    assert Holiday.objects.get(version=after, date=special.date).evidence == "Cabinet 3 Feb 2026"
    changed = queries.changed_days(before_version=version.pk, after_version=after.pk)
    assert changed == {special.date: False, working.date: True}


def test_bad_versions_are_refused_whole(version, system, cast, at):
    outside = SeedDay(date(2027, 1, 1), "New Year's Day")
    with pytest.raises(calendaring.DayOutsideVersion):
        calendaring.import_version(
            code="TEST", days=[outside], span=SPAN, notice=NOTICE, actor=system, at=at
        )
    with pytest.raises(calendaring.NoticeMissing):
        calendaring.import_version(
            code="TEST",
            days=[],
            span=SPAN,
            notice=calendaring.Notice("  "),
            actor=system,
            at=at,
        )
    with pytest.raises(calendaring.CalendarUnknown):
        calendaring.import_version(
            code="NONE", days=[], span=SPAN, notice=NOTICE, actor=system, at=at
        )
    with pytest.raises(NotAllowed):
        calendaring.import_version(
            code="TEST", days=[], span=SPAN, notice=NOTICE, actor=cast.actor("aree"), at=at
        )
    assert CalendarVersion.objects.filter(calendar_id="TEST").count() == 1


def test_versions_are_append_only(version):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        CalendarVersion.objects.filter(pk=version.pk).update(notice_text="another")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Holiday.objects.filter(version=version).delete()


def test_a_version_without_evidence_cannot_be_kept(version, at):
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarVersion.objects.create(
            calendar_id="TEST", number=9, covers_from=SPAN.first, covers_until=SPAN.last,
            notice_text="", fingerprint="0", recorded_at=at, imported_by="x",
        )  # fmt: skip


def test_a_later_row_corrects_a_cycle(system, at):
    def set_to(cycle, moment):
        calendaring.set_cycle(
            market="TEST",
            asset_class="bond",
            cycle=Cycle.parse(cycle, date(2026, 1, 1)),
            source="Rule 1",
            actor=system,
            at=moment,
        )

    later = at + timedelta(days=1)
    set_to("T+3", at)
    set_to("T+1", later)
    assert [str(one) for one in queries.cycles_of("TEST", "bond", known_at=at)] == ["T+3"]
    assert [str(one) for one in queries.cycles_of("TEST", "bond", known_at=later)] == ["T+1"]


def test_importing_takes_a_constant_number_of_queries(
    version, system, at, django_assert_max_num_queries
):
    days = [SeedDay(SPAN.first + timedelta(days=i), f"Day {i}") for i in range(365)]
    with django_assert_max_num_queries(9):
        calendaring.import_version(
            code="TEST", days=days, span=SPAN, notice=NOTICE, actor=system, at=at
        )
