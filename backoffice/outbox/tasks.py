from celery import shared_task
from django.utils import timezone

from backoffice.outbox import delivering, jobs
from backoffice.outbox.waking import wake


@shared_task
def deliver_pending() -> None:
    delivering.deliver_pending(at=timezone.now())


@shared_task
def run_job(job_id: str) -> None:
    jobs.run(job_id=int(job_id), at=timezone.now)


@shared_task
def redrive_jobs() -> None:
    for job_id in jobs.open_job_ids(at=timezone.now()):
        wake("backoffice.outbox.tasks.run_job", job_id=str(job_id))
