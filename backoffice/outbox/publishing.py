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
    if not connection.in_atomic_block:
        raise RuntimeError("publish() belongs in the transaction of the change it tells of")
    kind = type(event).__name__
    row = OutboxEvent.objects.create(kind=kind, payload=jsonable(asdict(event)), recorded_at=at)
    reactions = subscriptions().get(type(event), ())
    Delivery.objects.bulk_create(
        Delivery(event=row, subscriber=name_of(reaction)) for reaction in reactions
    )
    if reactions:
        transaction.on_commit(lambda: wake("backoffice.outbox.tasks.deliver_pending"))
    return row.pk


def name_of(reaction: Reaction) -> str:
    """The subscriber's stable name: module and function."""
    return f"{reaction.__module__}.{reaction.__qualname__}"
