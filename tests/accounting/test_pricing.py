"""Prices and stock: what is answered at once, from which price, and what falls to a clerk."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounting import pricing, stocking
from accounting.pricing import PriceDraft
from accounting.stocking import GoodDraft, StockMove
from backoffice.desk.models import WorkItem
from backoffice.kernel.actors import NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture
def rice(cast, at):
    """Rice on a retail list, coffee with no price at all."""
    clerk = cast.actor("chai")
    stocking.enter_goods(
        goods=[
            GoodDraft("RICE-5", "Hom Mali rice, 5 kg", "ข้าวหอมมะลิ 5 กก.", "bag", "ถุง"),
            GoodDraft("COF-1", "Arabica coffee, 1 kg", "กาแฟอาราบิก้า 1 กก.", "bag", "ถุง"),
        ],
        actor=clerk,
        at=at,
    )
    pricing.open_list(
        code="RETAIL", name_en="Retail", name_th="ปลีก", currency="THB", actor=clerk, at=at
    )
    pricing.set_prices(
        prices=[PriceDraft("RETAIL", "RICE-5", Decimal("245.00"), JAN)], actor=clerk, at=at
    )
    return clerk


def _amounts(on: date) -> list[Decimal]:
    quote = pricing.quote(good="RICE-5", on=on)
    assert quote is not None
    return [row.amount for row in quote.prices]


def test_a_price_runs_until_the_next_one(rice, at):
    pricing.set_prices(
        prices=[PriceDraft("RETAIL", "RICE-5", Decimal("251.50"), FEB)], actor=rice, at=at
    )
    assert _amounts(date(2025, 12, 31)) == []
    assert _amounts(date(2026, 1, 31)) == [Decimal("245.00")]
    assert _amounts(FEB) == [Decimal("251.50")]


def test_of_two_for_one_day_the_later_recorded_counts(rice, at):
    pricing.set_prices(
        prices=[PriceDraft("RETAIL", "RICE-5", Decimal("239.00"), JAN)], actor=rice, at=at
    )
    assert _amounts(JAN) == [Decimal("239.00")]


def test_an_empty_amount_withdraws_the_price(rice, at):
    pricing.set_prices(prices=[PriceDraft("RETAIL", "RICE-5", None, FEB)], actor=rice, at=at)
    assert _amounts(FEB) == []
    assert not pricing.quote(good="RICE-5", on=FEB).answers


def test_a_quantity_earns_the_highest_threshold_that_it_reaches(rice, at):
    pricing.set_prices(
        prices=[
            PriceDraft("RETAIL", "RICE-5", Decimal(230), JAN, Decimal(10)),
            PriceDraft("RETAIL", "RICE-5", Decimal(220), JAN, Decimal(100)),
        ],
        actor=rice,
        at=at,
    )
    quote = pricing.quote(good="RICE-5", on=JAN)
    earned = {q: quote.price_for(Decimal(q), "RETAIL").amount for q in (1, 9, 10, 99, 100, 5000)}
    assert earned == {1: 245, 9: 245, 10: 230, 99: 230, 100: 220, 5000: 220}
    assert quote.price_for(Decimal("0.5"), "RETAIL") is None
    assert quote.price_for(Decimal(10), "EXPORT") is None


@pytest.mark.parametrize("text", ["rice", "RICE-5", "มะลิ", "hom 5", "ข้าว ๕", "HOM MALI"])
def test_goods_are_found_in_both_languages(rice, text):
    assert [quote.code for quote in pricing.look_up(text=text, on=JAN)] == ["RICE-5"]


def test_every_word_must_be_found(rice):
    assert pricing.look_up(text="rice coffee", on=JAN) == []


def test_a_look_up_costs_three_queries_however_many_goods(rice, at, django_assert_num_queries):
    stocking.enter_goods(
        goods=[GoodDraft(f"G{n:03}", f"Good {n}", f"สินค้า {n}", "piece", "ชิ้น") for n in range(40)],
        actor=rice,
        at=at,
    )
    pricing.set_prices(
        prices=[PriceDraft("RETAIL", f"G{n:03}", Decimal(n + 1), JAN) for n in range(40)],
        actor=rice,
        at=at,
    )
    for limit in (1, 40):
        with django_assert_num_queries(3):
            assert len(pricing.look_up(text="good", on=JAN, limit=limit)) == limit


def test_prices_are_set_all_or_none(rice, at):
    with pytest.raises(stocking.GoodUnknown):
        pricing.set_prices(
            prices=[
                PriceDraft("RETAIL", "COF-1", Decimal(520), JAN),
                PriceDraft("RETAIL", "NONE", Decimal(1), JAN),
            ],
            actor=rice,
            at=at,
        )
    with pytest.raises(pricing.PriceListUnknown):
        pricing.set_prices(
            prices=[PriceDraft("NOWHERE", "COF-1", Decimal(520), JAN)], actor=rice, at=at
        )
    assert not pricing.quote(good="COF-1", on=JAN).answers


def test_the_front_office_sets_no_prices(rice, cast, at):
    with pytest.raises(NotAllowed):
        pricing.set_prices(
            prices=[PriceDraft("RETAIL", "COF-1", Decimal(1), JAN)],
            actor=cast.actor("ann"),
            at=at,
        )


def test_prices_and_movements_cannot_be_changed(rice, at):
    stocking.move_stock(moves=[StockMove("RICE-5", "BKK", Decimal(5), at, "m1")], actor=rice, at=at)
    for table in ("accounting_price", "accounting_stockmovement"):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET recorded_at = now()"):
            with (
                pytest.raises(IntegrityError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(change)


def test_stock_is_the_sum_of_movements_and_a_movement_counts_once(rice, at):
    moves = [
        StockMove("RICE-5", "BKK", Decimal(100), at, "in-1"),
        StockMove("RICE-5", "CNX", Decimal("20.5"), at, "in-2"),
        StockMove("RICE-5", "BKK", Decimal(-30), at + timedelta(hours=1), "out-1"),
    ]
    assert stocking.move_stock(moves=moves, actor=rice, at=at) == 3
    assert stocking.move_stock(moves=moves, actor=rice, at=at) == 0
    quote = pricing.quote(good="RICE-5", on=JAN)
    assert [(row.location, row.quantity) for row in quote.stock] == [
        ("BKK", Decimal(70)),
        ("CNX", Decimal("20.5")),
    ]
    assert quote.in_stock == Decimal("90.5")
    assert quote.stock[0].moved_at == at + timedelta(hours=1)


def test_no_more_leaves_than_lies_there(rice, at):
    stocking.move_stock(moves=[StockMove("RICE-5", "BKK", Decimal(5), at, "a")], actor=rice, at=at)
    with pytest.raises(stocking.OutOfStock) as refused:
        stocking.move_stock(
            moves=[
                StockMove("COF-1", "BKK", Decimal(1), at, "b"),
                StockMove("RICE-5", "BKK", Decimal(-6), at, "c"),
            ],
            actor=rice,
            at=at,
        )
    assert refused.value.params["missing"] == 1
    assert pricing.quote(good="COF-1", on=JAN).stock == ()


def test_a_clerks_price_answers_the_next_question(rice, at):
    item = pricing.ask_clerk(
        subject_kind="test", subject_ref="1", what="coffee", payload={}, actor=rice, at=at
    )
    pricing.answer_request(
        item_id=item,
        answer="520 baht",
        price=PriceDraft("RETAIL", "COF-1", Decimal(520), JAN),
        actor=rice,
        at=at,
    )
    assert WorkItem.objects.get(pk=item).state == "done"
    assert [row.amount for row in pricing.quote(good="COF-1", on=JAN).prices] == [520]


def test_an_answer_that_fails_leaves_no_price_behind(rice, cast, at):
    with pytest.raises(pricing.claiming.ItemGone):
        pricing.answer_request(
            item_id=999_999,
            answer="520 baht",
            price=PriceDraft("RETAIL", "COF-1", Decimal(520), JAN),
            actor=rice,
            at=at,
        )
    assert not pricing.quote(good="COF-1", on=JAN).answers
