"""Dates on the command line: ISO, real, and of the common era."""

from argparse import ArgumentTypeError
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backoffice.frame.arguments import day


def test_a_day_is_read():
    assert day("2026-01-31") == date(2026, 1, 31)


@pytest.mark.parametrize("text", ["2026-02-30", "31/01/2026", "", "๒๐๒๖-๐๑-๐๑", "2026-1-5"])
def test_what_is_no_day_is_told_so(text):
    with pytest.raises(ArgumentTypeError, match="is not a date; write 2026-01-31"):
        day(text)


@pytest.mark.parametrize(("text", "meant"), [("2569-01-05", "2026"), ("2400-01-01", "1857")])
def test_a_buddhist_year_is_not_taken_for_a_common_one(text, meant):
    with pytest.raises(ArgumentTypeError, match=f"is {meant}"):
        day(text)


@pytest.mark.parametrize("text", ["0026-01-05", "1799-12-31", "2200-01-01", "2399-12-31"])
def test_a_year_that_no_book_has_is_told_so(text):
    with pytest.raises(ArgumentTypeError, match="within the years 1800 to 2199"):
        day(text)


@pytest.mark.parametrize("text", ["1800-01-01", "1993-01-01", "2199-12-31"])
def test_old_and_far_days_are_read(text):
    assert day(text).isoformat() == text


@pytest.mark.parametrize(
    ("command", "option"),
    [("close_day", "--date"), ("value_date", "--trade-date"), ("trial_balance", "--as-of")],
)
def test_commands_read_their_days_so(command, option):
    with pytest.raises(CommandError, match="is 2026"):
        call_command(command, option, "2569-01-05", stdout=StringIO())
