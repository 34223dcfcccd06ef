"""Reads of events and jobs, for health pages and other departments."""

from datetime import date, datetime

from django.db.models import Min

from backoffice.outbox.models import Delivery, JobRun


def oldest_undelivered(*, at: datetime) -> float:
    """Seconds that the oldest waiting delivery has waited; 0.0 when none waits."""
    oldest = Delivery.objects.filter(delivered_at=None).aggregate(oldest=Min("event__recorded_at"))[
        "oldest"
    ]
    return max((at - oldest).total_seconds(), 0.0) if oldest else 0.0


def job_counts() -> dict[str, int]:
    """Number of jobs by state."""
    counts: dict[str, int] = dict.fromkeys(JobRun.State.values, 0)
    for state in JobRun.objects.filter(state__in=["waiting", "running", "failed"]).values_list(
        "state", flat=True
    ):
        counts[state] += 1
    return counts


def job_progress(*, kind: str, business_date: date, partition: str = "") -> dict[str, object]:
    """State and progress of one job, {} when there is none."""
    job = JobRun.objects.filter(kind=kind, business_date=business_date, partition=partition).first()
    return {} if job is None else {"state": job.state, "error": job.error, **job.progress}


def job_id(*, kind: str, business_date: date, partition: str = "") -> int | None:
    """The job's number, None when there is none."""
    found = JobRun.objects.filter(kind=kind, business_date=business_date, partition=partition)
    return found.values_list("pk", flat=True).first()
