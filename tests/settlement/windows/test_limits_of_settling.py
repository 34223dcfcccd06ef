"""Limits over a whole day, and parts that are whole in every asset's smallest unit."""

from decimal import Decimal

import pytest

from settlement.models import Settlement
from settlement.windows import funding, positions
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, ISARA, KRUNG, PTT, SIAM, TRADED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()


def limit(code, asset, kind, amount, **more):
    funding.set_limit(
        book=BOOK,
        participant=code,
        asset=asset,
        kind=kind,
        amount=Decimal(amount),
        valid_from=TRADED,
        actor=ACTOR,
        at=AT,
        **more,
    )


def held(code, asset):
    return positions.positions(book=BOOK).get((market.ids()[code], asset), Decimal(0))


@pytest.mark.parametrize(
    ("kind", "more"), [("net_debit_cap", {}), ("bilateral", {"counterparty": KRUNG})]
)
def test_a_limit_is_the_days_not_each_markets(kind, more):
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 100})
    limit(SIAM, "THB", kind, 100, **more)
    market.capture(
        market.pay("P-1", SIAM, KRUNG, "80.00"), market.trade("T-1", SIAM, KRUNG, 10, "80.00")
    )
    assert (market.settle().settled, held(SIAM, "THB")) == (1, 920)
    [(reason, [shortage])] = market.reasons().values()
    assert (reason, Decimal(shortage["short"])) == ("short", 60)
    market.capture(market.pay("P-2", SIAM, KRUNG, "20.00"), market.pay("P-3", SIAM, KRUNG, "0.01"))
    assert (market.settle().settled, held(SIAM, "THB")) == (1, 900)


def test_what_came_back_makes_room_under_a_bilateral_limit():
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={"THB": 1000})
    limit(SIAM, "THB", "bilateral", 100, counterparty=KRUNG)
    market.capture(market.pay("P-1", KRUNG, SIAM, "30.00"))
    market.settle()
    market.capture(market.pay("P-2", SIAM, KRUNG, "130.00"), market.pay("P-3", SIAM, ISARA, "5.00"))
    assert (market.settle().settled, held(SIAM, "THB")) == (2, 895)


def test_parts_are_whole_shares_and_whole_satang_however_fine_a_limit_is():
    """A limit of a thousandth share made lots of it: the ledger refused them, and the day."""
    market.fund(SIAMSEC={"THB": "2.50"}, KRUNGSEC={PTT: 4})
    market.rule(lots=1000)
    limit(ISARA, "THB", "credit_line", "0.0001")
    limit(ISARA, PTT, "minimum_balance", "0.001")
    market.capture(market.trade("T-1", SIAM, KRUNG, 4, "4.00"))
    assert market.settle().settled == 1
    assert (held(SIAM, PTT), held(SIAM, "THB")) == (2, Decimal("0.50"))
    market.fund("F-2", SIAMSEC={"THB": "1.50"})
    assert market.settle().settled == 1
    assert (held(SIAM, PTT), held(SIAM, "THB")) == (4, 0)
    assert sum(one.quantity for one in Settlement.objects.filter(leg__kind="delivery")) == 4


@pytest.mark.parametrize("mode", ["fifo", "optimal"])
@pytest.mark.parametrize("model", ["gross", "dvp2", "dvp3"])
def test_a_line_without_bounds_settles_in_every_model(mode, model):
    market.rule(model=model, mode=mode)
    limit(SIAM, "THB", "credit_line", "99999999999999999999")
    market.capture(market.pay("P-1", SIAM, KRUNG, "0.50"), market.pay("P-2", ISARA, KRUNG, "1.00"))
    assert market.settle().settled == 1
    assert held(SIAM, "THB") == Decimal("-0.50")
