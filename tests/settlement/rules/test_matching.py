"""Pairing: valid, one to one, nothing left that could pair, and as many as can be."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.matching import (
    LABELS,
    Offer,
    SaidTrade,
    differences,
    pair,
    refs_agree,
)

AMOUNTS = st.integers(0, 60).map(Decimal)
REFS = st.sampled_from(["", "", "A", "B"])


TOLERANCES = st.integers(0, 9).map(Decimal)


def offers(first: int, refs=REFS):
    told = st.lists(st.tuples(AMOUNTS, TOLERANCES, refs), max_size=12)
    return told.map(lambda rows: [Offer(first + n, a, t, r) for n, (a, t, r) in enumerate(rows)])


def can_pair(buy: Offer, sell: Offer) -> bool:
    near = abs(buy.amount - sell.amount) <= sell.tolerance
    return near and refs_agree(buy.common_ref, sell.common_ref)


@given(offers(0), offers(100))
def test_pairs_are_valid_one_to_one_and_none_is_left_over(buys, sells):
    found = pair(buys, sells)
    ours, theirs = {one.id: one for one in buys}, {one.id: one for one in sells}
    for one in found:
        assert can_pair(ours[one.buy], theirs[one.sell])
        assert one.difference == ours.pop(one.buy).amount - theirs.pop(one.sell).amount
    assert not any(can_pair(buy, sell) for buy in ours.values() for sell in theirs.values())
    assert found == pair(buys[::-1], sells[::-1])


@given(
    offers(0, st.just("")).map(lambda told: [replace(o, amount=2 * o.amount) for o in told]),
    offers(100, st.just("")).map(lambda told: [replace(o, amount=2 * o.amount + 1) for o in told]),
)
def test_within_tolerance_as_many_as_can_be(buys, sells):
    """No two amounts are equal here; the oracle is Hopcroft and Karp's."""
    graph = nx.Graph()
    graph.add_nodes_from([one.id for one in buys], bipartite=0)
    graph.add_edges_from((b.id, s.id) for b in buys for s in sells if can_pair(b, s))
    most = nx.bipartite.maximum_matching(graph, top_nodes=[one.id for one in buys])
    assert len(pair(buys, sells)) == len(most) // 2


SAID = SaidTrade(
    reporter="A",
    counterparty="B",
    buys=True,
    type="DVP",
    market="XBKK",
    value_date=date(2026, 1, 7),
    instrument="TH0646010R18",
    quantity=Decimal(100),
    currency="THB",
    amount=Decimal("3400.00"),
    common_ref="C-1",
)
MIRROR = replace(SAID, reporter="B", counterparty="A", buys=False)
ALTERED = {
    "direction": True,
    "counterparty": "C",
    "type": "FOP",
    "market": "XNYS",
    "value_date": date(2026, 1, 8),
    "instrument": "TH0001010006",
    "quantity": Decimal("100.5"),
    "currency": "USD",
    "amount": Decimal("4200.01"),
    "common_ref": "C-2",
}


def test_a_mirrored_trade_differs_in_nothing():
    assert differences(SAID, MIRROR, tolerance=Decimal(0)) == []


@pytest.mark.parametrize("name", ALTERED)
def test_each_field_is_told_by_itself(name):
    attribute = "buys" if name == "direction" else name
    theirs = replace(MIRROR, **{attribute: ALTERED[name]})
    [found] = differences(SAID, theirs, tolerance=Decimal(800))
    assert found.field == name
    assert LABELS[name][0] in found.sentence("en")
    assert LABELS[name][1] in found.sentence("th")


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_amounts_differ_beyond_the_tolerance_only(ours, theirs, tolerance):
    found = differences(
        replace(SAID, amount=ours), replace(MIRROR, amount=theirs), tolerance=tolerance
    )
    assert bool(found) == (abs(ours - theirs) > tolerance)
