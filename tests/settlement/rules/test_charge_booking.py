"""Penalties in the books: every entry zero by currency, and nothing accrued after collection."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from settlement.rules import charge_booking as rules
from settlement.rules.booking import clearing_account

PARTIES = ("A", "B", "C", "D:1")
penalties = st.lists(
    st.builds(
        rules.Owed,
        payer=st.sampled_from(PARTIES),
        payee=st.sampled_from(PARTIES),
        currency=st.sampled_from(("EUR", "THB")),
        amount=st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-2)),
    ),
    max_size=40,
)


def accounts(owed):
    """What each pays and receives, as the month's query sums it up."""
    found = {}
    for one in owed:
        for party, pays, receives in ((one.payer, one.amount, 0), (one.payee, 0, one.amount)):
            was = found.get((party, one.currency), (Decimal(0), Decimal(0)))
            found[party, one.currency] = (was[0] + pays, was[1] + receives)
    return [rules.Account(*key, *sums) for key, sums in found.items()]


def sums(amounts):
    found = {}
    for (_account, currency), amount in amounts.items():
        found[currency] = found.get(currency, Decimal(0)) + amount
    return set(found.values()) - {Decimal(0)}


@given(penalties)
def test_accrual_and_collection_each_sum_to_zero(owed):
    assert not sums(rules.accrual(owed))
    assert not sums(rules.collection(accounts(owed)))


@given(penalties)
def test_collection_takes_every_accrual_away_and_leaves_the_nets(owed):
    accrued, collected = rules.accrual(owed), rules.collection(accounts(owed))
    left = {
        key: accrued.get(key, Decimal(0)) + collected.get(key, Decimal(0))
        for key in accrued.keys() | collected.keys()
    }
    for one in accounts(owed):
        own = (clearing_account(one.participant), one.currency)
        assert left.pop(own) == one.pays - one.receives
    assert not any(left.values())


def test_who_failed_owes_and_who_waited_is_owed():
    amounts = rules.accrual([rules.Owed("A", "B", "THB", Decimal("34.00"))])
    assert amounts == {
        ("Assets:Penalties:A", "THB"): Decimal("34.00"),
        ("Liabilities:Penalties:B", "THB"): Decimal("-34.00"),
    }
