"""Deliver events to their subscribers: each once, its effect and its mark in one transaction."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from backoffice.outbox.models import Delivery
from backoffice.outbox.publishing import name_of, subscriptions

log = structlog.get_logger(__name__)
RETRY_MAX = timedelta(hours=1)


def deliver_pending(*, at: datetime, limit: int = 500) -> int:
    """Deliver up to `limit` waiting deliveries, oldest first; returns how many succeeded.

    Several workers may run it at once: rows are taken with SKIP LOCKED. A subscriber that raises
    is tried again later (2, 4, 8 … seconds, an hour at most); the others go on.
    """
    delivered = 0
    last_id = 0
    for _turn in range(limit):
        outcome = _deliver_one(at=at, after=last_id)
        if outcome is None:
            break
        last_id, succeeded = outcome
        delivered += succeeded
    return delivered


def _deliver_one(*, at: datetime, after: int) -> tuple[int, bool] | None:
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .filter(delivered_at=None, pk__gt=after)
            .exclude(retry_at__gt=at)
            .order_by("pk")
            .first()
        )
        if delivery is None:
            return None
        delivery.attempts += 1
        try:
            with transaction.atomic():
                _react(delivery, at)
            delivery.delivered_at, delivery.error = at, ""
        except Exception as error:  # a subscriber's fault must not stop the others
            log.exception("reaction failed", subscriber=delivery.subscriber)
            delivery.error = f"{type(error).__name__}: {error}"
            delay = timedelta(seconds=2 ** min(delivery.attempts, 12))
            delivery.retry_at = at + min(delay, RETRY_MAX)
        delivery.save(update_fields=["attempts", "delivered_at", "error", "retry_at"])
        return delivery.pk, delivery.delivered_at is not None


def _react(delivery: Delivery, at: datetime) -> None:
    for event_class, reactions in subscriptions().items():
        if event_class.__name__ != delivery.event.kind:
            continue
        for reaction in reactions:
            if name_of(reaction) == delivery.subscriber:
                payload: dict[str, Any] = delivery.event.payload
                reaction(event=event_class(**payload), at=at)
                return
    raise LookupError(f"nobody answers to {delivery.subscriber}")
