"""Wake-ups of settlement: the row in job_run is the work, the message only a hint."""

from celery import shared_task
from django.utils import timezone

from backoffice.outbox import jobs
from settlement import queries
from settlement.closing import KIND


@shared_task
def close_due_days() -> None:
    """Every book's day up to today that holds transactions and is not sealed gets its job."""
    for book, day in queries.days_waiting(until=timezone.localdate()):
        jobs.ensure(kind=KIND, business_date=day, partition=book, at=timezone.now())
