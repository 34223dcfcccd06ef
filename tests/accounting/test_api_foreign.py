"""The ledger's door for foreign currency: what is open, what settles it, what is cleared."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounting import chart, positions, queries, rates, valuing
from accounting.models import Entry
from accounting.rules import fx
from accounting.rules.drafts import EntryDraft, LineDraft
from accounting.rules.fx import RateDraft

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
ROOT = "/api/v1/accounting/"
DAY, PAID = date(2026, 1, 5), date(2026, 2, 10)
AR, BANK = "Assets:Receivable", "Assets:Bank"
PAYMENT = {
    "entity": "HOUSE",
    "date": PAID.isoformat(),
    "account": AR,
    "currency": "USD",
    "amount": "40",
    "paid": [{"account": BANK, "amount": "1400.00", "currency": "THB"}],
}


@pytest.fixture
def invoiced(db, system, at):
    """100 dollars are to come, that cost 3,200 baht."""
    told = {"functional_currency": "THB", "actor": system, "at": at}
    chart.ensure_entity(code="HOUSE", name_en="House", name_th="บ้าน", **told)
    codes = [AR, BANK, "Income:Sales"]
    chart.ensure_accounts(entity="HOUSE", codes=codes, actor=system, at=at)
    lines = (
        LineDraft(AR, Decimal(100), "USD", Decimal(3200)),
        LineDraft("Income:Sales", Decimal(-3200), "THB"),
    )
    draft = EntryDraft(key="inv", date=DAY, journal="GEN", entity="HOUSE", memo="", lines=lines)
    valuing.post_valued(entry=draft, actor=system, at=at)


@pytest.fixture
def door(invoiced, cast):
    def client(name="chai"):
        found = APIClient()
        found.force_authenticate(cast.staff(name))
        return found

    return client


def post(client, path, body, key="k-1"):
    return client.post(ROOT + path, body, format="json", HTTP_IDEMPOTENCY_KEY=key)


def gained():
    rows = queries.trial_balance(entity="HOUSE", as_of=date(2026, 12, 31))
    return {row.account: -row.balance for row in rows}.get(fx.REALISED, Decimal(0))


def test_what_is_open_is_told_at_cost(door):
    asked = {"entity": "HOUSE", "as_of": "2026-01-31"}
    answer = door().get(ROOT + "positions", asked)
    assert answer.json() == [
        {"account": AR, "currency": "USD", "dimensions": {}, "amount": "100.00", "value": "3200.00"}
    ]
    assert door().get(ROOT + "positions", {**asked, "account": "Liabilities"}).json() == []
    assert door("ann").get(ROOT + "positions", asked).status_code == 403


def test_a_payment_settles_its_part_once_and_realises_the_difference(door):
    first, again = post(door(), "settlements", PAYMENT), post(door(), "settlements", PAYMENT)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json() == again.json()
    assert gained() == 1400 - 1280
    [left] = positions.open_at(entity="HOUSE", as_of=PAID, accounts=[AR])
    assert (left.amount, left.value) == (60, 1920)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": "101"}, 422, "fx-settles-too-much"),
        ({"currency": "THB"}, 422, "fx-not-foreign"),
        ({"entity": "HUOSE"}, 422, "entity-unknown"),
        ({"amount": "1e2"}, 400, "invalid"),
        ({"paid": []}, 400, "invalid"),
        ({"paid": [{"account": BANK, "amount": "x", "currency": "THB"}]}, 422, None),
    ],
)
def test_what_cannot_be_settled_is_refused_and_nothing_is_kept(door, changes, status, code):
    refused = post(door(), "settlements", {**PAYMENT, **changes})
    told = refused.json()
    assert refused.status_code == status, told
    assert code in (None, told["code"])
    assert refused["Content-Type"] == "application/problem+json"
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("path", ["settlements", "residues"])
def test_who_does_not_post_does_not_come_in(door, path):
    body = PAYMENT if path == "settlements" else {"entity": "HOUSE", "on": PAID.isoformat()}
    for name in ("ann", "aree"):
        assert post(door(name), path, body).status_code == 403
    assert Entry.objects.count() == 1


def test_what_is_left_in_one_currency_only_is_cleared_once(door, system, at):
    body = {"entity": "HOUSE", "on": PAID.isoformat()}
    assert post(door(), "residues", body, key="none").json() == {"entry": None}
    # The dollars have gone otherwise, at another value: 200 baht of cost are left without any.
    lines = (
        LineDraft(AR, Decimal(-100), "USD", Decimal(-3000)),
        LineDraft(BANK, Decimal(3000), "THB"),
    )
    draft = EntryDraft(key="out", date=DAY, journal="GEN", entity="HOUSE", memo="", lines=lines)
    valuing.post_valued(entry=draft, actor=system, at=at)
    first, again = post(door(), "residues", body), post(door(), "residues", body)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["entry"]["key"] == "k-1"
    assert positions.open_at(entity="HOUSE", as_of=PAID, accounts=[AR]) == []
    assert gained() == -200


def test_rates_are_stated_or_looked_up(door, system, at):
    body = {**PAYMENT, "paid": [{"account": BANK, "amount": "40", "currency": "EUR"}]}
    assert post(door(), "settlements", body).json()["code"] == "rate-missing"
    told = [RateDraft("EUR", "THB", PAID, Decimal(38))]
    rates.record_rates(rates=told, source="test", actor=system, at=at)
    assert post(door(), "settlements", body, key="k-2").status_code == 201
    assert gained() == 40 * 38 - 1280


def test_a_settlement_asks_as_often_for_many_positions_as_for_one(door, system, at):
    def asked(key):
        with CaptureQueriesContext(connection) as told:
            answer = post(door(), "settlements", {**PAYMENT, "amount": "1"}, key=key)
        assert answer.status_code == 201
        return len(told)

    asked("warm")
    first = asked("one")
    for n in range(12):
        lines = (
            LineDraft(AR, Decimal(10), "USD", Decimal(320), {"site": f"S{n}"}),
            LineDraft("Income:Sales", Decimal(-320), "THB"),
        )
        draft = EntryDraft(
            key=f"i{n}", date=DAY, journal="GEN", entity="HOUSE", memo="", lines=lines
        )
        valuing.post_valued(entry=draft, actor=system, at=at)
    assert asked("many") == first
