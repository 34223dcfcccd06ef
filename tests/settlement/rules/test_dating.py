"""Value dates derived anew, by property: what the calendar decides, and nothing else."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.calendars import Calendar
from settlement.rules.dating import derived

DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))
SPAN = {"covers_from": date(2025, 12, 1), "covers_until": date(2026, 6, 1)}


def calendar(holidays):
    return Calendar("XBKK", holidays=frozenset(holidays), **SPAN)


@given(traded=DAYS, days=st.integers(0, 9), holidays=st.sets(DAYS, max_size=20))
def test_a_cycle_counts_business_days(traded, days, holidays):
    known = calendar(holidays)
    found = derived(trade_date=traded, cycle=f"T+{days}", effective="", calendar=known)
    assert known.is_business_day(found)
    between = known.business_days(traded + timedelta(days=1), found)
    assert len(between) == days or (days == 0 and found == known.next_or_same(traded))


@given(traded=DAYS, holidays=st.sets(DAYS, max_size=20), new=DAYS)
def test_only_a_day_on_the_way_moves_a_date_and_only_on(traded, holidays, new):
    def ask(closed):
        told = {"trade_date": traded, "cycle": "T+2", "effective": ""}
        return derived(**told, calendar=calendar(closed))

    before, after = ask(holidays - {new}), ask(holidays | {new})
    on_the_way = new.isoweekday() < 6 and traded < new <= before
    assert (after > before) if on_the_way else (after == before)


@given(sent_for=DAYS, holidays=st.sets(DAYS, max_size=20))
def test_an_entry_rolls_to_the_next_business_day(sent_for, holidays):
    known = calendar(holidays)
    told = {"cycle": "", "effective": sent_for.isoformat(), "calendar": known}
    assert derived(trade_date=date(2026, 1, 1), **told) == known.next_or_same(sent_for)


def test_beyond_the_calendar_nothing_is_derived():
    told = {"effective": "", "calendar": calendar(())}
    assert derived(trade_date=date(2026, 6, 1), cycle="T+2", **told) is None
