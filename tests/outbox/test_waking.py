"""A hint never keeps anybody waiting."""

from threading import Event
from time import monotonic

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from backoffice.outbox import waking


@pytest.fixture
def broker(monkeypatch):
    """A broker whose answer is held back until `release` is set."""

    class Broker:
        release, heard = Event(), []

        def send_task(self, _app, name, **_options):
            self.release.wait(30)
            self.heard.append(name)

    broker = Broker()
    monkeypatch.setattr(Celery, "send_task", lambda *args, **kwargs: broker.send_task(*args))
    yield broker
    broker.release.set()
    if waking._Messenger.late is not None:
        waking._Messenger.late.join()


def test_a_broker_that_answers_takes_the_hint(broker):
    broker.release.set()
    assert waking.wake("a.task", job_id="1")
    assert broker.heard == ["a.task"]


def test_a_frozen_broker_costs_one_caller_half_a_second_and_the_next_nothing(broker):
    began = monotonic()
    assert not waking.wake("first")
    assert monotonic() - began < 5
    began = monotonic()
    assert not waking.wake("second")
    assert monotonic() - began < waking.PATIENCE
    broker.release.set()
    waking._Messenger.late.join()
    assert waking.wake("third")
    assert broker.heard == ["first", "third"]


def test_a_broker_that_is_away_raises_nothing(monkeypatch):
    def away(*_args, **_kwargs):
        raise OperationalError("Connection refused")

    monkeypatch.setattr(Celery, "send_task", away)
    assert not waking.wake("a.task")
