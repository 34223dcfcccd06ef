from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.money import Rounding
from settlement.rules.fees import (
    Interchange,
    Side,
    Tariff,
    TariffRefused,
    Transfer,
    interchange_of,
    net_by_participant,
)

DAY = date(2026, 11, 23)
WALLETS = Interchange(
    Tariff("wallet", rate=Decimal("0.006")), Side.PAYEE, payer_account="Wallet",
    payee_account="Wallet",
)  # fmt: skip
amounts = st.decimals(Decimal("0.01"), Decimal(10**9), places=2)


def transfer(amount="100.00", payer="A", payee="B", accounts=("Wallet", "Wallet"), day=DAY):
    return Transfer("T", day, payer, payee, Decimal(amount), "THB", *accounts)


def test_the_payees_participant_owes_the_payers():
    fee = interchange_of(transfer("158.36"), [WALLETS])
    assert (fee.payer, fee.payee, fee.amount) == ("B", "A", Decimal("0.95"))


@pytest.mark.parametrize(
    "one",
    [
        transfer(accounts=("Bank", "Bank")),
        transfer(accounts=("Wallet", "Bank")),
        transfer(payee="A"),
        transfer("0.01"),
    ],
)
def test_other_transfers_bear_none(one):
    assert interchange_of(one, [WALLETS]) is None


def test_a_rule_holds_from_its_day_and_the_latest_wins():
    from_today = Interchange(Tariff("new", rate=Decimal("0.01")), Side.PAYER, valid_from=DAY)
    rules = [WALLETS, from_today]
    assert interchange_of(transfer(), rules).tariff == "new"
    assert interchange_of(transfer(day=date(2026, 11, 22)), rules).tariff == "wallet"


@pytest.mark.parametrize(
    ("rounding", "fee"),
    [(Rounding.HALF_UP, "0.03"), (Rounding.HALF_EVEN, "0.02"), (Rounding.DOWN, "0.02")],
)
def test_rounding_is_the_tariffs(rounding, fee):
    tariff = Tariff("t", rate=Decimal("0.01"), rounding=rounding)
    assert tariff.of(Decimal("2.50"), "THB") == Decimal(fee)


@given(amounts, st.decimals(0, 1, places=4))
def test_fees_stay_within_their_bounds(amount, rate):
    tariff = Tariff("t", rate, Decimal("1.00"), least=Decimal("2.00"), most=Decimal("500.00"))
    fee = tariff.of(amount, "THB")
    assert Decimal("2.00") <= fee <= Decimal("500.00")
    assert -fee.as_tuple().exponent == 2


@pytest.mark.parametrize(
    "bad",
    [{"rate": Decimal(-1)}, {"fixed": Decimal(-1)}, {"least": Decimal(2), "most": Decimal(1)}],
)
def test_bad_tariffs_are_refused(bad):
    with pytest.raises(TariffRefused):
        Tariff("t", **bad)


@given(st.lists(st.tuples(amounts, st.sampled_from("ABCD"), st.sampled_from("ABCD"))))
def test_nets_sum_to_zero(rows):
    fees = [interchange_of(transfer(*row), [WALLETS]) for row in rows]
    assert sum(net_by_participant(filter(None, fees)).values()) == 0


def test_of_tariffs_of_one_day_the_narrower_counts_whatever_their_order():
    """Which of them was charged was up to the order in which the database told them."""
    wide = Interchange(Tariff("wide", rate=Decimal("0.01")), Side.PAYEE)
    baht = Interchange(Tariff("baht", rate=Decimal("0.02")), Side.PAYEE, currency="THB")
    later = Interchange(
        Tariff("later", rate=Decimal("0.03")), Side.PAYEE, valid_from=date(2026, 1, 1)
    )
    for rules in ([wide, baht], [baht, wide]):
        assert interchange_of(transfer(), rules).tariff == "baht"
        assert interchange_of(transfer(), [*rules, later]).tariff == "later"
