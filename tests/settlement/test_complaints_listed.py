"""Every complaint that the house was built against has its test, named after it."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
COMPLAINTS = {
    "mojaloop": (4445, 2105, 4115, 510, 4009, 2525, 2526, 936, 4321, 3551, 3482),
    "mojaloop_helm": (806,),
    "fineract": (5853, 4171, 3255),
    "moov_ach": (922, 867, 1010),
    "prowide_iso20022": (8,),
    "payment_hub": (34,),
    "exchange_calendars": (450,),
}
NAMES = sorted(
    node.name
    for path in TESTS.rglob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
)


@pytest.mark.parametrize(
    ("project", "number"),
    [(project, number) for project, numbers in COMPLAINTS.items() for number in numbers],
)
def test_a_test_is_named_after_it(project, number):
    named = re.compile(rf"test_{project}_(?:\w+_)?{number}(?:_|\Z)")
    assert [name for name in NAMES if named.match(name)], f"no test for {project} {number}"
