"""What decides value dates: cut-offs, and what calendars' new versions did to them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from backoffice.frame.admin import DeskAdmin
from backoffice.intake import kinds as intake
from settlement.models import CutOff, Redating


@admin.register(Redating)
class RedatingAdmin(DeskAdmin):
    list_display = (
        *("trade", "show_parties", "before", "after", "show_outcome"),
        *("calendar_version", "recorded_at"),
    )
    list_filter = ("outcome", "trade__book", "calendar_version__calendar")
    list_select_related = ("trade__buyer", "trade__seller", "calendar_version")
    search_fields = ("trade__source_ref", "trade__buyer__code", "trade__seller__code")
    date_hierarchy = "before"

    @display(description=_("parties"))
    def show_parties(self, row: Any) -> str:
        return f"{row.trade.buyer} ← {row.trade.seller}"

    @display(
        description=_("outcome"),
        ordering="outcome",
        label={"moved": "success", "settled": "info", "agreed": "warning", "apart": "warning"},
    )
    def show_outcome(self, row: Any) -> tuple[str, str]:
        return row.outcome, row.get_outcome_display()


@admin.register(CutOff)
class CutOffAdmin(DeskAdmin):
    empty_words = _(
        "No cut-off is stated: a day takes trades until its window closes. A file of terms states"
        " them."
    )
    list_display = (
        *("show_scope", "show_time", "zone", "days_before", "policy", "valid_from"),
        *("source", "recorded_by", "recorded_at"),
    )
    fields = readonly_fields = (
        *("market", "currency", "type", "show_time", "zone", "days_before", "policy"),
        *("valid_from", "source", "recorded_by", "recorded_at"),
    )
    list_filter = ("market", "currency", "type", "policy")
    ordering = ("market", "currency", "type", "-valid_from", "-pk")
    actions_list = ["bring_in"]

    @display(description=_("for which items"), ordering="market")
    def show_scope(self, row: CutOff) -> str:
        """Market, currency and type in codes; in words where it is for everything."""
        return " ".join(filter(None, (row.market, row.currency, row.type))) or gettext("all items")

    @display(description=_("cut-off time"), ordering="time")
    def show_time(self, row: CutOff) -> str:
        """By the clock of its zone, hours from 0 to 23."""
        return f"{row.time:%H:%M}" if row.time else gettext("no cut-off")

    @action(description=_("Upload a file of terms"), url_path="bring-in", icon="upload_file")
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(intake.page())
