"""Wake-ups of records."""

from celery import shared_task
from django.utils import timezone

from backoffice.kernel.actors import Actor
from records import verifying


@shared_task
def verify_records() -> None:
    """Prove every stored content; damage is published, and a ticket opens by itself."""
    verifying.verify_all(actor=Actor.system("verify_records"), at=timezone.now())
