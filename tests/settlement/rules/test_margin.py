"""Margins: losses are called, gains are not; what one loses another gains."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.margin import OpenTrade, calls, exposures

names = st.sampled_from(["A", "B", "C"])
trades = st.lists(
    st.builds(
        OpenTrade,
        buyer=names,
        seller=names,
        asset=st.sampled_from(["X", "Y"]),
        quantity=st.integers(1, 500).map(Decimal),
        amount=st.integers(1, 10**6).map(Decimal),
        currency=st.just("THB"),
    ).filter(lambda one: one.buyer != one.seller),
    max_size=15,
)
MARKS = {("X", "THB"): Decimal("10.5"), ("Y", "THB"): Decimal(200)}


@given(trades)
def test_losses_of_some_are_gains_of_others(told):
    found = {one.participant: one for one in exposures(told, MARKS, {})}
    gains = dict.fromkeys("ABC", Decimal(0))
    for one in told:
        gain = MARKS[one.asset, "THB"] * one.quantity - one.amount
        gains[one.buyer] += gain
        gains[one.seller] -= gain
    assert sum(gains.values()) == 0
    for participant, exposure in found.items():
        assert exposure.variation >= 0
        assert exposure.variation >= -gains[participant]
        assert exposure.initial == 0


@given(trades, st.integers(0, 10**6).map(Decimal))
def test_a_call_is_what_the_collateral_does_not_cover(told, credit):
    exposed = exposures(told, MARKS, {"": Decimal("0.1")})
    for call in calls(exposed, {("A", "THB"): credit}):
        assert call.amount == call.exposure.required - call.covered > 0


def test_a_buyer_whose_share_fell_is_called():
    trade = OpenTrade("A", "B", "X", Decimal(100), Decimal(1200), "THB")
    by_name = {one.participant: one for one in exposures([trade], MARKS, {"X": Decimal("0.05")})}
    assert by_name["A"].variation == Decimal("150.00")
    assert by_name["B"].variation == 0
    assert by_name["A"].initial == by_name["B"].initial == Decimal("52.50")


def test_without_a_mark_the_trades_own_price_counts():
    trade = OpenTrade("A", "B", "Z", Decimal(3), Decimal(10), "THB")
    assert {one.variation for one in exposures([trade], {}, {})} <= {Decimal("0.00")}


@given(trades)
def test_without_marks_nobody_loses_to_anothers_price(told):
    """The first trade's price marked all others: a loss of the buyer who paid more."""
    assert {one.variation for one in exposures(told, {}, {})} <= {Decimal(0)}


def test_without_a_mark_the_net_open_quantity_counts_at_the_average_price():
    dear = OpenTrade("A", "B", "Z", Decimal(1), Decimal(20), "THB")
    cheap = OpenTrade("A", "B", "Z", Decimal(3), Decimal(20), "THB")
    for told in ([dear, cheap], [cheap, dear]):
        by_name = {one.participant: one for one in exposures(told, {}, {"": Decimal("0.1")})}
        assert by_name["A"].initial == by_name["B"].initial == Decimal("4.00")
        assert by_name["A"].variation == by_name["B"].variation == 0
