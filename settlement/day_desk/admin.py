"""The end of the day as it goes, and its pictures."""

import zoneinfo
from datetime import date
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from backoffice.frame.admin import DeskAdmin
from backoffice.reference.days import HOUSE
from settlement import progress
from settlement.models import StepRun
from settlement.pictures import bars, figures, sankey

BANGKOK = zoneinfo.ZoneInfo("Asia/Bangkok")


@admin.register(StepRun)
class StepRunAdmin(DeskAdmin):
    list_display = ("business_date", "book", "position", "step", "counts", "finished_at")
    list_filter = ("book", "step")
    date_hierarchy = "business_date"
    actions_list = ["show_progress", "show_pictures"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("progress/", view(self.progress), name="settlement_progress"),
            path("pictures/", view(self.pictures), name="settlement_pictures"),
            *super().get_urls(),
        ]

    @action(description=_("Progress of the day"), url_path="to-progress", icon="timeline")
    def show_progress(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:settlement_progress"))

    @action(description=_("Pictures of the day"), url_path="to-pictures", icon="insights")
    def show_pictures(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:settlement_pictures"))

    def progress(self, request: HttpRequest) -> HttpResponse:
        """The steps of a day; the page asks again every two seconds until the day is sealed."""
        book, day = _asked(request)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("End of day"),
            "opts": self.opts,
            "day": progress.of_day(book=book, business_date=day),
            "days": progress.recent_days(book=book),
            "pictures": _address("settlement_pictures", book, day),
            "may_view": self.has_view_permission(request),
        }
        return render(request, "admin/settlement/progress.html", context)

    def pictures(self, request: HttpRequest) -> HttpResponse:
        """Net flows, settlement rate by hour, ages of fails and liquidity, each with its table."""
        book, day = _asked(request)
        assets = figures.assets(book=book, day=day)
        asset = request.GET.get("asset", "")
        if asset not in assets:
            asset = assets[0] if assets else ""
        where: dict[str, Any] = {"book": book, "day": day}
        flows = figures.flows(**where, asset=asset)
        hours = figures.by_hour(**where, zone=BANGKOK.key)
        ages = figures.fails(**where, asset=asset)
        uses = figures.liquidity(**where, asset=asset)
        house = gettext("House")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Pictures of the day"),
            "opts": self.opts,
            "book": book,
            "chosen": day,
            "days": progress.recent_days(book=book),
            "assets": assets,
            "asset": asset,
            "flows": flows,
            "sankey": sankey.lay_out(
                (one.payer or house, one.payee or house, one.value) for one in flows
            ),
            "house": house,
            "hours": hours,
            "hour_bars": bars.upright(
                [(f"{one.hour:02}", one.settled, f"{one.settled:,}") for one in hours],
                line=[float(one.percent) for one in hours],
            ),
            "ages": ages,
            "age_bars": bars.upright([(one.name, one.fails, f"{one.fails:,}") for one in ages]),
            "has_fails": any(one.fails for one in ages),
            "uses": uses,
            "progress_page": _address("settlement_progress", book, day),
        }
        return render(request, "admin/settlement/pictures.html", context)


def _asked(request: HttpRequest) -> tuple[str, date]:
    """Book and day of the address; else the book and day begun last, else ours and today."""
    book = request.GET.get("book") or progress.last_book() or HOUSE
    try:
        return book, date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        days = progress.recent_days(book=book)
        return book, days[0] if days else timezone.localdate(timezone=BANGKOK)


def _address(name: str, book: str, day: date) -> str:
    return f"{reverse(f'admin:{name}')}?book={book}&date={day.isoformat()}"
