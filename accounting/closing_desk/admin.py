"""Periods, years and exchange rates at the desk."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounting import closing, periods, positions, revaluing
from accounting.closing_desk import foreign
from accounting.ledger_desk.admin import LedgerAdmin, entities, page_of
from accounting.models import Period, Rate
from backoffice.frame.amounts import amount_text
from backoffice.frame.models import AuditEvent
from backoffice.frame.widgets import DayInput
from backoffice.intake import kinds as intake
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of


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
    actions_list = ["bring_in", "revalue", "open_positions"]

    def get_urls(self) -> list[URLPattern]:
        """The pages of foreign positions beside those of the rates."""
        pages = (
            ("positions", self.positions),
            ("settle", self.settle),
            ("residues", self.residues),
        )
        own = [
            path(f"{name}/", self.admin_site.admin_view(page), name=f"accounting_rate_{name}")
            for name, page in pages
        ]
        return [*own, *super().get_urls()]

    @action(description=_("Open positions"), url_path="open-positions", icon="account_balance")
    def open_positions(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:accounting_rate_positions"))

    def positions(self, request: HttpRequest) -> HttpResponse:
        """What is open in foreign currencies on a day, at cost; each can be settled."""
        if not self.has_view_permission(request):
            raise Http404
        owners = entities()
        begun = {"entity": owners[0][0] if owners else "", "on": timezone.localdate()}
        form = foreign.OpenForm({**begun, **request.GET.dict()})
        rows, functional = [], ""
        if form.is_valid():
            entity, on = form.cleaned_data["entity"], form.cleaned_data["on"]
            found = positions.open_at(entity=entity, as_of=on)
            rows = [(one, foreign.address(entity, one, on)) for one in found]
            functional = positions.keeper_of(entity).code
        told = {"form": form, "rows": rows, "functional": functional}
        told |= {"title": gettext("Open positions in foreign currency")}
        told |= {"may_write": self.has_write_permission(request)}
        return self._page(request, "positions", told)

    def settle(self, request: HttpRequest) -> HttpResponse:
        """What was paid is entered, what it would move is looked at, and then it is settled."""
        asked = foreign.Asked.read(request.GET)
        begun = foreign.OpenForm(request.GET)
        if not (self.has_write_permission(request) and begun.is_valid()):
            raise Http404
        position = asked.open_on(begun.cleaned_data["on"])
        if position is None or not position.amount:
            raise Http404
        initial = {"date": begun.cleaned_data["on"], "amount": abs(position.amount)}
        form = foreign.SettleForm(request.POST or None, initial={**initial, **_key()})
        amount = f"{amount_text(position.amount, asked.currency)} {asked.currency}"
        told = {
            "title": gettext("Settle a foreign position"),
            "verb": gettext("Settle"),
            "stamp": f"{asked.entity} · {asked.account} · {amount}",
        }
        return self._look_first(
            request, form, told, asked.entity,
            partial(foreign.settle, asked=asked, position=position),
        )  # fmt: skip

    def residues(self, request: HttpRequest) -> HttpResponse:
        """What is left in one currency only is looked at, and then cleared for good."""
        if not self.has_write_permission(request):
            raise Http404
        initial = {"on": timezone.localdate(), **_key()}
        form = foreign.ResiduesForm(request.POST or None, initial=initial)
        told = {
            "title": gettext("Clear residues"),
            "verb": gettext("Clear"),
            "stamp": gettext(
                "Values without an amount, and amounts without a value, are written off for good."
            ),
        }
        return self._look_first(request, form, told, request.POST.get("entity", ""), foreign.clear)

    def _look_first(
        self,
        request: HttpRequest,
        form: forms.Form,
        told: dict[str, Any],
        entity: str,
        act: Callable[..., Any],
    ) -> HttpResponse:
        moved, looked = [], False
        back = reverse("admin:accounting_rate_positions")
        if request.method == "POST" and form.is_valid():
            actor, at = actor_of(request.user, channel="desk"), timezone.now()
            try:
                if "sure" in request.POST:
                    act(told=form.cleaned_data, actor=actor, at=at)
                    self.message_user(request, gettext("Done."), messages.SUCCESS)
                    return HttpResponseRedirect(back)
                moved = foreign.preview(
                    entity, partial(act, told=form.cleaned_data, actor=actor, at=at)
                )
                looked = True
            except Refused as refused:
                form.add_error(None, refused.text(get_language() or "en"))
        told |= {"form": form, "moved": moved, "looked": looked, "back": back}
        return self._page(request, "look_first", told)

    def _page(self, request: HttpRequest, name: str, told: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return render(request, f"admin/accounting/{name}.html", {**shared, **told})

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


def _key() -> dict[str, str]:
    return {"key": f"desk:{uuid4()}"}
