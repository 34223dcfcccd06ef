from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounting.rules.drafts import (
    DraftRefused,
    EntryDraft,
    HalfValued,
    LineDraft,
    Missing,
    NoLines,
    NotDecimal,
    TooBig,
    TooFine,
    TooLong,
    Unbalanced,
    Unprintable,
    ValueNotAmount,
    ValueUnbalanced,
    _exact,
    _spelled,
    checked,
)
from backoffice.kernel.money import Currency, CurrencyUnknown

EXPONENTS = {"THB": 2, "JPY": 0, "KWD": 3}


def currency(code: str) -> Currency:
    if code not in EXPONENTS:
        raise CurrencyUnknown(currency=code)
    return Currency(code, EXPONENTS[code])


def entry(*lines: LineDraft, **other) -> EntryDraft:
    fields = {
        "key": "k",
        "date": date(2026, 1, 5),
        "journal": "GEN",
        "entity": "E",
        "memo": "",
        "lines": lines,
    }
    return EntryDraft(**{**fields, **other})


def pair(amount, code="THB", **other) -> tuple[LineDraft, LineDraft]:
    return (
        LineDraft("Assets:Cash", amount, code, **other),
        LineDraft("Income:Sales", -amount, code),
    )


@pytest.mark.parametrize(
    ("draft", "refusal", "field"),
    [
        (entry(*pair(Decimal(1)), key=""), Missing, "key"),
        (entry(*pair(Decimal(1)), key="k" * 201), TooLong, "key"),
        (entry(*pair(Decimal(1)), memo="m" * 501), TooLong, "memo"),
        (entry(*pair(Decimal(1)), memo="a\x00b"), Unprintable, "memo"),
        (entry(*pair(Decimal(1)), journal="J" * 41), TooLong, "journal"),
        (entry(), NoLines, "/lines"),
        (entry(*pair(1.5)), NotDecimal, "/lines/0/amount"),
        (entry(*pair(7)), NotDecimal, "/lines/0/amount"),
        (entry(*pair(Decimal("NaN"))), NotDecimal, "/lines/0/amount"),
        (entry(*pair(Decimal("1.001"))), TooFine, "/lines/0/amount"),
        (entry(*pair(Decimal("0.5"), "JPY")), TooFine, "/lines/0/amount"),
        (entry(*pair(Decimal("1E+41"))), TooBig, "/lines/0/amount"),
        (entry(*pair(Decimal(1), "XYZ")), CurrencyUnknown, "/lines/0/currency"),
        (entry(*pair(Decimal(1), value=2.0)), NotDecimal, "/lines/0/value"),
        (entry(LineDraft("", Decimal(0), "THB")), Missing, "/lines/0/account"),
        (entry(*pair(Decimal(1), dimensions={"site": ""})), Missing, "/lines/0/dimensions"),
        (entry(LineDraft("Assets:Cash", Decimal(1), "THB")), Unbalanced, "/lines"),
        (
            entry(
                LineDraft("Assets:Cash", Decimal(1), "KWD", Decimal(110)),
                LineDraft("Income:Sales", Decimal(-1), "KWD", Decimal(-111)),
            ),
            ValueUnbalanced,
            "/lines",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_place(draft, refusal, field):
    with pytest.raises(refusal) as refused:
        checked(draft, currency)
    assert refused.value.place.field == field
    assert refused.value.text("th") != refused.value.text("en")


def test_balance_in_one_currency_does_not_make_up_for_another():
    lines = (LineDraft("Assets:Cash", Decimal(1), "THB"), LineDraft("Assets:X", Decimal(-1), "JPY"))
    with pytest.raises(Unbalanced):
        checked(entry(*lines), currency)


minor = st.integers(-(10**24), 10**24)


@given(st.sampled_from(sorted(EXPONENTS)), st.lists(minor, max_size=6))
def test_what_balances_passes_with_the_currencys_decimals(code, parts):
    exponent = EXPONENTS[code]
    amounts = [Decimal(part).scaleb(-exponent) for part in [*parts, -sum(parts)]]
    done = checked(entry(*(LineDraft("Assets:A", amount, code) for amount in amounts)), currency)
    assert [Decimal(line.amount) for line in done.lines] == amounts
    assert {len(line.amount.partition(".")[2]) for line in done.lines} == {exponent}
    assert all("E" not in line.amount for line in done.lines)


@given(st.sampled_from(sorted(EXPONENTS)), st.lists(minor, min_size=1, max_size=6))
def test_what_does_not_balance_is_refused(code, parts):
    total = sum(parts)
    amounts = [Decimal(part).scaleb(-EXPONENTS[code]) for part in parts]
    draft = entry(*(LineDraft("Assets:A", amount, code) for amount in amounts))
    if total:
        with pytest.raises(DraftRefused):
            checked(draft, currency)
    else:
        assert checked(draft, currency).lines


texts = st.text("ab\x1f ก,", max_size=3)


@given(st.tuples(texts, texts, texts.filter(bool)), st.tuples(texts, texts, texts.filter(bool)))
def test_fingerprints_tell_requests_apart(one, other):
    def print_of(memo: str, source: str, account: str) -> str | None:
        lines = (LineDraft(account, Decimal(0), "THB"),)
        try:
            return checked(entry(*lines, memo=memo, source=source), currency).fingerprint
        except DraftRefused:
            return None

    first, second = print_of(*one), print_of(*other)
    if first and second:
        assert (first == second) == (one == other)


def test_one_and_one_point_zero_are_the_same_request():
    assert checked(entry(*pair(Decimal(1))), currency).fingerprint == (
        checked(entry(*pair(Decimal("1.00"))), currency).fingerprint
    )


SPELLINGS = st.sampled_from(
    ["1.2E-7", "1.2E+7", "1E+2", "-0.00", "0", "55", "1.2", "-.5", "0.00", "12.50", "9" * 45]
)


@example(Decimal("1.2E-7"), 4)
@example(Decimal("1.2"), 4)
@given(SPELLINGS.map(Decimal) | st.decimals(allow_nan=True), st.integers(0, 10))
def test_the_short_way_to_spell_an_amount_is_the_long_one(amount, decimals):
    kind = Currency.commodity("X", exponent=decimals)

    def told(spell: Callable[[], str]) -> str:
        try:
            return spell()
        except DraftRefused as refused:
            return refused.code

    short = told(lambda: _spelled(amount, kind))
    assert short == told(lambda: format(_exact(amount, kind), "f"))
    assert not short.startswith("-") or Decimal(short)


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=3), st.booleans())
def test_two_mirrored_lines_are_what_adding_says(cents, valued):
    amounts = [Decimal(cent).scaleb(-2) for cent in cents]
    lines = [
        LineDraft("A", amount, "THB", value=amount + 1 if valued else None) for amount in amounts
    ]
    balanced = not sum(cents) and not valued
    try:
        assert checked(entry(*lines), currency)
    except (Unbalanced, ValueUnbalanced):
        assert not balanced
    else:
        assert balanced


def yen(*values: str | None) -> EntryDraft:
    """Two lines in yen with these values in baht."""
    worth = [None if value is None else Decimal(value) for value in values]
    return entry(
        LineDraft("Assets:Cash", Decimal(10), "JPY", worth[0]),
        LineDraft("Income:Sales", Decimal(-10), "JPY", worth[1]),
    )


@pytest.mark.parametrize(
    ("draft", "refusal", "field"),
    [
        (yen("2.30", None), HalfValued, "/lines/1/value"),
        (yen(None, "2.30"), HalfValued, "/lines/0/value"),
        (yen("2.30", "-2.29"), ValueUnbalanced, "/lines"),
        (yen("2.305", "-2.305"), TooFine, "/lines/0/value"),
        (entry(*pair(Decimal(1), value=Decimal("1.01"))), ValueNotAmount, "/lines/0/value"),
        (entry(*yen("1", "-1").lines, *pair(Decimal(1)), LineDraft("E", Decimal(0), "KWD",
               Decimal("0.01"))), ValueUnbalanced, "/lines"),
    ],
)  # fmt: skip
def test_values_hold_together_in_the_functional_currency(draft, refusal, field):
    with pytest.raises(refusal) as refused:
        checked(draft, currency, home_of=lambda _entity: currency("THB"))
    assert refused.value.place.field == field


def test_a_value_is_the_same_request_however_it_is_written():
    plain, told = entry(*pair(Decimal(1))), entry(*pair(Decimal(1), value=Decimal("1.0")))
    prints = {
        checked(draft, currency, home_of=lambda _entity: currency("THB")).fingerprint
        for draft in (plain, told)
    }
    valued = {
        checked(draft, currency, home_of=lambda _entity: currency("THB")).fingerprint
        for draft in (yen("2.3", "-2.3"), yen("2.30", "-2.30"))
    }
    assert (len(prints), len(valued)) == (1, 1)
