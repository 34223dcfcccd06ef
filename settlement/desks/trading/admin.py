"""What is traded and by whom: instruments, instructions, trades, the unmatched, legs."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.frame.admin import DeskAdmin
from backoffice.frame.widgets import DayInput
from backoffice.intake import kinds as intake
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from settlement.desks.trading import punctuality
from settlement.directory import listing, standing
from settlement.models import (
    EarlyMessage,
    HeldTrade,
    Instrument,
    Leg,
    MatchingTolerance,
    Participant,
    ParticipantIdentifier,
    StandingInstruction,
    Trade,
    TradeEnrichment,
    TradeMatch,
    TradeStatus,
    UnmatchedTrade,
    WithdrawnTrade,
)
from settlement.rules.cut_offs import LATE
from settlement.trades import amending, comparing, matching


def _text(label: Any, length: int, *, required: bool = False, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        required=required,
        widget=UnfoldAdminTextInputWidget,
        **more,
    )


class TradeDesk(DeskAdmin):
    """Acts by verbs; what a verb refuses is shown in the reader's language."""

    def act(self, request: HttpRequest, verb: Callable[..., Any], **params: Any) -> HttpResponse:
        """Run `verb` as the signed-in clerk and go back to the list."""
        try:
            verb(**params, actor=actor_of(request.user, channel="desk"), at=timezone.now())
        except Refused as refused:
            self.tell(request, refused)
        else:
            self.message_user(request, gettext("Done."), messages.SUCCESS)
        to = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponse(headers={"HX-Redirect": to})

    def has_write_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shows the buttons to settlement's own staff; the verbs decide."""
        user: Any = request.user
        return user.department == "settlement" and user.role in {"clerk", "checker", "manager"}


class InstrumentForm(BaseDialogForm):
    code = _text(
        _("code"), 35, required=True, help_text=_("ISIN of a security, the house's code of goods.")
    )
    kind = forms.ChoiceField(
        label=_("kind"),
        choices=[one for one in Instrument.Kind.choices if one[0] != "currency"],
        widget=UnfoldAdminSelectWidget,
    )
    name_en = _text(_("name (English)"), 160, required=True)
    name_th = _text(_("name (Thai)"), 160)
    decimals = forms.IntegerField(
        label=_("decimals"), initial=0, min_value=0, max_value=10, widget=UnfoldAdminTextInputWidget
    )
    market = _text(_("market"), 4)


@admin.register(Instrument)
class InstrumentAdmin(TradeDesk):
    list_display = ("code", "symbol", "name_en", "name_th", "kind", "market", "decimals")
    list_filter = ("kind", "market", "asset_class")
    search_fields = ("code", "symbol", "name_en", "name_th")
    actions_list = ["enter"]

    @action(
        description=_("Enter an instrument"),
        url_path="enter",
        icon="add",
        permissions=["write"],
        dialog={"title": _("Enter an instrument"), "form_class": InstrumentForm},
    )
    def enter(self, request: HttpRequest, form: InstrumentForm) -> HttpResponse:
        names = ("code", "kind", "name_en", "name_th", "decimals", "market")
        draft = listing.InstrumentDraft(**{name: form.cleaned_data[name] for name in names})
        return self.act(request, listing.enter, draft=draft)


class StandingInstructionForm(BaseDialogForm):
    participant = forms.ModelChoiceField(
        Participant.objects.all(), label=_("participant"), widget=UnfoldAdminSelectWidget
    )
    effective_from = forms.DateField(label=_("effective from"), widget=DayInput)
    effective_to = forms.DateField(label=_("effective to"), required=False, widget=DayInput)
    asset_class = _text(_("asset class"), 24)
    market = _text(_("market"), 4)
    currency = _text(_("currency"), 3)
    cash_agent = _text(_("cash agent (BIC)"), 11)
    cash_account = _text(_("cash account"), 35)
    custodian = _text(_("custodian (BIC)"), 11)
    safekeeping_account = _text(_("safekeeping account"), 35)
    depository = _text(_("place of settlement (BIC)"), 11)


GIVEN = (
    *("effective_from", "effective_to", "asset_class", "market", "currency", "cash_agent"),
    *("cash_account", "custodian", "safekeeping_account", "depository"),
)


@admin.register(StandingInstruction)
class StandingInstructionAdmin(TradeDesk):
    empty_words = _("Propose the first instruction above; a second person approves it.")
    list_display = (
        *("participant", "asset_class", "market", "currency", "version", "active"),
        *("effective_from", "effective_to", "cash_account", "safekeeping_account"),
        *("proposed_by", "approved_by"),
    )
    list_filter = ("active", "market", "currency")
    list_select_related = ("participant",)
    search_fields = ("participant__code", "cash_account", "safekeeping_account")
    actions_list = ["propose"]

    @action(
        description=_("Propose an instruction"),
        url_path="propose",
        icon="add",
        permissions=["write"],
        dialog={
            "title": _("Propose an instruction"),
            "description": _("It is in force once a second person approves it."),
            "form_class": StandingInstructionForm,
        },
    )
    def propose(self, request: HttpRequest, form: StandingInstructionForm) -> HttpResponse:
        draft = standing.StandingDraft(
            participant=form.cleaned_data["participant"].code,
            **{name: form.cleaned_data[name] for name in GIVEN},
        )
        return self.act(request, standing.propose, draft=draft)


@admin.register(ParticipantIdentifier)
class ParticipantIdentifierAdmin(DeskAdmin):
    list_display = ("participant", "scheme", "value")
    list_filter = ("scheme",)
    list_select_related = ("participant",)
    search_fields = ("value", "participant__code")


class Shown:
    """Rows beside a page that nobody adds to there."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LegInline(Shown, TabularInline):
    model = Leg
    fields = readonly_fields = ("kind", "debtor", "creditor", "asset", "quantity", "value_date")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Leg]:
        return super().get_queryset(request).select_related("debtor", "creditor")


class StatusInline(Shown, TabularInline):
    model = TradeStatus
    fields = readonly_fields = ("kind", "reason", "in_order", "message_ref", "reported_at")


class EnrichmentInline(Shown, StackedInline):
    model = TradeEnrichment
    fields = readonly_fields = ("buyer_instruction", "seller_instruction", "enriched_at")


class CancelForm(BaseDialogForm):
    reason = forms.CharField(label=_("reason"), max_length=140, widget=UnfoldAdminTextareaWidget)


@admin.register(Trade)
class TradeAdmin(TradeDesk):
    empty_words = _(
        "Nothing is captured yet. Upload a file of trades above, or send them to the API."
    )
    list_display = (
        *("source_ref", "type", "side", "buyer", "seller", "instrument", "quantity"),
        *("amount", "currency", "trade_date", "value_date"),
    )
    list_filter = ("book", "type", "side", "action", "source", "market", "locked_in")
    list_select_related = ("buyer", "seller", "instrument")
    search_fields = ("source_ref", "common_ref", "instrument__code")
    date_hierarchy = "value_date"
    inlines = (LegInline, StatusInline, EnrichmentInline)
    readonly_fields = ("show_late",)
    actions_list = ["bring_in"]
    actions_detail = ["cancel"]

    def get_fields(self, request: HttpRequest, obj: Trade | None = None) -> list[Any]:
        """Of a late trade the reason stands below its value date; others have none."""
        names = [one for one in super().get_fields(request, obj) if one != "show_late"]
        if obj is not None and LATE in obj.detail:
            spelled = [getattr(one, "__name__", one) for one in names]
            names.insert(spelled.index("value_date") + 1, "show_late")
        return names

    @display(description=_("came after the cut-off"))
    def show_late(self, trade: Trade) -> str:
        """When it came, which cut-off it missed, and where its value date went."""
        return punctuality.explained(trade.detail.get(LATE))

    @action(description=_("Upload a file"), url_path="bring-in", icon="upload_file")
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(intake.page())

    @action(
        description=_("Cancel the trade"),
        url_path="cancel",
        icon="cancel",
        permissions=["write"],
        dialog={
            "title": _("Cancel the trade"),
            "description": _("A matched trade stands until its other side is cancelled too."),
            "form_class": CancelForm,
        },
    )
    def cancel(self, request: HttpRequest, form: CancelForm, object_id: str) -> HttpResponse:
        trade = self.get_object(request, object_id)
        names = {name: getattr(trade, name) for name in ("source", "source_ref", "book")}
        return self.act(request, amending.cancel, **names, reason=form.cleaned_data["reason"])


@admin.register(UnmatchedTrade)
class UnmatchedTradeAdmin(TradeDesk):
    """The queue of unmatched sides, each with every field on which the nearest one differs."""

    empty_words = _("Every trade has its other side.")
    list_display = (
        *("trade", "show_parties", "show_instrument", "show_amount", "show_value_date"),
        *("since", "show_nearest", "show_why"),
    )
    list_filter = ("trade__book", "trade__side", "trade__market")
    list_select_related = ("trade__buyer", "trade__seller", "trade__instrument")
    search_fields = ("trade__source_ref", "trade__common_ref", "trade__instrument__code")
    date_hierarchy = "trade__value_date"
    actions_list = ["match_now"]
    actions_detail = ["affirm"]
    fields = readonly_fields = ("trade", "since", "show_nearest", "show_why")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The page's rows, each beside its nearest other side: two queries a page."""

        class Page(super().get_changelist(request, **kwargs)):  # type: ignore[misc]
            def get_results(self, request: HttpRequest) -> None:
                super().get_results(request)
                rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
                compared = comparing.compare(trade_ids=[row.pk for row in rows])
                told = {one.trade.pk: one for one in compared}
                for row in rows:
                    row.told = told.get(row.pk)
                self.result_list = rows

        return Page

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.told = next(iter(comparing.compare(trade_ids=[row.pk])), None)
        return row

    @display(description=_("parties"))
    def show_parties(self, row: Any) -> str:
        return f"{row.trade.buyer} ← {row.trade.seller}"

    @display(description=_("instrument"))
    def show_instrument(self, row: Any) -> str:
        return f"{row.trade.quantity.normalize():f} {row.trade.instrument}"

    @display(description=_("amount"), ordering="trade__amount")
    def show_amount(self, row: Any) -> str:
        return f"{row.trade.amount:,.2f} {row.trade.currency}" if row.trade.currency else "-"

    @display(description=_("value date"), ordering="trade__value_date")
    def show_value_date(self, row: Any) -> Any:
        return row.trade.value_date

    @display(description=_("nearest other side"))
    def show_nearest(self, row: Any) -> str:
        return str(row.told.nearest) if row.told and row.told.nearest else "-"

    @display(description=_("why"))
    def show_why(self, row: Any) -> str:
        reasons = row.told.reasons(get_language() or "en") if row.told else []
        return format_html_join("", "<div>{}</div>", ((reason,) for reason in reasons)) or "-"

    @action(
        description=_("Match now"),
        url_path="match",
        icon="join_inner",
        permissions=["write"],
        dialog={"title": _("Match now")},
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
        },
    )
    def affirm(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self.act(request, matching.affirm, trade_id=int(object_id))


def _match_books(*, books: list[str], actor: Any, at: Any) -> None:
    for book in books:
        matching.match(book=book, actor=actor, at=at)


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


@admin.register(Leg)
class LegAdmin(DeskAdmin):
    list_display = ("trade", "kind", "debtor", "creditor", "asset", "quantity", "value_date")
    list_filter = ("book", "kind")
    list_select_related = ("trade", "debtor", "creditor")
    search_fields = ("trade__source_ref", "asset")
    date_hierarchy = "value_date"


@admin.register(HeldTrade)
class HeldTradeAdmin(DeskAdmin):
    empty_words = _("No hold stops a trade.")
    list_display = ("trade", "held_at", "released_at")
    list_select_related = ("trade",)


@admin.register(WithdrawnTrade)
class WithdrawnTradeAdmin(DeskAdmin):
    list_display = ("trade", "withdrawn_at", "withdrawn_by")
    list_select_related = ("trade",)


@admin.register(EarlyMessage)
class EarlyMessageAdmin(DeskAdmin):
    empty_words = _("No message came before its turn.")
    list_display = ("source", "source_ref", "kind", "number", "received_at", "applied_at")
    list_filter = ("kind",)
    search_fields = ("source_ref",)
