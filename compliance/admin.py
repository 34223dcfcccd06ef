"""The compliance clerk's pages: parties and holds."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import StackedInline
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.frame.admin import DeskAdmin
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from compliance import holds, parties, queries
from compliance.models import Hold, HoldRelease, HoldSubject, Party


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(label=_("Reason"), widget=UnfoldAdminTextareaWidget)


class PartyForm(BaseDialogForm):
    code = forms.CharField(label=_("Code"), max_length=40, widget=UnfoldAdminTextInputWidget)
    name_th = forms.CharField(
        label=_("Name (Thai)"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )
    name_en = forms.CharField(
        label=_("Name (English)"), max_length=200, widget=UnfoldAdminTextInputWidget
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Party.Kind.choices, widget=UnfoldAdminSelectWidget
    )
    tax_id = forms.CharField(
        label=_("Tax id"), max_length=40, required=False, widget=UnfoldAdminTextInputWidget
    )
    country = forms.CharField(
        label=_("Country (ISO 3166)"),
        max_length=2,
        initial="TH",
        widget=UnfoldAdminTextInputWidget,
    )


class HoldForm(ReasonForm):
    subject_kind = forms.ChoiceField(
        label=_("Kind of subject"),
        choices=HoldSubject.Kind.choices,
        widget=UnfoldAdminSelectWidget,
    )
    subject_ref = forms.CharField(
        label=_("Subject"),
        max_length=120,
        help_text=_("A party's code, an instrument's or a trade's number."),
        widget=UnfoldAdminTextInputWidget,
    )
    field_order = ("subject_kind", "subject_ref", "reason")


class ComplianceAdmin(DeskAdmin):
    """Acts by verbs; what a verb refuses is shown in the reader's language."""

    def act(
        self, request: HttpRequest, verb: Callable[..., Any], pk: Any = None, **params: Any
    ) -> HttpResponse:
        """Run `verb` as the signed-in clerk and go back to the row, or to the list."""
        try:
            verb(**params, actor=actor_of(request.user, channel="desk"), at=timezone.now())
        except Refused as refused:
            self.tell(request, refused)
        else:
            self.message_user(request, gettext("Done."), messages.SUCCESS)
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        to = reverse(f"{page}_changelist" if pk is None else f"{page}_change", args=[pk] * bool(pk))
        return HttpResponse(headers={"HX-Redirect": to})

    def has_write_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shows the buttons to compliance's own staff; the verbs decide."""
        user: Any = request.user
        return user.department == "compliance" and user.role in {"clerk", "checker", "manager"}


@admin.register(Party)
class PartyAdmin(SimpleHistoryAdmin, ComplianceAdmin):
    list_display = ("code", "show_name", "kind", "tax_id", "country", "show_status")
    list_filter = ("status", "kind", "country")
    search_fields = ("code", "name_en", "name_th", "tax_id")
    actions_list = ["enter"]
    actions_detail = ["activate", "block"]

    @display(description=_("name"), ordering="name_en")
    def show_name(self, party: Party) -> str:
        return party.name

    @display(
        description=_("status"),
        label={"onboarding": "warning", "active": "success", "blocked": "danger"},
    )
    def show_status(self, party: Party) -> tuple[str, str]:
        return party.status, party.get_status_display()

    @action(
        description=_("Onboard a party"),
        url_path="onboard",
        icon="person_add",
        permissions=["write"],
        dialog={
            "title": _("Onboard a party"),
            "description": _("A second person decides before anyone deals with it."),
            "form_class": PartyForm,
        },
    )
    def enter(self, request: HttpRequest, form: PartyForm) -> HttpResponse:
        given = {name: form.cleaned_data[name] for name in PartyForm.base_fields if name[0] != "_"}
        return self.act(request, parties.onboard, **given)

    @action(
        description=_("Propose activation"),
        url_path="activate",
        icon="how_to_reg",
        permissions=["write"],
        dialog={"title": _("Propose activation")},
    )
    def activate(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self.act(request, parties.activate, object_id, party_id=int(object_id))

    @action(
        description=_("Block"),
        url_path="block",
        icon="block",
        permissions=["write"],
        dialog={"title": _("Block this party"), "form_class": ReasonForm},
    )
    def block(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        return self.act(request, parties.block, object_id, party_id=int(object_id), reason=reason)


class ReleaseInline(StackedInline):
    model = HoldRelease
    extra = 0
    can_delete = False
    fields = readonly_fields = ("reason", "released_by", "released_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("on hold")), ("no", _("released"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Hold]) -> QuerySet[Hold]:
        chosen = self.value()
        return queryset if chosen is None else queryset.filter(release__isnull=chosen == "yes")


@admin.register(Hold)
class HoldAdmin(ComplianceAdmin):
    list_display = ("id", "show_subject", "show_state", "reason", "placed_by", "placed_at")
    list_filter = (OpenFilter, "subject__kind")
    list_select_related = ("subject", "release")
    search_fields = ("subject__ref", "reason", "placed_by")
    inlines = [ReleaseInline]
    actions_list = ["place"]
    actions_detail = ["release"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Reasons of holds are for compliance and auditors (tipping off)."""
        try:
            queries.require_hold_reader(actor_of(request.user, channel="desk"))
        except Refused:
            return bool(getattr(request.user, "is_superuser", False))
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @display(description=_("subject"), ordering="subject__ref")
    def show_subject(self, hold: Hold) -> str:
        return str(hold.subject)

    @display(description=_("state"), label={"held": "danger", "released": "success"})
    def show_state(self, hold: Hold) -> tuple[str, str]:
        if getattr(hold, "release", None) is None:
            return "held", gettext("on hold")
        return "released", gettext("released")

    @action(
        description=_("Place a hold"),
        url_path="place",
        icon="front_hand",
        permissions=["write"],
        dialog={
            "title": _("Place a hold"),
            "description": _("No payment of the subject goes out from this moment on."),
            "form_class": HoldForm,
        },
    )
    def place(self, request: HttpRequest, form: HoldForm) -> HttpResponse:
        given = {name: form.cleaned_data[name] for name in HoldForm.field_order}
        return self.act(request, holds.place, **given)

    @action(
        description=_("Release"),
        url_path="release",
        icon="lock_open",
        permissions=["write"],
        dialog={
            "title": _("Release this hold"),
            "description": _("Another person than the one who placed it."),
            "form_class": ReasonForm,
        },
    )
    def release(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        return self.act(request, holds.release, object_id, hold_id=int(object_id), reason=reason)
