"""Small random queues of every shape, and the true optimum of each by trying every set."""

from itertools import product
from typing import Any

from hypothesis import strategies as st

from settlement.resolving import Objective, Problem
from settlement.resolving.grid import lay_out

BANKS = ("A", "B", "C", "D")
ASSETS = ("CASH", "S1", "S2")


@st.composite
def payments(draw: st.DrawFn, most: int = 12) -> dict[str, Any]:
    """A cash-only queue."""
    banks = BANKS[: draw(st.integers(2, 4))]
    obligations = [
        {
            "debtor": debtor,
            "creditor": creditor,
            "amount": draw(st.integers(1, 20)),
            "priority": draw(st.sampled_from([1, 5, 5])),
        }
        for debtor, creditor in draw(st.lists(_pairs(banks), min_size=1, max_size=most))
    ]
    balances = {bank: draw(st.integers(0, 15)) for bank in banks}
    return {"balances": balances, "obligations": obligations}


@st.composite
def mixed(draw: st.DrawFn, most: int = 7) -> dict[str, Any]:
    """Payments, DvP trades and PvP pairs, some divisible, under every kind of limit."""
    obligations = [
        draw(st.sampled_from([_payment, _trade, _exchange]))(draw, giver, taker)
        for giver, taker in draw(st.lists(_pairs(BANKS), min_size=1, max_size=most))
    ]
    balances = {bank: {asset: draw(st.integers(-3, 12)) for asset in ASSETS} for bank in BANKS}
    accounts = st.lists(
        st.tuples(st.sampled_from(BANKS), st.sampled_from(ASSETS)), max_size=3, unique=True
    )
    kinds = st.sampled_from(["credit_line", "net_debit_cap", "minimum_balance"])
    limits = [
        {"participant": bank, "asset": asset, draw(kinds): draw(st.integers(0, 9))}
        for bank, asset in draw(accounts)
    ]
    bilateral = [
        {"participant": a, "counterparty": b, "asset": "CASH", "amount": draw(st.integers(0, 12))}
        for a, b in draw(st.lists(_pairs(BANKS), max_size=2, unique=True))
    ]
    return {
        "balances": balances,
        "limits": limits,
        "bilateral_limits": bilateral,
        "obligations": obligations,
    }


def _pairs(banks: tuple[str, ...]) -> st.SearchStrategy[tuple[str, str]]:
    every = [(giver, taker) for giver in banks for taker in banks if giver != taker]
    return st.sampled_from(every)


def _payment(draw: st.DrawFn, giver: str, taker: str) -> dict[str, Any]:
    lots = draw(st.sampled_from([1, 1, 3]))
    amount = draw(st.integers(1, 7)) * lots
    return {"debtor": giver, "creditor": taker, "amount": amount, "lots": lots}


def _trade(draw: st.DrawFn, giver: str, taker: str) -> dict[str, Any]:
    lots = draw(st.sampled_from([1, 2]))
    return {
        "buyer": giver,
        "seller": taker,
        "security": draw(st.sampled_from(ASSETS[1:])),
        "quantity": draw(st.integers(1, 8)) * lots,
        "amount": draw(st.integers(1, 8)) * lots,
        "lots": lots,
    }


def _exchange(draw: st.DrawFn, giver: str, taker: str) -> dict[str, Any]:
    third = draw(st.sampled_from([bank for bank in BANKS if bank not in {giver, taker}]))
    return {
        "value": draw(st.integers(0, 9)),
        "legs": [
            {"from": giver, "to": taker, "asset": "S1", "amount": draw(st.integers(1, 6))},
            {"from": taker, "to": third, "asset": "S2", "amount": draw(st.integers(1, 6))},
            {"from": third, "to": giver, "asset": "CASH", "amount": draw(st.integers(1, 6))},
        ],
    }


def best_by_trying(problem: Problem, by: Objective) -> int:
    """The true optimum: every combination of lots, feasibility by the grid's own rows."""
    grid = lay_out(problem)

    def reached(chosen: tuple[int, ...]) -> int:
        if by is Objective.COUNT:
            return sum(lots == most for lots, most in zip(chosen, grid.lots, strict=True))
        return sum(lots * worth for lots, worth in zip(chosen, grid.worth, strict=True))

    choices = product(*(range(lots + 1) for lots in grid.lots))
    return max(reached(chosen) for chosen in choices if grid.feasible(chosen))
