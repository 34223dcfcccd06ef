"""Chains: what one item lacks another brings; always feasible, never worse."""

from itertools import permutations
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement.resolving import Mode, Objective, problem_of, resolve
from settlement.resolving import optimum as optimum_room
from settlement.resolving.chain_search import ChainSearch, find_blocks
from settlement.resolving.chains import DEPTH
from settlement.resolving.grid import count_whole, lay_out
from settlement.resolving.hunt import Hunt
from settlement.resolving.queueing import settle_gross
from tests.settlement.resolving.queues import best_by_trying, mixed, payments


def hunted(document, by=Objective.VALUE):
    """The queue settled gross, as chains find it."""
    grid = lay_out(problem_of(document))
    hunt = Hunt(count_whole(grid) if by is Objective.COUNT else grid, monotonic() + 30)
    hunt.offer("gross", settle_gross(hunt.grid))
    return hunt


def descended(document, by=Objective.VALUE):
    """The same after every chain that gains was followed."""
    hunt = hunted(document, by)
    search = ChainSearch(hunt, find_blocks(hunt))
    for block in search.blocks:
        search.follow(block, 30)
    return hunt


def trade(buyer, seller, security, quantity, amount):
    return {
        "buyer": buyer,
        "seller": seller,
        "security": security,
        "quantity": quantity,
        "amount": amount,
    }


def ring(members):
    """Everyone owes the next 10 and has nothing."""
    banks = [f"B{number:02}" for number in range(members)]
    owed = zip(banks, banks[1:] + banks[:1], strict=True)
    return {
        "balances": dict.fromkeys(banks, 0),
        "obligations": [{"debtor": a, "creditor": b, "amount": 10} for a, b in owed],
    }


def test_a_circle_of_those_who_have_nothing_settles_at_once():
    assert hunted(ring(DEPTH + 1)).achieved == 0
    assert descended(ring(DEPTH + 1)).achieved == 10 * (DEPTH + 1)
    assert descended(ring(DEPTH + 2)).achieved == 0


def test_what_settles_is_taken_back_for_what_is_worth_more():
    document = {
        "balances": {"A": 10, "B": 0, "C": 0},
        "obligations": [
            {"debtor": "A", "creditor": "B", "amount": 10, "value": 1},
            {"debtor": "A", "creditor": "C", "amount": 9, "value": 7},
        ],
    }
    assert hunted(document).achieved == 1
    hunt = descended(document)
    assert (hunt.achieved, hunt.chosen.tolist()) == (7, [0, 1])


def test_trades_are_chained_over_the_security_and_keep_the_cash_that_is_shared():
    def circle(cash):
        pairs = [("A", "B", 30), ("B", "C", 20), ("C", "A", 20)]
        return {
            "balances": {"A": {"CASH": cash}, "B": 0, "C": 0},
            "obligations": [trade(b, s, "BOND", 5, amount) for b, s, amount in pairs]
            + [trade("A", "B", "SHARE", 1, 5), trade("B", "A", "SHARE", 1, 5)],
        }

    assert descended(circle(10)).achieved == 80
    assert descended(circle(9)).achieved == 10


def test_items_of_many_rows_are_not_chained():
    def swap(assets):
        return {
            "value": 1,
            "legs": [{"from": "A", "to": "B", "asset": asset, "amount": 1} for asset in assets],
        }

    def document(assets):
        opening = dict.fromkeys(assets, 9)
        return {"balances": {"A": opening, "B": 0}, "obligations": [swap(assets)]}

    assert find_blocks(hunted(document(("S1", "S2", "S3", "S4")))) == []
    assert len(find_blocks(hunted(document(("S1", "S2", "S3"))))) == 1


def test_amounts_too_long_to_sort_by_are_left_to_the_other_stages():
    document, longest = ring(6), 9 * 10**17
    document["balances"]["B00"] = longest
    document["obligations"].append({"debtor": "B00", "creditor": "B01", "amount": longest})
    assert find_blocks(hunted(document)) == []
    assert resolve(problem_of(document), mode=Mode.OPTIMAL, deadline=5).proven


@given(payments(most=9))
def test_no_exchange_of_one_payment_for_another_gains_after_chains(document):
    hunt = descended(document)
    assert hunt.feasible(hunt.chosen)
    for one, other in permutations(hunt.alive.tolist(), 2):
        if hunt.chosen[one] or not hunt.chosen[other] or hunt.weight[one] <= hunt.weight[other]:
            continue
        exchanged = hunt.chosen.copy()
        exchanged[one], exchanged[other] = 1, 0
        assert not hunt.feasible(exchanged)


@settings(max_examples=40)
@given(mixed(), st.sampled_from(list(Objective)))
def test_chains_stay_feasible_and_never_lose(document, by):
    hunt = hunted(document, by)
    gross = hunt.achieved
    ChainSearch(hunt, find_blocks(hunt)).search(0.05)
    assert hunt.feasible(hunt.chosen)
    assert gross <= hunt.achieved <= best_by_trying(problem_of(document), by)
    assert hunt.achieved == int(hunt.chosen @ hunt.weight)


@pytest.mark.parametrize("by", list(Objective))
def test_chains_and_neighbourhoods_take_turns_until_nothing_is_left_to_gain(monkeypatch, by):
    monkeypatch.setattr(optimum_room, "SMALL_ITEMS", -1)
    monkeypatch.setattr(optimum_room, "SMALL_ROWS", -1)
    monkeypatch.setattr(optimum_room, "LEAST_TURN", 0.1)
    monkeypatch.setattr(optimum_room, "FEW_FRACTIONAL", -1)
    document = ring(DEPTH + 2)
    hopeless = {"debtor": "B00", "creditor": "B01", "amount": 1000, "value": 1}
    document["obligations"].insert(0, hopeless)
    result = resolve(problem_of(document), mode=Mode.OPTIMAL, by=by, deadline=10)
    assert result.proven
    assert result.count == DEPTH + 2
    assert [name for name, _ in result.stages][2:4] == ["chains", "neighbourhoods"]
    assert result.seconds < 8


def test_the_same_queue_gives_the_same_chains():
    first, second = (descended(ring(9)).chosen for _ in range(2))
    assert np.array_equal(first, second)


def test_a_queue_whose_relaxation_is_nearly_whole_is_dived_before_it_is_chained(monkeypatch):
    monkeypatch.setattr(optimum_room, "SMALL_ITEMS", -1)
    monkeypatch.setattr(optimum_room, "SMALL_ROWS", -1)
    document = ring(DEPTH + 2)
    hopeless = {"debtor": "B00", "creditor": "B01", "amount": 1000, "value": 1}
    document["obligations"].insert(0, hopeless)
    result = resolve(problem_of(document), mode=Mode.OPTIMAL, deadline=10)
    assert result.proven
    assert [name for name, _ in result.stages] == ["gross", "fifo-net", "dive"]
