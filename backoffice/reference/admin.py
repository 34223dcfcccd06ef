from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from backoffice.frame.admin import DeskAdmin
from backoffice.reference.models import (
    BusinessDay,
    Calendar,
    CalendarVersion,
    Currency,
    Holiday,
    SettlementCycle,
)


@admin.register(Currency)
class CurrencyAdmin(DeskAdmin):
    list_display = ("code", "name_en", "name_th", "exponent", "kind", "withdrawn")
    list_filter = ("kind", "exponent")
    search_fields = ("code", "name_en", "name_th", "numeric")


class VersionInline(TabularInline):
    model = CalendarVersion
    fields = ("number", "covers_from", "covers_until", "notice_text", "recorded_at", "imported_by")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Calendar)
class CalendarAdmin(DeskAdmin):
    list_display = ("code", "name_en", "name_th", "time_zone")
    search_fields = ("code", "name_en", "name_th")
    inlines: ClassVar = [VersionInline]


@admin.register(CalendarVersion)
class CalendarVersionAdmin(DeskAdmin):
    list_display = (
        "calendar", "number", "covers_from", "covers_until", "notice_date", "recorded_at",
        "imported_by",
    )  # fmt: skip
    list_filter = ("calendar",)
    search_fields = ("notice_text", "fingerprint")
    list_select_related = ("calendar",)


@admin.register(Holiday)
class HolidayAdmin(DeskAdmin):
    list_display = ("date", "calendar", "kind", "name_en", "name_th", "evidence")
    list_filter = ("version__calendar", "kind")
    search_fields = ("name_en", "name_th", "evidence")
    date_hierarchy = "date"
    list_select_related = ("version",)

    @admin.display(description=_("calendar version"), ordering="version")
    def calendar(self, holiday: Holiday) -> str:
        return str(holiday.version)


@admin.register(SettlementCycle)
class SettlementCycleAdmin(DeskAdmin):
    list_display = ("market", "asset_class", "cycle", "valid_from", "source", "recorded_by")
    list_filter = ("market", "asset_class")


@admin.register(BusinessDay)
class BusinessDayAdmin(DeskAdmin):
    list_display = ("date", "book", "state", "opened_at", "closing_at", "closed_at", "seal")
    list_filter = ("state", "book")
    date_hierarchy = "date"
