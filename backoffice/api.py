"""The API's root: each app's doors below /api/v1/, the schema and its pages."""

from importlib.util import find_spec

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from backoffice.frame.problems import json_error
from backoffice.people import schema as token_schema

APPS = ("accounting", "settlement", "compliance", "records", "itsupport")
# Imported so that drf-spectacular knows the scheme of our tokens.
TOKEN_SCHEME = token_schema.TokenScheme


def not_found(request: HttpRequest, rest: str = "") -> JsonResponse:
    """Anything else below /api/ is a problem document, not a page."""
    del rest
    return json_error(request, 404)


def _mounted() -> list[URLPattern | URLResolver]:
    return [
        path(f"v1/{app}/", include(f"{app}.api"))
        for app in APPS
        if find_spec(app) and find_spec(f"{app}.api")
    ]


urlpatterns = [
    *_mounted(),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    re_path(r"^(?P<rest>.*)$", not_found),
]
