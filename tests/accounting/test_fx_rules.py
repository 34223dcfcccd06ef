"""Rules of foreign currency: what holds for any amounts and rates."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.rules import fx
from accounting.rules.drafts import LineDraft, ValueUnbalanced
from accounting.rules.fx import Position, Quote
from backoffice.kernel.money import Currency

THB, DAY = Currency.of("THB"), date(2026, 1, 31)
CODES = ("USD", "EUR", "JPY")
money = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
above_zero = st.decimals(min_value=Decimal("0.01"), max_value=10**9, places=2)
worth = st.decimals(min_value=Decimal("0.0001"), max_value=500, places=6).filter(bool)


def position(amount, value, **other) -> Position:
    return Position("Assets:Receivable", "USD", Decimal(amount), Decimal(value), **other)


def sums(lines, functional="THB"):
    """Sum of amounts by currency, and of values."""
    amounts: dict[str, Decimal] = {}
    for line in lines:
        amounts[line.currency] = amounts.get(line.currency, Decimal(0)) + line.amount
    return amounts, sum((fx.worth(line, functional) for line in lines), Decimal(0))


def of(lines, account) -> tuple[Decimal, Decimal]:
    own = [line for line in lines if line.account == account]
    return sum((x.amount for x in own), Decimal(0)), sum(
        (fx.worth(x, "THB") for x in own), Decimal(0)
    )


@given(st.lists(st.tuples(st.sampled_from(CODES), money, money), min_size=1, max_size=8))
def test_trading_lines_make_every_currency_zero_sum_and_are_worth_nothing(rows):
    lines = [LineDraft("Assets:A", amount, code, value) for code, amount, value in rows]
    total = sum((value for _, _, value in rows), Decimal(0))
    lines.append(LineDraft("Assets:Bank", -total, "THB"))
    whole = fx.with_trading(lines, "THB")
    assert whole[: len(lines)] == tuple(lines)
    amounts, value = sums(whole)
    assert set(amounts.values()) <= {Decimal(0)}
    assert value == 0
    for code in CODES:
        assert of(whole, f"{fx.TRADING}:{code}")[1] == 0


def test_values_that_do_not_sum_to_zero_are_refused():
    lines = [
        LineDraft("Assets:A", Decimal(1), "USD", Decimal(35)),
        LineDraft("Assets:B", Decimal(-34), "THB"),
    ]
    with pytest.raises(ValueUnbalanced):
        fx.with_trading(lines, "THB")
    with pytest.raises(fx.ValueMissing):
        fx.with_trading([LineDraft("Assets:A", Decimal(1), "USD")], "THB")
    with pytest.raises(fx.ValueDiffers):
        fx.with_trading([LineDraft("Assets:A", Decimal(1), "THB", Decimal(2))], "THB")


@given(worth, worth)
def test_a_chain_of_quotes_is_exact_either_way_round(one, other):
    usd = Quote("EUR", "USD", one, DAY, "ECB")
    thb = Quote("EUR", "THB", other, DAY, "ECB")
    there = fx.chained("USD", "THB", [usd, thb])
    back = fx.chained("THB", "USD", [thb, usd])
    assert there.exact == Fraction(other) / Fraction(one)
    assert there.exact * back.exact == 1


def test_quotes_that_lead_elsewhere_are_an_error():
    with pytest.raises(ValueError, match="not to JPY"):
        fx.chained("USD", "JPY", [Quote("EUR", "USD", Decimal(1), DAY, "ECB")])


@given(above_zero, money, st.lists(st.integers(1, 9), min_size=1, max_size=6), worth)
def test_parts_settle_to_nothing_and_all_differences_are_realised(amount, value, weights, rate):
    """However a position is paid off, it ends at zero in both currencies, and the realised total
    is what was received less what it cost."""
    held, received, realised = position(amount, value), Decimal(0), Decimal(0)
    left = amount
    for index, weight in enumerate(weights):
        last = index == len(weights) - 1
        part = left if last else min(left, (amount * weight / 60).quantize(Decimal("0.01")))
        if not part:
            continue
        paid = fx.converted(part, fx.stated("USD", "THB", rate), THB)
        lines = fx.settlement(held, part, [LineDraft("Assets:Bank", paid, "THB")], THB)
        amounts, total = sums(lines)
        assert not any(amounts.values())
        assert total == 0
        moved = of(lines, held.account)
        held = position(held.amount + moved[0], held.value + moved[1])
        realised -= of(lines, fx.REALISED)[0]
        received += paid
        left -= part
    assert (held.amount, held.value) == (0, 0)
    assert realised == received - value


@given(money.filter(bool), money, st.data())
def test_no_more_is_settled_than_is_open(amount, value, data):
    too_much = abs(amount) + data.draw(above_zero)
    with pytest.raises(fx.SettlesTooMuch):
        fx.settlement(position(amount, value), too_much, [], THB)
    with pytest.raises(fx.SettlesTooMuch):
        fx.settlement(position(0, value), Decimal(1), [], THB)


@given(st.lists(st.tuples(money, money, st.sampled_from(["A", "B"])), max_size=6), worth)
def test_a_revaluation_carries_at_the_rate_and_comes_to_rest(rows, rate):
    held = [position(a, v, dimensions={"site": site}) for a, v, site in rows]
    at_rate = fx.stated("USD", "THB", rate)
    lines = fx.revaluation(held, {"USD": at_rate}.__getitem__, THB)
    amounts, total = sums(lines)
    assert not any(amounts.values())
    assert total == 0
    target = sum((fx.converted(p.amount, at_rate, THB) for p in held), Decimal(0))
    carried = sum((p.value for p in held), Decimal(0)) + of(lines, "Assets:Receivable")[1]
    assert carried == target
    assert -of(lines, fx.UNREALISED)[0] == target - sum((p.value for p in held), Decimal(0))
    after = [
        position(p.amount, fx.converted(p.amount, at_rate, THB), dimensions=p.dimensions)
        for p in held
    ]
    assert fx.revaluation(after, {"USD": at_rate}.__getitem__, THB) == ()


@given(money, money, worth)
def test_a_residue_is_cleared_in_both_currencies(amount, value, rate):
    rate_of = {"USD": fx.stated("USD", "THB", rate)}.__getitem__
    for held in (position(amount, 0), position(0, value)):
        lines = fx.residue(held, rate_of, THB)
        amounts, total = sums(lines)
        assert not any(amounts.values())
        assert total == 0
        assert of(lines, held.account) == (-held.amount, -held.value)
    if amount and value:
        assert fx.residue(position(amount, value), rate_of, THB) == ()


def test_the_rest_of_rounding_goes_to_the_largest_line():
    rate = {"USD": fx.stated("USD", "THB", Decimal("33.335"))}
    lines = [
        LineDraft(account, Decimal(amount), "USD")
        for account, amount in (("Assets:A", "1.00"), ("Income:B", "-0.33"), ("Income:C", "-0.67"))
    ]
    values = [line.value for line in fx.valued(lines, rate, THB)]
    assert sum(values) == 0
    # 33.34, -11.00, -22.33 at the rate: the cent is the largest line's.
    assert values == [Decimal("33.33"), Decimal("-11.00"), Decimal("-22.33")]


def test_half_a_satang_goes_to_the_even_one():
    half = fx.stated("USD", "THB", Decimal("0.005"))
    assert fx.converted(Decimal(1), half, THB) == Decimal("0.00")
    assert fx.converted(Decimal(3), half, THB) == Decimal("0.02")
