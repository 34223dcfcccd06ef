"""The ledger's pages as an auditor reads them: filters, comparison, totals, trail and proof."""

import csv
import io
import json
import re
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from accounting import posting, proof, queries, registers, reversing
from accounting.exporting import Selection, export
from accounting.models import Account, Entry
from tests.accounting.conftest import draft

NEW_ACCOUNTS = (
    '{"key": "k", "date": "2026-01-05", "lines": ['
    '{"account": "Assets:New", "amount": "1.00", "currency": "THB"},'
    '{"account": "Income:New", "amount": "-1.00", "currency": "THB"}]}\n'
)
pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
ROOT = "/admin/accounting/"
JAN = date(2026, 1, 1)
CASH = {"entity": "HOUSE", "account": "Assets:Cash"}


@pytest.fixture
def desk(signed_in):
    return lambda name="aree", language="en": signed_in(name, language)


@pytest.fixture
def year(books, system, at):
    """Sales on 60 days, in Bangkok and Chiang Mai by turns, worth 1.00, 2.00, …"""
    drafts = [
        draft(
            f"d{n}",
            ("Assets:Cash", f"{n + 1}.00", "THB", {"site": ("BKK", "CNX")[n % 2]}),
            ("Income:Sales", f"-{n + 1}.00"),
            day=JAN + timedelta(days=n),
            memo="ขายข้าวหอมมะลิ",
        )
        for n in range(60)
    ]
    posting.post_many(entries=drafts, actor=system, at=at)
    proof.seal(entity="HOUSE", at=at)


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def cash() -> str:
    return f"{ROOT}account/{Account.objects.get(code='Assets:Cash').pk}/change/"


def test_a_register_is_read_by_dimension(year):
    (bkk,) = [n for n, one in registers.dimension_sets(**CASH).items() if one["site"] == "BKK"]
    found = registers.page(
        **CASH, from_=JAN + timedelta(days=10), to=date(2026, 12, 31), sets=[bkk], limit=3
    )
    assert found.opening == {"THB": Decimal(1 + 3 + 5 + 7 + 9)}
    assert [line.amount for line in found.lines] == [11, 13, 15]
    assert found.lines[-1].balance == 25 + 11 + 13 + 15
    later = registers.page(
        **CASH, from_=JAN, to=date(2026, 12, 31), sets=[bkk], after=found.mark, limit=1
    )
    assert later.opening == {"THB": Decimal(64)}
    course = registers.course(
        **CASH, currency="THB", from_=JAN, to=JAN.replace(month=12), sets=[bkk]
    )
    assert course[-1][1] == sum(range(1, 61, 2))


@pytest.mark.parametrize("site", ["", "BKK"])
def test_a_register_of_any_dimension_tells_what_was_known(year, system, at, site):
    """What came later, back-dated, is in no opening, no line and no point of the course."""
    known = registers.dimension_sets(**CASH).items()
    sets = [number for number, one in known if one["site"] == site] or None
    span = {**CASH, "from_": JAN + timedelta(days=10), "to": date(2026, 12, 31), "sets": sets}
    before = registers.page(**span, known_at=at, limit=500)
    drawn = registers.course(**span, known_at=at, currency="THB")
    assert before == registers.page(**span, limit=500)
    late = [
        draft(
            f"late-{day}",
            ("Assets:Cash", "1000", "THB", {"site": "BKK"}),
            ("Income:Sales", "-1000"),
            day=day,
        )
        for day in (JAN + timedelta(days=3), JAN + timedelta(days=12))
    ]
    posting.post_many(entries=late, actor=system, at=at + timedelta(hours=1))
    assert registers.page(**span, known_at=at, limit=500) == before
    assert registers.course(**span, known_at=at, currency="THB") == drawn
    (told,) = registers.lines(**span, known_at=at)
    assert told == before
    now = registers.page(**span, limit=500)
    assert now.opening["THB"] == before.opening["THB"] + 1000
    assert registers.course(**span, currency="THB")[-1][1] == drawn[-1][1] + 2000


def test_the_register_page_is_read_as_known_at_a_days_end(desk, year, system, at):
    client = desk(language="en")
    late = draft("late", ("Assets:Cash", "7777", "THB"), ("Income:Sales", "-7777"), day=JAN)
    posting.post(entry=late, actor=system, at=at + timedelta(days=40))
    asked = "?from_=2026-01-01&to=2026-12-31&known_on=" + localdate(at).isoformat()
    assert "7,777.00" in text(client.get(cash() + "?from_=2026-01-01&to=2026-12-31"))
    shown = text(client.get(cash() + asked))
    assert "7,777.00" not in shown.split("ledger-stamp")[1]
    kept = "known_on=" + localdate(at).isoformat()
    assert kept in shown, "the next page and the files are asked for as the page was"
    taken = b"".join(client.get(f"{cash()}{asked}&export=csv")).decode()
    assert "7777" not in taken
    assert "60.00" in taken


def test_pages_of_a_register_are_one_after_the_other(year, monkeypatch):
    monkeypatch.setattr(registers, "LIMIT_MAX", 25)
    pages = list(registers.lines(**CASH, from_=JAN, to=date(2026, 12, 31)))
    assert [len(page.lines) for page in pages] == [25, 25, 10]
    assert pages[-1].lines[-1].balance == 60 * 61 / 2


@pytest.mark.parametrize("language", ["en", "th"])
def test_the_register_is_filtered_summed_and_taken_away(desk, year, language):
    client, asked = desk(language=language), "?from_=2026-01-11&to=2026-01-31&dimension=site: CNX"
    shown = text(client.get(cash() + asked))
    assert "selected>site: CNX<" in shown
    foot = shown.split("<tfoot>")[1]
    assert f"{sum(range(12, 32, 2)):,}.00" in foot
    rows = list(
        csv.reader(
            io.StringIO(b"".join(client.get(f"{cash()}{asked}&export=csv")).decode("utf-8-sig"))
        )
    )
    assert rows[1][4] in {"Balance brought forward", "ยอดยกมา"}
    assert (rows[1][7], rows[2][4], rows[2][6]) == ("30.00", "ขายข้าวหอมมะลิ", "12.00")
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{cash()}{asked}&export=xlsx").content))
    line = [cell.value for cell in book.active[3]]
    assert (line[4], line[6], line[7]) == ("ขายข้าวหอมมะลิ", 12, 42)


def test_a_young_account_is_drawn_from_its_first_day(desk, year):
    shown = text(desk().get(f"{cash()}?to=2026-06-30"))
    assert 'value="2026-01-01"' in shown


@pytest.mark.parametrize("language", ["en", "th"])
def test_the_trial_balance_is_compared_with_another_day(desk, year, language):
    client = desk(language=language)
    asked = f"{ROOT}account/trial-balance/?entity=HOUSE&as_of=2026-01-10&compare=2026-01-05"
    shown = text(client.get(asked))
    row = next(one for one in re.findall(r"<tr>.*?</tr>", shown, re.DOTALL) if "Cash" in one)
    assert [one for one in ("55.00", "15.00", "40.00") if one in row] == ["55.00", "15.00", "40.00"]
    foot = shown.split("<tfoot>")[1]
    assert foot.count("55.00") == 2
    assert ">0.00<" in foot
    answer = client.get(f"{asked}&export=csv")
    found = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert {row["account"]: (row["compared"], row["change"]) for row in found} == {
        "Assets:Cash": ("15.00", "40.00"), "Income:Sales": ("-15.00", "-40.00"),
    }  # fmt: skip


def test_what_stood_on_the_other_day_alone_is_compared_too(desk, books, system, at):
    there = (("Assets:Bank:A", "5.00"), ("Equity:Opening", "-5.00"))
    back = (("Equity:Opening", "5.00"), ("Assets:Bank:A", "-5.00"))
    posting.post(entry=draft("a", *there, day=JAN), actor=system, at=at)
    posting.post(entry=draft("b", *back, day=date(2026, 3, 1)), actor=system, at=at)
    asked = f"{ROOT}account/trial-balance/?entity=HOUSE&as_of=2026-03-31&compare=2026-01-31"
    shown = text(desk().get(asked))
    row = next(one for one in re.findall(r"<tr>.*?</tr>", shown, re.DOTALL) if ">A<" in one)
    assert "-5.00" in row


@pytest.mark.parametrize("language", ["en", "th"])
def test_an_entry_tells_an_auditor_where_it_comes_from(desk, year, system, at, language):
    words = {"en": "Sealed first on", "th": "ผนึกครั้งแรก"}[language]
    entry = Entry.objects.get(key="d7")
    reversing.reverse(
        entity="HOUSE", entry_id=entry.pk, date=date(2026, 3, 1), key="r", actor=system, at=at
    )
    shown = text(desk(language=language).get(f"{ROOT}entry/{entry.pk}/change/"))
    assert words in shown
    sealed = proof.inclusion(entity="HOUSE", entry_id=entry.pk)
    assert all(digest in shown for digest in (sealed.root, *sealed.path))
    assert "system:tests" not in shown
    undone = Entry.objects.get(reversal_of=entry)
    assert f"#{undone.pk}" in shown
    back = text(desk(language=language).get(f"{ROOT}entry/{undone.pk}/change/"))
    assert f"#{entry.pk}" in back.split("ledger-trail")[1]


def test_pages_cost_as_many_queries_however_long_the_account(
    desk, year, system, at, django_assert_num_queries
):
    client = desk()
    entry = Entry.objects.get(key="d7")
    pages = (cash(), f"{ROOT}account/trial-balance/?entity=HOUSE&compare=2026-01-05",
             f"{ROOT}entry/{entry.pk}/change/")  # fmt: skip
    counted = []
    for page in pages:
        client.get(page)
        with CaptureQueriesContext(connection) as first:
            client.get(page)
        counted.append(len(first))
    assert max(counted) <= 26
    posting.post_many(
        entries=[
            draft(f"m{n}", ("Assets:Cash", "1.00"), ("Income:Sales", "-1.00"), day=JAN)
            for n in range(40)
        ],
        actor=system,
        at=at,
    )
    for page, count in zip(pages, counted, strict=True):
        with django_assert_num_queries(count):
            client.get(page)


NINES = "9" * 32 + ".99"
AND_MORE = "1" + "0" * 31 + "1.00"  # with 1.01 more


@pytest.fixture
def vast(books, system, at):
    """Two sales whose sum has more digits than a plain Decimal computes with."""
    day = date(2026, 1, 3)
    entries = [
        draft("v1", ("Assets:Cash", NINES), ("Income:Sales", f"-{NINES}"), day=day),
        draft("v2", ("Assets:Cash", "1.01"), ("Income:Sales", "-1.01"), day=day),
    ]
    posting.post_many(entries=entries, actor=system, at=at)


def grouped(text: str) -> str:
    return f"{Decimal(text):,.2f}"


def test_an_amount_of_34_digits_is_shown_and_summed_to_the_last(vast, desk):
    client = desk()
    assert grouped(NINES) in text(client.get(f"{ROOT}entry/"))
    entry = Entry.objects.get(key="v1")
    assert grouped(NINES) in text(client.get(f"{ROOT}entry/{entry.pk}/change/"))
    for page in (
        f"{ROOT}account/",
        f"{ROOT}account/trial-balance/?entity=HOUSE&as_of=2026-01-31",
        f"{cash()}?from=2026-01-01&to=2026-01-31",
    ):
        assert grouped(AND_MORE) in text(client.get(page)), page
    course = registers.course(**CASH, currency="THB", from_=JAN, to=date(2026, 2, 1))
    assert course[-1][1] == Decimal(AND_MORE)


def test_files_and_commands_tell_it_to_the_last(vast, at):
    out = io.BytesIO()
    export(selection=Selection("HOUSE"), format_name="csv", out=out, at=at)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    assert [row["credit"] for row in rows] == ["0", NINES, "0", "1.01"]
    saft = io.BytesIO()
    export(selection=Selection("HOUSE"), format_name="saft", out=saft, at=at)
    told = saft.getvalue().decode()
    assert told.count(f"<Amount>{NINES}</Amount>") == 2
    assert f"<ClosingCreditBalance>{AND_MORE}</ClosingCreditBalance>" in told
    said = io.StringIO()
    call_command("trial_balance", "--as-of", "2026-01-31", "--json", stdout=said)
    assert json.loads(said.getvalue())["sum"] == {"THB": "0.00"}


def test_verifying_books_that_are_not_there_holds_nothing(books):
    with pytest.raises(CommandError, match="There is no entity HUOSE"):
        call_command("verify_ledger", "--entity", "HUOSE")


def test_a_log_that_cannot_be_written_is_told_in_a_sentence(books, tmp_path):
    with pytest.raises(CommandError, match="Is a directory"):
        call_command("verify_ledger", "--entity", "HOUSE", "--export", str(tmp_path))


def test_missing_accounts_of_no_entity_are_not_made(books, tmp_path):
    path = tmp_path / "entries.jsonl"
    path.write_text(NEW_ACCOUNTS)
    for mode in ("--atomic", "--best-effort"):
        err = io.StringIO()
        with pytest.raises(CommandError) as refused:
            call_command("post_entries", str(path), "--create-accounts", mode, stderr=err)
        assert "line 1, entity: entity is missing" in str(refused.value) + err.getvalue()


@pytest.mark.parametrize("mode", ["--atomic", "--best-effort"])
def test_a_typing_error_makes_no_legal_entity(books, tmp_path, mode):
    path, err = tmp_path / "entries.jsonl", io.StringIO()
    path.write_text(NEW_ACCOUNTS)
    words = ("post_entries", str(path), "--create-accounts", mode)
    with pytest.raises(CommandError) as refused:
        call_command(*words, "--entity", "HUOSE", stderr=err)
    assert "line 1, entity: There is no entity HUOSE." in str(refused.value) + err.getvalue()
    assert queries.entities() == [books]
    call_command(*words, "--entity", books, stdout=io.StringIO())
    assert Account.objects.filter(code__in=("Assets:New", "Income:New")).count() == 2


def test_in_an_empty_ledger_the_first_entity_is_made_too(db, tmp_path):
    path = tmp_path / "entries.jsonl"
    path.write_text(NEW_ACCOUNTS)
    words = ("post_entries", str(path), "--create-accounts")
    call_command(*words, "--entity", "VAREE", stdout=io.StringIO())
    with pytest.raises(CommandError, match="There is no entity VAERE"):
        call_command(*words, "--entity", "VAERE")
    again = path.read_text().replace('"k"', '"k", "entity": "HOUSE"')
    path.write_text(again)
    call_command(*words, stdout=io.StringIO())
    assert sorted(queries.entities()) == ["HOUSE", "VAREE"]
