"""Registers with a README that states their figures: what we read must come to the same."""

import os
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from settlement.formats import register, register_balances

DATA = Path(os.environ.get("GOLDEN_DATA", "../shared/data"))
FIGURES = {
    "transactions": r"([\d,]+) transactions,",
    "accounts": r"([\d,]+) accounts,",
    "days": r"([\d,]+) days,",
    "closing total": r"closing total ([\d,.]+\d)",
    "agreeing account-days": r"([\d,]+) of [\d,]+ account-days",
    "account-days": r"[\d,]+ of ([\d,]+) account-days",
    "exact account-days": r"([\d,]+) exactly",
    "transfers": r"([\d,]+) transfers",
    "transfers in": r"([\d,.]+) in and",
    "transfers out": r"in and ([\d,.]+) out",
    "obligations": r"([\d,]+) obligations",
    "net value": r"obligations with ([\d,.]+\d) of absolute net value",
    "gross value": r"\(gross ([\d,.]+\d)\)",
}


def registers():
    found = []
    for path in sorted((DATA / "accounting").glob("*/*.csv")):
        with path.open("rb") as stream:
            header = stream.readline(400)
        if header.replace(b'"', b"").startswith(b"trans_id;account_id;"):
            found.append(pytest.param(path, id=f"{path.parent.name}-{path.stem}"))
    reason = "accounting/berka is not in GOLDEN_DATA"
    return found or [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="berka")]


def stated(readme: str) -> dict[str, Decimal]:
    hits = {name: re.search(pattern, readme) for name, pattern in FIGURES.items()}
    return {name: Decimal(hit[1].replace(",", "")) for name, hit in hits.items() if hit}


def computed(path: Path) -> dict[str, Decimal]:
    lines = list(register.read(path))
    assert not [line for line in lines if not isinstance(line, register.RegisterLine)]
    moved = [line for line in lines if line.operation.is_interbank]
    net = defaultdict(Decimal)
    for line in moved:
        net[line.partner_bank, line.business_date] += line.signed_amount
    inward = sum(line.amount for line in moved if line.signed_amount > 0)
    outward = sum(line.amount for line in moved if line.signed_amount < 0)
    balances = register_balances.check(lines)
    return {
        "transactions": len(lines),
        "accounts": len({line.account for line in lines}),
        "days": len({line.business_date for line in lines}),
        "closing total": balances.closing_total,
        "agreeing account-days": balances.agreeing,
        "account-days": balances.account_days,
        "exact account-days": balances.exact,
        "transfers": len(moved),
        "transfers in": inward,
        "transfers out": outward,
        "obligations": len(net),
        "net value": sum(abs(value) for value in net.values()),
        "gross value": inward + outward,
    }


def differences(expected: dict[str, Decimal], found: dict[str, Decimal]) -> dict[str, tuple]:
    return {k: (v, found.get(k)) for k, v in expected.items() if found.get(k) != v}


@pytest.mark.parametrize("path", registers())
def test_figures_of_the_readme(path):
    expected = stated((path.parent / "README.md").read_text("utf-8"))
    assert "transactions" in expected
    found = computed(path)
    assert differences(expected, found) == {}
    for name in expected:  # the comparison must be able to fail, figure by figure
        altered = expected | {name: expected[name] + 1}
        assert set(differences(altered, found)) == {name}
