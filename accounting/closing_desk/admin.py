"""Periods, years and exchange rates at the desk."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounting import closing, periods, revaluing
from accounting.ledger_desk.admin import LedgerAdmin, entities, page_of
from accounting.models import Period, Rate
from backoffice.frame.models import AuditEvent
from backoffice.frame.widgets import DayInput
from backoffice.intake import kinds as intake


def sources() -> list[tuple[str, str]]:
    """Where rates come from, for a choice; any of them first."""
    known = Rate.objects.order_by("source").values_list("source", flat=True).distinct()
    return [("", "—"), *((source, source) for source in known)]


class ReasonForm(BaseDialogForm):
    """Why; it goes on the trail."""

    reason = forms.CharField(label=_("Reason"), widget=UnfoldAdminTextareaWidget, max_length=500)


class YearForm(BaseDialogForm):
    """A year of an entity's books."""

    entity = forms.ChoiceField(label=_("entity"), choices=entities, widget=UnfoldAdminSelectWidget)
    year = forms.IntegerField(
        label=_("year"),
        min_value=1900,
        max_value=9000,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
        help_text=_("Buddhist years are understood as well."),
    )

    def clean_year(self) -> int:
        """The year in the Christian era."""
        year: int = self.cleaned_data["year"]
        return year - 543 if year > 2400 else year


class YearReasonForm(YearForm):
    """The same with a reason."""

    reason = forms.CharField(label=_("Reason"), widget=UnfoldAdminTextareaWidget, max_length=500)


class RevaluationForm(BaseDialogForm):
    """Whose positions, on which day, at whose rates."""

    entity = forms.ChoiceField(label=_("entity"), choices=entities, widget=UnfoldAdminSelectWidget)
    on = forms.DateField(label=_("day"), widget=DayInput)
    source = forms.ChoiceField(
        label=_("source"), choices=sources, required=False, widget=UnfoldAdminSelectWidget
    )


ACTS = {
    "periods.define_year": _("made"),
    "periods.soft_close": _("soft-closed"),
    "periods.hard_close": _("hard-closed"),
    "periods.reopen": _("opened again"),
    "closing.close_year": _("year closed"),
}


@admin.register(Period)
class PeriodAdmin(LedgerAdmin):
    empty_words = _(
        "No periods are made: postings of any day are taken. Make the periods of a year above."
    )
    list_display = ("name", "start", "end", "show_state", "changed_at", "entity")
    list_filter = ("entity", "state")
    list_select_related = ("entity",)
    search_fields = ("name",)
    ordering = ("entity", "-start")
    change_form_outer_before_template = "admin/accounting/period.html"
    actions_list = ["define_year", "close_year", "reopen_year"]
    actions_detail = ["soft_close", "hard_close", "reopen"]

    @display(description=_("state"), label={"open": "success", "soft": "warning", "hard": "danger"})
    def show_state(self, period: Period) -> tuple[str, str]:
        return period.state, period.get_state_display()

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        period = Period.objects.select_related("entity").filter(pk=object_id).first()
        context = dict(kwargs.pop("extra_context", None) or {})
        if period is not None:
            subject = f"{period.entity.code} {period.name}"
            year = f"{period.entity.code} {period.start.year}"
            acts = AuditEvent.objects.filter(
                Q(subject_kind="accounting.period", subject_id__in=[subject, year])
                | Q(subject_kind="accounting.year", subject_id=year)
            ).order_by("-id")[:50]
            context["acts"] = [(act, ACTS.get(act.verb, act.verb)) for act in acts]
        return super().change_view(request, object_id, *args, extra_context=context, **kwargs)

    def has_soft_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Open periods are soft-closed."""
        return self._may(request, object_id, "open")

    def has_hard_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Open and soft-closed ones are hard-closed, by a manager."""
        manages = getattr(request.user, "role", "") == "manager"
        return manages and self._may(request, object_id, "open", "soft")

    def has_reopen_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Closed ones are reopened, by a manager."""
        manages = getattr(request.user, "role", "") == "manager"
        return manages and self._may(request, object_id, "soft", "hard")

    def _may(self, request: HttpRequest, object_id: Any, *states: str) -> bool:
        found = Period.objects.filter(pk=object_id, state__in=states)
        return self.has_close_permission(request) and found.exists()

    def _on(
        self, request: HttpRequest, object_id: str, verb: Callable[..., Any], **more: Any
    ) -> HttpResponse:
        period = Period.objects.select_related("entity").get(pk=object_id)
        given = {"entity": period.entity.code, "name": period.name, **more}
        return self.act(request, verb, page_of("period", object_id), **given)

    @action(
        description=_("Soft-close"), url_path="soft-close", icon="lock_clock",
        permissions=["soft"],
        dialog={
            "title": _("Soft-close this period"),
            "description": _("From now on only checkers and managers post into it."),
        },
    )  # fmt: skip
    def soft_close(
        self, request: HttpRequest, form: BaseDialogForm, object_id: str
    ) -> HttpResponse:
        return self._on(request, object_id, periods.soft_close)

    @action(
        description=_("Hard-close"), url_path="hard-close", icon="lock", permissions=["hard"],
        dialog={
            "title": _("Hard-close this period"),
            "description": _("From now on nobody posts into it. A manager's act."),
        },
    )  # fmt: skip
    def hard_close(
        self, request: HttpRequest, form: BaseDialogForm, object_id: str
    ) -> HttpResponse:
        return self._on(request, object_id, periods.hard_close)

    @action(
        description=_("Reopen the period"), url_path="reopen", icon="lock_open",
        permissions=["reopen"],
        dialog={
            "title": _("Reopen this period"),
            "description": _("A manager's act; the reason stays on the trail."),
            "form_class": ReasonForm,
        },
    )  # fmt: skip
    def reopen(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        return self._on(request, object_id, periods.reopen, reason=reason)

    @action(
        description=_("Periods of a year"), url_path="define-year", icon="calendar_month",
        permissions=["close"],
        dialog={"title": _("Make a year's twelve periods"), "form_class": YearForm},
    )  # fmt: skip
    def define_year(self, request: HttpRequest, form: YearForm) -> HttpResponse:
        return self.act(request, periods.define_year, page_of("period"), **_year(form))

    @action(
        description=_("Close a year"), url_path="close-year", icon="event_busy",
        permissions=["close"],
        dialog={
            "title": _("Close a year"),
            "description": _(
                "Income and expense are carried to retained earnings; the year's periods are shut."
            ),
            "form_class": YearForm,
        },
    )  # fmt: skip
    def close_year(self, request: HttpRequest, form: YearForm) -> HttpResponse:
        return self.act(request, closing.close_year, page_of("period"), **_year(form))

    @action(
        description=_("Reopen a year"), url_path="reopen-year", icon="event_available",
        permissions=["close"],
        dialog={
            "title": _("Reopen a year"),
            "description": _("Its periods open again, and its closing entry is reversed."),
            "form_class": YearReasonForm,
        },
    )  # fmt: skip
    def reopen_year(self, request: HttpRequest, form: YearReasonForm) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        return self.act(
            request, closing.reopen_year, page_of("period"), **_year(form), reason=reason
        )


def _year(form: YearForm) -> dict[str, Any]:
    return {"entity": form.cleaned_data["entity"], "year": form.cleaned_data["year"]}


@admin.register(Rate)
class RateAdmin(LedgerAdmin):
    empty_words = _("No rate is known. Upload a central bank’s file above.")
    list_display = (
        "date",
        "show_pair",
        "show_rate",
        "kind",
        "source",
        "recorded_at",
        "recorded_by",
    )
    list_filter = ("source", "kind", "quote", "date")
    search_fields = ("=base", "=quote")
    ordering = ("-id",)
    actions_list = ["bring_in", "revalue"]

    @action(description=_("Upload rates"), url_path="bring-in", icon="upload_file")
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(intake.page())

    @action(
        description=_("Revalue"), url_path="revalue", icon="currency_exchange",
        permissions=["close"],
        dialog={
            "title": _("Revalue foreign currencies"),
            "description": _(
                "Open amounts are carried at the day's rates; the next day takes it back."
            ),
            "form_class": RevaluationForm,
        },
    )  # fmt: skip
    def revalue(self, request: HttpRequest, form: RevaluationForm) -> HttpResponse:
        given = {name: form.cleaned_data[name] for name in ("entity", "on", "source")}
        return self.act(request, revaluing.revalue, page_of("entry"), **given)

    @display(description=_("pair"), ordering="base")
    def show_pair(self, rate: Rate) -> str:
        return f"{rate.base}/{rate.quote}"

    @display(description=_("rate"), ordering="rate")
    def show_rate(self, rate: Rate) -> str:
        return format_html('<span class="amount">{}</span>', f"{rate.rate.normalize():f}")
