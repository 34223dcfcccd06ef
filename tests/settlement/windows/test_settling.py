"""Settlement under limits: three models, every reason told, finality and postings in one commit."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting import queries as ledger
from compliance import holds, parties
from settlement import queries
from settlement.models import (
    FailedLeg,
    Leg,
    Movement,
    PositionSheet,
    Settlement,
    SettlementRun,
    UnsettledTrade,
)
from settlement.reports import reporting
from settlement.rules.trade_booking import PARTICIPANTS
from settlement.windows import funding, positions, settling
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, PTT, SIAM, TRADED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()


def held(code, asset):
    return positions.positions(book=BOOK).get((market.ids()[code], asset), Decimal(0))


def booked(code, asset):
    """The ledger's balance of a participant, seen from the participant."""
    rows = ledger.trial_balance(entity=BOOK, as_of=DUE)
    account = f"{PARTICIPANTS}:{code}"
    return -sum(r.balance for r in rows if (r.account, r.currency) == (account, asset))


def test_a_trade_settles_both_ways_or_not_at_all_and_is_booked_in_the_same_commit():
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 100})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    done = market.settle()
    assert (done.settled, done.unsettled, done.legs) == (1, 0, 2)
    assert (held(SIAM, PTT), held(SIAM, "THB")) == (100, 0)
    assert (held(KRUNG, PTT), held(KRUNG, "THB")) == (0, 1000)
    for code in (SIAM, KRUNG):
        for asset in (PTT, "THB"):
            assert booked(code, asset) == held(code, asset)
    assert {row.settled_at for row in Settlement.objects.all()} == {AT}


def test_balances_move_once_and_by_what_was_owed_4115_510_4009():
    """mojaloop 4115 and 510: balances doubled by settling; 4009: not updated by it."""
    market.fund(SIAMSEC={"THB": 1000})
    market.capture(market.pay("P-1", SIAM, KRUNG, "60.00"), market.pay("P-2", KRUNG, SIAM, "15.00"))
    market.settle()
    for _again in range(2):
        assert (held(SIAM, "THB"), held(KRUNG, "THB")) == (955, 45)
        assert (booked(SIAM, "THB"), booked(KRUNG, "THB")) == (955, 45)
        market.settle()


def test_nothing_settles_twice():
    market.fund(SIAMSEC={"THB": 5000}, KRUNGSEC={PTT: 500})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.settle()
    before = Movement.objects.count()
    again = market.settle()
    assert (again.settled, again.legs, Movement.objects.count()) == (0, 0, before)


def test_what_is_short_stays_behind_with_the_balance_that_binds_and_by_how_much():
    market.fund(SIAMSEC={"THB": 400}, KRUNGSEC={PTT: 100})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    assert market.settle().settled == 0
    [(reason, [shortage])] = market.reasons().values()
    assert reason == "short"
    assert shortage["participant"] == SIAM
    assert (shortage["asset"], Decimal(shortage["short"])) == ("THB", 600)


def test_gridlock_settles_net_in_model_three_and_not_gross_in_model_one():
    market.fund(SIAMSEC={"THB": 10}, KRUNGSEC={"THB": 0}, ISARASEC={"THB": 0})
    market.capture(
        market.pay("P-1", SIAM, KRUNG, "100.00"),
        market.pay("P-2", KRUNG, ISARA, "100.00"),
        market.pay("P-3", ISARA, SIAM, "100.00"),
    )
    market.rule(model="gross")
    assert market.settle().settled == 0
    assert {reason for reason, _ in market.reasons().values()} == {"short"}
    market.rule(model="dvp3")
    assert market.settle().settled == 3
    assert not Movement.objects.filter(run__kind="settlement").exists()
    assert Settlement.objects.count() == 3


def test_model_two_moves_securities_gross_and_cash_net():
    market.fund(SIAMSEC={"THB": 50}, KRUNGSEC={PTT: 200})
    market.capture(
        market.trade("T-1", SIAM, KRUNG, 100, "1000.00"),
        market.trade("T-2", ISARA, SIAM, 100, "990.00"),
    )
    market.fund("F-2", ISARASEC={"THB": 990})
    market.rule(model="dvp2")
    assert market.settle().settled == 2
    moved = Movement.objects.filter(run__kind="settlement")
    assert moved.filter(asset=PTT).count() == 4
    assert {row.quantity for row in moved.filter(asset="THB")} == {-10, 1000, -990}


def test_model_two_delivers_nothing_that_is_not_there_yet():
    """Model 3 nets a circle of deliveries; model 2 has to make them one by one."""
    market.capture(
        *(
            market.trade(f"T-{n}", buyer, seller, 10, "100.00")
            for n, (buyer, seller) in enumerate([(SIAM, KRUNG), (KRUNG, ISARA), (ISARA, SIAM)])
        )
    )
    market.rule(model="dvp2")
    assert market.settle().settled == 0
    market.rule(model="dvp3")
    assert market.settle().settled == 3


def test_foreign_exchange_pays_both_currencies_or_neither():
    market.fund(SIAMSEC={"THB": 3500}, KRUNGSEC={"USD": "99.99"})
    market.capture(market.exchange("FX-1", SIAM, KRUNG, 100, "3500.00"))
    assert market.settle().settled == 0
    assert (held(SIAM, "THB"), held(KRUNG, "THB")) == (3500, 0)
    market.fund("F-2", KRUNGSEC={"USD": "0.01"})
    assert market.settle().settled == 1
    assert (held(SIAM, "USD"), held(KRUNG, "THB")) == (100, 3500)


def test_optimal_settles_more_than_the_queues_order_and_says_it_is_the_best():
    market.fund(SIAMSEC={"THB": 1000})
    market.capture(
        market.pay("P-1", SIAM, KRUNG, "900.00"),
        market.pay("P-2", SIAM, KRUNG, "600.00"),
        market.pay("P-3", SIAM, KRUNG, "400.00"),
    )
    market.rule(mode="optimal", deadline=5)
    assert market.settle().settled == 2
    run = SettlementRun.objects.get(kind="settlement")
    assert (run.value, run.bound, run.proven) == (1000, 1000, True)
    assert set(market.reasons()) == {"P-1"}


def test_priority_goes_first():
    market.fund(SIAMSEC={"THB": 500})
    market.capture(
        market.pay("P-1", SIAM, KRUNG, "500.00"),
        market.pay("P-2", SIAM, ISARA, "500.00", detail={"priority": 1}),
    )
    market.settle()
    assert set(market.reasons()) == {"P-1"}


def test_partial_settlement_settles_the_lots_that_are_there_and_the_rest_later():
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 30})
    market.capture(market.trade("T-1", SIAM, KRUNG, 100, "1000.00"))
    market.rule(lots=10)
    market.settle()
    assert (held(SIAM, PTT), held(SIAM, "THB")) == (30, 700)
    left = UnsettledTrade.objects.get()
    assert (left.lots, left.of) == (7, 10)
    market.fund("F-2", KRUNGSEC={PTT: 70})
    market.settle()
    assert (held(SIAM, PTT), held(KRUNG, "THB")) == (100, 1000)
    assert Settlement.objects.count() == 4


@pytest.mark.parametrize(
    ("kind", "amount"), [("credit_line", 600), ("net_debit_cap", 1000), ("net_debit_cap", 999)]
)
def test_credit_lines_widen_and_caps_narrow(kind, amount):
    market.fund(SIAMSEC={"THB": 400 if kind == "credit_line" else 5000})
    market.capture(market.pay("P-1", SIAM, KRUNG, "1000.00"))
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
    assert market.settle().settled == (amount != 999)


def test_a_net_debit_cap_is_the_days_whatever_runs_it_has():
    market.fund(SIAMSEC={"THB": 5000})
    funding.set_limit(
        book=BOOK,
        participant=SIAM,
        asset="THB",
        kind="net_debit_cap",
        amount=Decimal(100),
        valid_from=TRADED,
        actor=ACTOR,
        at=AT,
    )
    market.capture(market.pay("P-1", SIAM, KRUNG, "70.00"))
    assert market.settle().settled == 1
    market.capture(market.pay("P-2", SIAM, KRUNG, "40.00"), market.pay("P-3", SIAM, KRUNG, "30.00"))
    market.rule(mode="optimal", deadline=2)
    market.settle()
    assert market.reasons()["P-2"][1][0]["asset"] == "THB"
    assert "P-3" not in market.reasons()
    market.settle(DUE + timedelta(days=1))
    assert held(KRUNG, "THB") == 140, "the next day has a cap of its own"


def test_pledged_collateral_opens_credit_and_is_blocked():
    market.fund(SIAMSEC={PTT: 100, "THB": 0}, KRUNGSEC={"THB": 1})
    market.capture(
        market.pay("P-1", SIAM, KRUNG, "800.00"), market.trade("T-1", KRUNG, SIAM, 60, "1.00")
    )
    funding.pledge(
        book=BOOK,
        reference="PL-1",
        participant=SIAM,
        asset=PTT,
        quantity=Decimal(50),
        currency="THB",
        credit=Decimal(800),
        actor=ACTOR,
        at=AT,
    )
    market.settle()
    assert set(market.reasons()) == {"T-1"}, "50 of the 100 shares are blocked"
    assert held(SIAM, "THB") == -800


def test_no_more_is_pledged_or_taken_out_than_there_is():
    market.fund(SIAMSEC={"THB": 10})
    with pytest.raises(funding.NotEnough):
        market.fund("F-2", SIAMSEC={"THB": -11})
    with pytest.raises(funding.FundingDiffers):
        market.fund("F-1", SIAMSEC={"THB": 11})
    assert market.fund("F-1", SIAMSEC={"THB": 10}) == 1


def test_bilateral_limits_hold():
    market.fund(SIAMSEC={"THB": 5000})
    market.capture(market.pay("P-1", SIAM, KRUNG, "100.00"), market.pay("P-2", SIAM, ISARA, "100"))
    funding.set_limit(
        book=BOOK,
        participant=SIAM,
        counterparty=KRUNG,
        asset="THB",
        kind="bilateral",
        amount=Decimal(99),
        valid_from=TRADED,
        actor=ACTOR,
        at=AT,
    )
    market.settle()
    assert market.reasons()["P-1"][1][0]["counterparty"] == KRUNG


def test_a_hold_stops_the_settlement_of_open_legs_and_its_release_resumes_it():
    market.fund(SIAMSEC={"THB": 5000})
    market.capture(market.pay("P-1", SIAM, KRUNG, "100.00"))
    parties.onboard(code=KRUNG, name_en="K", name_th="", kind="bank", actor=ACTOR, at=AT)
    hold = holds.place(subject_kind="party", subject_ref=KRUNG, reason="x", actor=ACTOR, at=AT)
    assert market.settle().settled == 0
    assert market.reasons() == {"P-1": ("held", [])}
    holds.release(hold_id=hold, reason="y", actor=ACTOR, at=AT)
    assert market.settle().settled == 1


def test_a_leg_that_comes_after_its_day_was_closed_settles_with_the_next():
    market.fund(SIAMSEC={"THB": 1000})
    market.capture(market.pay("P-0", SIAM, KRUNG, "1.00"))
    market.close_day()
    market.capture(market.pay("P-1", SIAM, KRUNG, "10.00"))
    market.close_and_net()
    assert market.close_day(DUE + timedelta(days=1))["trades_settled"] == 1
    market.capture(market.pay("P-2", SIAM, KRUNG, "10.00"))
    assert market.close_day(DUE + timedelta(days=2))["trades_settled"] == 1


def test_a_fail_ages_by_the_day_and_names_who_failed():
    market.fund(SIAMSEC={"THB": 1000})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    for offset in range(3):
        market.close_day(DUE + timedelta(days=offset))
    fails = FailedLeg.objects.order_by("business_date", "pk")
    assert [row.cause for row in fails] == ["securities"] * 6
    assert {row.failing.code for row in fails} == {KRUNG}
    market.fund("F-2", KRUNGSEC={PTT: 100})
    market.close_day(DUE + timedelta(days=3))
    assert FailedLeg.objects.count() == 6
    assert Settlement.objects.count() == 2


def test_the_days_sheet_holds_what_the_movements_come_to():
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 100})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    moved = {}
    market.close_day()
    for row in Movement.objects.all():
        key = (row.participant_id, row.asset)
        moved[key] = moved.get(key, Decimal(0)) + row.quantity
    sheet = {(r.participant_id, r.asset): r.quantity for r in PositionSheet.objects.all()}
    assert sheet == {key: amount for key, amount in moved.items() if amount}
    assert {k: v for k, v in positions.positions(book=BOOK).items() if v} == sheet


def test_the_database_refuses_what_does_not_sum_to_zero_or_settles_too_much():
    market.fund(SIAMSEC={"THB": 1000})
    market.capture(market.pay("P-1", SIAM, KRUNG, "100.00"))
    market.settle()
    run, leg = SettlementRun.objects.last(), Leg.objects.get()
    with pytest.raises(IntegrityError, match="do not sum to zero"), transaction.atomic():
        Movement.objects.create(run=run, book=BOOK, asset="THB", quantity=1)
    other = SettlementRun.objects.exclude(pk=run.pk).get()
    with pytest.raises(IntegrityError, match="more than it owes"), transaction.atomic():
        Settlement.objects.create(leg=leg, run=other, quantity=1, settled_at=AT)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Settlement.objects.update(settled_at=AT)


CODES = (SIAM, KRUNG, ISARA)
PARTS = st.tuples(
    st.sampled_from(CODES), st.sampled_from(CODES), st.integers(1, 60), st.integers(1, 900)
).filter(lambda one: one[0] != one[1])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    trades=st.lists(PARTS, min_size=1, max_size=8),
    model=st.sampled_from(["gross", "dvp2", "dvp3"]),
    lots=st.sampled_from([1, 5]),
    seed=st.integers(0, 10**6),
)
def test_whatever_settles_nothing_is_made_or_lost_and_nobody_falls_short(trades, model, lots, seed):
    with transaction.atomic():
        market.rule(model=model, lots=lots)
        market.fund(
            **{
                code: {"THB": (seed * (n + 1)) % 900, PTT: (seed * (n + 3)) % 60}
                for n, code in enumerate(CODES)
            }
        )
        market.capture(
            *(
                market.trade(f"T-{n}", buyer, seller, quantity, Decimal(amount))
                for n, (buyer, seller, quantity, amount) in enumerate(trades)
            )
        )
        opening = positions.positions(book=BOOK)
        done = market.settle()
        closing = positions.positions(book=BOOK)
        expected = dict(opening)
        for row in Settlement.objects.select_related("leg"):
            for who, sign in ((row.leg.debtor_id, -1), (row.leg.creditor_id, 1)):
                key = (who, row.leg.asset)
                expected[key] = expected.get(key, Decimal(0)) + sign * row.quantity
        assert {k: v for k, v in closing.items() if v} == {k: v for k, v in expected.items() if v}
        assert all(v >= 0 for (who, _asset), v in closing.items() if who is not None)
        assert done.settled + sum(r.lots == r.of for r in UnsettledTrade.objects.all()) == len(
            trades
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT asset, sum(quantity) FROM settlement_movement GROUP BY asset")
            assert all(total == 0 for _asset, total in cursor.fetchall())
        for code in CODES:
            for asset in ("THB", PTT):
                assert booked(code, asset) == closing.get((market.ids()[code], asset), 0)
        transaction.set_rollback(True)


def test_settling_needs_a_settlement_clerk(cast):
    with pytest.raises(Exception, match="may not do this"):
        settling.settle(book=BOOK, business_date=DUE, actor=cast.actor("ann"), at=AT)


def test_the_days_report_tells_what_settled_what_did_not_and_why():
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 100})
    market.capture(market.trade("T-1", SIAM, KRUNG), market.pay("P-1", ISARA, SIAM, "7.50"))
    market.close_day()
    told = reporting.report(book=BOOK, business_date=DUE)["trades"]
    assert {(row["asset"], row["legs"], row["quantity"]) for row in told["settled"]} == {
        (PTT, 1, "100"),
        ("THB", 1, "1000"),
    }
    [left] = told["unsettled"]
    assert (left["reference"], left["reason"]) == ("P-1", "short")
    assert left["shortages"] == [{"participant": ISARA, "asset": "THB", "short": "7.5"}]
    assert told["failed"] == [
        {"failing": ISARA, "cause": "cash", "asset": "THB", "legs": 1, "quantity": "7.5"}
    ]
    assert {tuple(row.values()) for row in told["positions"]} == {
        (KRUNG, "THB", "1000"),
        (SIAM, PTT, "100"),
        ("", "THB", "-1000"),
        ("", PTT, "-100"),
    }


def test_a_day_with_trades_only_waits_for_its_close():
    market.capture(market.trade("T-1", SIAM, KRUNG))
    assert queries.days_waiting(until=DUE) == [(BOOK, DUE)]
    market.close_day()
    assert queries.days_waiting(until=DUE) == []
    market.capture(market.trade("T-2", SIAM, KRUNG, value_date=DUE - timedelta(days=1)))
    assert queries.days_waiting(until=DUE) == []
