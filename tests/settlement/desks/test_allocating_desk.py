"""A block is divided at the desk: looked at first, each part beside its amount, then captured."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from settlement.models import Trade
from settlement.trades import matching
from tests.settlement import desk

pytestmark = pytest.mark.django_db
PARTS = {
    "participant_0": "SIAMSEC",
    "quantity_0": "60",
    "participant_2": "ISARASEC",
    "quantity_2": "40",
    "account_2": "ACC-9",
}


@pytest.fixture
def block(system, at):
    desk.furnish(actor=system, at=at)
    told = desk.draft(source_ref="B-1", is_block=True, amount=Decimal("3400.01"))
    return desk.capture(told, actor=system, at=at).ids[0]


@pytest.fixture
def address(block):
    return reverse("admin:settlement_trade_allocate", args=[block])


@pytest.mark.parametrize(("language", "title"), [("en", "What it would do"), ("th", "ผลที่จะเกิดขึ้น")])
def test_the_parts_are_shown_with_their_amounts_before_they_are_captured(
    signed_in, address, language, title
):
    chai = signed_in("chai", language)
    assert "SIAMSEC" in chai.get(address).content.decode()
    page = chai.post(address, PARTS).content.decode()
    assert title in page
    for words in ("B-1/1", "2,040.01 THB", "B-1/2", "1,360.00 THB", "ACC-9"):
        assert words in page
    assert Trade.objects.count() == 1


def test_they_are_captured_once_it_is_sure(signed_in, address, block):
    chai = signed_in("chai")
    assert chai.post(address, {**PARTS, "sure": "1"}).status_code == 302
    parts = Trade.objects.filter(block_id=block).order_by("pk")
    assert [(one.buyer.code, one.quantity, one.buyer_account) for one in parts] == [
        ("SIAMSEC", 60, ""),
        ("ISARASEC", 40, "ACC-9"),
    ]
    # Divided once: the page is gone.
    assert chai.get(address).status_code in (403, 404)


@pytest.mark.parametrize(
    ("language", "changes", "words"),
    [
        ("en", {"quantity_2": "41"}, "The parts come to 101, the block has 100"),
        ("th", {"quantity_2": "41"}, "ส่วนที่จัดสรรรวมได้ 101"),
        ("en", {"participant_2": "NOBODY"}, "NOBODY"),
        ("en", {"participant_2": ""}, "Whose part is it?"),
        ("th", {"participant_2": ""}, "ส่วนนี้เป็นของใคร"),
        ("en", {"amount_0": "2040.01"}, "Give the amount of every part, or of none"),
    ],
)
def test_what_is_refused_is_said_and_nothing_is_kept(signed_in, address, language, changes, words):
    page = signed_in("chai", language).post(address, {**PARTS, **changes, "sure": "1"})
    assert words in page.content.decode()
    assert Trade.objects.count() == 1


def test_an_unknown_participant_is_named_in_its_own_row(signed_in, address):
    page = signed_in("chai").post(address, {**PARTS, "participant_2": "NOBODY"})
    assert list(page.context["form"].errors) == ["participant_2"]


def test_more_rows_keep_what_was_entered(signed_in, address):
    page = signed_in("chai").post(address, {**PARTS, "more": "1"}).content.decode()
    assert 'name="participant_8"' in page
    assert 'value="ACC-9"' in page
    assert "Whose part is it?" not in page
    assert "What it would do" not in page


def test_what_is_matched_has_no_such_page_and_nobody_else_has(signed_in, address, system, at):
    assert signed_in("aree").get(address).status_code in (403, 404)
    sides = desk.draft(), desk.other_side()
    ids = desk.capture(*sides, actor=system, at=at).ids
    matching.match(book="HOUSE", actor=system, at=at)
    matched = reverse("admin:settlement_trade_allocate", args=[ids[0]])
    assert signed_in("chai").get(matched).status_code in (403, 404)


def test_many_parts_are_looked_at_in_as_many_statements_as_two(signed_in, address):
    chai = signed_in("chai")
    many = {f"participant_{n}": "SIAMSEC" for n in range(20)} | {
        f"quantity_{n}": "5" for n in range(20)
    }

    def asked(told):
        with CaptureQueriesContext(connection) as queries:
            assert "What it would do" in chai.post(address, told).content.decode()
        return len(queries)

    asked(PARTS)
    assert asked(many) == asked(PARTS)
