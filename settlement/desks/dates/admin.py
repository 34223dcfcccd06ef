"""What calendars' new versions did to value dates: before, after, and why some stay."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.frame.admin import DeskAdmin
from settlement.models import Redating


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
