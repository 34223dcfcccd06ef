"""Buy-ins at the desk: looked at first, proposed, approved by another; in both languages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from settlement.charges import buying_in
from settlement.models import BuyIn, BuyInExecution
from tests.settlement import market
from tests.settlement.charges.test_buying_in import EXECUTED, fail
from tests.settlement.market import AT, KRUNG, SIAM

pytestmark = pytest.mark.django_db
TOLD = {
    "kind": "bought",
    "quantity": "100",
    "price": "12",
    "costs": "25",
    "currency": "THB",
    "executed_on": EXECUTED.isoformat(),
    "reference": "MKT-77",
}


@pytest.fixture
def address(db):
    fail()
    return reverse("admin:settlement_buyin_execute", args=[BuyIn.objects.get().pk])


@pytest.mark.parametrize(
    ("language", "title", "owed"),
    [("en", "What it would do", "Owed"), ("th", "ผลที่จะเกิดขึ้น", "ยอดที่ต้องชำระ")],
)
def test_what_it_comes_to_is_shown_before_it_is_proposed(signed_in, address, language, title, owed):
    chai = signed_in("chai", language)
    assert title not in chai.get(address).content.decode()
    page = chai.post(address, TOLD).content.decode()
    assert title in page
    assert owed in page
    assert f"225.00 THB: {KRUNG} → {SIAM}" in page
    assert not WorkItem.objects.filter(kind=buying_in.KIND).exists()


def test_it_is_proposed_approved_and_listed(signed_in, address, cast):
    chai = signed_in("chai")
    assert chai.post(address, {**TOLD, "sure": "1"}).status_code == 302
    item = WorkItem.objects.get(kind=buying_in.KIND)
    approving.approve(item_id=item.pk, actor=cast.actor("dao"), at=AT)
    assert BuyInExecution.objects.get().reference == "MKT-77"
    page = chai.get(reverse("admin:settlement_buyinexecution_changelist")).content.decode()
    assert "225.00" in page
    listed = chai.get(reverse("admin:settlement_buyin_changelist")).content.decode()
    assert "over" in listed
    one = reverse("admin:settlement_buyin_change", args=[BuyIn.objects.get().pk])
    assert chai.get(one).status_code == 200


@pytest.mark.parametrize(
    ("language", "changes", "words"),
    [
        ("en", {"quantity": "101"}, "Only 100 of the delivery are left"),
        ("th", {"quantity": "101"}, "เหลือที่ยังไม่ส่งมอบเพียง 100"),
        ("en", {"kind": "cash"}, "states none"),
        ("en", {"kind": "cash", "price": ""}, "has no reference price"),
        ("en", {"currency": "EUR"}, "State price and costs in THB"),
    ],
)
def test_what_is_refused_is_said_at_its_field(signed_in, address, language, changes, words):
    page = signed_in("chai", language).post(address, {**TOLD, **changes, "sure": "1"})
    assert words in page.content.decode()
    assert not WorkItem.objects.filter(kind=buying_in.KIND).exists()


@pytest.mark.parametrize("name", ["ann", "aree"])
def test_who_may_not_write_finds_no_such_page(signed_in, address, name):
    assert signed_in(name).get(address).status_code in (302, 403, 404)


def test_the_list_asks_as_often_for_many_as_for_one(signed_in):
    fail(*(market.trade(f"T-{n}", SIAM, KRUNG, 10, "10.00") for n in range(12)))
    chai = signed_in("chai")
    listed = reverse("admin:settlement_buyin_changelist")

    def asked(**which):
        with CaptureQueriesContext(connection) as told:
            assert chai.get(listed, which).status_code == 200
        return len(told)

    asked()
    assert BuyIn.objects.count() == 12
    assert asked() == asked(q="T-11")
    assert EXECUTED - timedelta(days=1) == BuyIn.objects.first().business_date
