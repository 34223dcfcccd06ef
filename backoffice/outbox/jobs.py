"""Jobs: unique rows, claimed with a lease and a fencing token, re-driven when nobody holds them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.module_loading import import_string

from backoffice.kernel.refusals import Refused
from backoffice.outbox.models import JobRun
from backoffice.outbox.waking import wake

LEASE = timedelta(minutes=2)
ATTEMPTS_MAX = 5


class LeaseLost(Refused):
    """Another worker has taken the job over; what this one still writes must not count."""

    code = "job-lease-lost"
    status = 409
    en = "The job {job} was taken over by another worker."
    th = "งาน {job} ถูกรับช่วงโดยผู้ทำงานอื่นแล้ว"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a job while the lease lasts: `fence` grows with every claim."""

    job_id: int
    kind: str
    business_date: date
    partition: str
    fence: int


def ensure(*, kind: str, business_date: date, partition: str = "", at: datetime) -> int:
    """Make sure that the job exists; wakes a worker on commit; returns its id."""
    job, created = JobRun.objects.get_or_create(
        kind=kind, business_date=business_date, partition=partition, defaults={"created_at": at}
    )
    if created:
        transaction.on_commit(lambda: wake("backoffice.outbox.tasks.run_job", job_id=str(job.pk)))
    return job.pk


def claim(*, job_id: int, at: datetime) -> Claim | None:
    """Take the job if it waits or its lease has run out; None when there is nothing to take."""
    with transaction.atomic():
        job = (
            JobRun.objects.select_for_update(skip_locked=True)
            .filter(
                Q(state=JobRun.State.WAITING) | Q(state=JobRun.State.RUNNING, lease_until__lte=at),
                pk=job_id,
            )
            .first()
        )
        if job is None:
            return None
        job.state, job.fence, job.attempts = JobRun.State.RUNNING, job.fence + 1, job.attempts + 1
        job.lease_until, job.started_at = at + LEASE, job.started_at or at
        job.save()
        return Claim(job.pk, job.kind, job.business_date, job.partition, job.fence)


def checkpoint(*, claim: Claim, progress: dict[str, Any], at: datetime) -> None:
    """Keep progress and renew the lease, in the same transaction as the work it tells of.

    Raises:
        LeaseLost: the fencing token is old; the caller's transaction must roll back.
    """
    _update(claim, progress=progress, lease_until=at + LEASE)


def finish(*, claim: Claim, progress: dict[str, Any], at: datetime) -> None:
    """Mark the job done, in the transaction of its last effect. Raises LeaseLost."""
    _update(
        claim,
        state=JobRun.State.DONE,
        progress=progress,
        finished_at=at,
        lease_until=None,
        error="",
    )


def fail(*, claim: Claim, error: str, at: datetime) -> bool:
    """Keep the error; the job waits again until its attempts are used up.

    Returns:
        True when it has failed for good.
    """
    job = JobRun.objects.get(pk=claim.job_id)
    final = job.attempts >= ATTEMPTS_MAX
    state = JobRun.State.FAILED if final else JobRun.State.WAITING
    _update(claim, state=state, error=error, lease_until=None, finished_at=at if final else None)
    return final


def retry(*, job_id: int, at: datetime) -> None:
    """Give a failed job a new start (a clerk's act)."""
    JobRun.objects.filter(pk=job_id, state=JobRun.State.FAILED).update(
        state=JobRun.State.WAITING, attempts=0, lease_until=None, finished_at=None
    )
    transaction.on_commit(lambda: wake("backoffice.outbox.tasks.run_job", job_id=str(job_id)))
    del at


def open_job_ids(*, at: datetime, limit: int = 100) -> list[int]:
    """Jobs that wait, or whose lease ran out: what the reconciler drives again."""
    open_jobs = JobRun.objects.filter(
        Q(state=JobRun.State.WAITING) | Q(state=JobRun.State.RUNNING, lease_until__lte=at)
    )
    return list(open_jobs.order_by("business_date", "pk").values_list("pk", flat=True)[:limit])


def run(*, job_id: int, at: Callable[[], datetime]) -> bool:
    """Claim the job and call the function that `JOBS` names for its kind; False when not taken.

    Args:
        at: the shell's clock, read anew for each mark in a long job.
    """
    taken = claim(job_id=job_id, at=at())
    if taken is None:
        return False
    kinds: Mapping[str, Callable[..., None]] = import_string(settings.JOB_KINDS)
    try:
        kinds[taken.kind](claim=taken, clock=at)
    except LeaseLost:
        return False
    except Exception as error:
        fail(claim=taken, error=f"{type(error).__name__}: {error}", at=at())
        raise
    return True


def _update(claim: Claim, **fields: Any) -> None:
    held = JobRun.objects.filter(
        pk=claim.job_id, fence=claim.fence, state=JobRun.State.RUNNING
    ).update(fence=F("fence"), **fields)
    if held != 1:
        raise LeaseLost(job=f"{claim.kind} {claim.business_date}")
