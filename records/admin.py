"""The records clerk's pages: the filing plan and the documents."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from backoffice.frame.admin import DeskAdmin
from backoffice.kernel.refusals import Refused
from backoffice.people.queries import actor_of
from records import queries, reading, verifying
from records.downloads import headers_of
from records.models import Document, RecordClass


@admin.register(RecordClass)
class RecordClassAdmin(DeskAdmin):
    list_display = ("code", "title", "owner", "retention_years", "trigger", "disposal", "basis")
    list_filter = ("owner", "disposal")
    search_fields = ("code", "title_en", "title_th")


class CurrentFilter(admin.SimpleListFilter):
    title = _("version")
    parameter_name = "current"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("latest")), ("no", _("superseded"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        chosen = self.value()
        return (
            queryset if chosen is None else queryset.filter(superseded_by__isnull=chosen == "yes")
        )


@admin.register(Document)
class DocumentAdmin(DeskAdmin):
    list_display = (
        "number", "title", "record_class", "version", "show_size", "filed_by", "filed_on",
        "show_download",
    )  # fmt: skip
    list_filter = ("record_class", CurrentFilter)
    search_fields = ("number", "title", "source_key")
    date_hierarchy = "filed_on"
    readonly_fields = ("show_hash", "show_size", "show_kept_until")
    exclude = ("content",)
    actions_detail = ["download", "verify"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        actor = actor_of(request.user, channel="desk")
        found = queries.documents().order_by("-pk")
        if getattr(request.user, "is_superuser", False):
            return found
        return queries.visible_to(found, actor=actor)

    def export_columns(self) -> list[str]:
        return [
            "number", "record_class", "title", "media_type", "content__sha256", "content__size",
            "source_key", "version", "filed_by", "filed_at",
        ]  # fmt: skip

    @display(description=_("SHA-256"))
    def show_hash(self, document: Document) -> str:
        return document.content.sha256

    @display(description=_("size (bytes)"))
    def show_size(self, document: Document) -> int:
        return document.content.size

    @display(description=_("to be kept until"))
    def show_kept_until(self, document: Document) -> Any:
        return queries.kept_until(document) or gettext("not yet known")

    @display(description=_("file"))
    def show_download(self, document: Document) -> SafeString:
        url = reverse("admin:records_document_download", args=[document.pk])
        return format_html('<a href="{}" download>{}</a>', url, gettext("Download"))

    @action(description=_("Download"), url_path="download", icon="download")
    def download(
        self, request: HttpRequest, object_id: str
    ) -> HttpResponse | StreamingHttpResponse:
        actor = actor_of(request.user, channel="desk")
        try:
            document = reading.open_document(
                document_id=int(object_id), actor=actor, at=timezone.now()
            )
        except Refused as refused:
            self.tell(request, refused)
            return HttpResponseRedirect(reverse("admin:records_document_changelist"))
        return StreamingHttpResponse(
            queries.content(document.pk),
            content_type=document.media_type,
            headers=headers_of(document),
        )

    @action(description=_("Check the hash"), url_path="verify", icon="verified")
    def verify(self, request: HttpRequest, object_id: str) -> HttpResponse:
        actor = actor_of(request.user, channel="desk")
        try:
            proof = verifying.verify(document_id=int(object_id), actor=actor, at=timezone.now())
        except Refused as refused:
            self.tell(request, refused)
        else:
            if proof.intact:
                self.message_user(request, gettext("The content is as filed."), messages.SUCCESS)
            else:
                self.message_user(request, gettext("The content is damaged."), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:records_document_change", args=[object_id]))
