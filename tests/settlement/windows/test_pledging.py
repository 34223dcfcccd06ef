"""Collateral: what is given back was there, and no credit stands on nothing."""

from decimal import Decimal

import pytest

from settlement.models import Pledge
from settlement.pictures import figures
from settlement.windows import funding, positions
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, PTT, SIAM, TRADED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()
    market.fund(SIAMSEC={"THB": 1000, PTT: 100})


def pledge(reference, quantity, credit):
    funding.pledge(
        book=BOOK,
        reference=reference,
        participant=SIAM,
        asset=PTT,
        quantity=Decimal(quantity),
        currency="THB",
        credit=Decimal(credit),
        actor=ACTOR,
        at=AT,
    )


def limit(kind, amount):
    funding.set_limit(
        book=BOOK,
        participant=SIAM,
        asset="THB",
        kind=kind,
        amount=Decimal(amount),
        valid_from=TRADED,
        actor=ACTOR,
        at=AT,
    )


def stated():
    who = market.ids()[SIAM]
    found = positions.limits(book=BOOK, on=DUE)
    return found.get((who, None, PTT), {}), found.get((who, None, "THB"), {})


@pytest.mark.parametrize(("quantity", "credit"), [(-51, -1), (-1, -801), (-50, -799)])
def test_no_more_comes_back_than_is_pledged_nor_does_credit_stay_behind(quantity, credit):
    pledge("P-1", 50, 800)
    with pytest.raises(funding.PledgedLess, match="50 TH0646010R18 for 800 THB"):
        pledge("P-2", quantity, credit)
    pledge("P-3", -50, -800)
    assert stated() == ({}, {})


def test_nothing_is_given_back_that_was_never_pledged():
    with pytest.raises(funding.PledgedLess):
        pledge("P-1", -50, -100)
    assert not Pledge.objects.exists()


@pytest.mark.parametrize(("quantity", "credit"), [(0, 100), (50, -100), (-50, 100)])
def test_collateral_and_credit_go_the_same_way(quantity, credit):
    with pytest.raises(funding.PledgeOneSided):
        pledge("P-1", quantity, credit)


def test_a_known_reference_with_other_content_is_refused():
    pledge("P-1", 50, 800)
    pledge("P-1", 50, 800)
    with pytest.raises(funding.PledgeDiffers):
        pledge("P-1", 50, 801)
    assert Pledge.objects.count() == 1


@pytest.mark.parametrize(
    ("terms", "available"),
    [
        ({}, 1000),
        ({"credit_line": 300}, 1300),
        ({"net_debit_cap": 200}, 200),
        ({"net_debit_cap": 200, "credit_line": 300}, 200),
        ({"net_debit_cap": 5000, "credit_line": 300}, 1300),
        ({"minimum_balance": 400}, 600),
        ({"minimum_balance": 400, "credit_line": 300}, 600),
    ],
)
@pytest.mark.parametrize("is_pledged", [False, True])
def test_the_picture_shows_as_available_what_settling_lets_be_drawn(terms, available, is_pledged):
    """The most that a payment may be is what the picture says; a satang more stays behind."""
    for kind, amount in terms.items():
        limit(kind, amount)
    if is_pledged:
        pledge("P-1", 50, 80)
        if "minimum_balance" not in terms:
            available = min(available + 80, terms.get("net_debit_cap", available + 80))
    market.capture(
        market.pay("P-1", SIAM, KRUNG, f"{available}.01"),
        market.pay("P-2", SIAM, KRUNG, f"{available}.00"),
    )
    market.rule(mode="optimal")
    market.close_day()
    assert set(market.reasons()) == {"P-1"}
    [own] = [one for one in figures.liquidity(book=BOOK, day=DUE, asset="THB") if one.used]
    assert (own.participant, own.used, own.available) == (SIAM, available, available)
    assert own.percent == 100
