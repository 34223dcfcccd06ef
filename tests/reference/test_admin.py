import pytest
from django.urls import reverse
from django.utils import translation

from backoffice.reference import days
from backoffice.reference.models import CalendarVersion

pytestmark = pytest.mark.django_db
PAGES = ("currency", "calendar", "calendarversion", "holiday", "settlementcycle", "businessday")


@pytest.fixture
def desk(client, cast):
    clerk = cast.staff("mek")
    clerk.is_superuser = True
    clerk.save()
    client.force_login(clerk)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_lists_open_in_a_constant_number_of_queries(
    desk, system, at, page, django_assert_max_num_queries
):
    days.open_day(business_date=at.date(), actor=system, at=at)
    with django_assert_max_num_queries(25):
        assert desk.get(reverse(f"admin:reference_{page}_changelist")).status_code == 200


def test_a_calendar_shows_its_versions_and_their_notices(desk):
    page = desk.get(reverse("admin:reference_calendar_change", args=["XBKK"]))
    assert "Yearly BOT notifications" in page.content.decode()


def test_nothing_is_written_from_the_desk(desk):
    version = CalendarVersion.objects.first()
    assert desk.get(reverse("admin:reference_currency_add")).status_code == 403
    page = reverse("admin:reference_calendarversion_change", args=[version.pk])
    assert desk.post(page, {"notice_text": "other"}).status_code == 403


def test_the_words_are_there_in_thai():
    with translation.override("th"):
        assert str(CalendarVersion._meta.verbose_name) == "ฉบับปฏิทิน"
