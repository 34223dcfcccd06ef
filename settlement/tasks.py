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
from settlement.trades.deadlines import Deadlines


@shared_task
def close_due_days() -> None:
    """Every book's day up to today that holds transactions and is not sealed gets its job.

    But no day before its last cut-off has passed; `close_after_cut_offs` comes back for it.
    """
    at = timezone.now()
    deadlines, waits = Deadlines(at), set()
    for book, day in queries.days_waiting(until=timezone.localdate()):
        # Days end in their order: behind one that waits, the next does as well.
        if book in waits or deadlines.ahead(book=book, days=[day]):
            waits.add(book)
        else:
            jobs.ensure(kind=KIND, business_date=day, partition=book, at=at)


@shared_task
def close_after_cut_offs() -> None:
    """Days whose cut-offs are later than the hour at which the others end get their job."""
    at = timezone.now()
    deadlines, waits = Deadlines(at), set()
    for book, day in queries.days_waiting(until=timezone.localdate()):
        had = deadlines.stands(book=book, day=day)
        if book in waits or not had or deadlines.ahead(book=book, days=[day]):
            waits.add(book)
        else:
            jobs.ensure(kind=KIND, business_date=day, partition=book, at=at)


@shared_task
def rederive_value_dates() -> None:
    """What was captured by an old version in the moment when the new one came is found here."""
    at = timezone.now()
    for calendar in calendars_changed(since=at - timedelta(days=2)):
        redating.rederive(calendar=calendar, actor=Actor.system("rederive_value_dates"), at=at)
