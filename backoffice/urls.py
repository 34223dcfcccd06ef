"""The front door."""

from allauth.account.views import PasswordResetView
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import include, path, reverse
from django.views import defaults

from backoffice import health
from backoffice.frame.problems import json_error


def to_the_desk(request: HttpRequest) -> HttpResponse:
    """The sign-in page of the desk is the house's own; who is signed in already has no place there.

    Raises:
        PermissionDenied: the reader is signed in, and would be sent round in a circle.
    """
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect(f"{reverse('account_login')}?{request.GET.urlencode()}")


def new_password(request: HttpRequest) -> HttpResponseBase:
    """A forgotten password: by mail where the house has a mail server, else by IT support."""
    if settings.EMAIL_HOST:
        page: HttpResponseBase = PasswordResetView.as_view()(request)
        return page
    return render(request, "account/call_support.html")


admin.autodiscover()

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("api/", include("backoffice.api")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/password/reset/", new_password),
    path("accounts/", include("allauth.urls")),
    path("admin/login/", to_the_desk),
    path("admin/", admin.site.urls),
    path("", include("backoffice.portal.urls")),
]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A problem document below /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        return json_error(request, 400)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The same for what is not there."""
    if request.path.startswith("/api/"):
        return json_error(request, 404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The same for faults of ours."""
    if request.path.startswith("/api/"):
        return json_error(request, 500)
    return defaults.server_error(request)


handler400 = "backoffice.urls.bad_request"
handler404 = "backoffice.urls.not_found"
handler500 = "backoffice.urls.server_error"
