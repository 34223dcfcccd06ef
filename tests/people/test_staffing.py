"""Staff are entered by managers and processes, once, with their site's time zone."""

import pytest

from backoffice.kernel.actors import Department, NotAllowed, Role
from backoffice.people import staffing
from backoffice.people.models import Staff
from backoffice.people.staffing import StaffDraft

pytestmark = pytest.mark.django_db
DRAFT = StaffDraft(
    username="jaime", first_name="Jaime", last_name="Santos", name_th="ไฮเม", role=Role.CLERK,
    department=Department.IT_SUPPORT, site="manila", language="en",
)  # fmt: skip


@pytest.fixture
def manila(system, at):
    staffing.enter_site(
        code="manila", name_en="Manila", name_th="มะนิลา", kind="offshore",
        time_zone="Asia/Manila", actor=system, at=at,
    )  # fmt: skip


def test_a_person_gets_the_sites_time_zone_and_the_roles_desk(manila, system, at):
    staff_id = staffing.enter_staff(draft=DRAFT, actor=system, at=at, password="long enough")
    staff = Staff.objects.get(pk=staff_id)
    assert (staff.time_zone, staff.is_staff) == ("Asia/Manila", True)
    assert staff.check_password("long enough")


def test_without_a_password_nobody_gets_in(manila, system, at):
    staff_id = staffing.enter_staff(draft=DRAFT, actor=system, at=at)
    assert not Staff.objects.get(pk=staff_id).has_usable_password()


def test_a_known_username_is_left_as_it_is(manila, system, at):
    first = staffing.enter_staff(draft=DRAFT, actor=system, at=at, password="long enough")
    again = staffing.enter_staff(draft=DRAFT, actor=system, at=at, password="another one")
    assert first == again
    assert Staff.objects.get(pk=first).check_password("long enough")


def test_an_unknown_site_refuses(system, at):
    with pytest.raises(staffing.SiteUnknown):
        staffing.enter_staff(draft=DRAFT, actor=system, at=at)


def test_clerks_enter_nobody(manila, cast, at):
    with pytest.raises(NotAllowed):
        staffing.enter_staff(draft=DRAFT, actor=cast.actor("chai"), at=at)
