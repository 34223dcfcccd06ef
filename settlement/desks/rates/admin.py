"""Rates of penalties: what is in force, and proposing new ones, one by one or by file."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.frame import dialogs
from backoffice.frame.widgets import DayInput
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from settlement.charges import rating
from settlement.desks.after.admin import ByCategory
from settlement.formats import rates_csv
from settlement.models import PenaltyRate
from settlement.rules.rates import RateDraft

LIST = "admin:settlement_penaltyrate_changelist"
FILE_MOST = 1 << 20
SOURCE_MOST = 60


class OvernightRateForm(BaseDialogForm):
    """A central bank's rate for overnight credit."""

    tariff = forms.CharField(
        label=_("tariff"), max_length=12, initial="CSDR", widget=UnfoldAdminTextInputWidget
    )
    currency = forms.CharField(
        label=_("currency"), max_length=3, min_length=3, widget=UnfoldAdminTextInputWidget
    )
    percent = forms.DecimalField(
        label=_("percent a year"), decimal_places=6, widget=UnfoldAdminTextInputWidget
    )
    day_count = forms.TypedChoiceField(
        label=_("days of the year"),
        choices=[(360, "360"), (365, "365")],
        coerce=int,
        widget=UnfoldAdminSelectWidget,
    )
    valid_from = forms.DateField(label=_("valid from"), widget=DayInput)
    source = forms.CharField(
        label=_("source"),
        max_length=400,
        help_text=_("The central bank's publication: its title, number and date."),
        widget=UnfoldAdminTextareaWidget,
    )


class RatesFileForm(forms.Form):
    """A file of rates."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV: tariff, category, valid_from, source; currency, percent, basis_points."),
        widget=UnfoldAdminFileFieldWidget,
    )


@admin.register(PenaltyRate)
class PenaltyRateAdmin(ByCategory):
    list_display = (
        *("tariff", "show_category", "currency", "basis_points", "percent", "day_count"),
        *("valid_from", "correction", "show_source", "proposed_by", "recorded_by"),
    )
    list_filter = ("tariff", "category", "currency")
    search_fields = ("source",)
    ordering = ("tariff", "category", "currency", "-valid_from", "-correction")
    actions_list = ["propose", "bring_in"]

    @display(description=_("source"))
    def show_source(self, one: PenaltyRate) -> str:
        """Its beginning; the whole stands on the rate's page, and lines stay low."""
        return Truncator(one.source).chars(SOURCE_MOST)

    def has_write_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shows the buttons to settlement's own staff; the verbs decide."""
        user: Any = request.user
        return user.department == "settlement" and user.role in {"clerk", "checker", "manager"}

    @action(
        description=_("Propose an overnight rate"),
        url_path="propose",
        icon="add",
        permissions=["write"],
        dialog={
            "title": _("Propose an overnight rate"),
            "description": _("It is in force once a second person approves it."),
            "form_class": OvernightRateForm,
            "form_submit_text": _("Propose"),
        },
    )
    def propose(self, request: HttpRequest, form: OvernightRateForm) -> HttpResponse:
        told = {**form.cleaned_data, "currency": form.cleaned_data["currency"].upper()}
        names = RateDraft.__dataclass_fields__.keys() & told.keys()
        draft = RateDraft(category="lack_of_cash", **{name: told[name] for name in names})
        try:
            self._propose(request, [draft])
        except Refused as refused:
            return dialogs.refused_again(request, form=form, button=self.propose, refused=refused)
        return HttpResponse(headers={"HX-Redirect": reverse(LIST)})

    @action(
        description=_("Propose rates from a file"),
        url_path="bring-in",
        icon="upload_file",
        permissions=["write"],
    )
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        if not self.has_write_permission(request):
            raise PermissionDenied
        form = RatesFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid() and self._read(request, form):
            return HttpResponseRedirect(reverse(LIST))
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "title": gettext("Propose rates from a file"),
            "back": reverse(LIST),
            "opts": self.opts,
        }
        return render(request, "admin/settlement/form.html", context)

    def _read(self, request: HttpRequest, form: RatesFileForm) -> bool:
        file = form.cleaned_data["file"]
        if file.size > FILE_MOST:
            form.add_error("file", gettext("The file is too large."))
            return False
        try:
            self._propose(request, rates_csv.read(file, name=file.name))
        except Refused as refused:
            form.add_error("file", refused.sentence(get_language() or "en"))
            return False
        return True

    def _propose(self, request: HttpRequest, rates: list[RateDraft]) -> None:
        actor = actor_of(request.user, channel="desk")
        rating.propose(rates=rates, actor=actor, at=timezone.now())
        self.message_user(request, gettext("A second person must approve it now."))
