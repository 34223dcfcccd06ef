"""A trial runs the verb itself: it leaves nothing, and sees what a commit would see."""

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.frame import audit
from backoffice.frame.models import AuditEvent
from backoffice.frame.trying import trial

pytestmark = pytest.mark.django_db


def _act(system, at):
    audit.record(actor=system, at=at, verb="x", subject_kind="y", subject_id="z")


def test_nothing_of_it_stays_and_the_transaction_around_it_goes_on(system, at):
    with transaction.atomic():
        _act(system, at)
        with trial():
            _act(system, at)
            assert AuditEvent.objects.count() == 2
        _act(system, at)
    assert AuditEvent.objects.count() == 2


def test_what_is_refused_inside_comes_out(system, at):
    def refused():
        with trial():
            _act(system, at)
            raise LookupError

    with pytest.raises(LookupError):
        refused()
    assert not AuditEvent.objects.exists()


def test_no_wake_up_is_sent_for_it(system, at, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as sent, trial():
        transaction.on_commit(lambda: None)
    assert sent == []


def test_deferred_constraints_are_asked_at_once():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE once (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        with transaction.atomic():
            cursor.execute("INSERT INTO once VALUES (1)")
        with pytest.raises(IntegrityError), trial():
            cursor.execute("INSERT INTO once VALUES (1)")
