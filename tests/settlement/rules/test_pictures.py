"""Geometry of the pictures: breadths are values, bars stand within their frame."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.pictures import bars, sankey

names = st.sampled_from([f"P{n}" for n in range(30)])
flows = st.lists(
    st.tuples(names, names, st.integers(1, 10**9).map(Decimal)), min_size=1, max_size=60
)


@given(flows)
def test_a_sides_heights_are_its_values_in_proportion(told):
    picture = sankey.lay_out(told)
    for is_left in (True, False):
        nodes = [node for node in picture.nodes if node.left is is_left]
        assert len(nodes) <= sankey.MOST
        assert sum(node.value for node in nodes) == sum(value for *_names, value in told)
        tallest = max(nodes, key=lambda node: node.value)
        for node in nodes:
            expected = tallest.height * float(node.value / tallest.value)
            assert node.height == pytest.approx(expected)
            assert node.y >= 0
            assert node.y + node.height <= picture.height + 0.01


@given(flows)
def test_names_stand_apart_and_within_the_picture(told):
    """A fine flow's name was written over its neighbour's."""
    picture = sankey.lay_out(told)
    for is_left in (True, False):
        lines = [node.label for node in picture.nodes if node.left is is_left]
        assert all(b - a >= sankey.LABEL - 0.01 for a, b in itertools.pairwise(lines))
        assert all(0 < line < picture.height for line in lines)


@given(flows)
def test_every_flow_is_in_a_ribbon(told):
    picture = sankey.lay_out(told)
    assert sum(ribbon.value for ribbon in picture.ribbons) == sum(value for *_n, value in told)


def test_no_flow_is_an_empty_picture():
    assert sankey.lay_out([]).ribbons == ()


@given(st.lists(st.integers(0, 10**6), max_size=24))
def test_bars_stand_within_their_frame(values):
    picture = bars.upright([(str(n), value, str(value)) for n, value in enumerate(values)])
    for bar in picture.bars:
        assert bars.TOP - 0.01 <= bar.y <= picture.foot
        assert bar.y + bar.height == pytest.approx(picture.foot)


def test_a_line_runs_from_foot_to_top():
    picture = bars.upright([("a", 1, "1"), ("b", 2, "2")], line=[0, 100])
    first, last = picture.points.split()
    assert first.endswith(f",{picture.foot:.1f}")
    assert last.endswith(f",{bars.TOP:.1f}")
