import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backoffice.reference.models import CalendarVersion

pytestmark = pytest.mark.django_db


def run(*args, **options):
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def test_importing_a_file_makes_the_next_version(tmp_path):
    path = tmp_path / "xbkk.csv"
    path.write_text("session\n2026-01-05\n2026-01-06\n2026-01-07\n2026-01-09\n")
    args = ["import_calendar", str(path), "--calendar", "XBKK", "--source", "SET list 2026"]
    found = json.loads(run(*args, "--json"))
    assert (found["version"], found["days"]) == (2, 1)
    assert json.loads(run(*args, "--json"))["version"] == 2
    assert CalendarVersion.objects.get(number=2).notice_text == "SET list 2026"


def test_importing_without_a_notice_or_with_a_bad_line_keeps_nothing(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("date\n2026-01-01\n2026-13-01\n")
    with pytest.raises(CommandError, match=r"new.csv, line 3, date: .*\[date-refused\]"):
        run("import_calendar", str(path), "--calendar", "NEW", "--source", "x")
    path.write_text("date\n2026-01-01\n")
    with pytest.raises(CommandError, match="calendar-notice-missing"):
        run("import_calendar", str(path), "--calendar", "NEW")
    with pytest.raises(CommandError, match="No such file"):
        run("import_calendar", str(tmp_path / "gone.csv"), "--calendar", "NEW", "--source", "x")
    assert not CalendarVersion.objects.filter(calendar_id="NEW").exists()


def test_seeds_can_be_imported():
    found = json.loads(run("import_calendar", "--seed", "--calendar", "XBKK", "--json"))
    assert found["version"] == 1
    with pytest.raises(CommandError, match="Seeds:"):
        run("import_calendar", "--seed", "--calendar", "NOWHERE")


def test_a_notice_closes_and_opens_single_days():
    words = ["apply_notice", "--calendar", "XBKK", "--source", "Cabinet resolution of 2 June"]
    found = json.loads(run(*words, "--close", "2026-06-19", "--name", "Special holiday", "--json"))
    assert found == {"calendar": "XBKK", "version": 2}
    version = CalendarVersion.objects.get(calendar="XBKK", number=2)
    assert version.days.get(date="2026-06-19").evidence == "Cabinet resolution of 2 June"
    assert run(*words, "--open", "2026-06-19") == "XBKK version 3\n"
    value = json.loads(
        run("value_date", "--trade-date", "2026-06-17", "--calendar", "XBKK", "--json")
    )
    assert value["value_date"] == "2026-06-19"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["--calendar", "XNOWHERE", "--close", "2026-06-19"], "calendar-unknown"),
        (["--calendar", "XBKK", "--close", "2099-06-19"], "day-outside-version"),
        (["--calendar", "XBKK"], "--close"),
    ],
)
def test_a_notice_is_refused_with_its_rule(words, rule):
    with pytest.raises(CommandError, match=rule):
        run("apply_notice", *words, "--source", "a resolution")
