"""Publish a fact in the transaction that makes it true."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from backoffice.kernel.canonical import jsonable
from backoffice.outbox.models import Delivery, OutboxEvent
from backoffice.outbox.waking import wake

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Reaction = Callable[..., None]


def subscriptions() -> Mapping[type[Any], Sequence[Reaction]]:
    """Event class → reactions, as written on the one page `backoffice/reactions.py`."""
    found: Mapping[type[Any], Sequence[Reaction]] = import_string(settings.OUTBOX_SUBSCRIPTIONS)
    return found


def publish(*, event: "DataclassInstance", at: datetime) -> int:
    """Write `event` and one delivery for each of its subscribers; wake a worker on commit.

    Args:
        event: a frozen dataclass of an app's `events.py`, holding ids and plain values.
        at: recorded time (aware, UTC).

    Returns:
        The event's number.

    Raises:
        RuntimeError: outside a transaction, where fact and change could part.
    """
    [number] = publish_many(events=[event], at=at)
    return number


def publish_many(*, events: "Sequence[DataclassInstance]", at: datetime) -> list[int]:
    """Write many facts as `publish` does, two statements for any number.

    Returns:
        The events' numbers, in order.

    Raises:
        RuntimeError: outside a transaction, where fact and change could part.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("publishing belongs in the transaction of the change it tells of")
    rows = OutboxEvent.objects.bulk_create(
        OutboxEvent(kind=type(event).__name__, payload=jsonable(asdict(event)), recorded_at=at)
        for event in events
    )
    told = subscriptions()
    deliveries = [
        Delivery(event=row, subscriber=name_of(reaction))
        for row, event in zip(rows, events, strict=True)
        for reaction in told.get(type(event), ())
    ]
    Delivery.objects.bulk_create(deliveries)
    if deliveries:
        transaction.on_commit(lambda: wake("backoffice.outbox.tasks.deliver_pending"))
    return [row.pk for row in rows]


def name_of(reaction: Reaction) -> str:
    """The subscriber's stable name: module and function."""
    return f"{reaction.__module__}.{reaction.__qualname__}"
