"""The queue of unmatched sides, what was matched, and how far amounts may be apart."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from backoffice.frame.admin import DeskAdmin
from backoffice.frame.dates import day_text
from settlement.desks.trading.admin import TradeDesk, delivered, paid
from settlement.models import MatchingTolerance, TradeMatch, UnmatchedTrade
from settlement.trades import comparing, matching

_LOOKS = {True: SafeString(""), False: SafeString(' class="differs"')}


@admin.register(UnmatchedTrade)
class UnmatchedTradeAdmin(TradeDesk):
    """The queue of unmatched sides, each with every field on which the nearest one differs."""

    empty_words = _("Every trade has its other side.")
    list_display = (
        *("show_trade", "show_side", "show_why", "show_parties", "show_delivered"),
        *("show_amount", "show_value_date", "show_nearest", "since"),
    )
    list_filter = ("trade__book", "trade__side", "trade__market")
    list_select_related = ("trade__buyer", "trade__seller", "trade__instrument")
    search_fields = ("trade__source_ref", "trade__common_ref", "trade__instrument__code")
    date_hierarchy = "trade__value_date"
    actions_list = ["match_now"]
    actions_detail = ["affirm"]
    fields = ("trade", "since", "show_why", "show_nearest", "show_fields")
    readonly_fields = fields

    def prepare(self, rows: list[Any]) -> None:
        """Each row beside its nearest other side: two queries a page."""
        told = {one.trade.pk: one for one in comparing.compare(trade_ids=[row.pk for row in rows])}
        for row in rows:
            row.told = told.get(row.pk)

    @display(description=_("reference"), ordering="trade__source_ref")
    def show_trade(self, row: Any) -> str:
        return str(row.trade.source_ref)

    @display(description=_("side"), ordering="trade__side")
    def show_side(self, row: Any) -> str:
        return str(row.trade.get_side_display())

    @display(description=_("buyer ← seller"))
    def show_parties(self, row: Any) -> str:
        return f"{row.trade.buyer} ← {row.trade.seller}"

    @display(description=_("delivered"))
    def show_delivered(self, row: Any) -> str:
        return delivered(row.trade)

    @display(description=_("amount"), ordering="trade__amount")
    def show_amount(self, row: Any) -> str:
        return paid(row.trade)

    @display(description=_("value date"), ordering="trade__value_date")
    def show_value_date(self, row: Any) -> str:
        return day_text(row.trade.value_date)

    @display(description=_("nearest"))
    def show_nearest(self, row: Any) -> str:
        if not row.told or row.told.nearest is None:
            return "-"
        page = reverse("admin:settlement_trade_change", args=[row.told.nearest.pk])
        return format_html('<a href="{}">{}</a>', page, row.told.nearest.source_ref)

    @display(description=_("why"))
    def show_why(self, row: Any) -> str:
        if row.told is None:
            return "-"
        if row.told.nearest is not None and not row.told.differences:
            return gettext("agrees in every field; the next matching takes it")
        reasons = row.told.reasons(get_language() or "en")
        return format_html_join("", "<div>{}</div>", ((reason,) for reason in reasons))

    @display(description=_("field by field"))
    def show_fields(self, row: Any) -> str:
        """Every field that is matched on, as both sides said it."""
        if row.told is None or row.told.nearest is None:
            return "-"
        rows = comparing.beside(row.told, get_language() or "en")
        body = format_html_join(
            "",
            '<tr{}><th scope="row">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>',
            (
                (_LOOKS[same], label, ours, theirs, gettext("yes") if same else gettext("no"))
                for label, ours, theirs, same in rows
            ),
        )
        head = (
            gettext("field"),
            gettext("this side"),
            gettext("the other side"),
            gettext("agrees"),
        )
        cells = format_html_join("", '<th scope="col">{}</th>', ((one,) for one in head))
        return format_html(
            '<table class="desk-compare"><caption>{}</caption><thead><tr>{}</tr></thead>'
            "<tbody>{}</tbody></table>",
            gettext("What both sides say"), cells, body,
        )  # fmt: skip

    @action(
        description=_("Match now"),
        url_path="match",
        icon="join_inner",
        permissions=["write"],
        dialog={
            "title": _("Match now"),
            "description": _(
                "Pairs the sides that say the same, within the market's tolerance, in every book. "
                "What is paired goes on to the windows, unless a hold stops it."
            ),
            "form_submit_text": _("Match now"),
        },
    )
    def match_now(self, request: HttpRequest, form: BaseDialogForm) -> HttpResponse:
        books = UnmatchedTrade.objects.values_list("trade__book", flat=True).distinct()
        return self.act(request, _match_books, books=sorted(books))

    @action(
        description=_("Affirm for the counterparty"),
        url_path="affirm",
        icon="handshake",
        permissions=["write"],
        dialog={
            "title": _("Affirm for the counterparty"),
            "description": _("The counterparty confirms the trade and sends no side of its own."),
            "form_submit_text": _("Affirm"),
        },
    )
    def affirm(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self.act(request, matching.affirm, trade_id=int(object_id))

    def done_words(self, done: Any) -> str:
        """How many were matched; an affirmation is of one."""
        if not isinstance(done, int):
            return super().done_words(done)
        if not done:
            return gettext("Nothing could be matched: no two sides say the same.")
        words = ngettext("%(count)d pair was matched.", "%(count)d pairs were matched.", done)
        return words % {"count": done}


def _match_books(*, books: list[str], actor: Any, at: datetime) -> int:
    found = [matching.match(book=book, actor=actor, at=at) for book in books]
    return sum(one.equal + one.near for one in found)


@admin.register(TradeMatch)
class TradeMatchAdmin(DeskAdmin):
    list_display = ("buy", "sell", "how", "difference", "tolerance", "matched_at", "matched_by")
    list_filter = ("how",)
    list_select_related = ("buy", "sell")
    search_fields = ("buy__source_ref", "sell__source_ref")


@admin.register(MatchingTolerance)
class MatchingToleranceAdmin(DeskAdmin):
    list_display = ("market", "currency", "above", "tolerance", "valid_from", "source")
    list_filter = ("market", "currency")
