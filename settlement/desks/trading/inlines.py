"""What stands below a trade: its legs, what others report of it, its standing instructions."""

from typing import Any

from django.db.models import DecimalField, Max, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline
from unfold.decorators import display

from backoffice.frame.amounts import amount_text
from backoffice.frame.dates import day_text, moment_text
from settlement.models import Leg, TradeEnrichment, TradeStatus


class Shown:
    """Rows beside a page that nobody adds to there."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LegInline(Shown, TabularInline):
    model = Leg
    fields = readonly_fields = (
        *("kind", "debtor", "creditor", "show_owed", "show_value_date", "show_settled", "show_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Leg]:
        legs = super().get_queryset(request).select_related("debtor", "creditor")
        return legs.annotate(
            done=Sum("settlements__quantity", output_field=DecimalField()),
            final_at=Max("settlements__settled_at"),
        )

    @display(description=_("owed"))
    def show_owed(self, leg: Any) -> str:
        return f"{amount_text(leg.quantity, leg.asset)} {leg.asset}"

    @display(description=_("value date"))
    def show_value_date(self, leg: Any) -> str:
        return day_text(leg.value_date)

    @display(description=_("settled"))
    def show_settled(self, leg: Any) -> str:
        return f"{amount_text(leg.done, leg.asset)} {leg.asset}" if leg.done else "-"

    @display(description=_("final at"))
    def show_at(self, leg: Any) -> str:
        return moment_text(leg.final_at) or "-"


class StatusInline(Shown, TabularInline):
    model = TradeStatus
    fields = readonly_fields = ("kind", "reason", "in_order", "message_ref", "reported_at")


class EnrichmentInline(Shown, StackedInline):
    model = TradeEnrichment
    fields = readonly_fields = ("buyer_instruction", "seller_instruction", "enriched_at")
