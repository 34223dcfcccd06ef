"""The search for queues too large to solve at once: feasible always, good in little time."""

import random
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement.resolving import Mode, Objective, Problem, problem_of, resolve
from settlement.resolving import blocks as blocks_room
from settlement.resolving import optimum as optimum_room
from settlement.resolving.blocks import Blocks, bound_by_blocks, fall_apart
from settlement.resolving.diving import search_supports
from settlement.resolving.grid import lay_out
from settlement.resolving.hunt import Hunt
from settlement.resolving.neighbourhoods import Neighbourhoods, search_neighbourhoods
from settlement.resolving.queueing import drop_hopeless, eliminate, settle_gross
from settlement.resolving.solver import Columns, Part, certified_bound
from tests.settlement.resolving.queues import best_by_trying, mixed


def trades(count: int, seed: int) -> Problem:
    """DvP trades over tight balances."""
    chance = random.Random(seed)
    banks = [f"P{number}" for number in range(12)]
    obligations = []
    for number in range(count):
        buyer, seller = chance.sample(banks, 2)
        security, quantity = chance.randrange(12), chance.randint(1, 40)
        obligations.append(
            {
                "id": f"T{number}",
                "buyer": buyer,
                "seller": seller,
                "security": f"S{security}",
                "quantity": quantity,
                "amount": quantity * (7 + security),
            }
        )
    balances = {
        bank: {"CASH": chance.randint(0, 900)}
        | {f"S{number}": chance.randint(0, 40) for number in range(0, 12, 2)}
        for bank in banks
    }
    return problem_of({"balances": balances, "obligations": obligations})


@pytest.fixture
def no_exact_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every queue counts as too large for one programme, and for a dive before chains."""
    monkeypatch.setattr(optimum_room, "FEW_FRACTIONAL", -1)
    monkeypatch.setattr(optimum_room, "SMALL_ITEMS", -1)
    monkeypatch.setattr(optimum_room, "SMALL_ROWS", -1)


@pytest.mark.usefixtures("no_exact_stage")
def test_the_search_alone_comes_close_to_the_proven_optimum(monkeypatch):
    problem = trades(260, 1)
    searched = resolve(problem, mode=Mode.OPTIMAL, by=Objective.VALUE, deadline=2.5)
    monkeypatch.setattr(optimum_room, "SMALL_ITEMS", 10**6)
    proven = resolve(problem, mode=Mode.OPTIMAL, by=Objective.VALUE, deadline=20)
    gross = resolve(problem, mode=Mode.GROSS)
    assert gross.value < 0.8 * proven.value
    assert 0.95 * proven.value <= searched.value <= (proven.bound or 0) <= (searched.bound or 0)
    assert [stage for stage, _ in searched.stages][:3] == ["gross", "fifo-net", "chains"]
    reached = [units for _, units in searched.stages]
    assert reached == sorted(reached)


@pytest.mark.usefixtures("no_exact_stage")
def test_the_deadline_is_kept_and_what_was_found_by_then_is_returned():
    problem = trades(3000, 2)
    began = monotonic()
    result = resolve(problem, mode=Mode.OPTIMAL, by=Objective.COUNT, deadline=0.5)
    assert monotonic() - began < 3
    assert result.count >= resolve(problem, mode=Mode.GROSS).count > 0
    late = resolve(problem, mode=Mode.OPTIMAL, by=Objective.COUNT, deadline=0)
    assert late.count >= resolve(problem, mode=Mode.GROSS).count


@settings(max_examples=25)
@given(mixed())
def test_every_stage_of_the_search_stays_feasible_and_below_the_bound(document):
    problem = problem_of(document)
    hunt = Hunt(lay_out(problem), monotonic() + 0.15)
    if not len(hunt.alive):
        return
    hunt.bound_by_prices()
    search_supports(hunt)
    search_neighbourhoods(hunt)
    assert hunt.grid.feasible(hunt.chosen.tolist())
    assert hunt.achieved <= best_by_trying(problem, Objective.VALUE) <= hunt.bound


@settings(max_examples=40)
@given(mixed(), st.sampled_from([0.0, 0.4, 1.0, 3.0]))
def test_blocks_bound_every_set_whatever_the_prices(document, scale):
    """Each item a block of its own rows: priced cash and the blocks' bounds exceed any set."""
    problem = problem_of(document)
    hunt = Hunt(lay_out(problem), monotonic() + 2)
    if not len(hunt.alive):
        return
    hunt.bound_by_prices()
    hunt.prices = hunt.prices * scale
    shared = np.array([row.asset == "CASH" for row in hunt.grid.rows])
    rows = blocks_room.only(hunt.columns, ~shared)
    members = blocks_room.joined(rows, hunt.alive, least=1)
    touched = [set(rows.pick(items).row.tolist()) for items in members]
    assert sum(map(len, touched)) == len(set().union(*touched))
    assert sorted(np.concatenate(members).tolist()) == hunt.alive.tolist()
    bound_by_blocks(hunt, Blocks(shared, members))
    assert best_by_trying(problem, Objective.VALUE) <= hunt.bound


def test_blocks_lower_the_bound_of_the_relaxation():
    hunt = Hunt(lay_out(trades(900, 5)), monotonic() + 20)
    hunt.bound_by_prices()
    relaxed, blocks = hunt.bound, fall_apart(hunt)
    assert blocks
    assert {
        row.asset for row, is_shared in zip(hunt.grid.rows, blocks.shared, strict=True) if is_shared
    } == {"CASH"}
    bound_by_blocks(hunt, blocks)
    assert resolve(trades(900, 5), mode=Mode.GROSS).value < hunt.bound < 0.99 * relaxed


def test_what_one_balance_does_not_hold_together_is_no_blocks():
    payments = [
        {"debtor": "ABC"[n % 3], "creditor": "BCA"[n % 3], "amount": n + 1} for n in range(200)
    ]
    hunt = Hunt(
        lay_out(problem_of({"balances": {"A": 9, "B": 0, "C": 0}, "obligations": payments})), 0
    )
    assert len(hunt.alive)
    assert fall_apart(hunt) is None


def test_every_way_of_picking_gives_different_items_of_the_queue():
    hunt = Hunt(lay_out(trades(300, 3)), monotonic() + 5)
    hunt.bound_by_prices()
    for way in Neighbourhoods(hunt).ways():
        free = way.pick(80).tolist()
        assert len(free) == len(set(free)) > 0
        assert all(hunt.cap[item] for item in free)


@given(mixed())
def test_any_prices_give_a_bound(document):
    """Weak duality: whatever the prices, no feasible set is worth more."""
    problem = problem_of(document)
    grid = lay_out(problem)
    hunt = Hunt(grid, monotonic())
    part = Part(Columns.of(grid), hunt.headroom, hunt.weight, hunt.cap)
    best = best_by_trying(problem, Objective.VALUE)
    for scale in (0.0, 0.3, 1.0, 7.5):
        prices = [scale * (number % 3) for number in range(len(grid.rows))]
        assert certified_bound(part, hunt.headroom * 0 + prices) >= best


@given(mixed())
def test_hopeless_lots_are_in_no_feasible_set(document):
    grid = lay_out(problem_of(document))
    cap = drop_hopeless(grid, grid.lots)
    for mode in (Mode.GROSS, Mode.FIFO):
        chosen = (
            settle_gross(grid)
            if mode is Mode.GROSS
            else eliminate(grid, grid.lots, rank=range(len(grid.items)))
        )
        assert all(lots <= most for lots, most in zip(chosen, cap, strict=True))


@given(mixed())
def test_elimination_ends_feasible_from_any_start_and_in_any_order(document):
    grid = lay_out(problem_of(document))
    for rank in (range(len(grid.items)), range(len(grid.items), 0, -1)):
        chosen = eliminate(grid, grid.lots, rank=rank)
        assert grid.feasible(chosen)


def test_nothing_to_settle_is_proven_at_once():
    empty = problem_of({"balances": {"A": 1}, "obligations": []})
    result = resolve(empty, mode=Mode.OPTIMAL)
    assert (result.bound, result.gap, result.proven, result.settled) == (0, 0, True, ())
    back_and_forth = {
        "value": 3,
        "lots": 3,
        "legs": [
            {"from": "A", "to": "B", "asset": "CASH", "amount": 9},
            {"from": "B", "to": "A", "asset": "CASH", "amount": 9},
        ],
    }
    problem = problem_of({"balances": {"A": 0, "B": 0}, "obligations": [back_and_forth]})
    for by in Objective:
        assert resolve(problem, mode=Mode.OPTIMAL, by=by).count == 1
