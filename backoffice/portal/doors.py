"""Who comes to the counter: signed-in people; the rest are led to the sign-in page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Like `login_required`; a part of a page asked for after the session ended reloads the page.

    Without that, the sign-in page would be put into the middle of the page that asked.
    """
    page = login_required(view)

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated and getattr(request, "htmx", False):
            return HttpResponse(status=200, headers={"HX-Refresh": "true"})
        return page(request, *args, **kwargs)

    return door
