"""Settlement's door: captured once for each key, problems with a field, lists in one query."""

from datetime import date

import pytest
from rest_framework.test import APIClient

from settlement.models import Transaction

pytestmark = pytest.mark.django_db
BODY = {
    "reference": "A-1",
    "business_date": "2026-01-05",
    "account": "1",
    "operation": "cash-in",
    "direction": "credit",
    "amount": "10.00",
    "currency": "THB",
}


@pytest.fixture
def client(cast):
    client = APIClient()
    client.force_authenticate(cast.staff("inta"))
    return client


def _post(client, body, key="k1", **headers):
    return client.post(
        "/api/v1/settlement/transactions", body, format="json", HTTP_IDEMPOTENCY_KEY=key, **headers
    )


def test_a_transaction_is_captured_once_for_its_key(client):
    first, again = _post(client, BODY), _post(client, BODY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert Transaction.objects.count() == 1


def test_another_body_under_the_key_is_refused_by_field(client):
    _post(client, BODY)
    refused = _post(client, {**BODY, "amount": "11.00"})
    assert (refused.status_code, refused.json()["field"]) == (409, "/amount")
    assert refused["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("amount", ["1e3", "１０", "10.001", "-", "10,00", ""])
def test_amounts_are_canonical_or_refused(client, amount):
    refused = _post(client, {**BODY, "amount": amount})
    assert refused.status_code in {400, 422}
    assert refused["Content-Type"] == "application/problem+json"
    assert not Transaction.objects.exists()


def test_a_refusal_speaks_thai_to_a_thai_reader(client):
    refused = _post(
        client,
        {**BODY, "operation": "transfer-in", "participant": "ZZ"},
        HTTP_ACCEPT_LANGUAGE="th",
    )
    assert refused.status_code == 422
    assert refused.json()["code"] == "participant-unknown"
    assert "ไม่มีผู้ร่วมชำระ" in refused.json()["detail"]
    assert "no participant" in refused.json()["detail_en"]


def test_without_a_key_nothing_moves(client):
    refused = client.post("/api/v1/settlement/transactions", BODY, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-missing")


def test_a_float_is_no_amount(client):
    refused = client.post(
        "/api/v1/settlement/transactions",
        '{"amount": 10.10}',
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="k",
    )
    assert refused.status_code == 400


def test_unknown_addresses_are_problems_too(client):
    missing = client.get("/api/v1/settlement/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")


def test_lists_do_not_grow_in_queries(client, capture, close, django_assert_max_num_queries):
    capture(days=2, a_day=40)
    close(date(1993, 1, 1))
    close(date(1993, 1, 2))
    for name in ("transactions", "obligations", "instructions"):
        with django_assert_max_num_queries(1):
            page = client.get(f"/api/v1/settlement/{name}?limit=5").json()
        assert len(page["items"]) == 5
        assert page["next"]
    reference = page["items"][0]["reference"]
    one = client.get(f"/api/v1/settlement/instructions/{reference}").json()
    assert one["status"] == "settled"
    steps = client.get("/api/v1/settlement/days/HOUSE/1993-01-01").json()
    assert [s["step"] for s in steps][-1] == "seal"


def test_nobody_reads_without_signing_in():
    refused = APIClient().get("/api/v1/settlement/transactions")
    assert (refused.status_code, refused.json()["code"]) == (401, "not-signed-in")


@pytest.mark.parametrize("limit", ["x", "0", "-1", "1.5"])
def test_a_limit_that_is_no_number_of_rows_is_refused_by_its_name(client, limit):
    for language in ("en", "th"):
        found = client.get(
            f"/api/v1/settlement/instruments?limit={limit}", HTTP_ACCEPT_LANGUAGE=language
        )
        assert (found.status_code, list(found.json()["errors"])) == (400, ["limit"])
    assert client.get("/api/v1/settlement/instruments?limit=9999").status_code == 200


@pytest.mark.parametrize("day", ["0026-01-05", "1799-12-31", "2206-01-05", "2569-01-05"])
def test_a_day_that_only_a_slip_explains_is_refused(client, day):
    refused = _post(client, {**BODY, "business_date": day})
    assert (refused.status_code, refused.json()["code"]) == (422, "trade-date-unlikely")
    assert refused.json()["field"] == "business_date"
    assert not Transaction.objects.exists()
