"""Facts written beside the change: one, or many at once."""

import pytest
from django.test.utils import CaptureQueriesContext

from backoffice import reactions
from backoffice.outbox import publishing
from backoffice.outbox.models import Delivery, OutboxEvent
from records.events import ContentDamaged, DocumentFiled

DAMAGED = [ContentDamaged(n, f"RPT-{n}", "a" * 64, "b" * 64) for n in range(5)]


def written(publish):
    """(kind, payload, recorded at, subscribers) of every event that is published."""
    before = {event.pk for event in OutboxEvent.objects.all()}
    publish()
    return [
        (
            event.kind,
            event.payload,
            event.recorded_at,
            list(Delivery.objects.filter(event=event).values_list("subscriber", flat=True)),
        )
        for event in OutboxEvent.objects.exclude(pk__in=before).order_by("pk")
    ]


def test_many_are_written_as_one_after_the_other(db, at):
    singly = written(lambda: [publishing.publish(event=event, at=at) for event in DAMAGED])
    assert written(lambda: publishing.publish_many(events=DAMAGED, at=at)) == singly
    assert [len(row[3]) for row in singly] == [len(reactions.SUBSCRIPTIONS[ContentDamaged])] * 5


def test_many_wake_a_worker_once_and_cost_as_much_as_one(
    db, at, monkeypatch, django_capture_on_commit_callbacks
):
    woken = []
    monkeypatch.setattr(publishing, "wake", woken.append)
    filed = [DocumentFiled(n, "x", "RPT", "k", "a" * 64, None) for n in range(5)]
    for events, statements, wakes in ((DAMAGED, 2, 1), (filed, 1, 0), ([], 0, 0)):
        woken.clear()
        with (
            django_capture_on_commit_callbacks(execute=True),
            CaptureQueriesContext(publishing.connection) as captured,
        ):
            publishing.publish_many(events=events, at=at)
        assert (len(captured), len(woken)) == (statements, wakes)


def test_many_belong_in_a_transaction(committed_db, at):
    with pytest.raises(RuntimeError, match="transaction"):
        publishing.publish_many(events=DAMAGED, at=at)
