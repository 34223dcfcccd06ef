from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounting import pricing
from accounting.models.prices import Good, Price, PriceList, StockLevel, StockMovement
from backoffice.desk import details
from backoffice.desk import queries as desk
from backoffice.frame.admin import DeskAdmin
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of


def price_lists() -> list[tuple[str, str]]:
    return [("", "—"), *PriceList.objects.values_list("code", "code")]


class PriceAnswerForm(forms.Form):
    """An answer in words; with a price, the next question answers itself."""

    answer = forms.CharField(label=_("Answer"), widget=UnfoldAdminTextareaWidget)
    good = forms.CharField(
        label=_("Code of the good"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("With a price, it is entered on the list and answers from now on."),
    )
    price_list = forms.ChoiceField(
        label=_("price list"), required=False, widget=UnfoldAdminSelectWidget, choices=price_lists
    )
    amount = forms.DecimalField(
        label=_("price per unit"),
        min_value=0,
        max_digits=30,
        decimal_places=10,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )
    min_quantity = forms.DecimalField(
        label=_("from quantity"),
        initial=1,
        min_value=0,
        max_digits=24,
        decimal_places=6,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("amount") is not None and not (data.get("good") and data.get("price_list")):
            message = _("A price needs a good and a price list.")
            self.add_error("amount", forms.ValidationError(message))
        return data

    def price(self) -> pricing.PriceDraft | None:
        data = self.cleaned_data
        if data.get("amount") is None:
            return None
        return pricing.PriceDraft(
            price_list=data["price_list"],
            good=data["good"],
            amount=data["amount"],
            min_quantity=data.get("min_quantity") or Decimal(1),
            valid_from=timezone.localdate(),
        )


@admin.register(Price)
class PriceAdmin(DeskAdmin):
    list_display = ("good", "price_list", "min_quantity", "amount", "valid_from", "recorded_by")
    list_filter = ("price_list", "valid_from")
    list_select_related = ("good", "price_list")
    search_fields = ("good__code", "good__name_en", "good__name_th")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.answer)
        own = [path("answer/<int:item_id>/", page, name="accounting_price_request_answer")]
        return [*own, *super().get_urls()]

    def answer(self, request: HttpRequest, item_id: int) -> HttpResponse:
        """Answer one price request; the work item closes in the same step."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        item = desk.waiting_item(item_id=item_id, kind=pricing.REQUEST_KIND)
        if item is None:
            raise Http404
        form = PriceAnswerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                pricing.answer_request(
                    item_id=item_id,
                    answer=form.cleaned_data["answer"],
                    price=form.price(),
                    actor=actor_of(request.user, channel="desk"),
                    at=timezone.now(),
                )
            except Refused as refused:
                form.add_error(None, refused.text(get_language() or "en"))
            else:
                self.message_user(request, gettext("Answered and closed."), messages.SUCCESS)
                return redirect("admin:desk_workitem_changelist")
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "item": item,
            "details": details.told(item),
            "title": _("Answer and close"),
            "opts": self.opts,
        }
        return render(request, "admin/desk/answer.html", context)


@admin.register(Good)
class GoodAdmin(DeskAdmin):
    list_display = ("code", "name_en", "name_th", "unit_en", "unit_th")
    search_fields = ("code", "name_en", "name_th")


@admin.register(PriceList)
class PriceListAdmin(DeskAdmin):
    list_display = ("code", "name_en", "name_th", "currency")


@admin.register(StockLevel)
class StockLevelAdmin(DeskAdmin):
    list_display = ("good", "location", "quantity", "moved_at")
    list_filter = ("location",)
    list_select_related = ("good",)
    search_fields = ("good__code", "good__name_en", "good__name_th")


@admin.register(StockMovement)
class StockMovementAdmin(DeskAdmin):
    list_display = ("recorded_at", "good", "location", "quantity", "source_key")
    list_filter = ("location",)
    list_select_related = ("good",)
    search_fields = ("good__code", "source_key")
