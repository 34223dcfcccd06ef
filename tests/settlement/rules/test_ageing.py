"""Ages of fails: every fail in one bucket; categories as the Annex names them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules import ageing
from settlement.rules.penalties import Category

fails = st.lists(
    st.tuples(st.integers(0, 90), st.decimals(0, 10**9, places=2, allow_nan=False)), max_size=30
)


@given(fails)
def test_every_fail_is_in_one_bucket(told):
    buckets = ageing.aged(told)
    assert len(buckets) == len(ageing.BUCKETS)
    assert sum(one.fails for one in buckets) == len(told)
    assert sum(one.value for one in buckets) == sum(value for _days, value in told)


@pytest.mark.parametrize(
    ("days", "name"), [(0, "1"), (1, "1"), (2, "2–4"), (4, "2–4"), (10, "5–10"), (400, "21+")]
)
def test_the_bucket_of_an_age(days, name):
    assert ageing.aged([(days, Decimal(1))])[ageing.bucket_of(days)].name == name


@pytest.mark.parametrize(
    ("told", "category"),
    [("equity", Category.LIQUID_SHARE), ("government_bond", Category.SOVEREIGN_OR_PUBLIC_DEBT),
     ("illiquid_share", Category.ILLIQUID_SHARE), ("warrant", Category.OTHER)],
)  # fmt: skip
def test_categories(told, category):
    assert ageing.category_of(told) is category


def test_a_buy_in_comes_after_the_extension_and_for_lack_of_securities_alone():
    assert ageing.is_bought_in(days=5, after=4, lacks_securities=True)
    assert not ageing.is_bought_in(days=4, after=4, lacks_securities=True)
    assert not ageing.is_bought_in(days=50, after=4, lacks_securities=False)
    assert not ageing.is_bought_in(days=50, after=None, lacks_securities=True)
