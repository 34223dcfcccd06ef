"""Work put on the desk: one by one or many at once, the same items and the same trail."""

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


def test_many_cost_what_one_costs(system, at):
    def cost(*refs):
        with CaptureQueriesContext(connection) as queries:
            queueing.open_items(**KIND, work=work(*refs), actor=system, at=at)
        return len(queries)

    assert cost("a") == cost(*(f"b{number}" for number in range(50)))
