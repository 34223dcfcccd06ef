"""After a fail: penalties a day, collected by month, bought in, and dividends claimed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounting import queries as ledger
from backoffice.desk.models import WorkItem
from backoffice.kernel.refusals import Refused
from compliance import holds, parties
from settlement import end_of_day
from settlement.charges import (
    charging,
    collecting,
    entitling,
    failed_days,
    failing,
    margining,
)
from settlement.models import (
    BuyIn,
    Fee,
    FeeTariff,
    MarginCall,
    MarginRate,
    MarketClaim,
    Penalty,
    PenaltyNet,
    PenaltyRate,
    PenaltyRegime,
    Settlement,
    StepRun,
)
from settlement.rules import charge_booking
from settlement.rules.booking import clearing_account
from settlement.windows import settling
from tests.plans import looked_through, plan_of
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, PTT, SIAM

pytestmark = pytest.mark.django_db
NEXT = DUE + timedelta(days=1)


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()
    PenaltyRegime.objects.create(
        market="XBKK", tariff="CSDR", valid_from=date(2022, 2, 1), buy_in_after=1, source="a test"
    )


def fail(*days, cash="0"):
    """Krung owes Siam 100 PTT against 1,000 baht and does not have them."""
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.fund(SIAMSEC={"THB": 1000}) if cash == "0" else market.fund(KRUNGSEC={PTT: 100})
    for day in days or (DUE,):
        market.settle(day)
        settling.mark_fails(book=BOOK, business_date=day, at=AT)


def charge(day=DUE):
    return failing.charge_day(book=BOOK, business_date=day, actor=ACTOR, at=AT)


def price(amount, day=DUE):
    told = margining.Mark(PTT, day, Decimal(amount), "THB")
    return margining.mark(marks=[told], source="SET", actor=ACTOR, at=AT)


def balance(code, day=DUE, account=clearing_account):
    rows = ledger.trial_balance(entity=BOOK, as_of=day)
    return sum(row.balance for row in rows if row.account == account(code))


def test_the_failing_deliverer_pays_a_basis_point_of_quantity_times_reference_price():
    fail()
    price("3400")
    assert charge() == failing.Charged(penalties=1, entries=1)
    one = Penalty.objects.select_related("payer", "payee").get()
    assert (one.payer.code, one.payee.code, one.category) == (KRUNG, SIAM, "liquid_share")
    assert (one.value, one.amount) == (340_000, Decimal("34.00"))


@pytest.mark.parametrize(("on_hold", "payer"), [(SIAM, SIAM), (KRUNG, KRUNG)])
def test_the_side_that_is_on_hold_pays_not_the_one_that_could_deliver(on_hold, payer):
    """Krung had the shares and Siam was on hold; Krung was charged."""
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 100})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    parties.onboard(code=on_hold, name_en="x", name_th="", kind="bank", actor=ACTOR, at=AT)
    holds.place(subject_kind="party", subject_ref=on_hold, reason="x", actor=ACTOR, at=AT)
    market.settle()
    settling.mark_fails(book=BOOK, business_date=DUE, at=AT)
    price("3400")
    charge()
    assert Penalty.objects.get().payer.code == payer


def test_a_day_is_charged_once():
    fail()
    charge()
    assert charge() == failing.Charged()
    assert Penalty.objects.count() == 1


def test_a_penalty_stands_in_the_books_on_its_day_and_leaves_them_for_clearing_with_its_month():
    fail()
    price("3400")
    charge()
    assert balance(KRUNG, account=charge_booking.receivable) == Decimal("34.00")
    assert balance(SIAM, account=charge_booking.payable) == Decimal("-34.00")
    assert balance(KRUNG) == balance(SIAM) == 0
    due = date(2026, 2, 26)
    collecting.collect(book=BOOK, business_date=due, actor=ACTOR, at=AT)
    assert balance(KRUNG, due, account=charge_booking.receivable) == 0
    assert balance(SIAM, due, account=charge_booking.payable) == 0
    assert (balance(KRUNG, due), balance(SIAM, due)) == (Decimal("34.00"), Decimal("-34.00"))


def test_what_is_charged_later_on_a_day_is_accrued_beside_what_was():
    market.capture(market.trade("T-1", SIAM, KRUNG), market.trade("T-2", ISARA, SIAM, 50, "500.00"))
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 100})
    market.fund("F-2", ISARASEC={"THB": 100})
    market.capture(market.trade("T-3", KRUNG, ISARA, 70, "700.00"))
    market.settle()
    settling.mark_fails(book=BOOK, business_date=DUE, at=AT)
    first = charge()
    assert (first.penalties, first.unpriced, first.entries) == (1, 1, 1)
    overnight()
    second = charge()
    assert (second.penalties, second.unpriced, second.entries) == (1, 0, 1)
    told = dict(Penalty.objects.values_list("trade__source_ref", "amount"))
    owed = [balance(code, account=charge_booking.receivable) for code in (SIAM, KRUNG, ISARA)]
    assert sum(owed) == sum(told.values())
    assert charge().entries == 0


def test_many_fails_are_charged_claimed_and_called_in_as_many_statements_as_one():
    """Penalties without price, with it, buy-ins, claims, fees, calls: none is asked one by one."""
    margin_rate()
    tariff()

    def fail_more(first, last):
        for number in range(first, last):
            for code in (f"B{number}", f"S{number}"):
                market.enter(code)
            market.fund(f"F-{number}", **{f"B{number}": {"THB": 2000, PTT: 100}})
            market.capture(
                market.trade(f"T-{number}", f"B{number}", f"S{number}"),
                market.trade(f"C-{number}", f"S{number}", f"B{number}", 50, "99999.00"),
            )

    def charge_on(number):
        """What the step asks of the database on the second day of fails."""
        for day in (DUE + timedelta(days=number), DUE + timedelta(days=number + 1)):
            announce(reference=f"DIV-{day}", record_date=day, payment_date=day)
            market.capture(market.pay(f"P-{day}", "B0", "S0", "100.00", value_date=day))
            market.settle(day)
            settling.mark_fails(book=BOOK, business_date=day, at=AT)
            with CaptureQueriesContext(connection) as queries:
                counts = end_of_day.charge(end_of_day.Day(BOOK, day, ACTOR, lambda: AT))
        return len(queries), counts

    fail_more(0, 1)
    asked, counts = charge_on(0)
    assert counts == {
        "penalties": 1,
        "unpriced": 1,
        "buy_ins": 1,
        "months_collected": 0,
        "claims": 2,
        "fees": 1,
        "margin_calls": 2,
        "entries": 3,
    }
    fail_more(1, 12)
    asked_more, counts = charge_on(5)
    assert (counts["penalties"], counts["unpriced"], counts["buy_ins"]) == (12, 12, 11)
    assert (counts["claims"], counts["margin_calls"]) == (24, 24)
    assert asked_more == asked


def test_without_a_price_the_contracts_counts():
    fail()
    charge()
    assert Penalty.objects.get().value == 1000


def test_lack_of_cash_costs_the_overnight_rate_and_a_missing_rate_is_work_for_the_desk():
    fail(cash="none")
    assert charge() == failing.Charged(unpriced=1)
    item = WorkItem.objects.get(kind="settlement.unpriced_fail")
    assert "No penalty rate" in item.title_en
    assert "ค่าปรับ" in item.title_th
    overnight()
    assert charge().penalties == 1
    one = Penalty.objects.select_related("payer").get()
    assert (one.payer.code, one.amount) == (SIAM, Decimal("1.00"))


def overnight():
    """The overnight rate that lack of cash is charged by."""
    PenaltyRate.objects.create(
        tariff="CSDR",
        category="lack_of_cash",
        currency="THB",
        percent=Decimal("36.5"),
        day_count=365,
        valid_from=date(2020, 1, 1),
        source="a test",
    )


def test_rates_are_effective_dated():
    PenaltyRate.objects.create(
        tariff="CSDR",
        category="liquid_share",
        basis_points=Decimal(30),
        valid_from=NEXT,
        source="a test",
    )
    fail(DUE, NEXT)
    charge()
    charge(NEXT)
    amounts = dict(Penalty.objects.values_list("business_date", "amount"))
    assert amounts == {DUE: Decimal("0.10"), NEXT: Decimal("3.00")}


def test_a_market_without_a_regime_charges_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM settlement_penaltyregime WHERE market = 'XBKK'")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    fail()
    assert charge() == failing.Charged()


def test_the_union_has_its_annex_from_the_first_day():
    rates = PenaltyRate.objects.filter(tariff="CSDR").exclude(category="lack_of_cash")
    assert rates.count() == 7
    assert rates.get(category="sovereign_or_public_debt").basis_points == Decimal("0.10")
    assert PenaltyRegime.objects.filter(market="XPAR", valid_from=date(2022, 2, 1)).exists()


def test_a_month_is_collected_once_on_its_day_and_sums_to_zero():
    fail()
    price("3400")
    charge()
    early, due = date(2026, 2, 24), date(2026, 2, 26)
    collect = {"book": BOOK, "actor": ACTOR, "at": AT}
    assert collecting.collect(business_date=early, **collect).months == 0
    done = collecting.collect(business_date=due, **collect)
    assert done == collecting.Collected(months=1, nets=2, entries=1)
    assert collecting.collect(business_date=due, **collect).months == 0
    assert balance(KRUNG, due) == Decimal("34.00")
    assert balance(SIAM, due) == Decimal("-34.00")
    assert sum(PenaltyNet.objects.values_list("net", flat=True)) == 0


def test_a_buy_in_comes_after_the_extension_once_and_stands_on_the_desk():
    days = [DUE + timedelta(days=n) for n in range(3)]
    fail(*days)
    assert [charge(day).buy_ins for day in days] == [0, 1, 0]
    bought = BuyIn.objects.get()
    assert (bought.days, bought.quantity, bought.business_date) == (2, 100, days[1])
    assert WorkItem.objects.get(kind="settlement.buy_in").priority == 2


def test_a_weekend_that_the_book_closes_makes_a_fail_no_older():
    """Saturday and Sunday counted as business days of fail, and the buy-in came two days early."""
    saturday = DUE + timedelta(days=3)
    days = [DUE, saturday, saturday + timedelta(days=1), saturday + timedelta(days=2)]
    fail(*days)
    assert [charge(day).buy_ins for day in days] == [0, 0, 0, 1]
    assert BuyIn.objects.get().days == 2


def announce(**changes):
    told = {
        "reference": "PTT-DIV-1",
        "instrument": PTT,
        "record_date": DUE,
        "ex_date": DUE - timedelta(days=1),
        "payment_date": DUE,
        "amount": Decimal("1.255"),
        "currency": "THB",
        "actor": ACTOR,
        "at": AT,
    }
    return entitling.announce(**{**told, **changes})


def test_a_record_date_on_which_no_day_was_closed_asks_the_last_one_before():
    fail()
    weekend = DUE + timedelta(days=3)
    announce(record_date=weekend, payment_date=weekend)
    mark_settled(DUE)
    claim = {"book": BOOK, "business_date": weekend, "actor": ACTOR, "at": AT}
    assert entitling.claim(**claim).claims == 1
    assert MarketClaim.objects.get().amount == Decimal("125.50")


def mark_settled(day):
    """That the end of day settled it."""
    StepRun.objects.create(
        book=BOOK,
        business_date=day,
        step="settle",
        position=7,
        counts={},
        started_at=AT,
        finished_at=AT,
    )


def test_a_dividend_on_a_fail_is_claimed_from_the_deliverer_once():
    fail()
    announce()
    claim = {"book": BOOK, "business_date": DUE, "actor": ACTOR, "at": AT}
    assert entitling.claim(**claim) == entitling.Claimed(claims=1, entries=1)
    assert entitling.claim(**claim) == entitling.Claimed(claims=0, entries=0)
    assert MarketClaim.objects.get().amount == Decimal("125.50")
    assert balance(KRUNG) == Decimal("125.50")
    assert balance(SIAM) == Decimal("-125.50")


def test_a_trade_struck_from_the_ex_date_on_bears_no_claim():
    fail()
    announce(ex_date=market.TRADED)
    assert entitling.claim(book=BOOK, business_date=DUE, actor=ACTOR, at=AT).claims == 0


def test_an_action_known_with_other_terms_is_refused():
    announce()
    announce()
    with pytest.raises(entitling.ActionDiffers):
        announce(amount=Decimal(2))


def tariff(**changes):
    told = {
        "name": "interchange",
        "valid_from": date(2020, 1, 1),
        "owed_by": "payee",
        "rate": Decimal("0.006"),
        "rounding": "ROUND_HALF_EVEN",
    }
    return charging.enter_tariff(tariff=FeeTariff(**{**told, **changes}), actor=ACTOR, at=AT)


def test_interchange_is_rounded_as_stated_and_posted_once():
    tariff()
    market.fund(KRUNGSEC={"THB": 1000})
    market.capture(market.pay("P-1", KRUNG, SIAM, "100.75"))
    market.settle()
    charge_day = {"book": BOOK, "business_date": DUE, "actor": ACTOR, "at": AT}
    assert charging.charge_day(**charge_day) == charging.ChargedFees(fees=1, entries=1)
    assert charging.charge_day(**charge_day).fees == 0
    fee = Fee.objects.select_related("payer").get()
    assert (fee.payer.code, fee.amount) == (SIAM, Decimal("0.60"))
    assert (balance(SIAM), balance(KRUNG)) == (Decimal("0.60"), Decimal("-0.60"))


def test_a_tariff_that_cannot_be_charged_by_is_refused():
    with pytest.raises(Refused, match="least fee"):
        tariff(least=Decimal(2), most=Decimal(1))


def margin_rate():
    MarginRate.objects.create(
        asset="", rate=Decimal("0.05"), valid_from=date(2020, 1, 1), recorded_at=AT, recorded_by="x"
    )


def test_a_payment_that_settles_in_parts_bears_its_fee_with_the_last_one():
    tariff()
    market.rule(lots=4)
    market.fund(KRUNGSEC={"THB": 60})
    market.capture(market.pay("P-1", KRUNG, SIAM, "100.00"))
    charge_on = {"book": BOOK, "actor": ACTOR, "at": AT}
    market.settle()
    assert Settlement.objects.get().quantity == 50
    assert charging.charge_day(business_date=DUE, **charge_on).fees == 0
    market.fund("F-2", KRUNGSEC={"THB": 60})
    market.settle(NEXT)
    assert Settlement.objects.count() == 2
    assert charging.charge_day(business_date=NEXT, **charge_on).fees == 1
    assert Fee.objects.get().amount == Decimal("0.60")
    assert (balance(SIAM, NEXT), balance(KRUNG, NEXT)) == (Decimal("0.60"), Decimal("-0.60"))


def test_a_margin_call_follows_the_mark_once_a_day():
    margin_rate()
    market.capture(market.trade("T-1", SIAM, KRUNG))
    price("8")
    call = {"book": BOOK, "business_date": DUE, "actor": ACTOR, "at": AT}
    assert margining.call(**call) == 2
    assert margining.call(**call) == 0
    told = {one.participant.code: one for one in MarginCall.objects.select_related("participant")}
    assert told[SIAM].variation == Decimal("200.00")
    assert told[SIAM].amount == Decimal("240.00")
    assert told[KRUNG].amount == Decimal("40.00")
    assert WorkItem.objects.filter(kind="settlement.margin_call").count() == 2


def test_what_was_charged_is_never_changed():
    fail()
    charge()
    with pytest.raises(IntegrityError, match="append-only"):
        Penalty.objects.update(amount=0)


def test_a_tariff_of_kinds_of_account_is_charged_on_payments_between_them_alone():
    tariff(payer_account="CARD", payee_account="Wallet")
    market.fund(KRUNGSEC={"THB": 1000})
    kinds = {"seller_account_kind": "CARD", "buyer_account_kind": "Wallet"}
    market.capture(
        market.pay("P-1", KRUNG, SIAM, "100.00", detail=kinds),
        market.pay("P-2", KRUNG, SIAM, "200.00", detail={"seller_account_kind": "CARD"}),
        market.pay("P-3", KRUNG, SIAM, "300.00"),
    )
    market.settle()
    charge_day = {"book": BOOK, "business_date": DUE, "actor": ACTOR, "at": AT}
    assert charging.charge_day(**charge_day).fees == 1
    fee = Fee.objects.get()
    assert (fee.reference.endswith("P-1"), fee.amount) == (True, Decimal("0.60"))


def test_no_plan_holds_every_fail_against_every_leg_or_trade():
    """Fails that came a moment ago, without statistics, once took the square of their number."""
    market.capture(*(market.trade(f"T-{number}", SIAM, KRUNG) for number in range(400)))
    market.fund(SIAMSEC={"THB": 1000})
    market.settle()
    settling.mark_fails(book=BOOK, business_date=DUE, at=AT)
    names = {"book": BOOK, "day": DUE, "before": DUE, "assets": [PTT], "currencies": ["THB"]}
    large = {"settlement_leg", "settlement_failedleg", "settlement_penalty"}
    large |= {"settlement_penaltynet", "settlement_marketclaim", "settlement_referenceprice"}
    for sql in (
        *(margining.OPEN, margining.MARKS, failed_days.FAILED, failed_days.LATE),
        *(entitling.FAILED, collecting.MONTHS),
    ):
        assert not large & set(looked_through(plan_of(sql, names))), sql
