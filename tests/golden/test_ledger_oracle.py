"""hledger's own figures: a set's postings through the ledger, then every balance file compared."""

import csv
import re
from calendar import monthrange
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from accounting import chart, chart_templates, currencies, posting, queries, reporting
from accounting.rules.reports import Interval, Kind, spans
from backoffice.kernel.actors import Actor
from backoffice.kernel.money import Currency
from backoffice.reference import listing
from tests.conftest import golden_folder
from tests.golden.oracle import expected
from tests.golden.oracle.journal import ENTITY, TRADING, Journal, Underivable

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
SYSTEM = Actor.system("tests")
KINDS = {
    "net_change_by_month.csv": Kind.NET_CHANGES,
    "end_balance_by_month.csv": Kind.END_BALANCES,
    "balancesheet_monthly.csv": Kind.BALANCE_SHEET,
    "incomestatement_monthly.csv": Kind.INCOME_STATEMENT,
    "cashflow_monthly.csv": Kind.CASH_FLOW,
}
FINAL, AT_COST = "tb_final.csv", "tb_final_at_cost.csv"


def cases():
    folder = golden_folder() / "accounting" / "ledger_oracle"
    found = [
        pytest.param(path, id=f"ledger_oracle/{path.parent.name}/{path.stem}")
        for path in sorted(folder.glob("*/*.csv"))
        if path.name in {*KINDS, FINAL, AT_COST} and (path.parent / "postings.csv").exists()
    ]
    skip = pytest.mark.skip(reason=f"no sets in {folder}")
    return found or [pytest.param(None, marks=skip, id="ledger_oracle")]


@pytest.fixture
def books(db, monkeypatch):
    """Posts a set; another set may count the same symbol more finely, so nothing is kept."""
    monkeypatch.setattr(currencies, "_KNOWN", {})
    return post


def post(journal: Journal, functional: str | None) -> None:
    base = journal.codes.code(functional) if functional else "THB"
    for code, exponent in journal.codes.commodities().items():
        commodity = Currency.commodity(code, exponent=exponent)
        listing.list_commodity(commodity=commodity, name_en=code, name_th=code, actor=SYSTEM, at=AT)
    chart.ensure_entity(
        code=ENTITY, name_en="O", name_th="O", functional_currency=base, actor=SYSTEM, at=AT
    )
    chart.ensure_accounts(
        entity=ENTITY,
        codes=sorted({*journal.accounts(), TRADING}),
        types=journal.types(),
        actor=SYSTEM,
        at=AT,
    )
    chart_templates.describe(
        entity=ENTITY,
        descriptions=[
            chart_templates.Description(account, cash=is_cash)
            for account, is_cash in journal.cash().items()
        ],
        actor=SYSTEM,
        at=AT,
    )
    outcomes = posting.post_many(entries=journal.drafts(functional), actor=SYSTEM, at=AT)
    assert {outcome.status for outcome in outcomes} == {"posted"}


@pytest.mark.parametrize("path", cases())
def test_every_balance_agrees_with_hledger(path, books):
    journal = _posted(path, books)
    assert disagreements(path, journal) == []


def _posted(path: Path, books) -> Journal:
    journal = Journal(path.parent)
    functional = None
    if path.name == AT_COST:
        try:
            functional = journal.settle_costs()
        except Underivable as reason:
            pytest.skip(f"costs cannot be derived from the postings: {reason}")
    books(journal, functional)
    return journal


def disagreements(path: Path, journal: Journal) -> list[str]:
    """Every cell in which the file and the house's own reports differ."""
    table = expected.read(path, journal.codes, exact=path.name != AT_COST)
    if path.name in {FINAL, AT_COST}:
        ours = _final(at_cost=path.name == AT_COST)
        found = expected.compare(table, "balance", table.rows["accounts"], ours)
    else:
        whole = spans(journal.first.replace(day=1), _month_end(journal.last), Interval.MONTH)
        part = expected.columns(table, whole)
        report = reporting.report(
            kind=KINDS[path.name], entity=ENTITY, from_=part[0].first, to=part[-1].last
        )
        found = expected.differences(table, report)
    # Accounts on which unbalanced virtual postings stand are not the books' to know.
    virtual = {p.account for t in journal.transactions for p in t.virtual}
    return [text for text in found if not any(f" {account} column" in text for account in virtual)]


def _final(*, at_cost: bool) -> dict[str, expected.Cells]:
    if at_cost:
        rows = reporting.at_cost(entity=ENTITY, as_of=date.max)
    else:
        found = queries.trial_balance(entity=ENTITY, as_of=date.max)
        rows = [(row.account, row.currency, row.balance) for row in found]
    ours: dict[str, expected.Cells] = {}
    for account, currency, amount in rows:
        if account != TRADING:
            ours.setdefault(account, [{}])[0][currency] = amount
    return ours


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


@pytest.mark.parametrize("path", cases())
def test_an_altered_expectation_fails(path, books, tmp_path):
    """One digit of one amount of the file is changed: the comparison must see it."""
    journal = _posted(path, books)
    altered = tmp_path / path.name
    _alter(path, altered, {p.account for t in journal.transactions for p in t.virtual})
    assert disagreements(altered, journal) != []


def _alter(path: Path, altered: Path, virtual: set[str]) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    head = 1 if lines[0][0] == "account" else 2
    cells = [(line, i) for line in lines[head:] for i in range(1, len(line))]
    for line, index in cells:
        digit = re.search(r"[1-9]", line[index]) if line[0] not in virtual else None
        if digit:
            changed = str(int(digit[0]) % 9 + 1)
            line[index] = line[index][: digit.start()] + changed + line[index][digit.end() :]
            break
    else:
        pytest.skip("the file has no amount to alter")
    with altered.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
