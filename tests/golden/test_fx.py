"""Foreign-currency cases read off other systems' tests: told in steps, compared in figures.

A case with a step or a figure that is not known is skipped with it as the reason. Cases of
receivables (`ar`) belong to the sub-ledger.
"""

import copy
import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from accounting import rates
from accounting.rules import rate_files
from tests.conftest import golden_folder
from tests.golden.fx.reading import NotKnown, decimal
from tests.golden.fx.telling import differences, expected_of, figures


def cases(kind: str = "fx") -> list:
    """All cases of the sets' files: lists below `fx`, or files that are one case."""
    found = []
    for path in sorted(golden_folder().glob("accounting/fx*/*.json")):
        content = json.loads(path.read_text("utf-8"))
        if isinstance(content, dict) and isinstance(content.get(kind), list):
            own = content[kind]
        elif kind == "fx" and isinstance(content, dict) and not {"fx", "ar"} & content.keys():
            own = [{"id": path.stem, **content}]
        else:
            own = []
        found += [
            pytest.param(case, id=f"{path.parent.name}-{case.get('id', path.stem)}") for case in own
        ]
    reason = f"no case of {kind} in accounting/fx*/*.json of the golden data"
    return found or [pytest.param(None, id="fx-none", marks=pytest.mark.skip(reason=reason))]


@pytest.mark.django_db
@pytest.mark.parametrize("case", cases())
def test_the_books_show_what_the_case_expects(case):
    try:
        assert list(differences(case)) == []
    except NotKnown as unknown:
        pytest.skip(str(unknown))


@pytest.mark.django_db
@pytest.mark.parametrize("case", cases())
def test_each_altered_figure_is_noticed(case):
    ways = list(figures(expected_of(case)))
    if not ways:
        pytest.skip("the case has no figure to alter")
    for names in ways:
        altered = copy.deepcopy(case)
        part = expected_of(altered)
        for name in names[:-1]:
            part = part[name]
        # A bound becomes one that nothing keeps.
        bound = names[-1].endswith("_abs_lt")
        part[names[-1]] = "0" if bound else str(decimal(part[names[-1]]) + Decimal("0.01"))
        try:
            with transaction.atomic():
                assert list(differences(altered)), names
                transaction.set_rollback(True)
        except NotKnown as unknown:
            pytest.skip(str(unknown))


def tables() -> list:
    """Rate tables in the H.10 set's format, told by their header."""
    found = []
    for path in sorted(golden_folder().glob("accounting/*/*.csv")):
        with path.open("rb") as stream:
            if stream.readline().strip() == b"Date,Country,Exchange rate":
                found.append(pytest.param(path, id=f"{path.parent.name}-{path.stem}"))
    reason = "no rate table in accounting/*/*.csv of the golden data"
    return found or [pytest.param(None, id="rates-none", marks=pytest.mark.skip(reason=reason))]


@pytest.mark.django_db
@pytest.mark.parametrize("path", tables())
def test_every_rate_of_a_table_is_taken_once_and_found_again(path):
    with path.open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["Exchange rate"]]
    for expected in ((len(rows), 0), (0, len(rows))):
        out = StringIO()
        call_command("import_rates", str(path), "--source", "H10", "--json", stdout=out)
        assert tuple(json.loads(out.getvalue()).values()) == expected
    for row in rows[:: max(1, len(rows) // 50)]:
        day = date.fromisoformat(row["Date"])
        code = rate_files.currency_of(row["Country"], day)
        if code is None:
            continue
        there = rates.rate_on(base="USD", quote=code, on=day, source="H10")
        assert there.exact == Fraction(row["Exchange rate"])
        back = rates.rate_on(base=code, quote="USD", on=day + timedelta(days=20))
        assert back.exact == 1 / there.exact


@pytest.mark.parametrize("case", cases("ar"))
def test_receivables(case):
    pytest.skip("receivables and their terms belong to the sub-ledger")
