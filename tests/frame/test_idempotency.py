"""The same key gives the same answer, whatever happens in between."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from backoffice.frame import audit
from backoffice.frame.idempotency import KeyReused, KeyTooLong, first_difference, once
from backoffice.frame.models import AuditEvent, IdempotencyKey
from backoffice.kernel.refusals import Refused


def _count(system, at, answers=(201, {"id": 7})):
    def effect():
        audit.record(actor=system, at=at, verb="test", subject_kind="test", subject_id=1)
        return answers

    return effect


@pytest.mark.django_db
def test_the_effect_happens_once(system, at):
    first = once(scope="s", key="k", request={"a": "1"}, at=at, effect=_count(system, at))
    again = once(scope="s", key="k", request={"a": "1"}, at=at, effect=_count(system, at))
    assert first == ((201, {"id": 7}), False)
    assert again == ((201, {"id": 7}), True)
    assert AuditEvent.objects.filter(verb="test").count() == 1


@pytest.mark.django_db
def test_another_body_is_refused_naming_what_differs(system, at):
    once(scope="s", key="k", request={"lines": [{"amount": "1"}]}, at=at, effect=_count(system, at))
    with pytest.raises(KeyReused) as refused:
        once(
            scope="s",
            key="k",
            request={"lines": [{"amount": "2"}]},
            at=at,
            effect=_count(system, at),
        )
    assert refused.value.place.field == "/lines/0/amount"
    assert refused.value.status == 409


@pytest.mark.django_db
def test_a_failed_key_stays_failed_and_leaves_nothing(system, at):
    def effect():
        _count(system, at)()
        raise Refused

    first, _replayed = once(scope="s", key="k", request={}, at=at, effect=effect)
    again, replayed = once(scope="s", key="k", request={}, at=at, effect=_count(system, at))
    assert first == again
    assert (first[0], replayed) == (422, True)
    assert not AuditEvent.objects.filter(verb="test").exists()


@pytest.mark.django_db
def test_a_crash_keeps_no_key(system, at):
    def crash():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(scope="s", key="k", request={}, at=at, effect=crash)
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_a_key_of_any_length_is_answered_clearly(system, at):
    with pytest.raises(KeyTooLong):
        once(scope="s", key="k" * 201, request={}, at=at, effect=_count(system, at))


def test_sixteen_at_once_do_it_once(committed_db, system, at):
    def ask(_turn):
        try:
            return once(scope="s", key="k", request={"a": 1}, at=at, effect=_count(system, at))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(ask, range(16)))
    assert sum(not replayed for _answer, replayed in answers) == 1
    assert AuditEvent.objects.filter(verb="test").count() == 1


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ({"a": 1}, {"a": 1}, ""),
        ({"a": 1}, {"a": 2}, "/a"),
        ({"a": 1}, {}, "/a"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "/a/1"),
        ({"a": [1]}, {"a": [1, 3]}, "/a"),
        (1, 2, "/"),
    ],
)
def test_the_first_difference_is_named_by_pointer(one, other, where):
    assert first_difference(one, other) == where
