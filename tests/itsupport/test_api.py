"""The helpdesk's door: opening, writing, moving, and who sees what."""

import pytest
from rest_framework.test import APIClient

from backoffice.desk.models import WorkItem
from itsupport.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.department("itsupport")]
URL = "/api/v1/itsupport/tickets"
DRAFT = {"title": "VPN ต่อไม่ได้", "body": "since 9:00", "category": "network", "urgency": 1}


@pytest.fixture
def door(cast):
    def client(name: str) -> APIClient:
        found = APIClient()
        found.force_authenticate(cast.staff(name))
        return found

    return client


def post(client, url=URL, body=None, key="k-1", **headers):
    return client.post(url, body, format="json", HTTP_IDEMPOTENCY_KEY=key, **headers)


@pytest.fixture
def ticket(door) -> str:
    return f"{URL}/{post(door('ann'), body=DRAFT).json()['id']}"


def test_a_ticket_is_opened_once_for_its_key(door):
    first, again = post(door("ann"), body=DRAFT), post(door("ann"), body=DRAFT)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert (first.json()["requester"], first.json()["priority"]) == ("ann", 2)
    assert (Ticket.objects.count(), WorkItem.objects.count()) == (1, 1)


def test_the_walk_of_a_ticket(door, cast, ticket):
    chai = door("chai")
    assigned = post(chai, f"{ticket}/assign", {"staff_id": cast.staff("chai").pk})
    assert (assigned.json()["state"], assigned.json()["assignee"]) == ("assigned", "chai")
    said = post(chai, f"{ticket}/messages", {"body": "Which city?", "wait": True})
    assert said.status_code == 201
    answered = post(door("ann"), f"{ticket}/messages", {"body": "เชียงใหม่"})
    assert answered.json()["visibility"] == "public"
    resolved = post(chai, f"{ticket}/resolve", {"resolution": "Gateway restarted"})
    assert resolved.json()["state"] == "resolved"
    reopened = post(door("ann"), f"{ticket}/reopen", {"reason": "again"})
    assert reopened.json()["state"] == "new"
    post(chai, f"{ticket}/resolve", {"resolution": "Gateway changed"}, key="k-2")
    closed = post(door("ann"), f"{ticket}/close")
    assert (closed.json()["state"], closed.status_code) == ("closed", 200)


def test_a_wrong_act_is_a_problem_in_thai(door, ticket):
    answer = post(door("ann"), f"{ticket}/close", HTTP_ACCEPT_LANGUAGE="th")
    assert (answer.status_code, answer.json()["code"]) == (409, "ticket-wrong-state")
    assert answer["Content-Type"] == "application/problem+json"
    assert "เรื่องแจ้ง" in answer.json()["detail"]
    assert "Ticket IT-" in answer.json()["detail_en"]


def test_internal_notes_do_not_leave(door, ticket):
    post(door("chai"), f"{ticket}/messages", {"body": "known fault", "internal": True})
    post(door("chai"), f"{ticket}/messages", {"body": "we look"}, key="k-2")
    bodies = {
        name: [row["body"] for row in door(name).get(f"{ticket}/messages").json()["items"]]
        for name in ("ann", "chai", "aree")
    }
    assert bodies["ann"] == ["we look"]
    assert bodies["chai"] == bodies["aree"] == ["we look", "known fault"]
    refused = post(door("ann"), f"{ticket}/messages", {"body": "x", "internal": True}, key="k-3")
    assert (refused.status_code, refused.json()["code"]) == (403, "helpdesk-only")


def test_a_stranger_s_ticket_is_not_there(door, ticket):
    inta = door("inta")
    assert inta.get(ticket).status_code == 404
    assert inta.get(f"{ticket}/messages").status_code == 404
    assert post(inta, f"{ticket}/messages", {"body": "x"}).status_code == 404
    assert inta.get(URL).json()["items"] == []


def test_lists_take_constant_queries(door, django_assert_num_queries):
    for number in range(7):
        post(door("ann"), body={**DRAFT, "title": f"T{number}"}, key=str(number))
    client = door("dao")
    with django_assert_num_queries(1):
        page = client.get(URL, {"limit": 5}).json()
    assert [row["title"] for row in page["items"]] == ["T6", "T5", "T4", "T3", "T2"]
    assert len(client.get(URL, {"state": "open", "category": "network"}).json()["items"]) == 7
    assert client.get(URL, {"overdue": "true"}).json()["items"] == []
    assert client.get(URL, {"state": "lost"}).status_code == 400


@pytest.mark.parametrize(
    "change", [{"category": "printer"}, {"title": ""}, {"impact": 9}, {"requester_id": "x"}]
)
def test_what_cannot_be_read_is_a_problem(door, change):
    answer = post(door("ann"), body={**DRAFT, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert next(iter(change)) in answer.json()["errors"]


def test_nobody_speaks_for_another(door, cast):
    answer = post(door("inta"), body={**DRAFT, "requester_id": cast.staff("ann").pk})
    assert (answer.status_code, answer.json()["code"]) == (403, "helpdesk-only")
    by_chai = post(door("chai"), body={**DRAFT, "requester_id": cast.staff("ann").pk})
    assert by_chai.json()["requester"] == "ann"
