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
