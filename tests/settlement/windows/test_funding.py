"""Funding: nobody takes out, or pledges, what is not there; what comes in is exact."""

from decimal import Decimal

import pytest

from settlement.directory import listing
from settlement.models import SettlementRun
from settlement.windows import funding, positions
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, KRUNG, PTT, SIAM, TRADED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()


def take(reference, *told):
    return funding.fund(
        book=BOOK,
        reference=reference,
        business_date=TRADED,
        funds=[funding.Funds(code, "THB", Decimal(quantity)) for code, quantity in told],
        actor=ACTOR,
        at=AT,
    )


def held(code, asset):
    return positions.positions(book=BOOK).get((market.ids()[code], asset), Decimal(0))


def test_what_is_taken_out_in_several_lines_is_taken_out_together():
    market.fund(SIAMSEC={"THB": 100})
    with pytest.raises(funding.NotEnough, match="SIAMSEC is 20 THB short"):
        take("OUT", (SIAM, -60), (SIAM, -60))
    assert held(SIAM, "THB") == 100
    assert SettlementRun.objects.count() == 1
    take("OUT", (SIAM, -60), (SIAM, -60), (SIAM, 20))
    assert held(SIAM, "THB") == 0


def test_one_participants_money_is_not_anothers():
    market.fund(SIAMSEC={"THB": 100})
    with pytest.raises(funding.NotEnough, match="KRUNGSEC is 1 THB short"):
        take("OUT", (SIAM, 50), (KRUNG, -1))


def test_nobody_pledges_what_a_credit_line_lets_it_owe():
    market.fund(SIAMSEC={PTT: 10})
    funding.set_limit(
        book=BOOK,
        participant=SIAM,
        asset=PTT,
        kind="credit_line",
        amount=Decimal(100),
        valid_from=TRADED,
        actor=ACTOR,
        at=AT,
    )
    terms = {"book": BOOK, "participant": SIAM, "asset": PTT, "currency": "THB"}
    with pytest.raises(funding.NotEnough, match="SIAMSEC is 40 TH0646010R18 short"):
        funding.pledge(
            reference="P-1",
            quantity=Decimal(50),
            credit=Decimal(1000),
            actor=ACTOR,
            at=AT,
            **terms,
        )
    funding.pledge(
        reference="P-2", quantity=Decimal(10), credit=Decimal(200), actor=ACTOR, at=AT, **terms
    )


def test_a_position_of_thirty_digits_is_kept_to_the_last():
    gas = listing.InstrumentDraft(
        code="GAS", kind="good", name_en="Gas", name_th="ก๊าซ", decimals=10
    )
    listing.enter_many(drafts=[gas], actor=ACTOR, at=AT)
    whole = Decimal("12345678901234567890.0123456789")
    market.fund(SIAMSEC={"GAS": whole})
    assert held(SIAM, "GAS") == whole
    rows = [q for (_who, asset), q in positions.positions(book=BOOK).items() if asset == "GAS"]
    assert sorted(rows) == [whole.copy_negate(), whole]
