"""Matching: sums agree, nothing stands in two matches, what is doubtful stays open."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules import open_items
from settlement.rules.reconciliation import (
    How,
    Item,
    match,
    plain,
    references_in,
    references_of,
    short,
)
from tests.work import steps_of

DAY = date(2026, 1, 5)
items = st.builds(
    Item,
    id=st.integers(1, 10**6),
    amount=st.integers(-40, 40).filter(bool).map(lambda cents: Decimal(cents) / 100),
    day=st.integers(0, 6).map(lambda n: DAY + timedelta(days=n)),
    references=st.frozensets(st.sampled_from(["REF001", "REF002", "REF003"]), max_size=2),
)
sides = st.lists(items, max_size=25, unique_by=lambda one: one.id)


def item(number, amount, *references, day=DAY):
    return Item(number, Decimal(amount), day, frozenset(references))


@given(bank=sides, house=sides)
def test_sums_agree_and_no_item_stands_twice(bank, house):
    found = match(bank, house)
    amounts = [{one.id: one.amount for one in side} for side in (bank, house)]
    for one in found.matches:
        assert sum(amounts[0][i] for i in one.bank) == sum(amounts[1][i] for i in one.house)
    for side, left, name in ((bank, found.bank, "bank"), (house, found.house, "house")):
        used = [i for one in found.matches for i in getattr(one, name)]
        assert len(used) == len(set(used))
        assert sorted([*used, *left]) == sorted(one.id for one in side)
    assert set(found.suspects) <= set(found.bank)
    assert set(found.suspects.values()) <= set(found.house)


@given(side=sides)
def test_a_statement_that_mirrors_the_books_leaves_nothing(side):
    unreferenced = [Item(one.id, one.amount, one.day) for one in side]
    found = match(unreferenced, unreferenced)
    assert found.bank == found.house == ()


def test_the_reference_goes_before_the_amount():
    found = match(
        [item(1, "10", "REF001"), item(2, "10", "REF002")],
        [item(7, "10", "REF002"), item(8, "10", "REF001")],
    )
    assert {(one.bank, one.house) for one in found.matches} == {((1,), (8,)), ((2,), (7,))}


def test_an_amount_matches_over_a_weekend_and_not_over_a_week():
    near = match([item(1, "10", day=DAY + timedelta(days=3))], [item(2, "10")])
    far = match([item(1, "10", day=DAY + timedelta(days=4))], [item(2, "10")])
    assert near.matches[0].how is How.AMOUNT_DATE
    assert far.matches == ()


def test_the_nearest_day_wins():
    house = [item(7, "10", day=DAY - timedelta(days=2)), item(8, "10")]
    assert match([item(1, "10")], house).matches[0].house == (8,)


def test_a_debit_never_meets_a_credit():
    assert match([item(1, "10")], [item(2, "-10")]).matches == ()


def test_a_bank_that_books_the_sum_of_several():
    found = match([item(1, "30")], [item(2, "10"), item(3, "20"), item(4, "5")])
    assert found.matches[0].house == (2, 3)
    assert found.house == (4,)


def test_parts_of_one_payment_by_their_reference():
    found = match([item(1, "10", "REF001"), item(2, "20", "REF001")], [item(3, "30", "REF001")])
    assert found.matches == (found.matches[0],)
    assert found.matches[0].bank == (1, 2)


def test_a_sum_that_may_come_about_in_two_ways_is_left_to_a_person():
    found = match([item(1, "30")], [item(2, "10"), item(3, "20"), item(4, "20")])
    assert found.matches == ()


def test_one_part_is_not_used_twice():
    assert match([item(1, "20")], [item(2, "10"), item(3, "15")]).matches == ()


def test_the_same_reference_with_another_amount_is_told_not_matched():
    found = match([item(1, "99", "REF001")], [item(2, "100", "REF001"), item(3, "99")])
    assert found.suspects == {1: 2}
    assert found.matches == ()


@given(st.text(min_size=1, max_size=60))
def test_a_short_reference_fits_fin_and_is_the_same_again(reference):
    assert short(reference) == short(reference)
    assert len(short(reference)) <= 16
    assert short(reference).isalnum()


def test_references_survive_wrapping_and_signs():
    house = references_of("settled:HOUSE-20260105-BBL-THB-20260105")
    assert plain("HOUSE-20260105-BBL-THB-20260105") in house
    assert house & references_in(["/ROC/HOUSE-20260105-BBL-\r\nTHB-20260105"])
    assert house & references_in([short("HOUSE-20260105-BBL-THB-20260105")])
    assert references_in(["NONREF", "rent", "2 days"]) == frozenset()


LARGE = {
    "one word and one amount": lambda n: (10, 10, {"FEE2026"}, {"FEE2026"}),
    "one word, other amounts": lambda n: (n, 9_000 + 2 * n, {"FEE2026", f"A{n}"}, {"FEE2026"}),
    "its own reference, other amounts": lambda n: (n, 9_000 + 2 * n, {f"A{n}"}, {f"A{n}"}),
    "nothing in common": lambda n: (n + 1, 9_000 + 2 * n, set(), set()),
}


@pytest.mark.parametrize("told", LARGE.values(), ids=LARGE)
def test_the_work_grows_with_the_statement_and_not_with_its_square(told):
    def steps(size):
        said = [told(number) for number in range(size)]
        bank = [Item(n, Decimal(one[0]), DAY, frozenset(one[2])) for n, one in enumerate(said)]
        house = [Item(n, Decimal(one[1]), DAY, frozenset(one[3])) for n, one in enumerate(said)]
        return steps_of(lambda: match(bank, house))

    assert steps(600) < 6 * steps(150)


@given(sides, sides, st.sampled_from([0, 1, 64]))
def test_sums_that_are_kept_are_those_that_are_made(some, others, wide):
    """Whether many or few bear a name, and however many of them have left, the sum is theirs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(open_items, "WIDE", wide)
        every = {one.id: one for one in some}
        shared = open_items.Shared(every.values(), names=lambda one: one.references)
        for asked in others:
            left = [one for one in every.values() if one.references & asked.references]
            assert shared.sum_of(asked.references) == (len(left), sum(one.amount for one in left))
            shared.leave(left[:1])
            for one in left[:1]:
                del every[one.id]
