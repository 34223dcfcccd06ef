"""ISO 4217 as public tables give it: our codes, minor units and withdrawals agree."""

import csv
import os
from pathlib import Path

import pytest

from backoffice.kernel.iso4217 import CURRENT, WITHDRAWN
from backoffice.kernel.money import ExponentUnknown, exponent_of

DATA = Path(os.environ.get("GOLDEN_DATA", "../shared/data"))
HEADER = ["Entity", "Currency", "AlphabeticCode", "NumericCode", "MinorUnit", "WithdrawalDate"]


def tables():
    found = []
    for path in sorted((DATA / "accounting").glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            if next(csv.reader(stream), []) == HEADER:
                found.append(pytest.param(path, id=f"{path.parent.name}-{path.stem}"))
    skip = pytest.mark.skip(reason="no ISO 4217 table in GOLDEN_DATA/accounting")
    return found or [pytest.param(None, marks=skip, id="currency")]


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["AlphabeticCode"]]


@pytest.mark.parametrize("path", tables())
def test_codes_in_use(path):
    wrong = []
    for row in (row for row in rows(path) if not row["WithdrawalDate"]):
        ours = CURRENT.get(row["AlphabeticCode"])
        stated = int(row["MinorUnit"]) if row["MinorUnit"].isdecimal() else None
        if ours is None or (ours.exponent, ours.numeric) != (stated, row["NumericCode"]):
            wrong.append((row, ours))
    assert not wrong


@pytest.mark.parametrize("path", tables())
def test_minor_units_as_amounts_use_them(path):
    for row in (row for row in rows(path) if not row["WithdrawalDate"]):
        if row["MinorUnit"].isdecimal():
            assert exponent_of(row["AlphabeticCode"]) == int(row["MinorUnit"])
        else:
            with pytest.raises(ExponentUnknown):
                exponent_of(row["AlphabeticCode"])


@pytest.mark.parametrize("path", tables())
def test_withdrawn_codes(path):
    listed = rows(path)
    current = {row["AlphabeticCode"] for row in listed if not row["WithdrawalDate"]}
    gone = {row["AlphabeticCode"] for row in listed} - current
    assert gone == WITHDRAWN.keys()
    assert current == CURRENT.keys()
    for row in listed:
        ours = WITHDRAWN.get(row["AlphabeticCode"])
        if ours and ours.numeric:
            assert ours.numeric == row["NumericCode"]
