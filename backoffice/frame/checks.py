"""What `manage.py check --database default` and each `migrate` look at in the database."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks

from backoffice.frame import rights


def application_is_not_owner(
    *, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """The application should not be able to switch off the triggers that guard the books."""
    if not databases or not rights.owns_tables(role=settings.APPLICATION_ROLE):
        return []
    return [
        checks.Warning(
            f"The application's role {settings.APPLICATION_ROLE} owns its tables.",
            hint="Give it a role of its own: DATABASE_URL for it, DATABASE_OWNER_URL for the owner"
            " (docs/operations.md).",
            id="frame.W001",
        )
    ]
