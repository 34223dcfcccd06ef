"""Events, deliveries and jobs as the desk sees them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.frame.admin import DeskAdmin
from backoffice.outbox import jobs
from backoffice.outbox.models import Delivery, JobRun, OutboxEvent


@admin.register(OutboxEvent)
class OutboxEventAdmin(DeskAdmin):
    list_display = ("id", "kind", "recorded_at")
    list_filter = ("kind",)


@admin.register(Delivery)
class DeliveryAdmin(DeskAdmin):
    list_display = ("event_id", "subscriber", "attempts", "delivered_at", "error")
    list_filter = ("subscriber",)


@admin.register(JobRun)
class JobRunAdmin(DeskAdmin):
    list_display = ("kind", "business_date", "partition", "state", "attempts", "finished_at")
    list_filter = ("kind", "state")
    actions = [*DeskAdmin.actions, "try_again"]

    @admin.action(description=_("Try again"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[JobRun]) -> None:
        for pk in queryset.filter(state="failed").values_list("pk", flat=True):
            jobs.retry(job_id=pk, at=timezone.now())
