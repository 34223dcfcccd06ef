"""Staff, sites and tokens; groups are not used here."""

from django.contrib import admin
from django.contrib.auth.models import Group

from backoffice.frame.admin import DeskAdmin
from backoffice.people.models import ApiToken, Site, Staff

admin.site.unregister(Group)


@admin.register(Staff)
class StaffAdmin(DeskAdmin):
    list_display = (
        "username",
        "first_name",
        "last_name",
        "department",
        "role",
        "site",
        "is_active",
    )
    list_filter = ("department", "role", "site")
    list_select_related = ("site",)
    search_fields = ("username", "first_name", "last_name", "name_th", "email")
    exclude = ("password", "groups", "user_permissions")

    def export_columns(self) -> list[str]:
        return ["username", "first_name", "last_name", "name_th", "department", "role"]


@admin.register(Site)
class SiteAdmin(DeskAdmin):
    list_display = ("code", "name_en", "name_th", "kind", "time_zone")


@admin.register(ApiToken)
class ApiTokenAdmin(DeskAdmin):
    list_display = ("label", "staff", "created_at", "expires_at", "revoked_at")
    list_select_related = ("staff",)
    exclude = ("digest",)
