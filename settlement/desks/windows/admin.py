"""Windows and their nets; the runs that settled them, what became final, what stayed and why."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.frame.admin import DeskAdmin
from backoffice.frame.amounts import amount_text, number_text
from backoffice.frame.dates import day_text, moment_text
from settlement.desks.standing import why
from settlement.models import (
    FailedLeg,
    Movement,
    PositionSheet,
    Settlement,
    SettlementRun,
    UnsettledTrade,
    Window,
    WindowNet,
)


def _figure(value: Decimal | None, asset: str) -> str:
    """An amount with the asset's decimals, under the others of its column."""
    return format_html('<span class="amount">{}</span>', amount_text(value, asset) or "-")


def _rows_of(model: str, words: Any, **asked: Any) -> str:
    """The way to a list's rows of one run or window."""
    page = reverse(f"admin:settlement_{model}_changelist")
    return format_html('<a href="{}?{}">{}</a>', page, urlencode(asked), words)


@admin.register(Window)
class WindowAdmin(DeskAdmin):
    empty_words = _("The first trade that passes the gate opens its market's first window.")
    list_display = (
        *("sequence", "book", "market", "show_state", "opened_at", "show_day", "show_closed"),
        *("show_method", "show_legs", "show_nets"),
    )
    fields = (
        *("book", "market", "sequence", "show_word", "opened_at", "show_day", "show_closed"),
        *("show_method", "show_legs", "show_nets", "show_netted"),
    )
    readonly_fields = ("show_word", *fields[5:])
    list_filter = ("book", "market")
    list_select_related = ("pointer", "closing", "netting__novated_to")
    ordering = ("-pk",)

    @display(
        description=_("state"), label={"open": "info", "closed": "warning", "netted": "success"}
    )
    def show_state(self, window: Window) -> tuple[str, str]:
        return _state(window)

    @display(description=_("state"))
    def show_word(self, window: Window) -> str:
        return _state(window)[1]

    @display(description=_("closed for"))
    def show_day(self, window: Any) -> str:
        return day_text(_beside(window, "closing", "business_date")) or "-"

    @display(description=_("closed at"))
    def show_closed(self, window: Any) -> str:
        return moment_text(_beside(window, "closing", "closed_at")) or "-"

    @display(description=_("netted at"))
    def show_netted(self, window: Any) -> str:
        return moment_text(_beside(window, "netting", "netted_at")) or "-"

    @display(description=_("netting"))
    def show_method(self, window: Any) -> str:
        if (found := getattr(window, "netting", None)) is None:
            return "-"
        method = str(found.get_method_display())
        return f"{method} · {found.novated_to}" if found.novated_to_id else method

    @display(description=_("legs"))
    def show_legs(self, window: Any) -> str:
        count = _beside(window, "netting", "legs")
        return format_html('<span class="amount">{}</span>', "-" if count is None else f"{count:,}")

    @display(description=_("nets"))
    def show_nets(self, window: Any) -> str:
        count = _beside(window, "netting", "nets")
        if not count:
            return "-"
        return _rows_of("windownet", f"{count:,}", window__id__exact=window.pk)


def _state(window: Any) -> tuple[str, str]:
    if getattr(window, "pointer", None) is not None:
        return "open", gettext("open")
    if getattr(window, "netting", None) is None:
        return "closed", gettext("closed")
    return "netted", gettext("netted")


def _beside(window: Any, row: str, field: str) -> Any:
    """A field of the window's closing or netting; None before there is one."""
    return getattr(getattr(window, row, None), field, None)


@admin.register(WindowNet)
class WindowNetAdmin(DeskAdmin):
    empty_words = _("No window was netted yet; the end of day nets what it closes.")
    list_display = (
        *("window", "participant", "show_counterparty", "asset", "show_in", "show_out"),
        *("show_net", "legs", "value_date"),
    )
    list_filter = ("window__book", "window__market")
    list_select_related = ("window", "participant", "counterparty")
    search_fields = ("participant__code", "counterparty__code", "asset")
    date_hierarchy = "value_date"
    ordering = ("-window", "asset", "-net")

    @display(description=_("counterparty"))
    def show_counterparty(self, net: WindowNet) -> str:
        return str(net.counterparty or gettext("House"))

    @display(description=_("gross in"), ordering="gross_in")
    def show_in(self, net: WindowNet) -> str:
        return _figure(net.gross_in, net.asset)

    @display(description=_("gross out"), ordering="gross_out")
    def show_out(self, net: WindowNet) -> str:
        return _figure(net.gross_out, net.asset)

    @display(description=_("net"), ordering="net")
    def show_net(self, net: WindowNet) -> str:
        return _figure(net.net, net.asset)


@admin.register(SettlementRun)
class SettlementRunAdmin(DeskAdmin):
    empty_words = _("Nothing was settled and nobody was funded yet.")
    list_display = (
        *("number", "business_date", "book", "kind", "show_market", "show_way", "items", "settled"),
        *("show_value", "show_gap", "show_left", "finished_at"),
    )
    fields = (
        *("number", "business_date", "book", "kind", "reference", "show_market", "show_way"),
        *("items", "settled", "show_value", "show_bound", "show_gap", "proven", "show_left"),
        *("show_moved", "started_at", "finished_at"),
    )
    readonly_fields = fields
    list_filter = ("book", "kind", "market", "proven")
    search_fields = ("reference",)
    date_hierarchy = "business_date"
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SettlementRun]:
        return super().get_queryset(request).annotate(left=Count("unsettled"))

    @display(description=_("market"), ordering="market")
    def show_market(self, run: SettlementRun) -> str:
        return run.market or "-"

    @display(description=_("how"))
    def show_way(self, run: SettlementRun) -> str:
        told = [str(WAYS[one]) for one in (run.model, run.mode, run.by) if one in WAYS]
        return " · ".join(told) or "-"

    @display(description=_("value"), ordering="value")
    def show_value(self, run: SettlementRun) -> str:
        return _figure(run.value, "") if run.kind == run.Kind.SETTLEMENT else "-"

    @display(description=_("upper bound"))
    def show_bound(self, run: SettlementRun) -> str:
        return _figure(run.bound, "")

    @display(description=_("gap"))
    def show_gap(self, run: SettlementRun) -> str:
        """How far a better set could be away at most; nothing where the set is proven best."""
        if run.kind != run.Kind.SETTLEMENT or run.bound is None:
            return "-"
        if run.proven or not run.bound:
            return gettext("none, proven")
        return f"{number_text(round(100 * (run.bound - run.value) / run.bound, 2), 1)}%"

    @display(description=_("left behind"), ordering="left")
    def show_left(self, run: Any) -> str:
        return (
            _rows_of("unsettledtrade", f"{run.left:,}", run__id__exact=run.pk) if run.left else "-"
        )

    @display(description=_("movements"))
    def show_moved(self, run: SettlementRun) -> str:
        return _rows_of("movement", gettext("Show them"), run__id__exact=run.pk)


WAYS = {
    "gross": _("model 1: gross"),
    "dvp2": _("model 2: gross securities, net cash"),
    "dvp3": _("model 3: net"),
    "fifo": _("in the queue's order"),
    "optimal": _("best set"),
    "count": _("by count"),
    "value": _("by value"),
}


@admin.register(UnsettledTrade)
class UnsettledTradeAdmin(DeskAdmin):
    empty_words = _("Every trade that was due was settled.")
    list_display = (*("show_trade", "show_why", "show_day", "reason", "show_lots", "show_run"),)
    fields = ("trade", "show_day", "reason", "show_why", "behind", "show_lots", "run")
    readonly_fields = fields
    list_filter = ("run__book", "reason")
    list_select_related = ("run", "trade", "behind")
    search_fields = ("trade__source_ref",)
    date_hierarchy = "run__business_date"
    ordering = ("-pk",)

    @display(description=_("trade"), ordering="trade__source_ref")
    def show_trade(self, one: UnsettledTrade) -> str:
        return str(one.trade.source_ref)

    @display(description=_("business day"), ordering="run__business_date")
    def show_day(self, one: UnsettledTrade) -> str:
        return day_text(one.run.business_date)

    @display(description=_("what is missing"))
    def show_why(self, one: UnsettledTrade) -> str:
        behind = one.behind.source_ref if one.behind else ""
        told = why(one.reason, one.shortages, behind)
        return format_html_join("", "<div>{}</div>", ((sentence,) for sentence in told))

    @display(description=_("lots unsettled"))
    def show_lots(self, one: UnsettledTrade) -> str:
        told = gettext("%(left)s of %(all)s") % {"left": f"{one.lots:,}", "all": f"{one.of:,}"}
        return told if one.of > 1 else "-"

    @display(description=_("run"), ordering="run")
    def show_run(self, one: UnsettledTrade) -> str:
        page = reverse("admin:settlement_settlementrun_change", args=[one.run_id])
        return format_html('<a href="{}">{}</a>', page, one.run)


class OfLeg(DeskAdmin):
    """Rows that are of a leg: its trade, its sides, and so much of its asset."""

    list_select_related: Any = ("leg__trade", "leg__debtor", "leg__creditor", "run")
    search_fields = ("leg__trade__source_ref", "leg__asset")

    @display(description=_("trade"), ordering="leg__trade__source_ref")
    def show_trade(self, one: Any) -> str:
        return str(one.leg.trade.source_ref)

    @display(description=_("leg"))
    def show_leg(self, one: Any) -> str:
        return f"{one.leg.get_kind_display()} {one.leg.debtor} → {one.leg.creditor}"

    @display(description=_("quantity"), ordering="quantity")
    def show_quantity(self, one: Any) -> str:
        told = f"{amount_text(one.quantity, one.leg.asset)} {one.leg.asset}"
        return format_html('<span class="amount">{}</span>', told)


@admin.register(Settlement)
class SettlementAdmin(OfLeg):
    empty_words = _("Nothing is final yet.")
    list_display = ("show_trade", "show_leg", "show_quantity", "settled_at", "run")
    list_filter = ("leg__book", "leg__kind")
    date_hierarchy = "settled_at"
    ordering = ("-pk",)


@admin.register(FailedLeg)
class FailedLegAdmin(OfLeg):
    empty_words = _("No leg failed.")
    list_display = (
        *("show_trade", "business_date", "show_age", "cause", "failing", "show_leg"),
        *("show_quantity",),
    )
    list_filter = ("leg__book", "cause", "leg__kind")
    list_select_related = (*OfLeg.list_select_related, "failing")
    date_hierarchy = "business_date"
    ordering = ("-business_date", "-pk")

    def prepare(self, rows: list[Any]) -> None:
        """Each row's day of fail, of all its leg's: one query a page."""
        days: dict[int, list[Any]] = {}
        of_page = FailedLeg.objects.filter(leg__in=[row.leg_id for row in rows])
        for leg, day in of_page.values_list("leg_id", "business_date"):
            days.setdefault(leg, []).append(day)
        for row in rows:
            row.age = sum(day <= row.business_date for day in days.get(row.leg_id, ()))

    @display(description=_("business days of fail"))
    def show_age(self, one: Any) -> int:
        return int(one.age)


class OfPositions(DeskAdmin):
    """Quantities of an asset on a participant's account, the house's own side without one."""

    search_fields = ("participant__code", "asset")

    @display(description=_("participant"), ordering="participant__code")
    def show_participant(self, one: Any) -> str:
        return str(one.participant or gettext("House"))

    @display(description=_("quantity"), ordering="quantity")
    def show_quantity(self, one: Any) -> str:
        return _figure(one.quantity, one.asset)


@admin.register(PositionSheet)
class PositionSheetAdmin(OfPositions):
    empty_words = _("The end of day writes down every position; none has ended with one yet.")
    list_display = ("business_date", "book", "show_participant", "asset", "show_quantity")
    list_filter = ("book",)
    list_select_related = ("participant",)
    date_hierarchy = "business_date"
    ordering = ("-business_date", "asset", "participant__code")


@admin.register(Movement)
class MovementAdmin(OfPositions):
    empty_words = _("No position has moved yet. Funds come in with a file of terms.")
    list_display = ("run", "show_day", "show_kind", "show_participant", "asset", "show_quantity")
    list_filter = ("book", "run__kind")
    list_select_related = ("run", "participant")
    date_hierarchy = "run__business_date"
    ordering = ("-pk",)

    @display(description=_("business day"), ordering="run__business_date")
    def show_day(self, one: Movement) -> str:
        return day_text(one.run.business_date)

    @display(description=_("kind"))
    def show_kind(self, one: Movement) -> str:
        return str(one.run.get_kind_display())
