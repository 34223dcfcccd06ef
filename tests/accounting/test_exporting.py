"""The book written out: other programs read the same balances from it."""

import csv
import io
import os
import sys
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from accounting import chart, currencies, posting, queries, reversing
from accounting.exporting import Selection, beancount, export, ledger
from accounting.exporting.formats import FormatUnknown
from accounting.exporting.naming import Names
from accounting.exporting.reading import Account
from accounting.exporting.saft import NAMESPACE, Unvalued
from accounting.refusals import EntityUnknown
from accounting.rules.drafts import EntryDraft, LineDraft
from backoffice.kernel.money import Currency
from backoffice.reference import listing
from tests.accounting.conftest import draft, sale
from tests.accounting.plaintext import programs
from tests.conftest import golden_folder

pytestmark = pytest.mark.django_db
ODD = (
    "Assets:Bank  of A;B",
    "Assets:Bank of A_B",
    "Assets:ธนาคาร กรุงเทพ (ออมทรัพย์)",
    'Liabilities:"Quoted" & Co.',
    "Expenses:50% off @ sea [x]",
    "*starred",
    "123 numbers",
    "Income",
)
STATED = {"*starred": "memorandum", "123 numbers": "memorandum"}
MEMOS = (
    "ค่าเช่าสำนักงาน; เดือนมกราคม",
    "(not a code) ! * = 2026-01-01",
    'said "no" \\ and | left  ; twice',
    "",
    "=1+1",
)


@pytest.fixture
def odd(books, system, at, monkeypatch):
    """Books with all that needs escaping."""
    monkeypatch.setattr(currencies, "_KNOWN", {})
    for code, exponent in (("5G-TOKEN", 0), ("RICE.5PCT", 3)):
        listing.list_commodity(
            commodity=Currency.commodity(code, exponent=exponent),
            name_en=code, name_th=code, actor=system, at=at,
        )  # fmt: skip
    chart.ensure_accounts(entity=books, codes=ODD, types=STATED, actor=system, at=at)
    entries = [
        draft(f"k{n} date:[2026-13-01]", (a, "10.25"), (b, "-10.25"), memo=memo,
              day=date(2026, 1 + n, 5))
        for n, (a, b, memo) in enumerate(zip(ODD, ODD[1:], (*MEMOS, *MEMOS), strict=False))
    ]  # fmt: skip
    entries += [
        draft("com", (ODD[0], "1234", "5G-TOKEN"), (ODD[1], "-1234", "5G-TOKEN"),
              (ODD[0], "1.234", "RICE.5PCT"), (ODD[2], "-1.234", "RICE.5PCT")),
        draft("dim", (ODD[0], "5", "KWD", {"date": "2026-99-99; x", "site": "ภูเก็ต"}),
              (ODD[1], "-5", "KWD")),
        valued("fx", ("Assets:Cash", "10.00", "USD", "350.00"), ("Income", "-10.00", "USD",
               "-350.00"), ("Assets:Bank:A", "0.1", "THB", None), ("Income", "-0.1", "THB", None)),
        valued("reval", ("Assets:Cash", "0.00", "USD", "3.50"), ("Income", "0.00", "USD", "-3.50")),
    ]  # fmt: skip
    posted = posting.post_many(entries=entries, actor=system, at=at)
    reversing.reverse(
        entity=books, entry_id=posted[0].posted.id, date=date(2026, 3, 1), key="back",
        actor=system, at=at,
    )  # fmt: skip
    return books


def valued(key, *lines) -> EntryDraft:
    made = tuple(
        LineDraft(account, Decimal(amount), code, None if value is None else Decimal(value))
        for account, amount, code, value in lines
    )
    return EntryDraft(
        key=key, date=date(2026, 2, 2), journal="GEN", entity="HOUSE", memo=key, lines=made
    )


def written(tmp_path: Path, name: str, at, **selection) -> Path:
    path = tmp_path / f"books.{name}"
    with path.open("w+b") as out:
        export(selection=Selection("HOUSE", **selection), format_name=name, out=out, at=at)
    return path


def ours(as_of: date, **known) -> dict:
    rows = queries.trial_balance(entity="HOUSE", as_of=as_of, **known)
    return {(row.account, row.currency): row.balance for row in rows if row.balance}


def respelled(balances: dict) -> dict:
    names = Names({account for account, _code in ours(date.max)} | set(ODD), ledger.spelled)
    return {(names[account], code): amount for (account, code), amount in balances.items()}


@pytest.mark.parametrize("program", ["hledger", "ledger"])
@pytest.mark.parametrize("from_", [None, date(2026, 2, 1)])
def test_a_plain_text_journal_has_our_balances(odd, at, tmp_path, program, from_):
    programs.needed(program)
    journal = written(tmp_path, "ledger", at, from_=from_)
    for day in (date(2026, 2, 3), date(2026, 4, 30), date(2026, 12, 31)):
        found = getattr(programs, program)(journal, day)
        assert found == respelled(ours(day))


@pytest.mark.parametrize("from_", [None, date(2026, 2, 1)])
def test_beancount_has_our_balances(odd, at, tmp_path, from_):
    programs.needed("bean-check")
    file = written(tmp_path, "beancount", at, from_=from_)
    for day in (date(2026, 2, 3), date(2026, 12, 31)):
        assert programs.beancount(file, day) == programs.as_beans(ours(day), file)


def test_a_value_stands_as_a_cost_only_where_the_entry_balances_at_cost(odd, at, tmp_path):
    text = written(tmp_path, "ledger", at).read_text("utf-8")
    assert "Assets:Cash  10.00 USD @@ 350.00 THB" in text
    assert "Assets:Cash  0.00 USD  ; worth: 3.50" in text
    assert text.count("@@") == 2


def test_what_was_recorded_later_is_left_out(odd, system, at, tmp_path):
    later = datetime(2026, 6, 1, tzinfo=UTC)
    posting.post(
        entry=draft("late", ("Assets:Cash", "1"), ("Income:Sales", "-1")), actor=system, at=later
    )
    programs.needed("hledger")
    journal = written(tmp_path, "ledger", at, known_at=at)
    assert programs.hledger(journal, date(2026, 12, 31)) == respelled(
        ours(date(2026, 12, 31), known_at=at)
    )
    assert "late" not in journal.read_text("utf-8")


def test_csv_is_harmless_and_sums_to_our_balances(odd, at, tmp_path):
    text = written(tmp_path, "csv", at).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert not [v for row in rows for v in row.values() if v[:1] in set("=+@")]
    assert {row["memo"] for row in rows} >= {"'=1+1", MEMOS[0]}
    sums: dict = {}
    for row in rows:
        slot = (row["account"].removeprefix("'"), row["currency"])
        sums[slot] = sums.get(slot, 0) + Decimal(row["amount"])
    assert {slot: amount for slot, amount in sums.items() if amount} == ours(date.max)


def test_xlsx_has_a_row_a_line(odd, at, tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path, "xlsx", at), read_only=True).active
    head, *rows = sheet.iter_rows(values_only=True)
    cells = [dict(zip(head, row, strict=True)) for row in rows]
    text = written(tmp_path, "csv", at).read_text("utf-8-sig")
    assert len(cells) == len(list(csv.DictReader(io.StringIO(text))))
    total = sum(
        c["amount"] for c in cells if (c["account"], c["currency"]) == (ODD[0], "RICE.5PCT")
    )
    assert total == pytest.approx(1.234)
    assert cells[-1]["memo"] is None or isinstance(cells[-1]["memo"], str)


@pytest.fixture
def in_baht(books, system, at):
    """Books that are valued throughout."""
    entries = [
        draft("a", ("Assets:Cash", "100.00"), ("Income:Sales", "-100.00"), memo="ขาย <&>"),
        valued("fx", ("Assets:Cash", "10.00", "USD", "350.00"), ("Income:Sales", "-10.00", "USD",
               "-350.00")),
        draft("b", ("Expenses:Rent", "30.00", "THB", {"site": "BKK"}), ("Assets:Cash", "-30.00"),
              day=date(2026, 3, 1)),
    ]  # fmt: skip
    posting.post_many(entries=entries, actor=system, at=at)
    return books


@pytest.mark.parametrize("from_", [None, date(2026, 2, 1)])
def test_saft_has_the_totals_of_its_lines_and_rolls_forward(in_baht, at, tmp_path, from_):
    root = etree.parse(written(tmp_path, "saft", at, from_=from_)).getroot()

    def all_of(path: str) -> list:
        steps = "/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/"))
        return root.findall(f".//{steps}")

    def amounts(path: str) -> list[Decimal]:
        return [Decimal(found.text) for found in all_of(path)]

    debit = sum(amounts("Line/DebitAmount/Amount"))
    credit = sum(amounts("Line/CreditAmount/Amount"))
    totals = "GeneralLedgerEntries/"
    assert [debit] == amounts(f"{totals}TotalDebit")
    assert [credit] == amounts(f"{totals}TotalCredit")
    assert debit == credit == (Decimal(380) if from_ else Decimal(480))
    assert amounts(f"{totals}NumberOfEntries") == [len(all_of("Transaction"))]
    moved: dict = {}
    for found in all_of("Line"):
        account = found.findtext(f"{{{NAMESPACE}}}AccountID")
        for side, sign in (("Debit", 1), ("Credit", -1)):
            text = found.findtext(f"{{{NAMESPACE}}}{side}Amount/{{{NAMESPACE}}}Amount")
            moved[account] = moved.get(account, 0) + sign * Decimal(text or 0)
    for account in all_of("GeneralLedgerAccounts/Account"):

        def balance(moment, account=account):
            sides = {
                s: account.findtext(f"{{{NAMESPACE}}}{moment}{s}Balance")
                for s in ("Debit", "Credit")
            }
            return Decimal(sides["Debit"] or 0) - Decimal(sides["Credit"] or 0)

        code = account.findtext(f"{{{NAMESPACE}}}AccountID")
        assert balance("Opening") + moved.get(code, 0) == balance("Closing")


def test_saft_is_valid_by_the_norwegian_schema_of_the_oecd_structure(in_baht, at, tmp_path):
    schemas = sorted((golden_folder() / "accounting" / "saft_no").glob("*_v_1.1*.xsd"))
    if not schemas:
        pytest.skip("no schema among the golden sets")
    text = written(tmp_path, "saft", at).read_text("utf-8")
    norwegian = "urn:StandardAuditFile-Taxation-Financial:NO"
    document = etree.fromstring(text.replace(NAMESPACE, norwegian).encode())
    for path in schemas:
        etree.XMLSchema(etree.parse(path)).assertValid(document)


def test_saft_refuses_lines_without_a_value(odd, at):
    with pytest.raises(Unvalued) as refused:
        export(selection=Selection("HOUSE"), format_name="saft", out=io.BytesIO(), at=at)
    assert refused.value.params["count"] > 0


def test_the_command_writes_a_file_whole_or_not_at_all(in_baht, tmp_path, capsysbinary):
    target = tmp_path / "out.journal"
    call_command("export_ledger", "--entity", "HOUSE", "--output", str(target))
    assert target.read_text("utf-8").startswith("; Books of HOUSE")
    call_command("export_ledger", "--entity", "HOUSE", "--format", "csv", "--to", "2026-01-31")
    assert b"entry,date" in capsysbinary.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["out.journal"]


def test_a_reader_who_has_enough_is_no_error(in_baht, monkeypatch):
    """`export_ledger … | head -1`: the pipe breaks, and nobody complains."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, write_through=True))
        call_command("export_ledger", "--entity", "HOUSE")
        pipe.write(b"into nothing from now on")


def test_memory_stays_flat_however_long_the_book_is(books, system, at):
    def peak(format_name: str) -> int:
        tracemalloc.start()
        export(selection=Selection("HOUSE"), format_name=format_name, out=_Sink(), at=at)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    def grow(first: int, count: int) -> None:
        entries = [sale(f"many{n}") for n in range(first, first + count)]
        posting.post_many(entries=entries, actor=system, at=at)

    formats = ("ledger", "beancount", "csv", "saft")
    grow(0, 1_200)
    short = {name: peak(name) for name in formats}
    grow(1_200, 2_400)
    long = {name: peak(name) for name in formats}
    assert all(long[name] < short[name] + 400_000 for name in formats), (short, long)


class _Sink(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        return len(data)


def test_unknown_things_are_refused(books, at):
    with pytest.raises(EntityUnknown):
        export(selection=Selection("NONE"), format_name="csv", out=io.BytesIO(), at=at)
    with pytest.raises(FormatUnknown):
        export(selection=Selection("HOUSE"), format_name="pdf", out=io.BytesIO(), at=at)


def test_names_stay_distinct_and_what_is_right_stays():
    names = Names(["a b", "a-b", "a_b", "x" * 9], lambda name: name.replace(" ", "-"), longest=5)
    assert dict(names) == {"a-b": "a-b", "a_b": "a_b", "a b": "a-b-2", "x" * 9: "xxxxx"}


@pytest.mark.parametrize(
    ("code", "type_", "name"),
    [
        ("assets:bank", "asset", "Assets:Bank"),
        ("Income", "income", "Income:Income"),
        ("Forderungen", "asset", "Assets:Forderungen"),
        ("Assets:Petty cash", "asset", "Assets:Petty-cash"),
        ("Assets:ออม", "asset", "Assets:Xออม"),
        ("ßeta:1", "expense", "Expenses:Xßeta:1"),
        ("jobs:7", "memorandum", "Equity:Memorandum:Jobs:7"),
    ],
)
def test_beancount_account_names(code, type_, name):
    account = Account(code, type_, "", "", "", None, date(2026, 1, 1))
    assert beancount.account_name(account) == name


def test_days_the_wrong_way_round_are_refused(books):
    words = ("--entity", "HOUSE", "--from", "2026-02-01", "--to", "2026-01-01")
    with pytest.raises(CommandError) as refused:
        call_command("export_ledger", *words)
    assert "The last day, 2026-01-01, lies before the first" in str(refused.value)
    assert "export-days-reversed" in str(refused.value)
