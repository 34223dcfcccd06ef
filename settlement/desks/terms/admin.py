"""Limits, pledges, market rules and releases as they stand; a file of terms adds to them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from backoffice.frame.admin import DeskAdmin
from backoffice.frame.amounts import amount_text
from backoffice.intake import kinds as intake
from settlement.models import AccountLimit, MarketRule, PaymentRelease, Pledge, ReleaseLimit

FROM_A_FILE = _("Upload a file of terms above; it states them from a day on.")


class TermsDesk(DeskAdmin):
    """Terms are stated by a file, each from a day on; none is changed."""

    empty_words = FROM_A_FILE
    actions_list = ["bring_in"]

    @action(description=_("Upload a file"), url_path="bring-in", icon="upload_file")
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(intake.page("settlement.terms"))


@admin.register(AccountLimit)
class AccountLimitAdmin(TermsDesk):
    list_display = (
        *("participant", "kind", "counterparty", "asset", "show_amount", "valid_from", "book"),
        *("recorded_at", "recorded_by"),
    )
    list_filter = ("book", "kind")
    list_select_related = ("participant", "counterparty")
    search_fields = ("participant__code", "asset")
    ordering = ("participant__code", "asset", "kind", "-valid_from", "-pk")

    @display(description=_("amount"), ordering="amount")
    def show_amount(self, limit: AccountLimit) -> str:
        """No amount lifts the limit."""
        told = (
            gettext("no limit") if limit.amount is None else amount_text(limit.amount, limit.asset)
        )
        return format_html('<span class="amount">{}</span>', told)


@admin.register(Pledge)
class PledgeAdmin(TermsDesk):
    list_display = (
        *("reference", "participant", "asset", "quantity", "credit", "currency", "pledged_at"),
        *("pledged_by", "book"),
    )
    list_filter = ("book", "currency")
    list_select_related = ("participant",)
    search_fields = ("reference", "participant__code", "asset")
    ordering = ("-pk",)


@admin.register(ReleaseLimit)
class ReleaseLimitAdmin(TermsDesk):
    list_display = ("currency", "amount", "valid_from", "book", "recorded_at", "recorded_by")
    list_filter = ("book", "currency")
    ordering = ("book", "currency", "-valid_from", "-pk")


@admin.register(MarketRule)
class MarketRuleAdmin(TermsDesk):
    list_display = (
        *(
            "show_market",
            "valid_from",
            "model",
            "mode",
            "by",
            "deadline",
            "lots",
            "novation",
            "ccp",
        ),
    )
    list_select_related = ("ccp",)
    ordering = ("market", "-valid_from", "-pk")

    @display(description=_("market"), ordering="market")
    def show_market(self, rule: MarketRule) -> str:
        return rule.market or gettext("every other market")


@admin.register(PaymentRelease)
class PaymentReleaseAdmin(DeskAdmin):
    empty_words = _("No payment above a limit was decided about yet.")
    list_display = ("show_payment", "show_decision", "decided_at", "decided_by")
    list_filter = ("approved",)
    list_select_related = ("trade", "instruction")
    search_fields = ("trade__source_ref", "instruction__reference")
    date_hierarchy = "decided_at"
    ordering = ("-pk",)

    @display(description=_("payment"))
    def show_payment(self, release: Any) -> str:
        return release.trade.source_ref if release.trade else str(release.instruction)

    @display(description=_("decision"), label={"approved": "success", "rejected": "danger"})
    def show_decision(self, release: PaymentRelease) -> tuple[str, str]:
        if release.approved:
            return "approved", gettext("approved")
        return "rejected", gettext("rejected")
