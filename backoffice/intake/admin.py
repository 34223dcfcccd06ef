"""The desk's page for files: choose a kind, bring the file, see what it would do, take it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import structlog
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.frame.admin import DeskAdmin
from backoffice.frame.exports import csv_rows
from backoffice.intake import kinds, receiving
from backoffice.intake.kinds import Kind, Option
from backoffice.intake.models import Upload
from backoffice.kernel.refusals import Refused
from backoffice.outbox import jobs
from backoffice.outbox import queries as outbox
from backoffice.people.queries import actor_of

AT_ONCE = 256 * 1024
"""So small a file is looked at while its sender waits; a worker does the others."""
SHOWN = 100
EXAMPLE = 1_500
READERS_OF_ALL = {"manager", "auditor"}
REFUSALS = ("line", "field", "rule", "en", "th")
log = structlog.get_logger(__name__)


class UploadForm(forms.Form):
    """A file, and what it does not say itself."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"class": "drop-zone"}),
        help_text=_("Choose a file, or drop one here."),
    )

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = kind.accept
        for option in kind.options:
            self.fields[option.name] = _field(option)
        # What was chosen the last time goes before what a kind begins with.
        self.initial = {name: one for name, one in self.initial.items() if name in self.fields}

    def chosen(self) -> dict[str, str]:
        """The options by name, as text."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "file"}
        return {name: _as_text(value) for name, value in given.items()}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value).strip()


def _field(option: Option) -> forms.Field:
    told: dict[str, Any] = {"label": option.label, "help_text": option.help, "required": False}
    if option.is_flag:
        return forms.BooleanField(**told)
    told["required"] = option.required
    told["initial"] = option.initial() if option.initial else None
    if option.choices is not None:
        choices = option.choices()
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **told)
    return forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget, **told)


@admin.register(Upload)
class UploadAdmin(DeskAdmin):
    empty_words = _("No file was brought yet. Upload the first one above.")
    list_display = (
        "show_name", "show_kind", "scope", "show_state", "show_counts", "received_by",
        "received_at",
    )  # fmt: skip
    list_filter = ("department", "state")
    list_select_related = ("received_by",)
    search_fields = ("name", "=sha256")
    ordering = ("-id",)
    actions_list = ["bring"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upload]:
        """Files of the reader's own department; managers and auditors see all."""
        user: Any = request.user
        found = super().get_queryset(request)
        if user.role in READERS_OF_ALL or user.is_superuser:
            return found
        return found.filter(department=user.department)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("new/", view(self.new), name="intake_upload_new"),
            path("example/<str:code>/", view(self.example), name="intake_example"),
            path("<int:pk>/take/", view(self.take), name="intake_upload_take"),
            path("<int:pk>/drop/", view(self.drop), name="intake_upload_drop"),
            path("<int:pk>/refusals.csv", view(self.refusals), name="intake_upload_refusals"),
            *super().get_urls(),
        ]

    @action(description=_("Upload a file"), url_path="bring", icon="upload_file")
    def bring(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:intake_upload_new"))

    @display(description=_("file"), ordering="name")
    def show_name(self, upload: Upload) -> str:
        return upload.name

    @display(description=_("format"), ordering="kind")
    def show_kind(self, upload: Upload) -> str:
        kind = kinds.kinds().get(upload.kind)
        return str(kind.label) if kind else upload.kind

    @display(
        description=_("state"),
        ordering="state",
        label={
            "checking": "info", "checked": "warning", "taking": "info", "taken": "success",
            "refused": "danger",
        },
    )  # fmt: skip
    def show_state(self, upload: Upload) -> tuple[str, str]:
        return upload.state, upload.get_state_display()

    @display(description=_("counts"))
    def show_counts(self, upload: Upload) -> str:
        told = [f"{count:,} {word}" for word, count in _counts(upload) if count]
        if upload.refused:
            told.append(f"{upload.refused:,} {gettext('refused')}")
        return " · ".join(told) or "-"

    def new(self, request: HttpRequest) -> HttpResponse:
        """The kinds to choose from; with ?kind= the form of one."""
        actor = actor_of(request.user, channel="desk")
        offered = kinds.open_to(actor)
        code = request.GET.get("kind", "")
        kind = next((one for one in offered if one.code == code), None)
        if kind is None:
            return self._page(request, "choose", offered=offered, title=gettext("Upload a file"))
        chosen = request.GET.dict()
        form = UploadForm(kind, request.POST or None, request.FILES or None, initial=chosen)
        if request.method == "POST" and form.is_valid():
            answer = self._receive(request, kind, form)
            if answer is not None:
                return answer
        return self._page(
            request, "form", form=form, kind=kind, offered=offered, title=str(kind.label),
            most=receiving.BYTES_MAX // receiving.PART,
            example=kind.example.read_text(encoding="utf-8")[:EXAMPLE],
        )  # fmt: skip

    def _receive(self, request: HttpRequest, kind: Kind, form: UploadForm) -> HttpResponse | None:
        file = form.cleaned_data["file"]
        try:
            upload = receiving.receive(
                kind=kind.code,
                name=file.name,
                chunks=file.chunks(),
                options=form.chosen(),
                actor=actor_of(request.user, channel="desk"),
                at=timezone.now(),
            )
        except receiving.TakenAlready as refused:
            self.message_user(request, _sentence(refused), messages.WARNING)
            return HttpResponseRedirect(_page_of(refused.upload_id))
        except Refused as refused:
            form.add_error("file", _sentence(refused))
            return None
        _run_if_small(upload)
        return HttpResponseRedirect(_page_of(upload.pk))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """How the file stands: at work with a bar that follows, to be decided, or done."""
        upload = self.get_object(request, object_id)
        if upload is None or not self.has_view_permission(request, upload):
            return super().change_view(request, object_id, *args, **kwargs)
        kind = kinds.kinds().get(upload.kind)
        job = outbox.job_progress(
            kind=receiving.JOB,
            business_date=timezone.localtime(upload.received_at).date(),
            partition=receiving.partition_of(upload),
        )
        done, of = _number(job.get("done")), _number(job.get("of"))
        user: Any = request.user
        shown = upload.refusals[:SHOWN]
        return self._page(
            request, "upload", upload=upload, kind=kind, title=upload.name,
            counts=[one for one in _counts(upload) if one[1]], job=job,
            options=_options(upload, kind), is_at_work=upload.state in Upload.AT_WORK,
            percent=100 * done // of if of else None, lines_done=done, lines_of=of,
            refusals=[(one, one["th" if _thai() else "en"]) for one in shown],
            more=upload.refused - len(shown), has_failed=job.get("state") == "failed",
            may_decide=user.department == upload.department and user.role in kinds.WRITERS,
            again=urlencode({"kind": upload.kind, **_given(upload)}),
        )  # fmt: skip

    def take(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, receiving.take)

    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, receiving.drop)

    def _decide(self, request: HttpRequest, pk: int, verb: Any) -> HttpResponse:
        if request.method != "POST" or not self.get_queryset(request).filter(pk=pk).exists():
            raise Http404
        try:
            actor = actor_of(request.user, channel="desk")
            upload = verb(upload_id=pk, actor=actor, at=timezone.now())
        except Refused as refused:
            self.message_user(request, _sentence(refused), messages.ERROR)
        else:
            _run_if_small(upload)
        return HttpResponseRedirect(_page_of(pk))

    def refusals(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Every refusal of the file with its line, to put right in a spreadsheet."""
        upload = self.get_queryset(request).filter(pk=pk).first()
        if upload is None or not self.has_view_permission(request, upload):
            raise Http404
        rows = ([upload.name, *(one[name] for name in REFUSALS)] for one in upload.refusals)
        return _attached(csv_rows(("file", *REFUSALS), rows), f"refusals-{pk}.csv", "text/csv")

    def example(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """A short file of the kind as it should look."""
        kind = kinds.kinds().get(code)
        if kind is None or not self.has_view_permission(request):
            raise Http404
        content = iter([kind.example.read_text(encoding="utf-8")])
        return _attached(content, kind.example.name, "application/octet-stream")

    def _page(self, request: HttpRequest, name: str, **told: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **told}
        return render(request, f"admin/intake/{name}.html", context)


def _run_if_small(upload: Upload) -> None:
    """Do the work of a small file now, as a worker would; what goes wrong is the worker's."""
    if upload.size > AT_ONCE or upload.state not in Upload.AT_WORK:
        return
    job_id = outbox.job_id(
        kind=receiving.JOB,
        business_date=timezone.localtime(upload.received_at).date(),
        partition=receiving.partition_of(upload),
    )
    try:
        if job_id is not None:
            jobs.run(job_id=job_id, at=timezone.now)
    except Exception:
        log.exception("a file's job failed at the desk", upload=upload.pk)


def _counts(upload: Upload) -> list[tuple[Any, int]]:
    kind = kinds.kinds().get(upload.kind)
    words = kind.words if kind else {}
    return [(words.get(name, name), count) for name, count in upload.counts.items()]


def _options(upload: Upload, kind: Kind | None) -> list[tuple[Any, Any]]:
    """What was chosen with the file, in the form's own words."""
    told = []
    for option in kind.options if kind else ():
        value = upload.options.get(option.name, "")
        if value:
            words = dict(option.choices()) if option.choices else {}
            told.append(
                (option.label, gettext("yes") if option.is_flag else words.get(value, value))
            )
    return told


def _given(upload: Upload) -> dict[str, str]:
    """What was chosen with the file, for the form of the next one."""
    return {name: value for name, value in upload.options.items() if value}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _thai() -> bool:
    return (get_language() or "").startswith("th")


def _sentence(refused: Refused) -> str:
    return refused.text("th" if _thai() else "en")


def _page_of(pk: int) -> str:
    return reverse("admin:intake_upload_change", args=[pk])


def _attached(content: Iterator[str], name: str, kind: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        content,
        content_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
