"""Work put on the desk: one by one or many at once, the same items and the same trail."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.desk import claiming, queueing
from backoffice.desk.models import WorkItem
from backoffice.frame.models import AuditEvent

pytestmark = pytest.mark.django_db
KIND = {"kind": "tests.many", "department": "settlement", "subject_kind": "tests.thing"}


def work(*refs):
    return [queueing.Work(ref, f"Look at {ref}", f"ตรวจ {ref}", {"reference": ref}) for ref in refs]


def test_many_are_as_if_each_were_opened(system, at):
    many = queueing.open_items(**KIND, work=work("a", "b"), priority=2, actor=system, at=at)
    told = {**KIND, "kind": "tests.one"}
    for one in work("a", "b"):
        queueing.open_item(
            **told,
            subject_ref=one.subject_ref,
            title_en=one.title_en,
            title_th=one.title_th,
            payload=one.payload,
            priority=2,
            actor=system,
            at=at,
        )

    def rows(kind):
        items = WorkItem.objects.filter(kind=kind).order_by("subject_ref")
        return list(items.values("subject_ref", "title_en", "title_th", "payload", "state"))

    assert rows("tests.many") == rows("tests.one")
    assert set(many) == {"a", "b"}
    trail = AuditEvent.objects.filter(verb="queueing.open_item").values("subject_id", "detail")
    assert {row["subject_id"] for row in trail if row["detail"]["kind"] == "tests.many"} == {
        str(item) for item in many.values()
    }


def test_what_waits_already_is_not_opened_twice_and_what_was_closed_comes_back(system, at, cast):
    first = queueing.open_items(**KIND, work=work("a", "b"), actor=system, at=at)
    claiming.complete(item_id=first["b"], answer="done", actor=system, at=at)
    second = queueing.open_items(**KIND, work=work("a", "b", "b", "c"), actor=system, at=at)
    assert second["a"] == first["a"]
    assert second["b"] != first["b"]
    assert WorkItem.objects.count() == 4
    opened = AuditEvent.objects.filter(verb="queueing.open_item")
    assert opened.count() == 4
    assert queueing.open_items(**KIND, work=[], actor=system, at=at) == {}


@pytest.fixture
def elsewhere(committed_db):
    """Does something on a connection of its own, and commits it."""

    def run(act):
        def closed_after():
            try:
                return act()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(closed_after).result(timeout=20)

    return run


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [1, 2])
def test_an_item_that_kept_ours_out_and_was_closed_meanwhile_is_opened_again(
    elsewhere, system, at, rounds
):
    """Between our question, our rows and our second look, a colleague opens and closes the item."""
    seen = []

    def open_one():
        return queueing.open_items(**KIND, work=work("a"), actor=system, at=at)

    def close_one():
        told = {"kind": KIND["kind"], "subject_kind": KIND["subject_kind"]}
        return claiming.close_done(**told, subject_refs=["a"], answer="done", actor=system, at=at)

    def meanwhile(execute, sql, params, many, context):
        if not sql.startswith('INSERT INTO "desk_workitem"') or len(seen) == rounds:
            return execute(sql, params, many, context)
        seen.append(elsewhere(open_one))
        done = execute(sql, params, many, context)
        elsewhere(close_one)
        return done

    with connection.execute_wrapper(meanwhile):
        opened = queueing.open_items(**KIND, work=work("a", "b"), actor=system, at=at)
    assert len(seen) == rounds
    assert set(opened) == {"a", "b"}
    assert opened["a"] not in [one["a"] for one in seen]
    waiting = WorkItem.objects.filter(state__in=WorkItem.WAITING)
    assert dict(waiting.values_list("subject_ref", "pk")) == opened


@pytest.mark.django_db(transaction=True)
def test_an_item_that_another_opened_meanwhile_is_the_one(elsewhere, system, at):
    seen = []

    def meanwhile(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "desk_workitem"') and not seen:
            told = {**KIND, "work": work("a"), "actor": system, "at": at}
            seen.append(elsewhere(lambda: queueing.open_items(**told)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        opened = queueing.open_items(**KIND, work=work("a", "b"), actor=system, at=at)
    assert opened["a"] == seen[0]["a"]


def test_many_cost_what_one_costs(system, at):
    def cost(*refs):
        with CaptureQueriesContext(connection) as queries:
            queueing.open_items(**KIND, work=work(*refs), actor=system, at=at)
        return len(queries)

    assert cost("a") == cost(*(f"b{number}" for number in range(50)))
