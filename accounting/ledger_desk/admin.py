"""The journal at the desk: entries with their lines, trail and proof."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextInputWidget

from accounting import entry_pages, pending, proof, reversing
from accounting.ledger_desk import reversal, trail
from accounting.models import Entity, Entry, Journal, Line, LogSeal, Pending
from accounting.rules import merkle
from backoffice.frame.admin import XLSX, DeskAdmin
from backoffice.frame.amounts import amount_text
from backoffice.frame.exports import csv_rows, xlsx_bytes
from backoffice.frame.widgets import DayInput
from backoffice.intake import kinds as intake
from backoffice.kernel.money import WIDE
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of


class LedgerAdmin(DeskAdmin):
    """Acts by verbs; what a verb refuses is shown in the reader's language."""

    paginator = InfinitePaginator
    change_form_outer_before_template: str | None = None

    class Media:
        css = {"all": ("css/ledger.css",)}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """None where the page's own template tells what the row is."""
        return [] if self.change_form_outer_before_template else super().get_fieldsets(request, obj)

    def act(
        self, request: HttpRequest, verb: Callable[..., Any], to: str, **params: Any
    ) -> HttpResponse:
        """Run `verb` as the signed-in clerk and go on to the page `to`."""
        try:
            verb(**params, actor=actor_of(request.user, channel="desk"), at=timezone.now())
        except Refused as refused:
            self.tell(request, refused)
        else:
            self.message_user(request, gettext("Done."), messages.SUCCESS)
        return HttpResponse(headers={"HX-Redirect": to})

    def has_write_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shows the buttons to the department's own staff; the verbs decide."""
        user: Any = request.user
        return user.department == "accounting" and user.role in {"clerk", "checker", "manager"}

    def has_close_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shows closing to checkers and managers; the verbs decide."""
        user: Any = request.user
        return self.has_write_permission(request) and user.role in {"checker", "manager"}


def file(
    name: str, kind: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> HttpResponseBase:
    """Rows as a file to take away: "csv" (streamed) or "xlsx"."""
    named = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "csv":
        return StreamingHttpResponse(
            csv_rows(header, rows), content_type="text/csv; charset=utf-8", headers=named
        )
    return HttpResponse(xlsx_bytes(name, header, rows), content_type=XLSX, headers=named)


def page_of(model: str, pk: object = None) -> str:
    """The address of a row's page, or of the list."""
    if pk is None:
        return reverse(f"admin:accounting_{model}_changelist")
    return reverse(f"admin:accounting_{model}_change", args=[pk])


def entities() -> list[tuple[str, str]]:
    """Codes of all entities, for a choice."""
    return [(code, code) for code in Entity.objects.order_by("code").values_list("code", flat=True)]


class ReversalForm(forms.Form):
    """When a reversal counts; the key makes two clicks one reversal."""

    key = forms.CharField(max_length=100, widget=forms.HiddenInput)
    date = forms.DateField(
        label=_("Effective date"),
        widget=DayInput,
        help_text=_("A day in an open period; the entry itself stays as it is."),
    )
    memo = forms.CharField(
        label=_("memo"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget
    )


@admin.register(Entry)
class EntryAdmin(LedgerAdmin):
    empty_words = _("Nothing is posted yet. Entries come from settlement, the API, or a file.")
    # The amount comes before the words: on a telephone it is seen without scrolling.
    list_display = (
        *("show_entry", "date", "show_value", "journal", "memo", "show_phase"),
        *("show_actor", "recorded_at"),
    )
    list_filter = ("entity", "journal", "phase", "date")
    list_select_related = ("entity", "journal")
    search_fields = ("^key", "memo", "source")
    ordering = ("-id",)
    change_form_outer_before_template = "admin/accounting/entry.html"
    actions_list = ["bring_in"]
    actions_detail = ["reverse", "post_pending", "void"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        debits = (
            Line.objects.filter(entry_id=OuterRef("pk"), value__gt=0)
            .values("entry_id")
            .annotate(total=Sum("value"))
            .values("total")
        )
        found = super().get_queryset(request).select_related("entity", "journal")
        return found.annotate(value=Subquery(debits))

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:entry_id>/proof.json", self.admin_site.admin_view(self.proof_file),
            name="accounting_entry_proof",
        )  # fmt: skip
        return [own, *super().get_urls()]

    @action(description=_("Upload entries"), url_path="bring-in", icon="upload_file")
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(intake.page("accounting.entries"))

    @display(description=_("entry"), ordering="id")
    def show_entry(self, entry: Entry) -> str:
        return f"{entry.journal.code} {entry.number}" if entry.number else f"#{entry.pk}"

    @display(description=_("by"), ordering="actor")
    def show_actor(self, entry: Entry) -> str:
        return trail.who(entry.actor)

    @display(description=_("value"))
    def show_value(self, entry: Any) -> str:
        text = amount_text(entry.value, entry.entity.functional_currency)
        return format_html('<span class="amount">{}</span>', text)

    @display(
        description=_("phase"), label={"posted": "success", "pending": "warning", "void": "danger"}
    )
    def show_phase(self, entry: Entry) -> tuple[str, str]:
        return entry.phase, entry.get_phase_display()

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context = {**(kwargs.pop("extra_context", None) or {}), **self._told(object_id)}
        return super().change_view(request, object_id, *args, extra_context=context, **kwargs)

    def _told(self, object_id: str) -> dict[str, Any]:
        """Lines, trail and proof of an entry."""
        entry = Entry.objects.select_related("entity").filter(pk=object_id).first()
        if entry is None:
            return {}
        lines = entry_pages.lines_of(entry)
        sets = entry_pages.dimension_sets(lines)
        sealed = proof.inclusion(entity=entry.entity.code, entry_id=entry.pk)
        seal = trail.seal_of(entry, sealed)
        waits = Pending.objects.filter(pk=entry.pk).first()
        undone = Entry.objects.filter(reversal_of_id=entry.pk).first()
        return {
            "lines": [(line, sets.get(line.dimension_set_id or 0, {})) for line in lines],
            "sums": _sums(lines),
            "functional": entry.entity.functional_currency,
            "steps": trail.steps(entry, pending=waits, reversal=undone, sealed=seal),
            "recorded_by": trail.who(entry.actor),
            "reversal": undone,
            "proof": trail.told(sealed, leaf=leaf_of(sealed)) if sealed else None,
            "proof_holds": sealed and holds(sealed),
            "seal": seal,
        }

    def proof_file(self, request: HttpRequest, entry_id: int) -> HttpResponse:
        """The proof that an entry is in the sealed log, to keep or to check elsewhere."""
        if not self.has_view_permission(request):
            raise Http404
        entry = Entry.objects.select_related("entity").filter(pk=entry_id).first()
        sealed = entry and proof.inclusion(entity=entry.entity.code, entry_id=entry_id)
        if not sealed:
            raise Http404
        return JsonResponse(
            asdict(sealed),
            headers={"Content-Disposition": f'attachment; filename="proof-{entry_id}.json"'},
        )

    def has_reverse_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Posted entries are reversed, once."""
        found = Entry.objects.filter(pk=object_id, phase=Entry.Phase.POSTED)
        undone = Entry.objects.filter(reversal_of_id=object_id)
        return self.has_write_permission(request) and found.exists() and not undone.exists()

    def has_settle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Pending entries are posted or given up while they are open."""
        found = Pending.objects.filter(pk=object_id, state=Pending.State.OPEN)
        return self.has_write_permission(request) and found.exists()

    @action(description=_("Reverse"), url_path="reverse", icon="undo", permissions=["reverse"])
    def reverse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The day is chosen, what it would do is shown, and then it is done."""
        entry = Entry.objects.select_related("entity", "journal").get(pk=object_id)
        begun = {
            "date": reversal.sensible_day(entry, today=timezone.localdate()),
            "key": f"desk:{uuid4()}",
        }
        form = ReversalForm(request.POST or None, initial=begun)
        moved: list[reversal.Moved] = []
        if request.method == "POST" and form.is_valid():
            given = {name: form.cleaned_data[name] for name in ("memo", "key")}
            acting: Any = {"actor": actor_of(request.user, channel="desk"), "at": timezone.now()}
            day = form.cleaned_data["date"]
            try:
                if "sure" in request.POST:
                    reversing.reverse(
                        entity=entry.entity.code, entry_id=entry.pk, date=day, **given, **acting
                    )
                    self.message_user(request, gettext("Reversed."), messages.SUCCESS)
                    return HttpResponseRedirect(page_of("entry", object_id))
                moved = reversal.preview(entry=entry, on=day, **given, **acting)
            except Refused as refused:
                form.add_error("date", refused.text(get_language() or "en"))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "media": self.media,
            "title": gettext("Reverse this entry"), "entry": entry, "form": form, "moved": moved,
            "back": page_of("entry", object_id),
        }  # fmt: skip
        return render(request, "admin/accounting/reverse.html", context)

    @action(
        description=_("Post"),
        url_path="post",
        icon="check",
        permissions=["settle"],
        dialog={
            "title": _("Post this pending entry"),
            "description": _("The whole of it, on its own date."),
        },
    )
    def post_pending(
        self, request: HttpRequest, form: BaseDialogForm, object_id: str
    ) -> HttpResponse:
        return self._settle(request, object_id, pending.post_pending, "pending_id")

    @action(
        description=_("Void"),
        url_path="void",
        icon="block",
        permissions=["settle"],
        dialog={
            "title": _("Void this pending entry"),
            "description": _("What it reserved is released."),
        },
    )
    def void(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._settle(request, object_id, pending.void, "pending_id")

    def _settle(
        self, request: HttpRequest, object_id: str, verb: Callable[..., Any], name: str, **more: Any
    ) -> HttpResponse:
        entity = Entry.objects.values_list("entity__code", flat=True).get(pk=object_id)
        given = {name: int(object_id), "entity": entity, "key": f"desk:{uuid4()}", **more}
        return self.act(request, verb, page_of("entry", object_id), **given)


def leaf_of(sealed: proof.Inclusion) -> str:
    """The digest of the entry as it was sealed: where the path begins."""
    return merkle.leaf_hash(sealed.entry.encode()).hex()


def _sums(lines: Sequence[Any]) -> list[tuple[str, Decimal, Decimal]]:
    """Debits and credits of an entry by currency."""
    found: dict[str, list[Decimal]] = {}
    for line in lines:
        own = found.setdefault(line.currency, [Decimal(0), Decimal(0)])
        side = line.amount < 0
        own[side] = WIDE.add(own[side], line.amount.copy_abs())
    return [(currency, debit, credit) for currency, (debit, credit) in sorted(found.items())]


def holds(sealed: proof.Inclusion) -> bool:
    """Whether an inclusion proof leads to its root: computed anew, whenever the page is shown."""
    leaf = merkle.leaf_hash(sealed.entry.encode())
    steps = [bytes.fromhex(step) for step in sealed.path]
    return merkle.root_from(leaf, sealed.position, sealed.size, steps).hex() == sealed.root


@admin.register(Journal)
class JournalAdmin(LedgerAdmin):
    list_display = ("code", "name_en", "name_th", "is_gapless", "last_number", "entity")
    list_filter = ("entity", "is_gapless")
    list_select_related = ("entity",)
    ordering = ("entity", "code")


@admin.register(LogSeal)
class LogSealAdmin(LedgerAdmin):
    empty_words = _("The journal is sealed in the background; nothing is sealed yet.")
    list_display = ("sealed_at", "entity", "size", "root")
    list_filter = ("entity",)
    list_select_related = ("entity",)
    search_fields = ("=root",)
    ordering = ("-id",)
