"""The content security policy: strict everywhere, looser only where the admin theme needs it."""

from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

DESK = "/admin/"


class HousePolicy(CSPMiddleware):
    """The theme's Alpine evaluates the expressions in its attributes, so /admin/ allows eval."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> PolicyParts:
        """The policy of settings.CONTENT_SECURITY_POLICY, with eval below /admin/."""
        parts = super().get_policy_parts(request, response, *args, **kwargs)
        if request.path.startswith(DESK):
            parts.update = {**(parts.update or {}), "script-src": ["'unsafe-eval'"]}
        return parts
