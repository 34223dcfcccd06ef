"""Addresses of the counter."""

from django.conf import settings
from django.urls import path
from django.views.generic import RedirectView

from backoffice.portal import views
from backoffice.portal.lookups.views import documents, settlement, statement

app_name = "portal"
FAVICON = RedirectView.as_view(url=f"{settings.STATIC_URL}img/favicon.svg")
urlpatterns = [
    path("favicon.ico", FAVICON),
    path("", views.home, name="home"),
    path("search", views.search, name="search"),
    path("prices/", views.prices, name="prices"),
    path("prices/ask/", views.ask_price, name="ask_price"),
    path("prices/<str:code>/", views.price, name="price"),
    path("prices/<str:code>/keep", views.keep_price, name="keep_price"),
    path("statement/", statement, name="statement"),
    path("settlement/", settlement, name="settlement"),
    path("documents/", documents, name="documents"),
    path("help/", views.get_help, name="help"),
    path("requests/", views.requests_, name="requests"),
    path("requests/<int:pk>/", views.request_, name="request"),
    path("notices/", views.notices_, name="notices"),
    path("notices/bell", views.bell, name="bell"),
    path("notices/read", views.read_all, name="read_all"),
]
