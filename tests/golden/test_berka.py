"""A real bank's register through the whole house: captured, cleared, settled, booked, reported.

What must come out stands in the set's README. The ledger is compared with the bank's own printed
balances, account by account and day by day.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from records import queries as records
from tests.golden.test_berka_format import registers, stated

BALANCES = """
    WITH ledger AS (
        SELECT a.code, m.day,
               sum(sum(m.credits - m.debits)) OVER (PARTITION BY a.code ORDER BY m.day) AS balance
          FROM accounting_daymovement m JOIN accounting_account a ON a.id = m.account_id
         WHERE a.code LIKE 'Liabilities:Customers:%%'
         GROUP BY a.code, m.day
    ), printed AS (
        SELECT 'Liabilities:Customers:' || account AS code, business_date AS day,
               array_agg(reported_balance) AS balances
          FROM settlement_transaction GROUP BY 1, 2
    )
    SELECT count(*), count(*) FILTER (WHERE gap <= 1.00), count(*) FILTER (WHERE gap = 0)
      FROM (SELECT (SELECT min(abs(b - l.balance)) FROM unnest(p.balances) b) AS gap
              FROM printed p JOIN ledger l USING (code, day)) gaps
"""


def _command(name, *words):
    out = StringIO()
    call_command(name, *words, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def _span(path) -> tuple[date, date]:
    days = [line.split(b";")[2] for line in path.read_bytes().splitlines()[1:] if line]
    first, last = (date(1900 + int(d[:2]), int(d[2:4]), int(d[4:])) for d in (min(days), max(days)))
    return first, last


@pytest.mark.parametrize("path", registers())
def test_the_register_clears_to_the_figures_of_its_readme(path, committed_db):
    expected = stated((path.parent / "README.md").read_text("utf-8"))
    captured = _command("import_register", str(path), "--json")
    assert captured["taken"] == expected["transactions"]
    assert _command("import_register", str(path), "--json")["taken"] == 0

    first, last = _span(path)
    span = ("--from", first.isoformat(), "--to", last.isoformat(), "--json")
    closed = _command("close_day", *span)
    assert closed["days"] == (last - first).days + 1
    assert closed["days_with_transactions"] == expected["days"]
    assert closed["transactions"] == expected["transactions"]
    assert closed["obligations"] == expected["obligations"]
    assert Decimal(closed["net_value"]) == expected["net value"]
    assert Decimal(closed["gross_value"]) == expected["gross value"]
    assert closed["entries"] == expected["transactions"] + closed["instructions"]
    assert Decimal(closed["trial_balance"]) == 0

    with connection.cursor() as cursor:
        cursor.execute(BALANCES)
        account_days, agreeing, exact = cursor.fetchone()
    assert account_days == expected["account-days"]
    assert agreeing == expected["agreeing account-days"]
    assert exact == expected["exact account-days"]

    _check_the_books(first, last, expected, closed)
    again = _command("close_day", *span)
    assert {**again, "seconds": 0} == {**closed, "seconds": 0}


def _check_the_books(first, last, expected, closed):
    """The ledger's own answers: customers' total, clearing emptied, every day's report filed."""
    rows = _command("trial_balance", "--as-of", last.isoformat(), "--json")["rows"]
    customers = [row for row in rows if row["account"].startswith("Liabilities:Customers:")]
    assert -sum(Decimal(row["balance"]) for row in customers) == expected["closing total"]
    assert len(customers) == expected["accounts"]
    clearing = [row for row in rows if row["account"].startswith("Assets:Clearing:")]
    unsettled = [
        row for row in clearing if Decimal(row["balance"]) and "Cards" not in row["account"]
    ]
    assert unsettled == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM records_document WHERE source_key LIKE 'HOUSE/%'")
        assert cursor.fetchone()[0] == closed["days"]
        cursor.execute(
            "SELECT id FROM records_document WHERE source_key = %s",
            [f"HOUSE/{(first + timedelta(days=4)).isoformat()}"],
        )
        report = json.loads(b"".join(records.content(document_id=cursor.fetchone()[0])))
    assert report["business_date"] == (first + timedelta(days=4)).isoformat()
