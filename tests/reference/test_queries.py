from datetime import date

import pytest

from backoffice.kernel.calendars import NoCycle
from backoffice.kernel.money import CurrencyUnknown
from backoffice.reference import queries
from backoffice.reference.calendaring import CalendarUnknown

pytestmark = pytest.mark.django_db


def test_currencies_stand_ready():
    assert queries.currency("THB").exponent == 2
    assert queries.currency("JPY").exponent == 0
    assert queries.exponents()["KWD"] == 3
    with pytest.raises(CurrencyUnknown):
        queries.currency("AAPL")


def test_a_thai_value_date_names_what_it_rests_on(at):
    found = queries.value_date(
        trade_date=date(2025, 5, 30), calendars=["XBKK"], cycle="T+2", known_at=at
    )
    assert found.value_date == date(2025, 6, 5)
    assert [day.date.isoformat() for day in found.skipped] == ["2025-06-02", "2025-06-03"]
    assert "Cabinet 12 Nov 2024" in found.skipped[0].evidence
    assert [(version.calendar, version.number) for version in found.versions] == [("XBKK", 1)]


@pytest.mark.parametrize(
    ("trade_date", "cycle"), [("2018-03-01", "T+3"), ("2018-03-02", "T+2"), ("2026-01-05", "T+2")]
)
def test_the_markets_own_cycle_holds_on_the_trade_date(at, trade_date, cycle):
    day = date.fromisoformat(trade_date)
    assert queries.value_date(trade_date=day, calendars=["XBKK"], known_at=at).cycle == cycle


def test_unknown_markets_and_cycles_are_refused(at):
    monday = date(2026, 1, 5)
    with pytest.raises(CalendarUnknown):
        queries.value_date(trade_date=monday, calendars=["XNOWHERE"], known_at=at)
    with pytest.raises(queries.CycleUnknown):
        queries.value_date(trade_date=monday, calendars=["XBKK"], asset_class="timber", known_at=at)
    with pytest.raises(NoCycle):
        queries.value_date(trade_date=date(1980, 1, 1), calendars=["XBKK"], known_at=at)


def test_queries_do_not_grow_with_the_calendar(at, django_assert_max_num_queries):
    queries.calendar_on("XBKK", known_at=at)
    with django_assert_max_num_queries(1):
        queries.calendar_on("XBKK", known_at=at)
