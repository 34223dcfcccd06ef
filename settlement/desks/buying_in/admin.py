"""Buy-ins: those ordered with what is left of each, carrying one out, and what was carried out."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice.frame.admin import DeskAdmin
from backoffice.frame.amounts import amount_text, number_text
from backoffice.frame.dates import day_text
from backoffice.frame.trying import trial
from backoffice.frame.widgets import DayInput
from backoffice.people.queries import actor_of
from settlement.charges import buying_in, judging_buy_ins
from settlement.charges.judging_buy_ins import Draft
from settlement.desks.looking import Fact, Look, Seen, look_first
from settlement.models import BuyIn, BuyInExecution
from settlement.rules.buy_ins import Execution

PARTIES = ("trade__buyer", "trade__seller", "trade__instrument")


class ExecutionForm(forms.Form):
    """What was bought, or that nothing could be."""

    kind = forms.ChoiceField(
        label=_("kind"), choices=BuyInExecution.Kind, widget=UnfoldAdminSelectWidget
    )
    quantity = forms.DecimalField(
        label=_("quantity"), max_digits=30, decimal_places=10, widget=UnfoldAdminTextInputWidget
    )
    price = forms.DecimalField(
        label=_("price"),
        max_digits=30,
        decimal_places=10,
        required=False,
        help_text=_("Of a unit. Paid off in cash, the market value is taken: leave it empty."),
        widget=UnfoldAdminTextInputWidget,
    )
    costs = forms.DecimalField(
        label=_("costs"),
        max_digits=24,
        decimal_places=4,
        initial=0,
        help_text=_("What the buy-in itself cost, the agent's fee too."),
        widget=UnfoldAdminTextInputWidget,
    )
    currency = forms.CharField(
        label=_("currency"), max_length=3, min_length=3, widget=UnfoldAdminTextInputWidget
    )
    executed_on = forms.DateField(label=_("executed on"), widget=DayInput)
    reference = forms.CharField(
        label=_("reference"),
        max_length=80,
        required=False,
        help_text=_("Of the purchase in the market, which is captured as a trade of its own."),
        widget=UnfoldAdminTextInputWidget,
    )

    def clean(self) -> dict[str, Any]:
        """A price goes with a purchase, and with nothing else."""
        told = super().clean() or {}
        bought = told.get("kind") == BuyInExecution.Kind.BOUGHT
        if bought != (told.get("price") is not None) and "price" not in self.errors:
            self.add_error(
                "price",
                gettext("What was bought has a price; what is paid off in cash states none."),
            )
        return told


@admin.register(BuyIn)
class BuyInAdmin(DeskAdmin):
    empty_words = _("No fail is old enough to be bought in.")
    list_display = ("trade", "business_date", "quantity", "days", "show_left", "show_state")
    list_select_related = ("trade",)
    list_filter = ("trade__book",)
    search_fields = ("trade__source_ref",)
    ordering = ("-business_date", "-pk")
    actions_detail = ["execute"]
    readonly_fields = ("show_left",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The page's rows, each with what is left of its delivery: one query a page."""

        class Page(super().get_changelist(request, **kwargs)):  # type: ignore[misc]
            def get_results(self, request: HttpRequest) -> None:
                super().get_results(request)
                rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
                found = judging_buy_ins.left([row.trade_id for row in rows])
                for row in rows:
                    row.left = _left(found.get(row.trade_id))
                self.result_list = rows

        return Page

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.left = _left(judging_buy_ins.left([row.trade_id]).get(row.trade_id))
        return row

    @display(description=_("left to deliver"))
    def show_left(self, one: Any) -> str:
        return number_text(one.left)

    @display(description=_("state"), label={"open": "danger", "over": "success"})
    def show_state(self, one: Any) -> tuple[str, str]:
        return ("open", gettext("failing")) if one.left else ("over", gettext("over"))

    def has_write_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shows the button to settlement's own staff; the verbs decide."""
        user: Any = request.user
        return user.department == "settlement" and user.role in {"clerk", "checker", "manager"}

    @action(
        description=_("Record its execution"),
        url_path="execute",
        icon="shopping_cart_checkout",
        permissions=["write"],
    )
    def execute(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What was bought is entered, what it comes to is looked at, and then proposed."""
        one = BuyIn.objects.select_related(*PARTIES).filter(pk=object_id).first()
        if one is None or not self.has_write_permission(request):
            raise Http404
        rest = _left(judging_buy_ins.left([one.trade_id]).get(one.trade_id))
        begun = {
            "quantity": number_text(rest).replace(",", ""),
            "currency": one.trade.currency,
            "executed_on": max(timezone.localdate(), one.business_date),
        }
        form = ExecutionForm(request.POST or None, initial=begun)
        at = timezone.now()

        def see(told: dict[str, Any]) -> Seen:
            with trial():
                judged = judging_buy_ins.judge(draft=_draft(one, told), at=at)
            return _seen(one, judged, told["currency"])

        def act(told: dict[str, Any]) -> None:
            actor = actor_of(request.user, channel="desk")
            buying_in.propose(draft=_draft(one, told), actor=actor, at=at)

        page = Look(
            title=gettext("Record what a buy-in came to"),
            verb=gettext("Propose it"),
            done=gettext("Proposed; another person must approve it."),
            facts=_facts(one, rest),
            see=see,
            act=act,
            back=reverse("admin:settlement_buyin_change", args=[one.pk]),
        )
        return look_first(self, request, form, page)


@admin.register(BuyInExecution)
class BuyInExecutionAdmin(DeskAdmin):
    empty_words = _("No buy-in was carried out yet.")
    list_display = (
        *("show_trade", "kind", "executed_on", "booked_on", "quantity", "price", "amount"),
        *("currency", "payer", "payee", "proposed_by", "recorded_by"),
    )
    list_select_related = ("payer", "payee", "buy_in__trade")
    list_filter = ("book", "kind", "currency")
    search_fields = ("buy_in__trade__source_ref", "reference")
    date_hierarchy = "booked_on"
    ordering = ("-pk",)

    @display(description=_("trade"))
    def show_trade(self, one: BuyInExecution) -> str:
        return str(one.buy_in.trade)


def _left(legs: list[judging_buy_ins.LegLeft] | None) -> Decimal:
    return legs[0].left if legs else Decimal(0)


def _draft(one: BuyIn, told: dict[str, Any]) -> Draft:
    return Draft(
        buy_in_id=one.pk,
        executed=Execution(
            quantity=told["quantity"],
            price=told["price"],
            costs=told["costs"],
            currency=told["currency"].upper(),
        ),
        executed_on=told["executed_on"],
        reference=told["reference"],
    )


def _facts(one: BuyIn, rest: Decimal) -> list[Fact]:
    trade = one.trade
    return [
        (_("trade"), trade),
        (_("instrument"), trade.instrument),
        (_("delivers"), trade.seller),
        (_("receives"), trade.buyer),
        (_("agreed amount"), f"{amount_text(trade.amount, trade.currency)} {trade.currency}"),
        (_("quantity"), number_text(trade.quantity)),
        (_("left to deliver"), number_text(rest)),
        (_("days of fail"), one.days),
    ]


def _seen(one: BuyIn, judged: judging_buy_ins.Judged, currency: str) -> Seen:
    owed = judged.owed

    def shown(amount: Decimal) -> str:
        return f"{amount_text(amount, currency.upper())} {currency.upper()}"

    return Seen(
        facts=[
            (_("price"), f"{number_text(judged.price, 2)} {currency.upper()}"),
            (_("cost or market value"), shown(owed.worth)),
            (_("agreed amount"), shown(owed.agreed)),
            (_("difference"), shown(owed.difference)),
            (_("costs"), shown(owed.costs)),
            (_("owed"), f"{shown(owed.amount)}: {one.trade.seller} → {one.trade.buyer}"),
            (_("booked on"), day_text(judged.booked_on)),
        ]
    )
