"""Foreign positions at the desk: listed at cost, settled and cleared after a look."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounting import positions, valuing
from accounting.models import Entry
from accounting.rules.drafts import EntryDraft, LineDraft
from tests.accounting.test_api_foreign import AR, BANK, DAY, gained, invoiced

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
__all__ = ["invoiced"]
LIST = {"entity": "HOUSE", "on": "2026-02-10"}
PAID = {
    "date": "2026-02-10",
    "amount": "40",
    "paid_account": BANK,
    "paid": "1400",
    "currency": "THB",
    "costs_account": "",
    "costs": "",
    "memo": "",
}


@pytest.fixture
def settle_at(invoiced, signed_in):
    """The address behind the list's own link."""

    def found(client):
        page = client.get(reverse("admin:accounting_rate_positions"), LIST).content.decode()
        return re.search(r'href="([^"]*settle/\?[^"]*)"', page)[1].replace("&amp;", "&")

    return found


def key_of(page):
    return re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Open positions in foreign currency"), ("th", "ยอดคงค้างสกุลเงินต่างประเทศ")],
)
def test_what_is_open_is_listed_at_cost(invoiced, signed_in, language, title):
    page = signed_in("chai", language).get(reverse("admin:accounting_rate_positions"), LIST)
    text = page.content.decode()
    for words in (title, AR, "100.00", "3,200.00 THB"):
        assert words in text


def test_an_auditor_sees_and_does_not_settle(invoiced, signed_in, settle_at):
    address = settle_at(signed_in("chai"))
    aree = signed_in("aree")
    page = aree.get(reverse("admin:accounting_rate_positions"), LIST)
    assert AR in page.content.decode()
    assert "settle/" not in page.content.decode()
    assert aree.get(address).status_code == 404
    assert aree.get(reverse("admin:accounting_rate_residues")).status_code == 404


@pytest.mark.parametrize(("language", "title"), [("en", "What it would do"), ("th", "ผลที่จะเกิดขึ้น")])
def test_a_settlement_is_looked_at_and_then_done_once(signed_in, settle_at, language, title):
    chai = signed_in("chai", language)
    address = settle_at(chai)
    told = {**PAID, "key": key_of(chai.get(address))}
    page = chai.post(address, told).content.decode()
    for words in (title, BANK, "1,400.00", "120.00"):
        assert words in page
    assert Entry.objects.count() == 1
    for _click in range(2):
        assert chai.post(address, {**told, "sure": "1"}).status_code == 302
    assert Entry.objects.count() == 2
    assert gained() == 120


def test_bank_charges_go_to_their_account(signed_in, settle_at, system, at):
    chai = signed_in("chai")
    address = settle_at(chai)
    told = {**PAID, "key": "k", "paid": "1380", "costs": "20", "sure": "1"}
    refused = chai.post(address, told)
    assert "Which account bears the charges?" in refused.content.decode()
    assert chai.post(address, {**told, "costs_account": "Income:Sales"}).status_code == 302
    assert gained() == 120


@pytest.mark.parametrize(
    ("language", "changes", "words"),
    [
        ("en", {"amount": "101"}, "cannot be settled"),
        ("th", {"amount": "101"}, "ยอดคงค้างคือ"),
        ("en", {"paid_account": "Assets:Nowhere"}, "Assets:Nowhere"),
    ],
)
def test_what_is_refused_is_said_and_nothing_is_kept(
    signed_in, settle_at, language, changes, words
):
    chai = signed_in("chai", language)
    page = chai.post(settle_at(chai), {**PAID, "key": "k", **changes, "sure": "1"})
    assert words in page.content.decode()
    assert Entry.objects.count() == 1


def test_residues_are_looked_at_and_cleared(invoiced, signed_in, system, at):
    chai, address = signed_in("chai"), reverse("admin:accounting_rate_residues")
    told = {**LIST, "key": "k"}
    assert "There is nothing to do." in chai.post(address, told).content.decode()
    lines = (
        LineDraft(AR, Decimal(-100), "USD", Decimal(-3000)),
        LineDraft(BANK, Decimal(3000), "THB"),
    )
    draft = EntryDraft(key="out", date=DAY, journal="GEN", entity="HOUSE", memo="", lines=lines)
    valuing.post_valued(entry=draft, actor=system, at=at)
    page = chai.post(address, told).content.decode()
    assert "What it would do" in page
    assert "200.00" in page
    assert positions.open_at(entity="HOUSE", as_of=date(2026, 2, 10)) != []
    assert chai.post(address, {**told, "sure": "1"}).status_code == 302
    assert positions.open_at(entity="HOUSE", as_of=date(2026, 2, 10)) == []
    assert gained() == -200


def test_the_list_asks_as_often_for_many_as_for_one(invoiced, signed_in, system, at):
    chai = signed_in("chai")

    def asked():
        with CaptureQueriesContext(connection) as told:
            chai.get(reverse("admin:accounting_rate_positions"), LIST)
        return len(told)

    asked()
    first = asked()
    for n in range(12):
        lines = (
            LineDraft(AR, Decimal(10), "USD", Decimal(320), {"site": f"S{n}"}),
            LineDraft("Income:Sales", Decimal(-320), "THB"),
        )
        draft = EntryDraft(
            key=f"i{n}", date=DAY, journal="GEN", entity="HOUSE", memo="", lines=lines
        )
        valuing.post_valued(entry=draft, actor=system, at=at)
    assert asked() == first
