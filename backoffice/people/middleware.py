"""A signed-in person's language and time zone, unless the language switch says otherwise."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from backoffice.people.models import Staff

# Asked by machines, also while the database is away: nobody's session is read for them.
WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})


class StaffPreferencesMiddleware:
    """After authentication: the cookie of the language switch wins over the person's default."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request in the reader's language and time zone."""
        if request.path in WATCHED:
            return self.get_response(request)
        user = request.user
        if not isinstance(user, Staff):
            return self.get_response(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        try:
            zone: zoneinfo.ZoneInfo | None = zoneinfo.ZoneInfo(user.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            zone = None
        with timezone.override(zone):
            return self.get_response(request)
