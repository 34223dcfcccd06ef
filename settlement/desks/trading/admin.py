"""What is traded and by whom: instruments, instructions, trades, the unmatched, legs."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.frame import dialogs
from backoffice.frame.admin import DeskAdmin
from backoffice.frame.amounts import amount_text, number_text
from backoffice.frame.dates import day_text, moment_text
from backoffice.frame.widgets import DayInput
from backoffice.intake import kinds as intake
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from settlement.desks.looking import look_first
from settlement.desks.standing import COLOURS, Standing, of_trades
from settlement.desks.trading import allocation, punctuality
from settlement.desks.trading.inlines import EnrichmentInline, LegInline, StatusInline
from settlement.directory import listing, standing
from settlement.models import (
    Instrument,
    Leg,
    Participant,
    ParticipantIdentifier,
    StandingInstruction,
    Trade,
)
from settlement.rules.cut_offs import LATE
from settlement.trades import cancelling


def _text(label: Any, length: int, *, required: bool = False, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        required=required,
        widget=UnfoldAdminTextInputWidget,
        **more,
    )


def delivered(trade: Trade) -> str:
    """How much of what a trade delivers; "-" of a payment."""
    what = f"{number_text(trade.quantity)} {trade.instrument}" if trade.instrument else "-"
    return format_html('<span class="amount">{}</span>', what)


def paid(trade: Trade) -> str:
    """What a trade pays, with its currency; "-" of a free delivery."""
    told = f"{amount_text(trade.amount, trade.currency)} {trade.currency}"
    return format_html('<span class="amount">{}</span>', told if trade.currency else "-")


class TradeDesk(DeskAdmin):
    """Acts by verbs; what a verb refuses is shown in the reader's language."""

    def act(
        self,
        request: HttpRequest,
        verb: Callable[..., Any],
        *,
        form: BaseDialogForm | None = None,
        button: Any = None,
        **params: Any,
    ) -> HttpResponse:
        """Run `verb` as the signed-in clerk and go back to the list, with what came of it.

        Args:
            form, button: of the dialog that asked; refused, it stays open with what was written.
        """
        try:
            done = verb(**params, actor=actor_of(request.user, channel="desk"), at=timezone.now())
        except Refused as refused:
            if form is not None and dialogs.can_show(form):
                return dialogs.refused_again(request, form=form, button=button, refused=refused)
            self.tell(request, refused)
        else:
            self.message_user(request, self.done_words(done), messages.SUCCESS)
        to = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponse(headers={"HX-Redirect": to})

    def done_words(self, done: Any) -> str:
        """What a page says of an act; `done` is what its verb returned."""
        del done
        return gettext("Done.")

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
        dialog={
            "title": _("Enter an instrument"),
            "form_class": InstrumentForm,
            "form_submit_text": _("Enter"),
        },
    )
    def enter(self, request: HttpRequest, form: InstrumentForm) -> HttpResponse:
        names = ("code", "kind", "name_en", "name_th", "decimals", "market")
        draft = listing.InstrumentDraft(**{name: form.cleaned_data[name] for name in names})
        return self.act(request, listing.enter, form=form, button=self.enter, draft=draft)


class StandingInstructionForm(BaseDialogForm):
    participant = forms.ModelChoiceField(
        Participant.objects.all(), label=_("participant"), widget=UnfoldAdminSelectWidget
    )
    effective_from = forms.DateField(label=_("effective from"), widget=DayInput)
    effective_to = forms.DateField(label=_("effective to"), required=False, widget=DayInput)
    asset_class = _text(_("asset class"), 24, help_text=_("Empty: for every one."))
    market = _text(_("market"), 4, help_text=_("Empty: for every one."))
    currency = _text(_("currency"), 3, help_text=_("Empty: for every one."))
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
            "form_submit_text": _("Propose"),
        },
    )
    def propose(self, request: HttpRequest, form: StandingInstructionForm) -> HttpResponse:
        draft = standing.StandingDraft(
            participant=form.cleaned_data["participant"].code,
            **{name: form.cleaned_data[name] for name in GIVEN},
        )
        return self.act(request, standing.propose, form=form, button=self.propose, draft=draft)

    def done_words(self, done: Any) -> str:
        del done
        return gettext("A second person must approve it now.")


@admin.register(ParticipantIdentifier)
class ParticipantIdentifierAdmin(DeskAdmin):
    list_display = ("participant", "scheme", "value")
    list_filter = ("scheme",)
    list_select_related = ("participant",)
    search_fields = ("value", "participant__code")


class CancelForm(BaseDialogForm):
    reason = forms.CharField(label=_("reason"), max_length=140, widget=UnfoldAdminTextareaWidget)


@admin.register(Trade)
class TradeAdmin(TradeDesk):
    empty_words = _(
        "Nothing is captured yet. Upload a file of trades above, or send them to the API."
    )
    list_display = (
        *("source_ref", "show_state", "value_date", "type", "side", "buyer", "seller"),
        *("show_delivered", "show_amount", "trade_date"),
    )
    fields = (
        *("show_standing", "show_why", "show_other", "source_ref", "type", "side"),
        *("buyer", "seller", "show_delivered", "price", "show_amount"),
        *("trade_date", "value_date", "cycle", "market", "common_ref", "buyer_account"),
        *("seller_account", "locked_in", "is_block", "block", "book", "source", "version"),
        *("action", "amends", "calendar_version", "detail", "file", "line_no"),
        *("captured_at", "captured_by"),
    )
    readonly_fields = (
        *("show_standing", "show_why", "show_other", "show_delivered", "show_amount"),
        "show_late",
    )
    list_filter = (
        *("book", "type", "side", "action", "source", "market", "locked_in"),
        ("file", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("buyer", "seller", "instrument")
    search_fields = ("source_ref", "common_ref", "instrument__code")
    date_hierarchy = "value_date"
    inlines = (LegInline, StatusInline, EnrichmentInline)
    actions_list = ["bring_in"]
    actions_detail = ["allocate", "cancel"]

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

    def prepare(self, rows: list[Any]) -> None:
        told = of_trades(ids=[row.pk for row in rows])
        for row in rows:
            row.standing = told[row.pk]

    @display(description=_("state"), label=COLOURS)
    def show_state(self, trade: Any) -> tuple[str, str]:
        return trade.standing.state, trade.standing.word

    @display(description=_("state"))
    def show_standing(self, trade: Any) -> str:
        told: Standing = trade.standing
        if told.settled_at and told.state in {"settled", "part"}:
            return f"{told.word} · {moment_text(told.settled_at)}"
        return f"{told.word} · {day_text(told.failed_on)}" if told.failed_on else told.word

    @display(description=_("why it did not settle"))
    def show_why(self, trade: Any) -> str:
        return format_html_join("", "<div>{}</div>", ((one,) for one in trade.standing.why)) or "-"

    @display(description=_("the other side"))
    def show_other(self, trade: Any) -> str:
        told: Standing = trade.standing
        if not told.other_id:
            return "-"
        page = reverse("admin:settlement_trade_change", args=[told.other_id])
        return format_html('<a href="{}">{}</a>', page, told.other)

    @display(description=_("delivered"), ordering="instrument")
    def show_delivered(self, trade: Any) -> str:
        return delivered(trade)

    @display(description=_("amount"), ordering="amount")
    def show_amount(self, trade: Any) -> str:
        return paid(trade)

    @action(description=_("Upload a file"), url_path="bring-in", icon="upload_file")
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(intake.page())

    def has_allocate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Shown while there is something to divide."""
        return self.has_write_permission(request) and allocation.waiting(object_id)

    @action(
        description=_("Allocate"),
        url_path="allocate",
        icon="call_split",
        permissions=["allocate"],
    )
    def allocate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The parts are entered, looked at as they would be captured, and then captured."""
        block = self.get_object(request, object_id)
        if block is None or not self.has_allocate_permission(request, object_id):
            raise Http404
        posted = request.POST if request.method == "POST" else None
        form = allocation.AllocationForm(posted, rows=allocation.rows_of(posted or {}))
        actor, at = actor_of(request.user, channel="desk"), timezone.now()
        back = reverse("admin:settlement_trade_change", args=[object_id])
        page = allocation.page(block, actor=actor, at=at, back=back)
        return look_first(self, request, form, page)

    @action(
        description=_("Cancel the trade"),
        url_path="cancel",
        icon="cancel",
        permissions=["write"],
        dialog={
            "title": _("Cancel the trade"),
            "description": _("A matched trade stands until its other side is cancelled too."),
            "form_class": CancelForm,
            "form_submit_text": _("Cancel the trade"),
        },
    )
    def cancel(self, request: HttpRequest, form: CancelForm, object_id: str) -> HttpResponse:
        trade = self.get_object(request, object_id)
        names = {name: getattr(trade, name) for name in ("source", "source_ref", "book")}
        told = {"form": form, "button": self.cancel, "reason": form.cleaned_data["reason"]}
        return self.act(request, cancelling.cancel, **names, **told)


@admin.register(Leg)
class LegAdmin(DeskAdmin):
    list_display = ("trade", "kind", "debtor", "creditor", "asset", "quantity", "value_date")
    list_filter = ("book", "kind")
    list_select_related = ("trade", "debtor", "creditor")
    search_fields = ("trade__source_ref", "asset")
    date_hierarchy = "value_date"
