from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.calendars import Calendar
from backoffice.kernel.money import Currency
from settlement.rules.penalties import (
    IN_FORCE,
    Category,
    Cause,
    CauseUnknown,
    CollectionDay,
    Fail,
    Kind,
    NoRates,
    OvernightRate,
    RatesRefused,
    RateTable,
    Tariff,
    collected_on,
    collection_date,
    net_by_participant,
    penalties_of,
    table_from_json,
)

EUR = Currency.of("EUR")
WEEKDAYS = Calendar("TARGET", frozenset({date(2026, 12, 25)}))
MONDAY = date(2026, 11, 23)
TARIFF = Tariff(overnight=[OvernightRate("EUR", date(2022, 2, 1), Decimal("3.60"))])


def fail(value="2000000.00", matched=MONDAY, category=Category.LIQUID_SHARE):
    return Fail("I-1", MONDAY, matched, Decimal(value), EUR, category, "LATE", "KEEN")


def charged(one, causes, settled=None, until=MONDAY + timedelta(days=30), tariff=TARIFF):
    return penalties_of(one, causes, settled=settled, until=until, calendar=WEEKDAYS, tariff=tariff)


DELIVERER = [Cause(MONDAY, "SHORT", "BUYER")]


def test_a_liquid_share_failing_three_days():
    found = charged(fail(), DELIVERER, settled=MONDAY + timedelta(days=3))
    assert [(one.day.day, one.amount) for one in found] == [
        (day, Decimal("200.00")) for day in (23, 24, 25)
    ]
    assert {(one.kind, one.payer, one.payee) for one in found} == {(Kind.SEFP, "SHORT", "BUYER")}


def test_weekends_and_holidays_cost_nothing():
    found = charged(fail(), DELIVERER, settled=MONDAY + timedelta(days=7))
    assert len(found) == 5
    assert not charged(fail(), DELIVERER, settled=MONDAY)


def test_late_matching_is_borne_by_the_last_to_enter():
    matched = MONDAY + timedelta(days=2)
    found = charged(fail(matched=matched), DELIVERER, settled=MONDAY + timedelta(days=4))
    assert [(one.kind, one.payer) for one in found] == [
        (Kind.LMFP, "LATE"), (Kind.LMFP, "LATE"), (Kind.SEFP, "SHORT"), (Kind.SEFP, "SHORT"),
    ]  # fmt: skip
    same_day = charged(fail(matched=matched), [], settled=matched)
    assert [one.kind for one in same_day] == [Kind.LMFP, Kind.LMFP]


def test_a_fail_without_a_cause_is_not_charged_to_anybody():
    with pytest.raises(CauseUnknown):
        charged(fail(), [], settled=MONDAY + timedelta(days=1))


def test_lack_of_cash_costs_the_overnight_rate_with_floor_zero():
    causes = [Cause(MONDAY, "BUYER", "SELLER", lack_of_cash=True)]
    found = charged(fail("360000.00"), causes, settled=MONDAY + timedelta(days=1))
    assert [one.amount for one in found] == [Decimal("36.00")]
    assert found[0].category is Category.LACK_OF_CASH
    negative = Tariff(overnight=[OvernightRate("EUR", date(2022, 2, 1), Decimal("-0.25"))])
    free = charged(fail(), causes, settled=MONDAY + timedelta(days=1), tariff=negative)
    assert [one.amount for one in free] == [Decimal("0.00")]
    with pytest.raises(NoRates):
        charged(fail(), causes, settled=MONDAY + timedelta(days=1), tariff=Tariff())


def test_whoever_fails_on_the_day_pays():
    causes = [*DELIVERER, Cause(MONDAY + timedelta(days=1), "BUYER", "SHORT", lack_of_cash=True)]
    found = charged(fail(), causes, settled=MONDAY + timedelta(days=2))
    assert [one.payer for one in found] == ["SHORT", "BUYER"]


def test_rates_change_on_their_day():
    later = RateTable(
        MONDAY + timedelta(days=1), {**IN_FORCE.basis_points, Category.LIQUID_SHARE: Decimal(2)},
        "test",
    )  # fmt: skip
    found = charged(
        fail(), DELIVERER, settled=MONDAY + timedelta(days=2), tariff=Tariff([later, IN_FORCE])
    )
    assert [one.amount for one in found] == [Decimal("200.00"), Decimal("400.00")]
    with pytest.raises(NoRates):
        Tariff().daily(Category.OTHER, date(2022, 1, 31), "EUR")


@given(
    st.integers(1, 10**12),
    st.sampled_from([one for one in Category if one is not Category.LACK_OF_CASH]),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_nothing_is_kept_by_the_depository(cents, category, match_after, settle_after):
    matched = MONDAY + timedelta(days=match_after)
    settled = max(matched, MONDAY + timedelta(days=settle_after))
    one = fail(Decimal(cents).scaleb(-2), matched, category)
    found = charged(one, DELIVERER, settled=settled)
    assert sum(net_by_participant(found).values()) == 0
    assert [each.day for each in found] == WEEKDAYS.business_days(
        MONDAY, settled - timedelta(days=1)
    )
    for each in found:
        exact = one.value * IN_FORCE.basis_points[category] / 10_000
        assert abs(each.amount - exact) <= Decimal("0.005")
        assert (each.kind is Kind.LMFP) == (each.day < matched)


def test_collection_on_the_eighteenth_business_day_of_the_next_month():
    assert collection_date(2026, 10, WEEKDAYS) == date(2026, 11, 25)
    assert collection_date(2026, 11, WEEKDAYS) == date(2026, 12, 24)
    assert collection_date(2026, 12, WEEKDAYS) == date(2027, 1, 26)


MONTHS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(
    month=MONTHS,
    which=st.integers(1, 40),
    holidays=st.frozensets(st.dates(date(2020, 1, 1), date(2031, 2, 28)), max_size=300),
)
def test_collection_is_that_business_day_or_the_month_s_last_and_months_stay_apart(
    month, which, holidays
):
    calendar = Calendar("X", holidays)
    found = collection_date(month.year, month.month, calendar, which=which)
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert (found.year, found.month) == (following.year, following.month)
    days = calendar.business_days(
        following, (following + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    )
    assert days == [] or found == days[min(which, len(days)) - 1]


@given(
    month=MONTHS, rows=st.lists(st.builds(CollectionDay, MONTHS, st.integers(1, 20)), max_size=5)
)
def test_the_collection_day_in_force_when_the_month_begins_counts(month, rows):
    first = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    begun = [one for one in rows if one.valid_from <= first]
    which = {one.which for one in begun if one.valid_from == max(b.valid_from for b in begun)}
    expected = {collection_date(month.year, month.month, WEEKDAYS, which=n) for n in which or {18}}
    assert collected_on(month, rows, WEEKDAYS) in expected


def test_beyond_what_the_calendar_knows_weekdays_count():
    short = Calendar("X", frozenset({date(2026, 11, 2)}), covers_until=date(2026, 11, 29))
    assert collected_on(date(2026, 10, 1), [], short) == date(2026, 11, 25)
    known = Calendar("X", frozenset({date(2026, 11, 2)}), covers_until=date(2026, 11, 30))
    assert collected_on(date(2026, 10, 1), [], known) == date(2026, 11, 26)


GOOD = {name.value: "1" for name in Category if name is not Category.LACK_OF_CASH}


@pytest.mark.parametrize(
    "rates",
    [
        {},
        {**GOOD, "liquid_share": 1.0},
        {**GOOD, "liquid_share": "-1"},
        {**GOOD, "liquid_share": "NaN"},
        {**GOOD, "liquid_share": "10001"},
        {**GOOD, "liquid_share": "１"},
        {**GOOD, "crypto": "1"},
    ],
)
def test_bad_tables_are_refused_by_field(rates):
    with pytest.raises(RatesRefused) as refused:
        table_from_json({"rates_bp": rates}, valid_from=MONDAY, file="rates.json")
    assert refused.value.place.file == "rates.json"
    assert refused.value.place.field.startswith("/rates_bp/")


def test_good_tables_are_read():
    table = table_from_json({"rates_bp": GOOD, "source": "s"}, valid_from=MONDAY)
    assert set(table.basis_points.values()) == {Decimal(1)}
