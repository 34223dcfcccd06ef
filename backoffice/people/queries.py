"""Who acts, asked by shells: from a signed-in user to an Actor."""

from typing import Any

from django.contrib.auth.models import AnonymousUser

from backoffice.kernel.actors import Actor, Department, NotSignedIn, Role
from backoffice.people.models import Staff


def actor_of(user: Staff | AnonymousUser | Any, *, channel: str) -> Actor:
    """The actor that a signed-in member of staff is; `channel` names the shell.

    Raises:
        NotSignedIn: nobody is signed in.
    """
    if not isinstance(user, Staff) or not user.is_active:
        raise NotSignedIn
    return Actor(
        name=user.username,
        staff_id=user.pk,
        role=Role(user.role),
        department=Department(user.department),
        channel=channel,
    )


def display_names(*, staff_ids: set[int], language: str = "en") -> dict[int, str]:
    """Names for screens, in one query: staff id → name (Thai name for Thai readers)."""
    found = {}
    for staff in Staff.objects.filter(pk__in=staff_ids):
        thai = staff.name_th if language.startswith("th") else ""
        found[staff.pk] = thai or staff.get_full_name() or staff.username
    return found
