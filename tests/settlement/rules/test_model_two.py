"""Model 2: whatever settles can be delivered one by one, and its cash is covered net."""

from hypothesis import given
from hypothesis import strategies as st

from settlement.resolving.model import Leg, Limit, Obligation, Problem
from settlement.rules.model_two import resolve_model_two

BANKS, PAPERS = ("A", "B", "C"), ("S", "T")
TRADE = st.tuples(
    st.permutations(BANKS), st.sampled_from(PAPERS), st.integers(1, 9), st.integers(1, 90)
)


def queue(trades, balances, lines=()):
    return Problem(
        BANKS,
        balances,
        tuple(
            Obligation(
                str(n),
                (Leg(buyer, seller, "CASH", amount), Leg(seller, buyer, paper, quantity)),
                amount,
            )
            for n, ((buyer, seller, _other), paper, quantity, amount) in enumerate(trades)
        ),
        limits=tuple(Limit(bank, "CASH", credit_line=line) for bank, line in lines),
    )


def delivered(problem, names, balances):
    """The trades of `names` that can be delivered one after the other, from these positions."""
    held, left, moved = dict(balances), list(names), True
    while moved:
        moved = False
        for name in list(left):
            leg = problem.obligations[int(name)].legs[1]
            if held.get((leg.giver, leg.asset), 0) >= leg.amount:
                held[leg.giver, leg.asset] -= leg.amount
                held[leg.taker, leg.asset] = held.get((leg.taker, leg.asset), 0) + leg.amount
                left.remove(name)
                moved = True
    return set(names) - set(left)


@given(
    trades=st.lists(TRADE, max_size=8),
    balances=st.dictionaries(
        st.tuples(st.sampled_from(BANKS), st.sampled_from(("CASH", *PAPERS))), st.integers(0, 60)
    ),
    line=st.integers(0, 40),
)
def test_what_settles_is_deliverable_one_by_one_and_covered_net(trades, balances, line):
    problem = queue(trades, balances, [("A", line)])
    found = resolve_model_two(problem, cash={"CASH"})
    names = [one.id for one in found.settled]
    assert delivered(problem, names, balances) == set(names)
    for bank in BANKS:
        assert found.closing.get((bank, "CASH"), 0) >= (-line if bank == "A" else 0)
        assert all(found.closing.get((bank, paper), 0) >= 0 for paper in PAPERS)
    assert {one.id for one in found.unsettled} == {str(n) for n in range(len(trades))} - set(names)
    for asset in ("CASH", *PAPERS):
        opening = sum(amount for (_bank, held), amount in balances.items() if held == asset)
        closing = sum(amount for (_bank, held), amount in found.closing.items() if held == asset)
        assert opening == closing


def test_a_chain_falls_with_the_link_that_is_not_paid():
    """B delivers on what it gets from A; B cannot pay A, so C gets nothing either."""
    trades = [(("B", "A", "C"), "S", 5, 50), (("C", "B", "A"), "S", 5, 10)]
    opening = {("A", "S"): 5, ("B", "CASH"): 20, ("C", "CASH"): 10}
    assert resolve_model_two(queue(trades, opening), cash={"CASH"}).settled == ()
    rich = {**opening, ("B", "CASH"): 40}
    assert len(resolve_model_two(queue(trades, rich), cash={"CASH"}).settled) == 2
