"""The queues as the clerks see them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from backoffice.desk import approving, claiming, details
from backoffice.desk.models import WorkItem, WorkNote
from backoffice.frame.admin import DeskAdmin
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of


class AnswerForm(forms.Form):
    """A clerk's answer."""

    text = forms.CharField(label=_("Answer"), widget=UnfoldAdminTextareaWidget, required=True)


class DecisionForm(forms.Form):
    """Why a checker approves or rejects."""

    text = forms.CharField(label=_("Reason"), widget=UnfoldAdminTextareaWidget, required=True)


class NoteInline(TabularInline):
    model = WorkNote
    extra = 0
    can_delete = False
    fields = readonly_fields = ("recorded_at", "author", "text", "internal")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(WorkItem)
class WorkItemAdmin(DeskAdmin):
    list_display = (
        "show_title",
        "department",
        "show_priority",
        "show_state",
        "due_at",
        "claimed_by",
    )
    list_filter = ("department", "state", "priority", "needs_approval", "kind")
    list_select_related = ("claimed_by", "maker")
    search_fields = ("title_en", "title_th", "subject_ref")
    fields = readonly_fields = (
        "show_title",
        "department",
        "show_state_word",
        "show_details",
        "show_subject",
        "requested_by",
        "due_at",
        "claimed_by",
        "lease_until",
        "maker",
        "checker",
        "answer",
        "created_at",
        "closed_at",
    )
    inlines = [NoteInline]
    actions_list = ["take_next"]
    actions_detail = ["take", "put_back", "answer", "approve", "reject"]
    actions = [*DeskAdmin.actions, "take_chosen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkItem]:
        queryset = super().get_queryset(request).select_related("claimed_by")
        user: Any = request.user
        if user.is_superuser or user.role in {"manager", "auditor"}:
            return queryset
        return queryset.filter(department=user.department)

    def has_take_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the reader takes work; the verbs decide about the single item."""
        del obj
        user: Any = request.user
        return user.role in claiming.DESK_ROLES

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """The buttons that mean something for this item and this reader; the verbs decide."""
        item = self.get_queryset(request).filter(pk=object_id).first()
        names = _buttons(item, request.user) if item is not None else set()
        found = super().get_actions_detail(request, object_id)
        return [button for button in found if getattr(button.method, "__name__", "") in names]

    @display(description=_("work item"), ordering="id")
    def show_title(self, item: WorkItem) -> str:
        return str(item)

    @display(description=_("details"))
    def show_details(self, item: WorkItem) -> str:
        return format_html_join("", "<div><b>{}</b> {}</div>", details.told(item)) or "-"

    @display(description=_("what it is about"))
    def show_subject(self, item: WorkItem) -> str:
        page = details.page_of(item)
        return format_html('<a href="{}">{}</a>', page, gettext("Open its page")) if page else "-"

    @display(description=_("priority"), label={1: "danger", 2: "warning", 3: "info"})
    def show_priority(self, item: WorkItem) -> tuple[int, str]:
        return item.priority, item.get_priority_display()

    @display(
        description=_("state"),
        label={
            "open": "info",
            "claimed": "warning",
            "done": "success",
            "approved": "success",
            "rejected": "danger",
        },
    )
    def show_state(self, item: WorkItem) -> tuple[str, str]:
        return item.state, item.get_state_display()

    @display(description=_("state"))
    def show_state_word(self, item: WorkItem) -> str:
        """The state on the item's own page, which knows no coloured labels."""
        return item.get_state_display()

    @action(
        description=_("Take the next item"),
        url_path="take-next",
        icon="front_hand",
        permissions=["take"],
    )
    def take_next(self, request: HttpRequest) -> HttpResponse:
        require_from_here(request)
        actor = actor_of(request.user, channel="desk")
        try:
            item = claiming.next_item(
                department=str(actor.department), actor=actor, at=timezone.now()
            )
        except Refused as refused:
            self.tell(request, refused)
            item = None
        else:
            if item is None:
                self.message_user(request, gettext("Nothing waits. Well done."), messages.SUCCESS)
        return _to(item.pk if item else None)

    @admin.action(description=_("Take the chosen items"), permissions=["take"])
    def take_chosen(self, request: HttpRequest, queryset: QuerySet[WorkItem]) -> None:
        actor = actor_of(request.user, channel="desk")
        for pk in queryset.values_list("pk", flat=True)[:50]:
            try:
                claiming.claim(item_id=pk, actor=actor, at=timezone.now())
            except Refused as refused:
                self.tell(request, refused)

    @action(description=_("Take"), url_path="take", icon="front_hand")
    def take(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._do(request, object_id, claiming.claim)

    @action(description=_("Put back"), url_path="put-back", icon="undo")
    def put_back(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._do(request, object_id, claiming.release)

    @action(description=_("Answer and close"), url_path="answer", icon="reply")
    def answer(self, request: HttpRequest, object_id: int) -> HttpResponse:
        item = get_object_or_404(self.get_queryset(request), pk=object_id)
        if page := _own_page(item):
            return HttpResponseRedirect(page)
        return self._ask(request, object_id, claiming.complete, "answer", _("Answer and close"))

    @action(description=_("Approve"), url_path="approve", icon="check")
    def approve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._ask(request, object_id, approving.approve, "note", _("Approve"))

    @action(description=_("Reject"), url_path="reject", icon="block")
    def reject(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._ask(request, object_id, approving.reject, "note", _("Reject"))

    def _ask(
        self, request: HttpRequest, object_id: int, verb: Any, name: str, title: Any
    ) -> HttpResponse:
        item = get_object_or_404(self.get_queryset(request), pk=object_id)
        form = (AnswerForm if name == "answer" else DecisionForm)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._do(request, object_id, verb, **{name: form.cleaned_data["text"]})
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "item": item,
            "details": details.told(item),
            "page": details.page_of(item),
            "title": title,
            "opts": self.opts,
        }
        return render(request, "admin/desk/answer.html", context)

    def _do(self, request: HttpRequest, object_id: int, verb: Any, **extra: Any) -> HttpResponse:
        require_from_here(request)
        actor = actor_of(request.user, channel="desk")
        try:
            verb(item_id=int(object_id), actor=actor, at=timezone.now(), **extra)
        except Refused as refused:
            self.tell(request, refused)
        else:
            self.message_user(request, gettext("Done."), messages.SUCCESS)
        return _to(int(object_id))


def _buttons(item: WorkItem, user: Any) -> set[str]:
    """The acts that the page of `item` offers to `user`; none to readers from elsewhere."""
    if item.state not in WorkItem.WAITING or user.department != item.department:
        return set()
    if item.needs_approval:
        mine = item.maker_id == user.pk
        return {"approve", "reject"} if user.role in approving.DECIDERS and not mine else set()
    if user.role not in claiming.DESK_ROLES:
        return set()
    held = {"put_back"} if item.claimed_by_id == user.pk else {"take"}
    return {"answer", *held}


def _own_page(item: WorkItem) -> str:
    """The answer page that a department brings for a kind of item: its address, or ""."""
    try:
        return reverse(f"admin:{item.kind.replace('.', '_')}_answer", args=[item.pk])
    except NoReverseMatch:
        return ""


def require_from_here(request: HttpRequest) -> None:
    """Refuse an act that a page of another site sends a signed-in clerk's browser to do.

    The desk's buttons are links, which carry no CSRF token; browsers say where a link came from
    (Fetch Metadata, W3C), and one from elsewhere acts on nothing here.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") in {"cross-site", "same-site"}:
        raise PermissionDenied


def _to(item_id: int | None) -> HttpResponse:
    if item_id is None:
        return HttpResponseRedirect(reverse("admin:desk_workitem_changelist"))
    return HttpResponseRedirect(reverse("admin:desk_workitem_change", args=[item_id]))
