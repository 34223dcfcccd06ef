"""The helpdesk's pages."""

import pytest

from itsupport import ticketing
from itsupport.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.department("itsupport")]
URL = "/admin/itsupport/ticket/"
SENT = {"_form_submitted": "1"}


@pytest.fixture
def desk(signed_in):
    return signed_in


@pytest.fixture
def ticket(cast, at) -> Ticket:
    ann = cast.actor("ann")
    ticket_id = ticketing.open_ticket(
        title="จอดับ", body="", category="hardware", requester_id=ann.staff_id, actor=ann, at=at
    )
    return Ticket.objects.get(pk=ticket_id)


def test_lists_and_pages_open(desk, ticket):
    client = desk("chai")
    for url in (URL, f"{URL}{ticket.pk}/change/"):
        answer = client.get(url)
        assert answer.status_code == 200
        assert ticket.number in answer.content.decode()


def test_a_ticket_is_worked_by_dialogs(desk, ticket, cast):
    client, page = desk("chai"), f"{URL}{ticket.pk}"
    assert client.post(f"{page}/take/", SENT)["HX-Redirect"] == f"{page}/change/"
    client.post(f"{page}/reply/", {"text": "Which screen?", "wait": "on", **SENT})
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == ("waiting", cast.staff("chai"))
    client.post(f"{page}/resolve/", {"text": "New cable", **SENT})
    client.post(f"{page}/close/", SENT)
    ticket.refresh_from_db()
    assert ticket.state == "closed"
    assert "Which screen?" in client.get(f"{page}/change/").content.decode()
    client.post(f"{page}/close/", SENT)
    assert "is not possible" in client.get(URL).content.decode()
    client.post(f"{page}/reopen/", {"text": "Dark again", **SENT})
    ticket.refresh_from_db()
    assert ticket.state == "new"


@pytest.mark.department("settlement")
def test_others_look_but_do_not_act(desk, ticket):
    assert desk("mek").get(URL).status_code == 200
    assert desk("mek").post(f"{URL}{ticket.pk}/close/", SENT).status_code == 403
    assert desk("chai").get(URL).status_code == 403
