"""Wake-ups of the ledger's own housekeeping. A lost one costs nothing: the next does its work."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from accounting import month_ends, pending, proof, queries
from backoffice.kernel.actors import Actor


@shared_task
def expire_pending() -> None:
    """Release what lapsed."""
    while pending.expire(at=timezone.now()):
        pass


@shared_task
def seal_logs() -> None:
    """Bring every entity's log up to date and seal it."""
    for entity in queries.entities():
        while proof.seal(entity=entity, at=timezone.now()):
            pass


@shared_task
def keep_month_ends() -> None:
    """Keep every entity's totals of the months that are over."""
    yesterday = timezone.localdate() - timedelta(days=1)
    for entity in queries.entities():
        month_ends.keep(
            entity=entity,
            until=yesterday,
            actor=Actor.system("month_ends"),
            at=timezone.now(),
        )
