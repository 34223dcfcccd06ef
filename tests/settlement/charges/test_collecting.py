"""Each market's penalties are collected on its own business day of the following month."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting import queries as ledger
from backoffice.reference import queries as reference
from settlement.charges import collecting, failing
from settlement.models import Penalty, PenaltyNet, PenaltyRate, PenaltyRegime
from settlement.rules.booking import clearing_account
from settlement.windows import settling
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, ISARA, KRUNG, PTT, SIAM

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 11)
APRIL = [date(2026, 4, 1) + timedelta(days=n) for n in range(30)]


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()
    overnight = {"currency": "THB", "percent": Decimal("36.5"), "day_count": 365}
    rate = {"tariff": "CSDR", "category": "lack_of_cash", "source": "a test", **overnight}
    PenaltyRate.objects.create(valid_from=date(2020, 1, 1), **rate)


def regime(day, code="XBKK", since=date(2022, 2, 1)):
    PenaltyRegime.objects.create(
        market=code, tariff="CSDR", valid_from=since, collection_day=day, source="a test"
    )


def fail(day=MARCH, numbers=(1,)):
    """A delivery for want of papers, and a payment for want of cash."""
    traded = {"trade_date": day - timedelta(days=2), "value_date": day}
    market.fund(f"F-{day}-{numbers}", SIAMSEC={"THB": 1000 * len(numbers)})
    for number in numbers:
        market.capture(
            market.trade(f"T-{day}-{number}", SIAM, KRUNG, **traded),
            market.pay(f"P-{day}-{number}", ISARA, KRUNG, "500.00", value_date=day),
        )
    market.settle(day)
    settling.mark_fails(book=BOOK, business_date=day, at=AT)
    failing.charge_day(book=BOOK, business_date=day, actor=ACTOR, at=AT)


def collect(day):
    return collecting.collect(book=BOOK, business_date=day, actor=ACTOR, at=AT)


def collected():
    """(month, market) → the day on which it was collected."""
    return {(n.month.month, n.market): n.collected_on for n in PenaltyNet.objects.all()}


def business_days():
    calendar = reference.calendar_on("XBKK", known_at=AT)
    return calendar.business_days(APRIL[0], APRIL[-1])


def test_collection_goes_by_the_holidays_of_the_market():
    regime(18)
    fail()
    for day in APRIL:
        collect(day)
    assert collected() == {(3, "XBKK"): business_days()[17]}
    weekdays = [day for day in APRIL if day.isoweekday() < 6]
    assert business_days()[17] > weekdays[17]


def test_each_market_has_its_own_day_and_both_come_to_what_was_charged():
    regime(9)
    regime(3, code="")
    fail()
    for day in APRIL:
        collect(day)
    assert collected() == {(3, "XBKK"): business_days()[8], (3, ""): APRIL[2]}
    assert sum(PenaltyNet.objects.values_list("net", flat=True)) == 0
    rows = ledger.trial_balance(entity=BOOK, as_of=APRIL[-1])
    owed = {row.account: row.balance for row in rows if row.balance}
    amounts = dict(Penalty.objects.values_list("trade__market", "amount"))
    assert set(amounts) == {"", "XBKK"}
    assert owed[clearing_account(ISARA)] == amounts[""]
    assert owed[clearing_account(KRUNG)] == amounts["XBKK"] - amounts[""]
    assert not [account for account in owed if "Penalties" in account]


def test_the_regime_in_force_when_the_month_of_collection_begins_counts():
    regime(18)
    regime(3, since=date(2026, 4, 1))
    regime(1, since=date(2026, 4, 2))
    fail()
    for day in APRIL:
        collect(day)
    assert collected() == {(3, "XBKK"): business_days()[2]}


def test_months_that_nobody_collected_are_caught_up_and_none_is_collected_twice():
    regime(18)
    fail(date(2026, 2, 11))
    fail(MARCH)
    may = date(2026, 5, 5)
    done = collect(may)
    assert (done.months, done.entries) == (2, 2)
    assert collected() == {(2, "XBKK"): may, (3, "XBKK"): may}
    assert collect(may).months == 0
    fail(may + timedelta(days=1))
    assert collect(date(2026, 6, 30)).months == 1


def test_a_month_collected_for_all_markets_before_they_had_their_own_day_stays_collected():
    regime(18)
    fail()
    PenaltyNet.objects.create(
        book=BOOK,
        market=PenaltyNet.EVERY_MARKET,
        month=date(2026, 3, 1),
        participant_id=market.ids()[SIAM],
        currency="THB",
        net=0,
        penalties=1,
        collected_on=APRIL[24],
    )
    assert collect(APRIL[-1]).months == 0


def test_many_penalties_are_collected_in_as_many_statements_as_one():
    regime(18)
    asked = []
    for day, numbers in ((date(2026, 2, 11), range(1)), (MARCH, range(20))):
        market.fund(f"G-{day}", KRUNGSEC={PTT: 1})
        fail(day, numbers)
        with CaptureQueriesContext(connection) as queries:
            assert collect(date(day.year, day.month + 1, 30)).months == 1
        asked.append(len(queries))
    assert PenaltyNet.objects.filter(month=date(2026, 3, 1), penalties__gte=20).exists()
    assert asked[1] <= asked[0]
