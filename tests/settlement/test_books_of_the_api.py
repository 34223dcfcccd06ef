"""The API's books: one made by a slip of the hand is refused by name at every door."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounting import chart
from settlement.models import Trade, Transaction
from tests.settlement import desk
from tests.settlement.test_api import BODY as TRANSACTION
from tests.settlement.test_api_trades import BODY as TRADE

pytestmark = pytest.mark.django_db
REFERENCE = {"source": "SIAMSEC", "reference": "S-1"}
REPORT = {
    **REFERENCE,
    "message_ref": "M-1",
    "status": "accepted",
    "reported_at": "2026-01-05T02:30:00Z",
}
POSTS = {
    "transactions": TRANSACTION,
    "trades": TRADE,
    "trades/amendments": TRADE,
    "trades/cancellations": REFERENCE,
    "trades/statuses": REPORT,
    "trades/matching": {},
}
GETS = (
    *("transactions?book={}", "obligations?book={}", "trades?book={}", "trades/unmatched?book={}"),
    "days/{}/2026-01-05",
)


@pytest.fixture
def client(cast, system, at):
    desk.furnish(actor=system, at=at)
    client = APIClient()
    client.force_authenticate(cast.staff("inta"))
    return client


def send(client, path, body, book, **headers):
    return client.post(
        f"/api/v1/settlement/{path}",
        {**body, "book": book},
        format="json",
        HTTP_IDEMPOTENCY_KEY=f"{path} {book}",
        **headers,
    )


@pytest.mark.parametrize("path", POSTS)
def test_nothing_is_written_for_a_book_that_nobody_has(client, path):
    refused = send(client, path, POSTS[path], "HUOSE")
    told = refused.json()
    assert (refused.status_code, told["code"]) == (404, "book-unknown")
    assert told["field"].strip("/") == "book"
    assert "There is no book HUOSE" in told["detail"]
    thai = send(client, path, POSTS[path], "HUOES", HTTP_ACCEPT_LANGUAGE="th").json()
    assert "ไม่มีสมุด HUOES" in thai["detail"]
    assert not Trade.objects.exists()
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("path", GETS)
def test_a_book_that_nobody_has_is_not_told_as_empty(client, path):
    refused = client.get(f"/api/v1/settlement/{path.format('HUOSE')}")
    assert (refused.status_code, refused.json()["code"]) == (404, "book-unknown")
    assert client.get(f"/api/v1/settlement/{path.format('HOUSE')}").status_code == 200


@pytest.mark.parametrize("path", ["transactions", "trades"])
def test_an_entity_of_the_ledger_is_a_book(client, path, system, at):
    chart.ensure_entity(code="VAREE", name_en="V", name_th="V", actor=system, at=at)
    assert send(client, path, POSTS[path], "VAREE").status_code == 201


def test_asking_costs_nothing_for_the_house_and_one_query_however_many_books(client, system, at):
    def asked(book):
        with CaptureQueriesContext(connection) as told:
            client.get(f"/api/v1/settlement/trades?book={book}")
        return len(told)

    chart.ensure_entity(code="B0", name_en="V", name_th="V", actor=system, at=at)
    first = asked("B0")
    assert first == asked("HOUSE") + 1
    for n in range(1, 8):
        chart.ensure_entity(code=f"B{n}", name_en="V", name_th="V", actor=system, at=at)
    assert asked("B0") == first
