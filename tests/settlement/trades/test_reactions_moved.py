"""What was published before the reactions moved into packages is delivered all the same."""

from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from backoffice import reactions
from backoffice.outbox import delivering
from backoffice.outbox.models import Delivery
from backoffice.outbox.publishing import name_of
from compliance import holds, parties
from settlement.models import Leg
from settlement.trades import matching
from tests.settlement import desk

pytestmark = pytest.mark.django_db
MOVING = import_module("settlement.migrations.0170_reactions_moved")
BEFORE = {after: was for was, after in MOVING.MOVED.items()}


@pytest.fixture
def released(system, at):
    """A trade was held, and its release waits in the outbox as the house wrote it before."""
    desk.furnish(actor=system, at=at)
    parties.onboard(code="SIAMSEC", name_en="S", name_th="ส", kind="company", actor=system, at=at)
    held = holds.place(subject_kind="party", subject_ref="SIAMSEC", reason="r", actor=system, at=at)
    desk.capture(desk.draft(), desk.other_side(), actor=system, at=at)
    assert matching.match(book="HOUSE", actor=system, at=at).held == 1
    holds.release(hold_id=held, reason="r", actor=system, at=at)
    one = Delivery.objects.get()
    one.subscriber = BEFORE[one.subscriber]
    one.save(update_fields=["subscriber"])
    return one


def _run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_release_that_waited_under_the_old_name_lets_the_trade_go(released):
    [operation] = MOVING.Migration.operations
    _run(operation.sql)
    assert delivering.deliver_pending(at=timezone.now()) == 1
    assert Leg.objects.count() == 2


def test_under_the_old_name_nobody_answers_and_it_is_tried_again(released):
    assert delivering.deliver_pending(at=timezone.now()) == 0
    released.refresh_from_db()
    assert "nobody answers" in released.error
    assert released.retry_at


def test_undone_the_old_names_are_back(released):
    [operation] = MOVING.Migration.operations
    _run(operation.sql)
    _run(operation.reverse_sql)
    assert Delivery.objects.get().subscriber == released.subscriber


def test_each_new_name_is_one_that_answers():
    heard = {name_of(one) for told in reactions.SUBSCRIPTIONS.values() for one in told}
    assert set(BEFORE) <= heard
