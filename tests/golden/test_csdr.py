"""EU cash penalties: the legal parameters, and the example that their description gives."""

import json
import os
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.kernel.calendars import Calendar
from backoffice.kernel.money import Currency
from settlement.rules.penalties import (
    FIRST_DAY,
    IN_FORCE,
    Category,
    Cause,
    Fail,
    Tariff,
    penalties_of,
    table_from_json,
)

DATA = Path(os.environ.get("GOLDEN_DATA", "../shared/data"))
EXAMPLE = re.compile(
    r"([\d,]+) liquid shares at ([\d.]+) failing (\d+) business days = (\d+) x ([\d.]+)"
)
SKIP = pytest.mark.skip(reason="settlement/csdr is not in GOLDEN_DATA")


def tables():
    found = [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}")
        for path in sorted((DATA / "settlement").glob("*/*.json"))
        if b'"rates_bp"' in path.read_bytes()[:2000]
    ]
    return found or [pytest.param(None, marks=SKIP, id="csdr")]


def examples():
    found = []
    for table in tables():
        readme = table.values[0] and table.values[0].parent / "README.md"
        for number, example in enumerate(EXAMPLE.findall(readme.read_text()) if readme else ()):
            case = f"{table.values[0].parent.name}-example-{number}"
            found.append(pytest.param(table.values[0], example, id=case))
    return found or [pytest.param(None, (), marks=SKIP, id="csdr-example")]


@pytest.mark.parametrize("path", tables())
def test_rates(path):
    """Every table reads; our own table of the regulation in force states the same rates."""
    data = json.loads(path.read_text())
    read = table_from_json(data, valid_from=FIRST_DAY, file=path.name)
    if "2017/389" in read.source:
        assert dict(read.basis_points) == dict(IN_FORCE.basis_points)
    assert {category.value for category in Category} == data["rates_bp"].keys()


@pytest.mark.parametrize(("path", "example"), examples())
def test_example(path, example):
    quantity, price, days, times, daily = example
    table = table_from_json(json.loads(path.read_text()), valid_from=FIRST_DAY)
    monday = date(2026, 11, 23)
    calendar = Calendar("EVERY_DAY", weekend=frozenset())
    fail = Fail(
        instruction="example",
        intended=monday,
        matched=monday,
        value=Decimal(quantity.replace(",", "")) * Decimal(price),
        currency=Currency.of("EUR"),
        category=Category.LIQUID_SHARE,
        late_party="A",
        other_party="B",
    )
    found = penalties_of(
        fail,
        [Cause(monday, "A", "B")],
        settled=monday + timedelta(days=int(days)),
        until=monday + timedelta(days=30),
        calendar=calendar,
        tariff=Tariff([table]),
    )
    assert [one.amount for one in found] == [Decimal(daily)] * int(times)
