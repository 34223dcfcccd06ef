"""`value_date`: when a trade settles, what that rests on, and what a cut-off does to it."""

import json
from datetime import date, time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backoffice.kernel.actors import Actor
from settlement.models import CutOff
from settlement.trades import cut_offs

pytestmark = pytest.mark.django_db
ASKED = ("--trade-date", "2026-01-05", "--cycle", "T+2", "--calendar", "XBKK")


def run(*args, **options):
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def test_value_date_as_json():
    found = json.loads(
        run("value_date", "--trade-date", "2020-07-23", "--cycle", "T+2", "--calendar", "XBKK",
            "--json")
    )  # fmt: skip
    assert found["value_date"] == "2020-07-29"
    assert [day["date"] for day in found["skipped"]] == ["2020-07-27", "2020-07-28"]
    assert "BOT Press Release 38/2020" in found["skipped"][0]["evidence"]
    assert found["versions"][0]["calendar"] == "XBKK"


def test_value_date_for_readers_gives_the_buddhist_year():
    told = run("value_date", "--trade-date", "2026-01-05", "--calendar", "XBKK")
    assert told.startswith("2026-01-07 (7 มกราคม 2569)\nT+2 from 2026-01-05")


@pytest.mark.parametrize(
    ("args", "rule"),
    [
        (["--calendar", "XNOWHERE"], "calendar-unknown"),
        (["--calendar", "XBKK", "--cycle", "T2"], "cycle-refused"),
    ],
)
def test_value_date_refuses_in_both_languages(args, rule):
    with pytest.raises(CommandError, match=rule) as refused:
        run("value_date", "--trade-date", "2026-01-05", *args)
    assert any("฀" <= letter <= "๿" for letter in str(refused.value))


@pytest.fixture
def state(at):
    """A cut-off at 17:00 in Bangkok, entered before anybody asks."""

    def enter(**told):
        told = {"time": time(17), "valid_from": date(2026, 1, 5), "source": "rule book"} | told
        cut_offs.enter(cut_off=CutOff(**told), actor=Actor.system("tests"), at=at)

    return enter


def asked(*more):
    return json.loads(run("value_date", *ASKED, *more, "--json"))


def test_without_a_time_cut_offs_are_not_asked(state):
    state()
    found = asked()
    assert found["value_date"] == "2026-01-07"
    assert "late" not in found


def test_a_cut_off_that_was_missed_moves_the_date_and_is_explained(state):
    state(market="XBKK", type="DVP")
    kept = asked("--at", "2026-01-07T17:00+07:00")
    assert (kept["value_date"], kept["late"]) == ("2026-01-07", None)
    late = asked("--at", "2026-01-07T10:00:01+00:00")
    assert (late["value_date"], late["late"]["agreed"]) == ("2026-01-08", "2026-01-07")
    assert late["late"]["cut_off"] == "2026-01-07T17:00:00+07:00"
    assert "after the cut-off 2026-01-07 17:00 (Asia/Bangkok)" in late["late"]["en"]
    assert "หลังเวลาปิดรับ" in late["late"]["th"]
    told = run("value_date", *ASKED, "--at", "2026-01-09T17:01+07:00")
    assert told.startswith("2026-01-12 (12 มกราคม 2569)\nCame 2026-01-09 17:01:00, after")
    assert asked("--at", "2026-01-09T17:01+07:00", "--type", "FOP")["late"] is None


def test_of_two_markets_the_day_is_one_that_both_still_take(state):
    """New York rests on the 19th, Martin Luther King's day."""
    state(market="XBKK", time=time(12))
    state(market="XNYS", time=time(12), zone="America/New_York")
    both = ("--trade-date", "2026-01-14", "--cycle", "T+2", "--calendar", "XBKK")
    words = ("value_date", *both, "--calendar", "XNYS", "--json", "--at")
    found = json.loads(run(*words, "2026-01-16T13:00+07:00"))
    assert (found["value_date"], found["late"]["scope"]) == ("2026-01-20", "XBKK")
    assert found["late"]["settles"] == "2026-01-20"
    kept = json.loads(run(*words, "2026-01-16T12:00+07:00"))
    assert (kept["value_date"], kept["late"]) == ("2026-01-16", None)


def test_where_nothing_late_is_taken_it_is_refused_in_both_languages(state):
    state(policy="refuse", currency="THB")
    late = ("--at", "2026-01-07T17:01+07:00")
    assert asked(*late)["late"] is None
    with pytest.raises(CommandError, match=r"(?s)late-for-cut-off.*เวลาปิดรับ"):
        asked(*late, "--currency", "thb")


def test_a_time_needs_its_zone():
    with pytest.raises(CommandError, match="not a moment with its zone"):
        asked("--at", "2026-01-07T17:01")
