"""DvP queues with a certified optimum: gross FIFO as stated, the optimum reached and feasible."""

import copy
import csv
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from settlement.resolving import Mode, Objective, Problem, Resolution, problem_of, resolve

SET = Path(os.environ.get("GOLDEN_DATA", "../shared/data")) / "settlement" / "dvp_certified"
ABSENT = "settlement/dvp_certified is not in GOLDEN_DATA"

LARGEST_PROVEN = 300
"""Up to so many instructions the optimum must be proven; beyond, 95 % of it is asked."""


def cases() -> list[Any]:
    found = []
    for path in sorted(SET.glob("*expected*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            name = f"dvp_certified-{case['name']}"
            missing = [file.name for file in files_of(case["name"]) if not file.exists()]
            reason = f"{', '.join(missing)} not in GOLDEN_DATA"
            marks = [pytest.mark.skip(reason=reason)] if missing else []
            found.append(pytest.param(case, id=name, marks=marks))
    skipped = pytest.param(None, id="dvp_certified", marks=pytest.mark.skip(reason=ABSENT))
    return found or [skipped]


def files_of(name: str) -> tuple[Path, Path]:
    return SET / f"{name}_balances.csv", SET / f"{name}_instructions.csv"


@cache
def problem_named(name: str) -> Problem:
    balances, instructions = (read(path) for path in files_of(name))
    return problem_of({"balances": balances, "obligations": instructions}, name=name)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def gross_differences(case: dict[str, Any]) -> list[str]:
    problem = problem_named(case["name"])
    result = resolve(problem, mode=Mode.GROSS)
    ours, expected = {"count": result.count, "value": result.value}, case["gross_fifo"]
    differences = [] if ours == expected else [f"gross {ours}, expected {expected}"]
    return differences + broken_rules(case["name"], result)


def optimum_differences(case: dict[str, Any], by: Objective) -> list[str]:
    problem = problem_named(case["name"])
    optimum = case[f"max_{by}"]["optimum"]
    small = len(problem.obligations) <= LARGEST_PROVEN
    result = resolve(problem, mode=Mode.OPTIMAL, by=by, deadline=10 if small else 15)
    differences = []
    if small and not (result.proven and result.achieved == optimum):
        differences.append(f"{by} {result.achieved}, optimum {optimum}, proven {result.proven}")
    if not 0.95 * optimum <= result.achieved <= optimum <= (result.bound or 0):
        differences.append(f"{by} {result.achieved}, bound {result.bound}, optimum {optimum}")
    return differences + broken_rules(case["name"], result)


def broken_rules(name: str, result: Resolution) -> list[str]:
    """Settle the batch again from the CSV files: nothing negative, and our closing balances."""
    balances, instructions = (read(path) for path in files_of(name))
    closing = {(row["participant"], row["asset"]): int(row["balance"]) for row in balances}
    settled = {item.id for item in result.settled}
    for row in instructions:
        if row["seq"] in settled:
            for giver, taker, asset, units in (
                (row["buyer"], row["seller"], "CASH", int(row["amount"])),
                (row["seller"], row["buyer"], row["security"], int(row["quantity"])),
            ):
                closing[giver, asset] = closing.get((giver, asset), 0) - units
                closing[taker, asset] = closing.get((taker, asset), 0) + units
    differences = [f"{key} closes at {units}" for key, units in closing.items() if units < 0]
    if closing != result.closing:
        differences.append("closing balances are not those of the settled instructions")
    if any(not item.shortages for item in result.unsettled):
        differences.append("an unsettled instruction without the balance that binds")
    return differences


@pytest.mark.parametrize("case", cases())
def test_gross_fifo(case: dict[str, Any]) -> None:
    assert gross_differences(case) == []


@pytest.mark.parametrize("by", list(Objective))
@pytest.mark.parametrize("case", cases())
def test_optimum(case: dict[str, Any], by: Objective) -> None:
    assert optimum_differences(case, by) == []


@pytest.mark.parametrize("case", cases()[:1])
def test_an_altered_expectation_is_noticed(case: dict[str, Any]) -> None:
    altered = copy.deepcopy(case)
    altered["gross_fifo"]["value"] += 1
    assert gross_differences(altered)
    altered["max_count"]["optimum"] += 1
    assert optimum_differences(altered, Objective.COUNT)
