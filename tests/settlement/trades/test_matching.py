"""Matching: both sides, the market's tolerance, reasons field by field, holds, four eyes."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.desk.models import WorkItem
from settlement.models import HeldTrade, Leg, Trade, TradeMatch, UnmatchedTrade
from settlement.rules.trades import PartyRef, Side, TradeType
from settlement.trades import allocating, comparing, matching
from tests.settlement import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished")]


@pytest.fixture
def match(system, at):
    return lambda: matching.match(book="HOUSE", actor=system, at=at)


def test_two_sides_that_say_the_same_open_their_legs(take, match):
    take(desk.draft(), desk.other_side())
    found = match()
    assert (found.equal, found.near, found.legs) == (1, 0, 2)
    assert not UnmatchedTrade.objects.exists()
    assert {leg.trade.source for leg in Leg.objects.select_related("trade")} == {"KRUNGSEC"}
    assert match().legs == 0


@pytest.mark.parametrize(("amount", "matched"), [("4200.00", 1), ("2600.00", 1), ("4200.01", 0)])
def test_thailand_lets_cash_differ_by_800_baht(take, match, amount, matched):
    take(desk.draft(amount=Decimal(amount)), desk.other_side())
    assert match().near == matched
    assert TradeMatch.objects.filter(tolerance=800).count() == matched
    # The deliverer's amount settles.
    assert Leg.objects.filter(kind="cash", quantity=Decimal(3400)).count() == matched


def test_before_2018_it_was_500_baht(take, match):
    old = {"trade_date": date(2017, 6, 1), "value_date": date(2017, 6, 6)}
    take(desk.draft(amount=Decimal("4200.00"), **old), desk.other_side(**old))
    assert match().near == 0


def test_other_markets_and_currencies_have_no_tolerance(take, match):
    take(desk.draft(currency="USD", amount=Decimal("3400.01")), desk.other_side(currency="USD"))
    assert match().near == 0


def test_each_side_is_matched_once_oldest_first(take, match):
    ours = take(*(desk.draft(source_ref=f"S-{n}") for n in range(3)))
    theirs = take(*(desk.other_side(source_ref=f"K-{n}") for n in range(2)))
    assert match().equal == 2
    assert set(TradeMatch.objects.values_list("buy_id", "sell_id")) == set(
        zip(ours[:2], theirs, strict=True)
    )
    assert UnmatchedTrade.objects.get().trade_id == ours[2]


def test_a_common_reference_decides_between_equals(take, match):
    take(desk.draft(source_ref="S-1", common_ref="ONE"), desk.draft(source_ref="S-2"))
    take(desk.other_side(common_ref="TWO"))
    assert match().near == 1
    assert TradeMatch.objects.get().buy.source_ref == "S-2"


DIFFERENT = {
    "direction": {"side": Side.BUY, "buyer": "KRUNGSEC", "seller": "SIAMSEC"},
    "counterparty": {"buyer": "ISARASEC"},
    "type": {"type": TradeType.FOP, "amount": Decimal(0), "currency": ""},
    "value_date": {"value_date": date(2026, 1, 8)},
    "instrument": {"instrument": desk.RICE},
    "quantity": {"quantity": Decimal(90)},
    "amount": {"amount": Decimal("4300.00")},
    "currency": {"currency": "USD"},
}


@pytest.mark.parametrize(("name", "changes"), DIFFERENT.items(), ids=DIFFERENT)
def test_each_mismatch_is_told_field_by_field(take, match, name, changes):
    parties = {k: PartyRef.code(v) for k, v in changes.items() if k in {"buyer", "seller"}}
    [ours] = take(desk.draft())
    take(desk.other_side(**{**changes, **parties}))
    assert match().equal + match().near == 0
    [found] = comparing.compare(trade_ids=[ours])
    assert name in {one.field for one in found.differences}
    assert len(found.reasons("th")) == len(found.differences)


def test_what_nobody_alleges_says_so(take):
    [ours] = take(desk.draft())
    take(desk.other_side(instrument=desk.RICE, quantity=Decimal(7), value_date=date(2026, 2, 2)))
    [found] = comparing.compare(trade_ids=[ours])
    assert found.nearest is None
    assert found.reasons("th") == ["อีกฝ่ายยังไม่ส่งรายการ"]


def test_the_unmatched_lie_on_the_desk_with_their_reasons(take, match, system, at):
    take(desk.draft(), desk.draft(source_ref="S-2"))
    take(desk.other_side(quantity=Decimal(90)))
    match()
    items = matching.ask_about_unmatched(book="HOUSE", due=desk.DUE, actor=system, at=at)
    again = matching.ask_about_unmatched(book="HOUSE", due=desk.DUE, actor=system, at=at)
    assert items == again
    item = WorkItem.objects.get(pk=items[1], kind=matching.UNMATCHED)
    assert (item.department, item.payload["count"]) == ("settlement", 2)
    [difference] = item.payload["trades"][0]["differences"]
    assert difference == {"field": "quantity", "ours": "100", "theirs": "90"}
    assert "quantity" in item.payload["trades"][0]["reasons_en"][0]


def joins_with_itself(statement, parameters):
    """Joins of the queue with the queue in the plan for tables that nothing is known of yet."""

    def below(node):
        yield node
        for part in node.get("Plans", ()):
            yield from below(part)

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        [[told]] = cursor.fetchall()
    joins = [node for node in below(told[0]["Plan"]) if "Join Type" in node]
    assert joins
    queues = {"waiting", "ranked"}
    return [
        join
        for join in joins
        if all({one.get("CTE Name") for one in below(side)} & queues for side in join["Plans"])
    ]


def test_no_plan_looks_at_every_other_side(take, at):
    """A queue that just came, without statistics, once took the square of its length."""
    take(*(desk.draft(source_ref=f"S-{n}", quantity=Decimal(n + 1)) for n in range(200)))
    take(*(desk.other_side(source_ref=f"K-{n}", quantity=Decimal(n + 1)) for n in range(200)))
    assert not joins_with_itself(matching.EQUAL, {"book": "HOUSE", "at": at, "by": "x"})
    assert not joins_with_itself(comparing.NEAREST, {"ids": [1, 2]})


def test_a_long_queue_is_told_in_as_many_statements_as_a_short_one(take, system, at):
    def statements(due):
        with CaptureQueriesContext(connection) as queries:
            matching.ask_about_unmatched(book="HOUSE", due=due, actor=system, at=at)
        return len(queries)

    days = [date(2026, 1, day) for day in (7, 8, 9, 12, 13, 14, 15, 16, 19, 20)]
    take(*(desk.draft(source_ref=f"S-{day}", value_date=day) for day in days))
    few = statements(days[1])
    assert statements(days[-1]) == few
    assert WorkItem.objects.filter(kind=matching.UNMATCHED).count() == 10


def test_a_counterparty_may_affirm_instead(take, cast, at):
    [ours] = take(desk.draft())
    found = matching.affirm(trade_id=ours, actor=cast.actor("dao"), at=at)
    match = TradeMatch.objects.get(pk=found)
    assert (match.how, match.buy_id, match.sell.side) == ("affirmed", ours, "SELL")
    assert Leg.objects.count() == 2
    with pytest.raises(matching.NotWaiting):
        matching.affirm(trade_id=ours, actor=cast.actor("dao"), at=at)


def test_two_long_sources_that_begin_alike_are_affirmed_each(take, system, at):
    names = ["A" * 40, "A" * 35 + "B" * 5]
    for pk in take(*(desk.draft(source=name) for name in names)):
        matching.affirm(trade_id=pk, actor=system, at=at)
    assert TradeMatch.objects.filter(how="affirmed").count() == 2
    assert len(set(TradeMatch.objects.values_list("sell__source", flat=True))) == 2


def test_an_affirmation_is_no_part_of_the_block(take, system, at):
    [block] = take(desk.draft(is_block=True))
    part = allocating.Part(PartyRef.code("SIAMSEC"), Decimal(100))
    [pk] = allocating.allocate(block_id=block, parts=[part], actor=system, at=at)
    matching.affirm(trade_id=pk, actor=system, at=at)
    assert [one.pk for one in Trade.objects.get(pk=block).parts.all()] == [pk]


def test_who_entered_a_side_does_not_affirm_it(cast, at):
    [ours] = desk.capture(desk.draft(), actor=cast.actor("chai"), at=at).ids
    with pytest.raises(matching.AffirmedByMaker):
        matching.affirm(trade_id=ours, actor=cast.actor("chai"), at=at)
    assert not TradeMatch.objects.exists()


def test_statements_do_not_grow_with_the_queue(system, at):
    counts = []
    for name, size in (("few", 2), ("many", 800)):
        desk.capture(
            *(desk.draft(source_ref=f"{name}{n}") for n in range(size)), actor=system, at=at
        )
        near = {"amount": Decimal("3400.50")}
        desk.capture(
            *(
                desk.other_side(source_ref=f"{name}{n}", **(near if n % 2 else {}))
                for n in range(size)
            ),
            actor=system,
            at=at,
        )
        with CaptureQueriesContext(connection) as queries:
            found = matching.match(book="HOUSE", actor=system, at=at)
        assert found.equal + found.near == size
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16
    assert Trade.objects.count() == 1604
    assert not HeldTrade.objects.exists()
