"""The desk's base pages: read what verbs wrote, act through verbs, take lists away as files."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from backoffice.frame.amounts import counted
from backoffice.frame.dates import dated
from backoffice.frame.exports import csv_rows, xlsx_bytes
from backoffice.frame.models import AuditEvent, IdempotencyKey
from backoffice.kernel.refusals import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSX_ROWS_MAX = 200_000
NAMES = ("code", "username", "source_ref", "number", "reference", "identity")
"""Fields by which people know a row, the first that it has."""


class KeysFirst(Paginator):
    """A page's rows are chosen by their keys alone, and read along with others only then.

    Rows before a late page are passed over without what a list reads along with each, and without
    what it counts for each.
    """

    def page(self, number: int | str) -> Page:
        """The page of that number; one query, when its rows are asked for."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return super().page(number)
        keys = rows.values("pk")[first : first + self.per_page]
        return Page(rows.filter(pk__in=keys), number, self)


class DeskAdmin(ModelAdmin):
    """A list and a page for each row, read-only: writing is done by verbs behind actions."""

    actions = ["export_csv", "export_xlsx"]
    # What an empty list says: why it is empty, and what fills it.
    empty_words: Any = ""
    list_per_page = 50
    paginator = KeysFirst
    show_full_result_count = False
    list_fullwidth = True
    compressed_fields = True

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Rows are made by verbs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows are changed by verbs."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted from a desk."""
        return False

    def prepare(self, rows: list[Any]) -> None:
        """What a page's rows need beside their own columns, read for all of them at once.

        Called with the rows of a list's page, or with the one row of its own page.
        """

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The list, its page's rows prepared."""
        prepare = self.prepare

        class Page(super().get_changelist(request, **kwargs)):  # type: ignore[misc]
            def get_results(self, request: HttpRequest) -> None:
                super().get_results(request)
                self.result_list = list(self.result_list)  # type: ignore[has-type]
                prepare(self.result_list)

        return Page

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """The row of a page, prepared; None when there is none."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.prepare([row])
        return row

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A row's page; the way to its history is offered only where one is kept here.

        What verbs do is on the audit trail, and Django's own log of edits stays empty.
        """
        if not hasattr(self, "history_form_view"):
            context["show_history"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns; dates and amounts as the reader expects them."""
        return _shown(self.model, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The page's fields; dates and amounts as the reader expects them."""
        if self.fields:
            return _shown(self.model, self.fields)
        plain = [f.name for f in self.model._meta.concrete_fields if not f.primary_key]
        named = [name for name in plain if name not in (self.exclude or ())]
        named += [name for name in self.readonly_fields if name not in plain]
        return _shown(self.model, named)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All fields are read-only; the shown columns are named as well."""
        names = [field.name for field in self.model._meta.concrete_fields]
        shown = [column for column in _shown(self.model, names) if callable(column)]
        return [*_shown(self.model, super().get_readonly_fields(request, obj)), *shown]

    def export_columns(self) -> list[str]:
        """The list's plain fields, what they refer to by its name; a page may choose others."""
        return [_exported(field) for field in self.model._meta.concrete_fields]

    def _rows(self, queryset: QuerySet[Any]) -> Iterator[tuple[Any, ...]]:
        yield from queryset.values_list(*self.export_columns()).iterator(chunk_size=2000)

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> StreamingHttpResponse:
        """The chosen rows as CSV, streamed."""
        response = StreamingHttpResponse(
            csv_rows(self.export_columns(), self._rows(queryset)),
            content_type="text/csv; charset=utf-8",
        )
        response["Content-Disposition"] = (
            f'attachment; filename="{self.model._meta.model_name}.csv"'
        )
        return response

    @admin.action(description=_("Export as XLSX"), permissions=["view"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """The chosen rows as XLSX."""
        title = str(self.model._meta.verbose_name_plural)
        content = xlsx_bytes(title, self.export_columns(), self._rows(queryset[:XLSX_ROWS_MAX]))
        response = HttpResponse(content, content_type=XLSX)
        response["Content-Disposition"] = (
            f'attachment; filename="{self.model._meta.model_name}.xlsx"'
        )
        return response

    def tell(self, request: HttpRequest, refused: Refused) -> None:
        """Show a refusal in the reader's language."""
        self.message_user(request, refused.text(get_language() or "en"), messages.ERROR)


def _exported(field: Any) -> str:
    """A field as a file names it: of another row the name that people know, else its key."""
    other = field.related_model
    if other is None:
        return str(field.attname)
    known = {one.name for one in other._meta.concrete_fields}
    name = next((one for one in NAMES if one in known), "")
    return f"{field.name}__{name}" if name else str(field.attname)


def _shown(model: type[Model], names: Sequence[Any]) -> list[Any]:
    """Columns with dates and amounts as the reader expects them."""
    return counted(model, dated(model, names))


@admin.register(AuditEvent)
class AuditEventAdmin(DeskAdmin):
    list_display = ("recorded_at", "actor", "verb", "subject_kind", "subject_id", "channel")
    list_filter = ("verb", "channel")
    search_fields = ("actor", "subject_id", "request_id")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(DeskAdmin):
    list_display = ("scope", "key", "status", "recorded_at")
    search_fields = ("key",)
