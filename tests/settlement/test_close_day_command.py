"""The command's own doors: no day ahead, no book by a slip of the hand, no day out of its turn."""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounting import queries as ledger
from backoffice.reference.models import BusinessDay
from settlement import queries, readiness
from settlement.management.commands.close_day import _spelled
from settlement.models import StepRun
from settlement.starting import BANGKOK

pytestmark = pytest.mark.django_db
FIRST, SECOND = "1993-01-01", "1993-01-02"


def run(*words):
    out = StringIO()
    call_command("close_day", *words, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def refused(*words):
    with pytest.raises(CommandError) as caught:
        run(*words)
    return str(caught.value)


@pytest.mark.parametrize("ahead", [1, 7, 4000])
def test_a_day_that_has_not_come_is_not_closed(capture, ahead):
    capture(days=1)
    today = timezone.now().astimezone(BANGKOK).date()
    told = refused("--from", FIRST, "--to", (today + timedelta(days=ahead)).isoformat())
    assert "end-of-day-ahead" in told
    assert "ยังไม่ถึงวันที่" in told
    assert not StepRun.objects.exists()


def test_today_may_be_closed(capture):
    capture(days=1)
    run("--date", FIRST)
    today = timezone.now().astimezone(BANGKOK).date()
    assert run("--date", today.isoformat())["days"] == 1


def test_a_book_that_nobody_has_is_not_made(capture):
    capture(days=1)
    assert "book-unknown" in refused("--date", FIRST, "--book", "HUOSE")
    assert "HUOSE" not in ledger.entities()
    assert not BusinessDay.objects.filter(book="HUOSE").exists()


def test_a_new_houses_own_book_is_known(db):
    assert run("--date", FIRST)["transactions"] == 0


def test_a_day_before_its_turn_is_refused_before_anything_is_done(capture):
    capture(days=2)
    told = refused("--date", SECOND)
    assert "end-of-day-earlier-open" in told
    assert not StepRun.objects.exists()
    assert run("--from", FIRST, "--to", SECOND)["days"] == 2
    assert BusinessDay.objects.filter(state="closed").count() == 2


def test_transactions_that_came_late_are_the_next_day_to_close(capture):
    """The night finds such a day by itself; the desk offers it, and takes none after it first."""
    capture(days=1)
    run("--date", FIRST)
    run("--date", "1993-01-08")
    capture(days=3)  # the first day's are known
    until = date(1993, 1, 31)
    assert readiness.next_day(book="HOUSE", until=until) == date(1993, 1, 2)
    late = [date(1993, 1, 2), date(1993, 1, 3)]
    assert readiness.earlier_days(book="HOUSE", business_date=until) == late
    assert [day for _book, day in queries.days_waiting(until=until)] == late
    assert "end-of-day-earlier-open" in refused("--date", "1993-01-09")
    run("--from", "1993-01-02", "--to", "1993-01-03")
    assert readiness.next_day(book="HOUSE", until=until) is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0.00"), ("-0.000", "0.00"), ("10.5", "10.50"), ("0.125", "0.125"), ("1E+3", "1000.00"),
     ("9" * 40 + ".10", "9" * 40 + ".10"), ("-" + "9" * 33, "-" + "9" * 33 + ".00")],
)  # fmt: skip
def test_figures_are_told_whole(amount, text):
    assert _spelled(Decimal(amount)) == text


def test_days_are_real():
    assert "2026-01-31" in refused("--date", "2026-02-30")
    assert "is not a date" in refused("--date", "yesterday")
