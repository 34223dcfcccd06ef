"""A day of fail without a price or a rate is charged once both are known, however late."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting import queries as ledger
from backoffice.desk import claiming
from backoffice.desk.models import WorkItem
from settlement.charges import failing, margining
from settlement.models import CutOff, Leg, Penalty, PenaltyRate, PenaltyRegime, UnpricedFail
from settlement.rules import charge_booking
from settlement.rules.trades import Side
from settlement.trades import cut_offs, matching
from settlement.windows import settling
from tests.settlement import desk, market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, PTT, SIAM

pytestmark = pytest.mark.django_db
DAYS = [DUE + timedelta(days=n) for n in (0, 1, 2, 5, 6)]
"""Weekdays: on others nothing is charged."""


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()
    PenaltyRegime.objects.create(
        market="XBKK", tariff="CSDR", valid_from=date(2022, 2, 1), source="a test"
    )


def lacks_cash(*numbers):
    """Trades whose buyer has no cash: without an overnight rate they have no price."""
    market.capture(*(market.trade(f"T-{n}", SIAM, KRUNG) for n in numbers))
    market.fund(f"F-{numbers}", KRUNGSEC={PTT: 100 * len(numbers)})


def charge(day, fails=True):
    if fails:
        market.settle(day)
        settling.mark_fails(book=BOOK, business_date=day, at=AT)
    return failing.charge_day(book=BOOK, business_date=day, actor=ACTOR, at=AT)


def overnight(percent="36.5", valid_from=date(2020, 1, 1)):
    PenaltyRate.objects.create(
        tariff="CSDR",
        category="lack_of_cash",
        currency="THB",
        percent=Decimal(percent),
        day_count=365,
        valid_from=valid_from,
        source="a test",
    )


def charged():
    """Fail day → (charged on, amount)."""
    rows = Penalty.objects.values_list("business_date", "charged_on", "amount")
    return {day: (on, amount) for day, on, amount in rows}


def test_earlier_days_are_charged_by_their_own_rate_on_the_day_that_it_is_known():
    lacks_cash(1)
    for day in DAYS[:2]:
        assert charge(day) == failing.Charged(unpriced=1)
    assert list(UnpricedFail.objects.values_list("business_date", flat=True)) == DAYS[:2]
    overnight("36.5")
    overnight("73", valid_from=DAYS[1])
    assert charge(DAYS[2]) == failing.Charged(penalties=3, entries=1)
    assert charged() == {
        DAYS[0]: (DAYS[2], Decimal("1.00")),
        DAYS[1]: (DAYS[2], Decimal("2.00")),
        DAYS[2]: (DAYS[2], Decimal("2.00")),
    }
    rows = ledger.trial_balance(entity=BOOK, as_of=DAYS[2])
    receivable = charge_booking.receivable(SIAM)
    assert sum(row.balance for row in rows if row.account == receivable) == Decimal("5.00")
    assert not UnpricedFail.objects.exists()


def test_charged_once_however_often_the_day_is_charged():
    lacks_cash(1)
    charge(DAYS[0])
    overnight()
    assert charge(DAYS[1]).penalties == 2
    assert charge(DAYS[1], fails=False) == failing.Charged()
    assert Penalty.objects.count() == 2


def test_the_work_on_the_desk_closes_by_itself_and_tells_so():
    lacks_cash(1)
    charge(DAYS[0])
    item = WorkItem.objects.get(kind=failing.UNPRICED)
    claiming.claim(item_id=item.pk, actor=ACTOR, at=AT)
    overnight()
    charge(DAYS[1])
    item.refresh_from_db()
    assert (item.state, item.answer, item.closed_at) == ("done", "charged", AT)


def test_it_stays_open_while_one_day_of_the_trade_waits_and_comes_back_if_closed_by_hand():
    lacks_cash(1)
    charge(DAYS[0])
    overnight(valid_from=DAYS[1])
    assert charge(DAYS[1]) == failing.Charged(penalties=1, unpriced=1, entries=1)
    item = WorkItem.objects.get(kind=failing.UNPRICED)
    claiming.complete(item_id=item.pk, answer="seen", actor=ACTOR, at=AT)
    assert charge(DAYS[2]).unpriced == 1
    assert WorkItem.objects.filter(kind=failing.UNPRICED, state="open").count() == 1


def test_a_trade_that_settled_meanwhile_is_charged_for_its_days_all_the_same():
    lacks_cash(1)
    charge(DAYS[0])
    market.fund("F-late", SIAMSEC={"THB": 1000})
    assert charge(DAYS[1]) == failing.Charged(unpriced=1)
    overnight()
    assert charge(DAYS[2]).penalties == 1
    assert charged() == {DAYS[0]: (DAYS[2], Decimal("1.00"))}


def test_a_price_entered_later_charges_a_delivery_free_of_payment():
    free = {"amount": Decimal(0), "currency": "", "type": desk.TradeType.FOP}
    market.capture(market.trade("T-1", SIAM, KRUNG, **free))
    assert charge(DAYS[0]) == failing.Charged(unpriced=1)
    marked = margining.Mark(PTT, DAYS[0], Decimal(3400), "THB")
    margining.mark(marks=[marked], source="SET", actor=ACTOR, at=AT)
    assert charge(DAYS[1]).penalties == 2
    assert charged()[DAYS[0]] == (DAYS[1], Decimal("34.00"))


def test_a_late_matching_waits_for_its_rate_too():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM settlement_penaltyrate WHERE category = 'liquid_share'")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    late = {"value_date": DUE - timedelta(days=1)}
    market.capture(desk.draft(source_ref="L-1", **late), desk.other_side(source_ref="L-2", **late))
    market.fund(SIAMSEC={"THB": 90000}, KRUNGSEC={PTT: 1000})
    matching.match(book=BOOK, actor=ACTOR, at=AT)
    assert charge(DAYS[0]).unpriced == 1
    assert UnpricedFail.objects.get().kind == "lmfp"
    PenaltyRate.objects.create(
        tariff="CSDR",
        category="liquid_share",
        basis_points=Decimal(1),
        valid_from=date(2020, 1, 1),
        source="a test",
    )
    assert charge(DAYS[1]).penalties == 1
    one = Penalty.objects.get()
    assert (one.kind, one.business_date, one.charged_on) == ("lmfp", late["value_date"], DAYS[1])
    assert not UnpricedFail.objects.exists()


def test_many_days_of_many_trades_are_charged_in_as_many_statements_as_one():
    def asked(day):
        with CaptureQueriesContext(connection) as queries:
            counts = failing.charge_day(book=BOOK, business_date=day, actor=ACTOR, at=AT)
        return len(queries), counts

    lacks_cash(0)
    charge(DAYS[0])
    charge(DAYS[1])
    overnight()
    one, counts = asked(DAYS[1])
    assert counts.penalties == 2
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM settlement_penaltyrate WHERE category = 'lack_of_cash'")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    lacks_cash(*range(1, 15))
    for day in DAYS[2:4]:
        charge(day)
    overnight()
    many, counts = asked(DAYS[3])
    assert (counts.penalties, counts.unpriced) == (30, 0)
    assert many <= one  # the first one opened the accounts in the ledger as well


@pytest.mark.parametrize("with_cut_off", [False, True])
def test_a_side_that_came_after_the_cut_off_is_late_matched_all_the_same(with_cut_off):
    """Its legs fall due on the 8th, in whose window they are; the day agreed on was the 7th."""
    late = datetime(2026, 1, 7, 11, 0, tzinfo=UTC)
    if with_cut_off:
        told = {"time": time(17), "valid_from": DUE, "source": "rule book"}
        cut_offs.enter(cut_off=CutOff(**told), actor=ACTOR, at=AT)
    market.capture(market.trade("B-1", SIAM, KRUNG, locked_in=False))
    market.settle(DUE)
    side = {"source": "KRUNGSEC", "side": Side.SELL, "locked_in": False}
    desk.capture(market.trade("S-1", SIAM, KRUNG, **side), actor=ACTOR, at=late)
    assert matching.match(book=BOOK, actor=ACTOR, at=late).equal == 1
    [due] = set(Leg.objects.values_list("value_date", flat=True))
    assert due == (DAYS[1] if with_cut_off else DUE)
    market.fund(SIAMSEC={"THB": 1000}, KRUNGSEC={PTT: 100})
    market.settle(DAYS[1])
    assert charge(DAYS[1], fails=False).penalties == 1
    one = Penalty.objects.select_related("payer").get()
    assert (one.kind, one.payer.code) == (Penalty.Kind.LATE_MATCHING, KRUNG)
