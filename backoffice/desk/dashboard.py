"""The desk's first page: how each queue stands, and what is mine."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.desk import queries
from backoffice.desk.models import WorkItem
from backoffice.people.models import Staff


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds `queues` (QueueCount rows with names) and `mine` (items in work with the reader)."""
    names = dict(Staff.Departments.choices)
    rows = queries.queue_counts(at=timezone.now())
    context["queues"] = [(names.get(row.department, row.department), row) for row in rows]
    context["title"] = gettext("The desk")
    context["mine"] = list(
        WorkItem.objects.filter(claimed_by_id=request.user.pk, state="claimed")[:10]
    )
    return context
