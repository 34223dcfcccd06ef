"""The helpdesk's pages."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from backoffice.frame.admin import DeskAdmin
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from itsupport import rules, ticketing
from itsupport.models import Ticket, TicketMessage


class WordsForm(BaseDialogForm):
    text = forms.CharField(label=_("Text"), widget=UnfoldAdminTextareaWidget)


class ReplyForm(WordsForm):
    internal = forms.BooleanField(
        label=_("internal: only the helpdesk reads it"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    wait = forms.BooleanField(
        label=_("wait for the requester's answer"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )


class MessageInline(TabularInline):
    model = TicketMessage
    extra = 0
    can_delete = False
    fields = readonly_fields = ("sent_at", "author_name", "visibility", "body")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Ticket)
class TicketAdmin(DeskAdmin):
    list_display = (
        "number", "title", "category", "show_priority", "show_state", "show_due", "requester",
        "assignee",
    )  # fmt: skip
    list_filter = ("state", "priority", "category")
    list_select_related = ("requester", "assignee")
    search_fields = ("number", "title", "source_key")
    inlines = [MessageInline]
    actions_detail = ["reply", "take", "resolve", "reopen", "close"]

    def has_help_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shows the buttons to the helpdesk; the verbs decide."""
        return ticketing.is_helpdesk(actor_of(request.user, channel="desk"))

    @display(description=_("priority"), label={1: "danger", 2: "warning", 3: "info"})
    def show_priority(self, ticket: Ticket) -> tuple[int, str]:
        return ticket.priority, ticket.get_priority_display()

    @display(
        description=_("state"),
        label={"new": "info", "assigned": "warning", "resolved": "success", "closed": "success"},
    )
    def show_state(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.state, ticket.get_state_display()

    @display(description=_("due"), ordering="due_at", label={"late": "danger"})
    def show_due(self, ticket: Ticket) -> tuple[str, Any]:
        due = timezone.localtime(ticket.due_at)
        late = ticket.state in rules.OPEN and ticket.due_at < timezone.now()
        return "late" if late else "in time", f"{due:%Y-%m-%d %H:%M}"

    @action(
        description=_("Reply"),
        url_path="reply",
        icon="reply",
        permissions=["help"],
        dialog={"title": _("Reply"), "form_class": ReplyForm},
    )
    def reply(self, request: HttpRequest, form: ReplyForm, object_id: str) -> HttpResponse:
        given = form.cleaned_data
        return self._act(
            request,
            object_id,
            ticketing.reply,
            body=given["text"],
            internal=given["internal"],
            wait=given["wait"],
        )

    @action(
        description=_("Take"),
        url_path="take",
        icon="front_hand",
        permissions=["help"],
        dialog={"title": _("Take this ticket")},
    )
    def take(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._act(request, object_id, ticketing.assign, staff_id=request.user.pk)

    @action(
        description=_("Resolve"),
        url_path="resolve",
        icon="check",
        permissions=["help"],
        dialog={
            "title": _("Resolve"),
            "description": _("The requester reads these words."),
            "form_class": WordsForm,
        },
    )
    def resolve(self, request: HttpRequest, form: WordsForm, object_id: str) -> HttpResponse:
        words = form.cleaned_data["text"]
        return self._act(request, object_id, ticketing.resolve, resolution=words)

    @action(
        description=_("Reopen"),
        url_path="reopen",
        icon="undo",
        permissions=["help"],
        dialog={"title": _("Reopen"), "form_class": WordsForm},
    )
    def reopen(self, request: HttpRequest, form: WordsForm, object_id: str) -> HttpResponse:
        words = form.cleaned_data["text"]
        return self._act(request, object_id, ticketing.reopen, reason=words)

    @action(
        description=_("Close"),
        url_path="close",
        icon="done_all",
        permissions=["help"],
        dialog={"title": _("Close this ticket")},
    )
    def close(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._act(request, object_id, ticketing.close)

    def _act(
        self, request: HttpRequest, object_id: str, verb: Callable[..., Any], **params: Any
    ) -> HttpResponse:
        actor = actor_of(request.user, channel="desk")
        try:
            verb(ticket_id=int(object_id), **params, actor=actor, at=timezone.now())
        except Refused as refused:
            self.tell(request, refused)
        else:
            self.message_user(request, gettext("Done."), messages.SUCCESS)
        to = reverse("admin:itsupport_ticket_change", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": to})
