"""What left the way of a trade: held by a hold, taken back by both sides, come before its turn."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.frame.admin import DeskAdmin
from backoffice.frame.dates import day_text
from settlement.desks.trading.admin import delivered, paid
from settlement.models import EarlyMessage, HeldTrade, WithdrawnTrade


class OfTrade(DeskAdmin):
    """Rows that are of a trade: who trades what with whom, and when it is due."""

    list_select_related = ("trade__buyer", "trade__seller", "trade__instrument")
    search_fields = ("trade__source_ref", "trade__buyer__code", "trade__seller__code")

    @display(description=_("reference"), ordering="trade__source_ref")
    def show_trade(self, one: Any) -> str:
        return str(one.trade.source_ref)

    @display(description=_("buyer ← seller"))
    def show_parties(self, one: Any) -> str:
        return f"{one.trade.buyer} ← {one.trade.seller}"

    @display(description=_("delivered"))
    def show_delivered(self, one: Any) -> str:
        return delivered(one.trade)

    @display(description=_("amount"), ordering="trade__amount")
    def show_amount(self, one: Any) -> str:
        return paid(one.trade)

    @display(description=_("value date"), ordering="trade__value_date")
    def show_value_date(self, one: Any) -> str:
        return day_text(one.trade.value_date)


@admin.register(HeldTrade)
class HeldTradeAdmin(OfTrade):
    """Why something is held only compliance reads, lest the party be warned."""

    empty_words = _("No hold stops a trade.")
    list_display = (
        *("show_trade", "show_state", "show_parties", "show_delivered", "show_amount"),
        *("show_value_date", "held_at", "released_at"),
    )
    list_filter = ("trade__book", ("released_at", admin.EmptyFieldListFilter))
    ordering = ("-held_at", "-pk")

    @display(description=_("state"), label={"held": "danger", "released": "success"})
    def show_state(self, one: HeldTrade) -> tuple[str, str]:
        if one.released_at is None:
            return "held", gettext("on hold")
        return "released", gettext("released")


@admin.register(WithdrawnTrade)
class WithdrawnTradeAdmin(OfTrade):
    empty_words = _("No trade was cancelled by both sides.")
    list_display = (
        *("show_trade", "show_parties", "show_delivered", "show_amount", "show_value_date"),
        *("withdrawn_at", "withdrawn_by"),
    )


@admin.register(EarlyMessage)
class EarlyMessageAdmin(DeskAdmin):
    empty_words = _("No message came before its turn.")
    list_display = ("source", "source_ref", "kind", "number", "received_at", "applied_at")
    list_filter = ("kind",)
    search_fields = ("source_ref",)
