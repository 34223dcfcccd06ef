"""A block is divided to the last unit, or not at all."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.models import Leg, Trade, UnmatchedTrade
from settlement.rules.trades import PartyRef
from settlement.trades import allocating, matching
from tests.settlement import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished")]


def part(quantity, amount=None, code="ISARASEC"):
    given_amount = None if amount is None else Decimal(amount)
    return allocating.Part(PartyRef.code(code), Decimal(quantity), given_amount)


@pytest.fixture
def block(system, at):
    return desk.capture(desk.draft(is_block=True), actor=system, at=at).ids[0]


@pytest.fixture
def allocate(block, system, at):
    return lambda *parts, pk=None: allocating.allocate(
        block_id=pk or block, parts=parts, actor=system, at=at
    )


def test_a_block_waits_for_its_parts_and_they_wait_for_their_other_sides(allocate, block):
    assert not UnmatchedTrade.objects.exists()
    ids = allocate(part(60), part(40, code="SIAMSEC"))
    parts = Trade.objects.filter(block_id=block).order_by("pk")
    assert [(p.source_ref, p.quantity, p.amount) for p in parts] == [
        ("S-1/1", 60, 2040),
        ("S-1/2", 40, 1360),
    ]
    assert [p.buyer.code for p in parts] == ["ISARASEC", "SIAMSEC"]
    assert set(UnmatchedTrade.objects.values_list("trade_id", flat=True)) == set(ids)


def test_amounts_are_divided_to_the_last_satang(allocate, block):
    allocate(part(33), part(33), part(34))
    shares = Trade.objects.filter(block_id=block).values_list("amount", flat=True)
    assert sum(shares) == 3400


WRONG = {
    "too little": ([part(60), part(39)], "allocation-sum"),
    "too much money": ([part(60, "2040.00"), part(40, "1360.01")], "allocation-sum"),
    "one amount": ([part(60, "2040.00"), part(40)], "allocation-amounts"),
    "none": ([], "allocation-amounts"),
    "nothing": ([part(100), part(0)], "allocation-part-empty"),
    "half a share": ([part("99.5"), part("0.5")], "quantity-too-fine"),
    "half a satang": ([part(60, "2039.995"), part(40, "1360.005")], "amount-too-fine"),
    "unknown": ([part(100, code="NOBODY")], "trade-party-unknown"),
    "the seller": ([part(100, code="KRUNGSEC")], "trade-same-party"),
}


@pytest.mark.parametrize(("parts", "code"), WRONG.values(), ids=WRONG)
def test_what_does_not_come_to_the_block_is_refused_whole(allocate, parts, code):
    with pytest.raises(Refused) as refused:
        allocate(*parts)
    assert refused.value.code == code
    assert Trade.objects.count() == 1


def test_a_part_names_the_line_and_the_field_that_is_wrong(allocate):
    with pytest.raises(Refused) as refused:
        allocate(part(60), part("40.0000000001"))
    assert (refused.value.place.line, refused.value.place.field) == (2, "quantity")
    wrong = allocating.Part(PartyRef.code("ISARASEC"), Decimal(100), None, "GB29NWBK60161331926818")
    with pytest.raises(Refused) as refused:
        allocate(wrong)
    assert (refused.value.place.line, refused.value.place.field) == (1, "account")


def test_the_parts_of_a_payment_deliver_nothing(allocate, system, at):
    [ours] = desk.capture(desk.payment(is_block=True), actor=system, at=at).ids
    with pytest.raises(allocating.PartsDiffer):
        allocate(part(1, "100.00"), part(-1, "400.00"), pk=ours)


def test_a_part_whose_name_is_taken_is_not_lost(allocate, system, at):
    desk.capture(
        desk.draft(source_ref="S-1/2", quantity=Decimal(40), amount=Decimal("1360.00")),
        actor=system,
        at=at,
    )
    with pytest.raises(allocating.NotAllocatable):
        allocate(part(60), part(40, code="SIAMSEC"))


def test_a_block_is_allocated_once(allocate):
    allocate(part(100))
    with pytest.raises(allocating.NotAllocatable):
        allocate(part(100))


def test_a_waiting_side_may_be_divided_but_not_a_matched_one(allocate, system, at):
    [ours] = desk.capture(desk.draft(source_ref="S-2"), actor=system, at=at).ids
    allocate(part(100), pk=ours)
    assert UnmatchedTrade.objects.get().trade.source_ref == "S-2/1"
    [mine, _yours] = desk.capture(
        desk.draft(source_ref="S-3"), desk.other_side(), actor=system, at=at
    ).ids
    matching.match(book="HOUSE", actor=system, at=at)
    with pytest.raises(allocating.NotAllocatable):
        allocate(part(100), pk=mine)


def test_parts_of_a_locked_in_block_owe_at_once(allocate, system, at):
    [ours] = desk.capture(
        desk.draft(source_ref="S-4", is_block=True, locked_in=True), actor=system, at=at
    ).ids
    assert not Leg.objects.exists()
    allocate(part(70), part(30), pk=ours)
    assert Leg.objects.count() == 4


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=15,
)
@given(cuts=st.lists(st.integers(1, 99), unique=True, min_size=1, max_size=9).map(sorted))
def test_however_it_is_cut_the_parts_are_the_whole(cuts, system, at):
    edges = [0, *cuts, 100]
    sizes = [b - a for a, b in pairwise(edges)]
    ref = "H-" + "-".join(map(str, cuts))
    whole = desk.draft(source_ref=ref, is_block=True, amount=Decimal("100.01"))
    pk = desk.capture(whole, actor=system, at=at).ids
    if not pk:
        return
    allocating.allocate(block_id=pk[0], parts=[part(size) for size in sizes], actor=system, at=at)
    found = Trade.objects.filter(block_id=pk[0])
    assert sum(p.quantity for p in found) == 100
    assert sum(p.amount for p in found) == Decimal("100.01")
