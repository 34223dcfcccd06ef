"""The front door."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views import defaults
from django.views.generic import RedirectView

from backoffice import health
from backoffice.frame.problems import json_error

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("api/", include("backoffice.api")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/", admin.site.urls),
    path("", include("backoffice.portal.urls")),
]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A problem document below /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        return json_error(request, 404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The same for faults of ours."""
    if request.path.startswith("/api/"):
        return json_error(request, 500)
    return defaults.server_error(request)


handler404 = "backoffice.urls.not_found"
handler500 = "backoffice.urls.server_error"
