"""What follows a day: penalties, claims, fees, margin calls, and messages out and in."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from backoffice.frame.admin import DeskAdmin
from backoffice.intake import kinds as intake
from settlement.models import (
    CorporateAction,
    Fee,
    FeeTariff,
    IncomingStatus,
    MarginCall,
    MarginRate,
    MarketClaim,
    OutgoingMessage,
    Penalty,
    PenaltyNet,
    PenaltyRegime,
    ReferencePrice,
)

# What an instrument is to the penalty tables; the rules know the codes, a reader the words.
CATEGORIES = {
    "liquid_share": _("liquid share"),
    "illiquid_share": _("illiquid share"),
    "sme_growth_market_non_debt": _("SME growth market, no debt"),
    "sovereign_or_public_debt": _("sovereign or public debt"),
    "other_debt": _("other debt"),
    "sme_growth_market_debt": _("SME growth market, debt"),
    "other": _("other instrument"),
    "lack_of_cash": _("lack of cash"),
}


class ByCategory(DeskAdmin):
    """Rows of a penalty category, which is shown in words."""

    @display(description=_("category"), ordering="category")
    def show_category(self, one: Any) -> str:
        return str(CATEGORIES.get(one.category, one.category))


@admin.register(Penalty)
class PenaltyAdmin(ByCategory):
    empty_words = _("No fail was charged for.")
    list_display = (
        "business_date",
        "trade",
        "kind",
        "payer",
        "payee",
        "show_category",
        "amount",
        "currency",
    )
    list_filter = ("book", "kind", "category", "currency")
    list_select_related = ("trade", "payer", "payee")
    date_hierarchy = "business_date"


@admin.register(PenaltyNet)
class PenaltyNetAdmin(DeskAdmin):
    list_display = (
        "month",
        "market",
        "participant",
        "net",
        "currency",
        "penalties",
        "collected_on",
    )
    list_filter = ("book", "market", "currency")
    list_select_related = ("participant",)


@admin.register(PenaltyRegime)
class PenaltyRegimeAdmin(DeskAdmin):
    list_display = ("market", "tariff", "valid_from", "buy_in_after", "collection_day")
    search_fields = ("market",)


@admin.register(CorporateAction)
class CorporateActionAdmin(DeskAdmin):
    list_display = (
        "reference",
        "instrument",
        "amount",
        "currency",
        "ex_date",
        "record_date",
        "payment_date",
    )
    list_select_related = ("instrument",)


@admin.register(MarketClaim)
class MarketClaimAdmin(DeskAdmin):
    list_display = ("action", "trade", "payer", "payee", "quantity", "amount", "currency")
    list_select_related = ("action", "trade", "payer", "payee")


@admin.register(FeeTariff)
class FeeTariffAdmin(DeskAdmin):
    list_display = (
        "name",
        "valid_from",
        "kind",
        "currency",
        "payer_account",
        "payee_account",
        "owed_by",
        "rate",
        "fixed",
        "rounding",
    )


@admin.register(Fee)
class FeeAdmin(DeskAdmin):
    empty_words = _("No fee was charged.")
    list_display = ("business_date", "reference", "tariff", "payer", "payee", "amount", "currency")
    list_filter = ("book", "tariff", "currency")
    list_select_related = ("payer", "payee")
    date_hierarchy = "business_date"


@admin.register(MarginRate)
class MarginRateAdmin(DeskAdmin):
    list_display = ("asset", "rate", "valid_from")


@admin.register(MarginCall)
class MarginCallAdmin(DeskAdmin):
    empty_words = _("No participant was called for margin.")
    list_display = (
        "business_date",
        "participant",
        "currency",
        "variation",
        "initial",
        "covered",
        "amount",
    )
    list_filter = ("book", "currency")
    list_select_related = ("participant",)
    date_hierarchy = "business_date"


@admin.register(ReferencePrice)
class ReferencePriceAdmin(DeskAdmin):
    list_display = ("day", "instrument", "price", "currency", "source")
    list_select_related = ("instrument",)
    date_hierarchy = "day"


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(DeskAdmin):
    empty_words = _("The end of day sends the messages; none has left yet.")
    list_display = (
        "business_date",
        "definition",
        "reference",
        "participant",
        "message_id",
        "show_document",
    )
    list_filter = ("book", "definition")
    list_select_related = ("participant", "document")
    search_fields = ("reference", "message_id")
    date_hierarchy = "business_date"

    @display(description=_("document"))
    def show_document(self, message: Any) -> str:
        try:
            address = reverse("admin:records_document_change", args=[message.document_id])
        except NoReverseMatch:
            return str(message.document)
        return format_html('<a href="{}">{}</a>', address, message.document.number)


@admin.register(IncomingStatus)
class IncomingStatusAdmin(DeskAdmin):
    empty_words = _("Nobody has reported a status yet.")
    list_display = (
        "received_at",
        "definition",
        "sender",
        "of",
        "status",
        "reason",
        "show_outcome",
    )
    list_filter = ("book", "definition", "outcome")
    search_fields = ("of", "message_id")
    actions_list = ["bring_in"]

    @action(description=_("Upload a file"), url_path="bring-in", icon="upload_file")
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(intake.page("settlement.statuses"))

    @display(
        description=_("outcome"),
        label={"taken": "success", "unknown": "danger", "out-of-order": "warning"},
    )
    def show_outcome(self, one: Any) -> tuple[str, str]:
        return one.outcome, one.get_outcome_display() or gettext("taken")
