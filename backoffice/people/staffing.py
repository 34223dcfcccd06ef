"""Enter sites and members of staff: the house does it, nobody signs up."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused
from backoffice.people.models import Site, Staff

DESK_ROLES = (Role.CLERK, Role.CHECKER, Role.MANAGER, Role.AUDITOR)


class SiteUnknown(Refused):
    """A code that no site has."""

    code = "site-unknown"
    status = 404
    en = "There is no site {site}."
    th = "ไม่มีสถานที่ทำงาน {site}"


@dataclass(frozen=True, slots=True)
class StaffDraft:
    """A person as entered; `site` is a site's code, whose time zone the person gets."""

    username: str
    first_name: str
    last_name: str
    name_th: str
    role: Role
    department: Department
    site: str
    language: str = "th"
    email: str = ""


def enter_site(
    *, code: str, name_en: str, name_th: str, kind: str, time_zone: str, actor: Actor, at: datetime
) -> int:
    """Enter a place of work, or bring its names up to date; returns its id."""
    actor.require(Role.MANAGER)
    with transaction.atomic():
        site, _created = Site.objects.update_or_create(
            code=code,
            defaults={
                "name_en": name_en,
                "name_th": name_th,
                "kind": kind,
                "time_zone": time_zone,
            },
        )
        audit.record(
            actor=actor,
            at=at,
            verb="staffing.enter_site",
            subject_kind="people.site",
            subject_id=code,
        )
    return site.pk


def enter_staff(
    *, draft: StaffDraft, actor: Actor, at: datetime, password: str | None = None
) -> int:
    """Enter a member of staff; a known username is left as it is.

    Args:
        password: None leaves the person without one, to be set by a reset.

    Returns:
        The staff id.

    Raises:
        SiteUnknown, NotAllowed.
    """
    actor.require(Role.MANAGER)
    with transaction.atomic():
        site = Site.objects.filter(code=draft.site).first()
        if site is None:
            raise SiteUnknown(site=draft.site)
        staff, created = Staff.objects.get_or_create(
            username=draft.username,
            defaults={
                "first_name": draft.first_name,
                "last_name": draft.last_name,
                "name_th": draft.name_th,
                "email": draft.email,
                "role": draft.role,
                "department": draft.department,
                "site": site,
                "language": draft.language,
                "time_zone": site.time_zone,
                "is_staff": draft.role in DESK_ROLES,
                "password": make_password(password),
                "date_joined": at,
            },
        )
        if created:
            audit.record(
                actor=actor,
                at=at,
                verb="staffing.enter_staff",
                subject_kind="people.staff",
                subject_id=draft.username,
                detail={"role": draft.role, "department": draft.department},
            )
    return staff.pk
