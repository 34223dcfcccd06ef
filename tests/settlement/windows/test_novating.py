"""Novation and netting: the database nets as the rule says, whoever steps in between."""

from datetime import date
from decimal import Decimal, localcontext

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settlement.directory import listing
from settlement.models import Leg, MarketRule, Participant, WindowNet, WindowNetting
from settlement.rules import novation as rules
from settlement.windows import novating, windowing
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, PTT, SIAM

CODES = (SIAM, KRUNG, ISARA)
LEGS = st.lists(
    st.tuples(
        st.sampled_from(CODES),
        st.sampled_from(CODES),
        st.sampled_from(["THB", "USD"]),
        st.sampled_from([DUE, date(2026, 1, 8)]),
        st.decimals("0.01", "99999.99", places=2),
    ).filter(lambda leg: leg[0] != leg[1]),
    min_size=1,
    max_size=12,
)


def owed(legs):
    return [rules.Owed(*leg) for leg in legs]


@given(legs=LEGS)
def test_nets_of_an_asset_sum_to_zero_and_pairs_mirror_each_other(legs):
    many = rules.net_multilateral(owed(legs))
    pairs = rules.net_bilateral(owed(legs))
    totals = {}
    for key, net in many.items():
        totals[key.asset] = totals.get(key.asset, Decimal(0)) + net.net
        against = [
            n.net
            for k, n in pairs.items()
            if (k.participant, k.asset, k.value_date)
            == (key.participant, key.asset, key.value_date)
        ]
        assert sum(against) == net.net
    assert set(totals.values()) == {0}
    for key, net in pairs.items():
        mirror = rules.NetKey(key.counterparty, key.participant, key.asset, key.value_date)
        assert pairs[mirror].net == -net.net


@given(legs=LEGS)
def test_novation_changes_whom_one_owes_and_not_how_much(legs):
    """CLS and CNS rest on this: one counterparty, the same net for everybody, nothing for it."""
    before = rules.net_multilateral(owed(legs))
    novated = [part for leg in owed(legs) for part in rules.novate(leg, "CCP")]
    after = rules.net_multilateral(novated)
    for key, net in after.items():
        if key.participant == "CCP":
            assert net.net == 0
        else:
            assert net == before[key]
    against = {key.counterparty for key in rules.net_bilateral(novated)} - {"CCP"}
    assert against == {leg[0] for leg in legs} | {leg[1] for leg in legs}


@pytest.mark.django_db
@pytest.mark.parametrize("novation", ["none", "house", "ccp"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(legs=LEGS)
def test_the_database_nets_as_the_rule_says(novation, legs):
    with transaction.atomic():
        market.furnish()
        central = market.enter("CCP")
        market.rule(novation=novation, ccp_id=central if novation == "ccp" else None)
        market.capture(
            *(
                market.pay(f"P-{n}", debtor, creditor, amount, currency=asset, value_date=day)
                for n, (debtor, creditor, asset, day, amount) in enumerate(legs)
            )
        )
        market.close_and_net()
        facts = owed(legs)
        if novation == "ccp":
            facts = [part for leg in facts for part in rules.novate(leg, "CCP")]
        net = rules.net_multilateral if novation == "house" else rules.net_bilateral
        expected = {
            (k.participant, k.counterparty, k.asset, k.value_date): (
                n.gross_in,
                n.gross_out,
                n.legs,
            )
            for k, n in net(facts).items()
            if k.participant != "CCP"
        }
        found = {
            (
                row.participant.code,
                row.counterparty.code if row.counterparty else "",
                row.asset,
                row.value_date,
            ): (row.gross_in, row.gross_out, row.legs)
            for row in WindowNet.objects.select_related("participant", "counterparty")
        }
        assert found == expected
        netting = WindowNetting.objects.get()
        assert netting.legs == len(legs)
        assert netting.novated_to_id == (central if novation == "ccp" else None)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_central_counterpartys_own_trades_leave_it_a_net():
    market.furnish()
    central = market.enter("CCP")
    market.rule(novation="ccp", ccp_id=central)
    market.capture(market.pay("P-1", SIAM, "CCP", "10.00"), market.pay("P-2", SIAM, KRUNG, "5.00"))
    market.close_and_net()
    nets = {row.participant.code: row.net for row in WindowNet.objects.all()}
    assert nets == {SIAM: -15, "CCP": 10, KRUNG: 5}


@pytest.mark.django_db
def test_a_window_is_netted_once():
    market.furnish()
    market.capture(market.pay("P-1", SIAM, KRUNG, "10.00"))
    [first] = market.close_and_net()
    again = novating.net_window(window_id=first.window_id, business_date=DUE, at=AT)
    assert again == first
    assert WindowNet.objects.count() == 2


@pytest.mark.django_db
def test_a_withdrawn_trade_is_not_netted():
    market.furnish()
    market.capture(market.pay("P-1", SIAM, KRUNG, "10.00"), market.pay("P-2", SIAM, KRUNG, "1.00"))
    trade = novating.Window.objects.get()
    market.withdraw("P-1")
    [netted] = market.close_and_net()
    assert (netted.window_id, netted.legs) == (trade.pk, 1)
    assert {row.net for row in WindowNet.objects.all()} == {1, -1}


@pytest.mark.django_db
def test_the_rule_in_force_is_the_markets_own_then_the_houses_then_the_default():
    market.furnish()
    assert novating.market_rule(market="XBKK", on=DUE).model == MarketRule.Model.DVP3
    market.rule(model="gross")
    assert novating.market_rule(market="XBKK", on=DUE).model == MarketRule.Model.GROSS
    market.rule("XBKK", model="dvp2")
    assert novating.market_rule(market="XBKK", on=DUE).model == MarketRule.Model.DVP2
    assert novating.market_rule(market="XNYS", on=DUE).model == MarketRule.Model.GROSS
    assert novating.market_rule(market="XBKK", on=date(2019, 1, 1)).model == MarketRule.Model.DVP3


@pytest.mark.django_db
def test_the_database_refuses_nets_that_do_not_sum_to_zero():
    market.furnish()
    window = windowing.open_window(book=BOOK, actor=ACTOR, at=AT)
    with pytest.raises(IntegrityError, match="do not sum to zero"), transaction.atomic():
        WindowNet.objects.create(
            window_id=window,
            participant=Participant.objects.first(),
            asset=PTT,
            value_date=DUE,
            gross_in=1,
            gross_out=0,
            net=1,
            legs=1,
        )


# Whole in units, finer than they are, the last that they hold, and the first that they do not.
EXACT = st.one_of(
    st.sampled_from(
        [
            *(
                "0.0001",
                "0.00001",
                "0.0000000001",
                "99999999999999.9999",
                "99999999999999.99990001",
            ),
            *("100000000000000", "12345678901234567890.0123456789"),
        ]
    ).map(Decimal),
    st.decimals("0.0001", "99999999999999", places=4),
    st.decimals("0.0000000001", "99999", places=10),
)


@pytest.mark.django_db
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quantities=st.lists(EXACT, min_size=1, max_size=8), bilateral=st.booleans())
def test_sums_are_exact_whatever_the_units_hold(quantities, bilateral):
    """Machine integers and decimals together come to the sum, to the last digit."""
    with transaction.atomic():
        market.furnish()
        fine = listing.InstrumentDraft(
            code="FINE", kind="good", name_en="Fine", name_th="", decimals=10, market="XBKK"
        )
        listing.enter_many(drafts=[fine], actor=ACTOR, at=AT)
        if bilateral:
            market.rule("XBKK", novation=MarketRule.Novation.NONE)
        market.capture(
            *(
                market.trade(f"T-{n}", SIAM, KRUNG, quantity, instrument="FINE")
                for n, quantity in enumerate(quantities)
            )
        )
        market.close_and_net()
        nets = WindowNet.objects.filter(asset="FINE")
        with localcontext(prec=60):
            total = sum(quantities, Decimal(0))
            assert set(nets.values_list("participant__code", "gross_in", "gross_out", "net")) == {
                (SIAM, total, 0, total),
                (KRUNG, 0, total, -total),
            }
        units = Leg.objects.filter(asset="FINE").values_list("quantity", "units")
        assert all(
            held == (quantity * 10**4 if quantity < 10**14 and not quantity * 10**4 % 1 else None)
            for quantity, held in units
        )
        transaction.set_rollback(True)
