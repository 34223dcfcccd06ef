"""`resolve_queue`: one file in, one answer out, no database."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from settlement.management.commands import resolve_queue

QUEUE = {
    "asset": "THB",
    "balances": {"A": "100.00", "B": 0, "C": {"BOND": 7}},
    "limits": {"B": "10.00"},
    "obligations": [
        {"id": "T1", "debtor": "A", "creditor": "B", "amount": "130.50"},
        {"id": "T2", "debtor": "B", "creditor": "A", "amount": "40.00"},
        {"id": "T3", "buyer": "B", "seller": "C", "security": "BOND", "quantity": 8, "amount": 1},
        {"id": "T4", "debtor": "B", "creditor": "C", "amount": "3.00", "lots": 3},
    ],
}


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    path = tmp_path / "queue.json"
    path.write_text(json.dumps(QUEUE), encoding="utf-8")
    return path


@pytest.fixture
def run(queue, capsys):
    def call(*options: str) -> str:
        call_command(resolve_queue.Command(), str(queue), *options)
        return capsys.readouterr().out

    return call


def test_fifo_as_json(run):
    answer = json.loads(run("--json"))
    assert (answer["mode"], answer["by"], answer["bound"], answer["gap"]) == (
        "fifo",
        "value",
        None,
        None,
    )
    assert answer["settled"] == [
        {"id": "T1"},
        {"id": "T2"},
        {"id": "T4", "lots": 3, "of": 3},
    ]
    assert answer["closing"] == {
        "A": {"THB": "9.50"},
        "B": {"THB": "87.50"},
        "C": {"BOND": 7, "THB": "3.00"},
    }
    assert (answer["value"], answer["of_value"]) == ("173.50", "174.50")
    (unsettled,) = answer["unsettled"]
    assert unsettled["id"] == "T3"
    assert unsettled["short"] == [{"participant": "C", "asset": "BOND", "short": 1}]


def test_optimal_states_bound_gap_and_proof(run):
    answer = json.loads(run("--json", "--mode", "optimal", "--by", "count", "--deadline", "5"))
    assert (answer["count"], answer["bound"], answer["proven"]) == (3, 3, True)
    assert Decimal(answer["gap"]) == 0
    assert [stage["stage"] for stage in answer["stages"]][:2] == ["gross", "fifo-net"]


def test_every_figure_is_an_integer_or_a_string(run):
    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is a float")

    for options in ([], ["--mode", "gross"], ["--mode", "optimal"]):
        json.loads(run("--json", *options), parse_float=refuse)


def test_lines_for_a_reader(run):
    lines = run("--mode", "optimal").splitlines()
    assert lines[0] == "optimal: 3 of 4 settled, value 173.50 of 174.50"
    assert lines[1] == "by value: bound 173.50, proven best"
    assert "closing A: 9.50 THB" in lines
    assert "unsettled T3: C short of 1 BOND" in lines


def test_a_refused_file_names_file_field_and_rule(queue, run):
    broken = QUEUE | {"balances": {"A": 1.5}}
    queue.write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(CommandError, match=r"queue\.json, /balances/A: 1\.5 .*\[queue-amount\]"):
        run()
    with pytest.raises(CommandError) as caught:
        call_command(resolve_queue.Command(), "absent.json")
    assert caught.value.returncode == 2


@pytest.mark.parametrize("deadline", ["0", "-1", "nan", "inf", "soon"])
def test_a_deadline_is_a_number_of_seconds(run, deadline):
    with pytest.raises(CommandError, match="not a number of seconds"):
        run("--deadline", deadline)


def test_no_database_is_asked(run, django_db_blocker):
    """pytest-django blocks every connection here; the command must not need one."""
    with django_db_blocker.block():
        assert json.loads(run("--json"))["count"] == 3


def test_a_terminal_sees_progress(queue, capsys, monkeypatch):
    monkeypatch.setattr(resolve_queue.sys.stderr, "isatty", lambda: True, raising=False)
    call_command(resolve_queue.Command(), str(queue), "--json", "--mode", "optimal")
    shown = capsys.readouterr()
    assert "fifo-net: 173.50" in shown.err
    assert shown.err.endswith("\r\x1b[K")
    json.loads(shown.out)
