"""Wake-ups of settlement: the row in job_run is the work, the message only a hint."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from backoffice.kernel.actors import Actor
from backoffice.outbox import jobs
from backoffice.reference.queries import calendars_changed
from settlement import queries
from settlement.closing import KIND
from settlement.trades import redating


@shared_task
def close_due_days() -> None:
    """Every book's day up to today that holds transactions and is not sealed gets its job."""
    for book, day in queries.days_waiting(until=timezone.localdate()):
        jobs.ensure(kind=KIND, business_date=day, partition=book, at=timezone.now())


@shared_task
def rederive_value_dates() -> None:
    """What was captured by an old version in the moment when the new one came is found here."""
    at = timezone.now()
    for calendar in calendars_changed(since=at - timedelta(days=2)):
        redating.rederive(calendar=calendar, actor=Actor.system("rederive_value_dates"), at=at)
