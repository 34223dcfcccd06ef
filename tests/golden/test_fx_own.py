"""The reader of foreign-currency cases, on cases of the project's own in all shapes it knows."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.golden.fx.reading import NotKnown, Step, read
from tests.golden.fx.telling import differences


@pytest.mark.parametrize(
    ("told", "step"),
    [
        ("invoice USD 100 at 80 -> AR 8000 base",
         Step("invoice", None, "USD", Decimal(100), None, Fraction(80))),
        ("AP invoice tc 110, base 100 (rate 100/110)",
         Step("invoice", "AP", None, Decimal(110), Decimal(100), Fraction(10, 11))),
        ("Purchase invoice of 1,000.50 EUR @ 36.125 dated 2026-01-02",
         Step("invoice", "AP", "EUR", Decimal("1000.50"), None, Fraction("36.125"))),
        ("payment USD 95 at 84.2105 = 8000 base, not allocated",
         Step("pay", None, "USD", Decimal(95), Decimal(8000), Fraction("84.2105"), loose=True)),
        ("payment USD 100 at 85 = 8500 THB, gain/loss journal cancelled",
         Step("pay", None, "USD", Decimal(100), Decimal(8500), Fraction(85), loose=True)),
        ("paid in full at exchange rate 94.125", Step("pay", rate=Fraction("94.125"))),
        ("revalue AR at 85", Step("revalue", "AR", rate=Fraction(85))),
        ("revaluation of USD at rate 85", Step("revalue", None, "USD", rate=Fraction(85))),
        ("the revaluation is reversed", Step("taken_back")),
        ("credit note USD 40 at 80",
         Step("credit_note", None, "USD", Decimal(40), None, Fraction(80))),
        ({"op": "invoice", "type": "purchase", "currency": "USD", "amount": "388", "rate": "94.39"},
         Step("invoice", "AP", "USD", Decimal(388), None, Fraction("94.39"))),
    ],
)  # fmt: skip
def test_a_step_is_read(told, step):
    assert read(told, "THB") == step


@pytest.mark.parametrize("told", ["dance USD 100", "invoice USD 100 at 80 in 3 parts", {"op": "x"}])
def test_what_is_not_understood_is_not_guessed(told):
    with pytest.raises(NotKnown):
        read(told, "THB")


CASES = {
    "a gain": (["invoice USD 100 at 30", "pay USD 100 at 31"], {"realised_gain": "100"}),
    "a loss": (["AR invoice USD 100 at 30", "pay USD 100 at 29"], {"realised_loss": "100"}),
    "a supplier paid dearer": (
        ["AP invoice USD 100 at 30", "pay USD 100 at 31"],
        {"realised_loss": "100", "ap_tc": "0", "ap_base": "0"},
    ),
    "parts": (
        ["invoice USD 90 at 30", "pay USD 30 at 31", "pay USD 30 at 29.5", "pay USD 30 at 30"],
        {"realised_gain": "15", "ar_tc": "0", "ar_base": "0"},
    ),
    "a revaluation counts once": (
        ["AP invoice USD 388 at 94.39", "revalue AP at 93.9325", "payment USD 388 at 94.125"],
        {"total_gain": "102.82", "revaluation_gain": "177.51", "payment_loss": "74.69",
         "unrealised_gain": "0", "realised_gain": "102.82", "open_item_sum_base": "0"},
    ),
    "a revaluation taken back by hand": (
        ["invoice USD 100 at 30", "revalue at 32", "reverse the revaluation", "pay USD 100 at 31"],
        {"total_gain": "100", "ar_base": "0"},
    ),
    "an object a step": (
        [{"op": "invoice", "type": "purchase", "currency": "EUR", "amount": "10", "rate": "40"},
         {"op": "revaluation", "currency": "EUR", "rate": "41"}],
        {"unrealised_loss": "10", "ap_base": "-410"},
    ),
    "base only": (
        ["invoice USD 100 at 80", "payment USD 100 at 85, gain/loss journal cancelled"],
        {"before": {"ar_tc": "0", "ar_base": "-500"},
         "revaluation_entry": {"total_debit": "500", "total_credit": "500", "ar_debit": "500",
                               "gain_account_credit": "500"},
         "after": {"ar_tc": "0", "ar_base": "0"}},
    ),
    "a gain undone later": (
        ["invoice USD 100 at 80", "pay USD 100 at 85", "cancel the gain/loss journal"],
        {"ar_tc": "0", "ar_base": "-500", "realised_gain": "0"},
    ),
    "paid too much": (
        ["invoice USD 100 at 30", "pay USD 120 at 31"],
        {"realised_gain": "100", "ar_tc": "-20", "ar_base": "-620"},
    ),
    "paid before it was billed": (["pay USD 50 at 31"], {"ar_tc": "-50", "ar_base": "-1550"}),
    "a credit note": (
        ["invoice USD 100 at 30", "credit note USD 40 at 30", "pay USD 60 at 31"],
        {"realised_gain": "60", "ar_tc": "0", "ar_base": "0"},
    ),
    "three currencies": (
        ["invoice USD 100 at 30", "invoice EUR 100 at 40", "invoice JPY 1000 at 0.25",
         "revalue EUR at 42"],
        {"unrealised_gain": "200", "ar_base": "7450"},
    ),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", CASES)
def test_a_case_is_played(name):
    steps, expected = CASES[name]
    assert list(differences({"steps": steps, "expected": expected})) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a gain", "a supplier paid dearer", "three currencies"])
def test_an_altered_figure_is_told(name):
    steps, expected = CASES[name]
    figure = next(iter(expected))
    [told] = differences({"steps": steps, "expected": {**expected, figure: "12345.67"}})
    assert told.startswith(f"{figure}: ")
    assert told.endswith(", not 12345.67")


@pytest.mark.django_db
def test_the_parts_of_a_case_may_be_its_steps():
    case = {
        "source": "a report",
        "base": "INR",
        "invoice": {"type": "purchase", "currency": "USD", "amount": "388", "rate": "94.39"},
        "revaluation": {"rate": "93.9325"},
        "payment": {"rate": "94.125"},
        "wrong": {"total_gain": "280.33", "why": "counted twice"},
        "right": {"total_gain": "102.82", "why": "the revaluation is taken back"},
    }
    assert list(differences(case)) == []
    case["right"]["total_gain"] = "280.33"
    assert list(differences(case)) == ["total_gain: 102.82, not 280.33"]


@pytest.mark.django_db
def test_an_expectation_without_figures_is_not_passed_over():
    with pytest.raises(NotKnown):
        list(differences({"steps": ["invoice USD 1 at 30"], "expected": {"note": "all is well"}}))
