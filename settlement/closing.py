"""The end of day as a job: claimed, fenced, its progress on the row; a failure is told."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from backoffice.kernel.actors import Actor
from backoffice.outbox import jobs, publishing
from settlement import end_of_day
from settlement.events import DayFailed

KIND = "end_of_day"


def run_job(*, claim: jobs.Claim, clock: Callable[[], datetime]) -> None:
    """Close the day that the claim names; the job's partition is the book.

    Each step renews the lease; a worker that lost it stops with LeaseLost. Any other failure is
    published as DayFailed, so that a ticket opens by itself, and raised for the job to keep.
    """
    done: list[str] = []

    def renew(step: str, counts: end_of_day.Counts) -> None:
        done.append(step)
        progress = {"step": step, "done": len(done), "of": len(end_of_day.STEPS), **counts}
        jobs.checkpoint(claim=claim, progress=progress, at=clock())

    try:
        end_of_day.run(
            business_date=claim.business_date,
            book=claim.partition,
            actor=Actor.system("end_of_day"),
            clock=clock,
            on_step=renew,
        )
    except jobs.LeaseLost:
        raise
    except Exception as error:
        _tell(claim, done, error, clock())
        raise
    jobs.finish(claim=claim, progress={"done": len(done), "of": len(end_of_day.STEPS)}, at=clock())


def _tell(claim: jobs.Claim, done: list[str], error: Exception, at: datetime) -> None:
    with transaction.atomic():
        publishing.publish(
            event=DayFailed(
                book=claim.partition,
                business_date=claim.business_date.isoformat(),
                step=end_of_day.STEPS[min(len(done), len(end_of_day.STEPS) - 1)].__name__,
                error=f"{type(error).__name__}: {error}"[:500],
            ),
            at=at,
        )
