"""Project Ubin's gridlock cases: FIFO as Quorum reported it, and the proven optimum of each."""

import copy
import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from settlement.resolving import Mode, Objective, Problem, Resolution, problem_of, resolve

SET = Path(os.environ.get("GOLDEN_DATA", "../shared/data")) / "settlement" / "ubin"
ABSENT = "settlement/ubin is not in GOLDEN_DATA"


def cases() -> list[Any]:
    found: dict[str, Any] = {}
    for path in sorted(SET.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for case in document if isinstance(document, list) else []:
            if isinstance(case, dict) and {"obligations", "balances", "report"} <= case.keys():
                name = str(case.get("id") or case.get("name"))
                key = f"ubin-{name}" if f"ubin-{name}" not in found else f"ubin-{path.stem}-{name}"
                found[key] = pytest.param(case, id=key)
    if found:
        return list(found.values())
    return [pytest.param(None, id="ubin", marks=pytest.mark.skip(reason=ABSENT))]


def fifo_differences(case: dict[str, Any]) -> list[str]:
    """Where our FIFO batch is not the one that Quorum reported."""
    problem = problem_of(case)
    result = resolve(problem, mode=Mode.FIFO)
    settled = {item.id for item in result.settled}
    differences = [
        f"{name}: {platforms['Quorum']}"
        for name, platforms in case["report"]["status"].items()
        if (name in settled) != (platforms["Quorum"] == "Settled")
    ]
    reported = dict(zip(case["balances"], case["report"]["closing"]["Quorum"], strict=True))
    ours = {name: result.closing[name, "CASH"] for name in case["balances"]}
    if ours != reported:
        differences.append(f"closing {ours}, reported {reported}")
    return differences + broken_rules(problem, result)


def optimum_differences(case: dict[str, Any], by: Objective) -> list[str]:
    """Where our best set falls short of (or claims more than) the derived optimum."""
    problem = problem_of(case)
    result = resolve(problem, mode=Mode.OPTIMAL, by=by, deadline=10)
    expected = case["derived_optimum"][f"max_{by}"]
    differences = [] if result.achieved == expected else [f"{by} {result.achieved}, not {expected}"]
    if not result.proven or result.bound != expected or result.gap != 0:
        differences.append(f"not proven: bound {result.bound}")
    return differences + broken_rules(problem, result)


def broken_rules(problem: Problem, result: Resolution) -> list[str]:
    """Never a negative balance, every unit of cash still there."""
    differences = [f"{key} closes at {units}" for key, units in result.closing.items() if units < 0]
    if sum(result.closing.values()) != sum(problem.balances.values()):
        differences.append("cash was made or lost")
    if len(result.settled) + len(result.unsettled) != len(problem.obligations):
        differences.append("an obligation is neither settled nor explained")
    return differences


@pytest.mark.parametrize("case", cases())
def test_fifo_is_quorums(case: dict[str, Any]) -> None:
    assert fifo_differences(case) == []


@pytest.mark.parametrize("by", list(Objective))
@pytest.mark.parametrize("case", cases())
def test_optimum_is_reached(case: dict[str, Any], by: Objective) -> None:
    assert optimum_differences(case, by) == []


@pytest.mark.parametrize("case", cases()[:3])
def test_an_altered_expectation_is_noticed(case: dict[str, Any]) -> None:
    altered = copy.deepcopy(case)
    status = next(iter(altered["report"]["status"].values()))
    status["Quorum"] = "Unsettled" if status["Quorum"] == "Settled" else "Settled"
    assert fifo_differences(altered)

    altered = copy.deepcopy(case)
    altered["report"]["closing"]["Quorum"][0] += 1
    assert fifo_differences(altered)

    altered = copy.deepcopy(case)
    altered["derived_optimum"]["max_value"] += 1
    assert optimum_differences(altered, Objective.VALUE)


# The spreadsheet of 5,000 payments: its columns are found by their names' meaning, and each of
# our figures must be one that the file of expectations states.
PAYER = ("debtor", "payer", "sender", "from", "debit", "source")
PAYEE = ("creditor", "payee", "receiver", "beneficiary", "to", "credit", "target")


def sheets() -> list[Any]:
    found = [
        pytest.param(path, id=f"ubin-{path.stem}")
        for path in sorted(SET.glob("*.csv"))
        if expectations_of(path)
    ]
    reason = f"{ABSENT}: no CSV of payments with its expectations"
    return found or [pytest.param(None, id="ubin-csv", marks=pytest.mark.skip(reason=reason))]


def expectations_of(path: Path) -> Path | None:
    beside = [path.with_suffix(".expected.json"), path.with_name(path.name + ".expected.json")]
    return next((candidate for candidate in beside if candidate.exists()), None)


def figures(document: Any, trail: str = "") -> Iterator[tuple[str, Any]]:
    """Every (path, value) in a JSON document, objects included."""
    yield trail, document
    entries = document.items() if isinstance(document, dict) else ()
    if isinstance(document, list):
        entries = enumerate(document)
    for key, value in entries:
        yield from figures(value, f"{trail}/{key}".lower())


def column(header: list[str], words: tuple[str, ...]) -> str | None:
    named = [name for word in words for name in header if name.strip().lower() == word]
    held = [name for word in words if len(word) > 2 for name in header if word in name.lower()]
    return next(iter(named + held), None)


def sheet_problem(path: Path, document: Any) -> Problem:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    header = list(rows[0])
    payer, payee = column(header, PAYER), column(header, PAYEE)
    amount = column(header, ("amount", "value"))
    if not (payer and payee and amount):
        pytest.skip(f"columns {header} are not payer, payee and amount")
    banks = {row[payer].strip() for row in rows} | {row[payee].strip() for row in rows}
    openings = [
        value
        for trail, value in figures(document)
        if isinstance(value, dict)
        and {str(key) for key in value} == banks
        and all(isinstance(units, int) for units in value.values())
        and any(word in trail for word in ("open", "start", "initial", "balance"))
        and "clos" not in trail
    ]
    if not openings:
        pytest.skip("no opening balance per bank in the expectations")
    obligations = [
        {
            "id": str(number),
            "debtor": row[payer].strip(),
            "creditor": row[payee].strip(),
            "amount": row[amount].strip(),
        }
        for number, row in enumerate(rows, start=1)
    ]
    return problem_of({"balances": openings[0], "obligations": obligations})


@pytest.mark.parametrize("path", sheets())
def test_spreadsheet_of_payments(path: Path) -> None:
    document = json.loads(expectations_of(path).read_text(encoding="utf-8"))
    problem = sheet_problem(path, document)
    stated = {value for _, value in figures(document) if isinstance(value, int)}
    fifo = resolve(problem, mode=Mode.FIFO)
    assert {fifo.count, fifo.value} <= stated
    assert broken_rules(problem, fifo) == []
    for by in Objective:
        best = resolve(problem, mode=Mode.OPTIMAL, by=by, deadline=10)
        assert best.achieved in stated
        assert best.proven
        assert best.seconds < 5
        assert broken_rules(problem, best) == []
