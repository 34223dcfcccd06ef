"""Statements and the general ledger over the same books; hledger's figures are in tests/golden."""

import itertools
import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounting import chart, chart_templates, closing, posting, reporting
from accounting.rules.reports import Figure, Interval, Kind, Span, SpanRefused, lay_out, spans
from tests.accounting.conftest import draft, sale

DAY = date(2026, 1, 5)


def amounts(report, section: str, account: str) -> list[str]:
    (found,) = [s for s in report.sections if s.key == section]
    rows = {row.account: row.amounts for row in found.rows}
    return [str(column.get("THB", 0)) for column in rows[account]]


def of(kind, entity, first=date(2026, 1, 1), last=date(2026, 3, 31), **other):
    return reporting.report(kind=kind, entity=entity, from_=first, to=last, **other)


@pytest.fixture
def quarter(books, system, at):
    posting.post_many(
        entries=[
            draft("open", ("Assets:Bank:A", "1000"), ("Equity:Opening", "-1000"),
                  day=date(2025, 12, 31)),
            sale("jan", "100.00"),
            sale("mar", "50.00", day=date(2026, 3, 31)),
            draft("rent", ("Expenses:Rent", "30", "THB", {"site": "BKK"}), ("Assets:Cash", "-30"),
                  day=date(2026, 2, 1)),
        ],
        actor=system,
        at=at,
    )  # fmt: skip
    return books


@pytest.mark.django_db
def test_the_balance_sheet_balances_with_the_result_not_yet_carried(quarter):
    report = of(Kind.BALANCE_SHEET, quarter)
    assert amounts(report, "assets", "Assets:Cash") == ["100.00", "70.00", "120.00"]
    assert amounts(report, "equity", "@result") == ["100.00", "70.00", "120.00"]
    assert amounts(report, "equity", "Equity:Opening") == ["1000.00"] * 3
    assert report.difference == ({}, {}, {})
    assert [net["THB"] for net in report.net] == [1100, 1070, 1120]


@pytest.mark.django_db
def test_an_income_statement_reads_past_the_year_end(quarter, system, at):
    before = of(Kind.INCOME_STATEMENT, quarter, last=date(2026, 12, 31), interval=Interval.QUARTER)
    closing.close_year(entity=quarter, year=2026, actor=system, at=at)
    after = of(Kind.INCOME_STATEMENT, quarter, last=date(2026, 12, 31), interval=Interval.QUARTER)
    assert before == after
    assert [n.get("THB") for n in after.net] == [Decimal("120.00"), None, None, None]
    sheet = of(Kind.BALANCE_SHEET, quarter, last=date(2026, 12, 31), interval=Interval.YEAR)
    assert amounts(sheet, "equity", closing.RETAINED) == ["120.00"]
    assert sheet.difference == ({},)
    closing.reopen_year(entity=quarter, year=2026, reason="late bill", actor=system, at=at)
    assert before == of(
        Kind.INCOME_STATEMENT, quarter, last=date(2026, 12, 31), interval=Interval.QUARTER
    )


@pytest.mark.django_db
def test_a_report_knows_what_was_known(quarter, system, at):
    then = [of(kind, quarter) for kind in Kind]
    later = at + timedelta(days=40)
    back_dated = draft("late", ("Expenses:Rent", "7"), ("Assets:Cash", "-7"), day=DAY)
    posting.post(entry=back_dated, actor=system, at=later)
    assert [of(kind, quarter, known_at=at) for kind in Kind] == then
    assert [of(kind, quarter) for kind in Kind] != then


@pytest.mark.django_db
def test_dimensions_choose_lines(quarter):
    report = of(Kind.INCOME_STATEMENT, quarter, dimensions={"site": "BKK"})
    assert amounts(report, "expenses", "Expenses:Rent") == ["0", "30.00", "0"]
    assert report.sections[0].rows == ()
    assert of(Kind.NET_CHANGES, quarter, dimensions={"site": "none"}).sections[0].rows == ()


@pytest.mark.django_db
def test_cash_is_what_the_chart_says(quarter, system, at):
    report = of(Kind.CASH_FLOW, quarter)
    assert amounts(report, "cash", "Assets:Cash") == ["100.00", "-30.00", "50.00"]
    described = chart_templates.Description("Assets:Cash", cash=False)
    chart_templates.describe(entity=quarter, descriptions=[described], actor=system, at=at)
    assert of(Kind.CASH_FLOW, quarter).sections[0].rows == ()


@pytest.mark.django_db
def test_a_memorandum_stands_on_no_statement(quarter, system, at):
    chart.ensure_accounts(
        entity=quarter, codes=["Guarantees"], types={"Guarantees": "memorandum"},
        actor=system, at=at,
    )  # fmt: skip
    before = of(Kind.BALANCE_SHEET, quarter)
    entry = draft("g", ("Guarantees", "5"), ("Guarantees", "-5"), day=DAY)
    posting.post(entry=entry, actor=system, at=at)
    assert of(Kind.BALANCE_SHEET, quarter) == before
    changes = of(Kind.NET_CHANGES, quarter, zeros=True)
    assert "Guarantees" in {row.account for row in changes.sections[0].rows}


@pytest.mark.django_db
def test_the_general_ledger_runs_from_its_openings(quarter):
    found = list(
        reporting.general_ledger(entity=quarter, from_=date(2026, 2, 1), to=date(2026, 3, 31))
    )
    cash = [line for line in found if line.account == "Assets:Cash"]
    assert [(line.entry_id is None, str(line.balance)) for line in cash] == [
        (True, "100.00"), (False, "70.00"), (False, "120.00"),
    ]  # fmt: skip
    bank = list(
        reporting.general_ledger(
            entity=quarter, from_=date(2026, 2, 1), to=date(2026, 3, 31), account="Assets:Bank"
        )
    )
    assert [line.account for line in bank] == ["Assets:Bank:A"]


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_books(quarter, system, at):
    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            of(Kind.BALANCE_SHEET, quarter)
        return len(found)

    before = count()
    posting.post_many(
        entries=[sale(f"more{n}", day=DAY + timedelta(days=n)) for n in range(50)],
        actor=system,
        at=at,
    )
    assert count() == before <= 3


@pytest.mark.django_db
def test_month_ends_that_are_kept_give_the_same_opening(quarter):
    before = [of(kind, quarter, first=date(2026, 3, 1)) for kind in Kind]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounting_monthendmark (entity_id, month_end, taken_at)
            SELECT id, '2026-01-31', now() FROM accounting_entity WHERE code = 'HOUSE'
                ON CONFLICT DO NOTHING;
            INSERT INTO accounting_monthend
                   (account_id, month_end, currency, dimension_set_id, debits, credits, value)
            SELECT account_id, '2026-01-31', currency, dimension_set_id, sum(debits), sum(credits),
                   sum(value)
              FROM accounting_daymovement WHERE day <= '2026-01-31' GROUP BY 1, 3, 4
                ON CONFLICT DO NOTHING
            """
        )
    assert [of(kind, quarter, first=date(2026, 3, 1)) for kind in Kind] == before


@pytest.mark.django_db
def test_the_command_prints_what_the_verb_says(quarter):
    out = StringIO()
    words = ("--entity", quarter, "--from", "2026-01-01", "--to", "2026-03-31")
    call_command("report", "income-statement", *words, "--json", stdout=out)
    found = json.loads(out.getvalue())
    net = [row for row in found["rows"] if row["section"] == "net"]
    assert [row["amounts"] for row in net] == [["100.00", "-30.00", "50.00"]]
    text = StringIO()
    call_command("report", "balance-sheet", *words, "--csv", stdout=text)
    assert "equity,@result" in text.getvalue() or "'@result" in text.getvalue()
    shown = StringIO()
    call_command("report", "cash-flow", *words, stdout=shown)
    assert "Assets:Cash" in shown.getvalue()


def test_columns_are_cut_at_the_calendar():
    found = spans(date(2026, 1, 15), date(2026, 4, 2), Interval.MONTH)
    assert (found[0], found[-1]) == (
        Span(date(2026, 1, 15), date(2026, 1, 31)),
        Span(date(2026, 4, 1), date(2026, 4, 2)),
    )
    assert spans(date(2026, 2, 1), date(2026, 2, 1), Interval.WHOLE) == (
        Span(date(2026, 2, 1), date(2026, 2, 1)),
    )
    assert spans(date(9999, 12, 1), date.max, Interval.YEAR)[-1].last == date.max
    for first, last in ((date(2026, 2, 1), date(2026, 1, 1)), (date.min, date.max)):
        with pytest.raises(SpanRefused):
            spans(first, last, Interval.MONTH)


@given(
    first=st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    days=st.integers(0, 3000),
    interval=st.sampled_from(Interval),
)
def test_columns_cover_every_day_once(first, days, interval):
    found = spans(first, first + timedelta(days=days), interval)
    assert (found[0].first, found[-1].last) == (first, first + timedelta(days=days))
    for before, after in itertools.pairwise(found):
        assert after.first == before.last + timedelta(days=1)


FIGURES = st.lists(
    st.tuples(
        st.sampled_from(["asset", "liability", "equity", "income", "expense"]),
        st.integers(0, 3),
        st.sampled_from(["THB", "USD"]),
        st.decimals(min_value=-(10**20), max_value=10**20, places=2),
    ),
    max_size=30,
)


@given(FIGURES)
def test_a_balance_sheet_of_balanced_books_has_no_difference(moves):
    figures = [
        Figure(f"{kind}:{n}", kind, None, "", "", code, column, amount)
        for n, (kind, column, code, amount) in enumerate(moves)
    ]
    figures += [
        Figure("equity:zz", "equity", None, "", "", f.currency, f.column, -f.amount)
        for f in figures
    ]
    columns = spans(date(2026, 1, 1), date(2026, 3, 31), Interval.MONTH)
    report = lay_out(Kind.BALANCE_SHEET, columns, figures)
    assert report.difference == ({}, {}, {})
    changes = lay_out(Kind.NET_CHANGES, columns, figures)
    assert changes.net == ({}, {}, {})
    ends = lay_out(Kind.END_BALANCES, columns, figures)
    for row in ends.sections[0].rows:
        whole: dict = {}
        for figure in figures:
            if figure.account == row.account:
                whole[figure.currency] = whole.get(figure.currency, 0) + figure.amount
        assert row.amounts[-1] == {code: amount for code, amount in whole.items() if amount}
