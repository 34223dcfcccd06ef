"""The ledger at the desk: every page opens, leads on, and acts through the verbs."""

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone

from accounting import pending, periods, posting, proof, queries, rates
from accounting.account_desk import drawing, sheets
from accounting.models import Account, Entry, Period
from accounting.queries import BalanceRow
from accounting.rules import fx
from accounting.rules.fx import RateDraft
from backoffice.frame.models import AuditEvent
from tests.accounting.conftest import draft, sale

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
ROOT = "/admin/accounting/"
SENT = {"_form_submitted": "1"}
JAN = date(2026, 1, 1)


@pytest.fixture
def desk(books, signed_in):
    return signed_in


@pytest.fixture
def year(books, system, at):
    """A sale every third day of 2026 with a dimension, and one pending entry."""
    drafts = [
        draft(
            f"d{n}",
            ("Assets:Cash", f"{n + 1}.00", "THB", {"site": "BKK"}),
            ("Income:Sales", f"-{n + 1}.00"),
            day=JAN + timedelta(days=3 * n),
            memo=f"Till {n}",
        )
        for n in range(120)
    ]
    posting.post_many(entries=drafts, actor=system, at=at)
    pending.pend(entry=sale("waits", "5.00"), actor=system, at=at)
    proof.seal(entity="HOUSE", at=at)
    periods.define_year(entity="HOUSE", year=2026, actor=system, at=at)
    rates.record_rates(
        rates=[RateDraft("USD", "THB", JAN, Decimal("35.1234"))], source="BOT", actor=system, at=at
    )


def cash() -> str:
    return f"{ROOT}account/{Account.objects.get(code='Assets:Cash').pk}/change/"


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", ["en", "th"])
@pytest.mark.parametrize(
    "page", ["entry/", "account/", "account/trial-balance/", "period/", "rate/", "journal/",
             "logseal/", "entry/?phase__exact=pending", "entry/?q=Till", "rate/?q=USD"],
)  # fmt: skip
def test_every_list_opens(desk, year, page, language):
    text(desk("aree", language).get(f"{ROOT}{page}"))


def test_a_long_journal_costs_few_queries(desk, year, django_assert_max_num_queries):
    client = desk("chai")
    client.get(f"{ROOT}entry/")
    with django_assert_max_num_queries(14):
        shown = text(client.get(f"{ROOT}entry/"))
    assert "120.00" in shown


def test_an_entry_shows_lines_trail_and_proof(desk, year):
    entry = Entry.objects.get(key="d41")
    shown = text(desk("chai").get(f"{ROOT}entry/{entry.pk}/change/"))
    assert "42.00" in shown
    assert "site: BKK" in shown
    assert "In the sealed log; checked just now." in shown
    assert cash() in shown
    kept = desk("chai").get(f"{ROOT}entry/{entry.pk}/proof.json")
    assert kept.json()["root"] in shown
    assert desk("ann").get(f"{ROOT}entry/{entry.pk}/proof.json").status_code in {302, 403, 404}


def test_an_entry_that_is_not_sealed_says_so(desk, year, system, at):
    late = posting.post(entry=sale("late"), actor=system, at=at)
    assert "Not sealed yet" in text(desk("chai").get(f"{ROOT}entry/{late.id}/change/"))
    assert desk("chai").get(f"{ROOT}entry/{late.id}/proof.json").status_code == 404
    assert desk("chai").get(f"{ROOT}entry/999999/change/").status_code == 302


def test_an_entry_is_reversed_after_a_look(desk, year):
    entry = Entry.objects.get(key="d1")
    path = f"{ROOT}entry/{entry.pk}"
    client = desk("chai")
    assert "/reverse" in text(client.get(f"{path}/change/"))
    page = text(client.get(f"{path}/reverse/"))
    assert f'value="{entry.date.isoformat()}"' in page
    given = {"date": "2026-02-01", "memo": "", "key": "desk:one"}
    looked = text(client.post(f"{path}/reverse/", given))
    row = next(one for one in re.findall(r"(?s)<tr>.*?</tr>", looked) if "Assets:Cash" in one)
    assert "7,260.00" in row
    assert "7,258.00" in row
    assert not Entry.objects.filter(reversal_of=entry).exists()
    answer = client.post(f"{path}/reverse/", {**given, "sure": "1"})
    assert answer.url == f"{path}/change/"
    reversal = Entry.objects.get(reversal_of=entry)
    assert reversal.date == date(2026, 2, 1)
    shown = text(client.get(f"{path}/change/"))
    assert f"#{reversal.pk}" in shown
    assert f"{path}/reverse" not in shown
    assert f"#{entry.pk}" in text(client.get(f"{ROOT}entry/{reversal.pk}/change/"))


def test_a_reversal_into_a_closed_period_is_refused_at_the_look(desk, year, system, at):
    entry = Entry.objects.get(key="d1")
    periods.hard_close(entity="HOUSE", name="2026-01", actor=system, at=at)
    client, path = desk("chai", "th"), f"{ROOT}entry/{entry.pk}/reverse/"
    begun = text(client.get(path))
    assert f'value="{timezone.localdate().isoformat()}"' in begun
    told = text(client.post(path, {"date": "2026-01-04", "memo": "", "key": "k"}))
    assert "errorlist" in told
    assert "2026-01" in told.split("errorlist")[1]
    assert 'name="sure"' not in told


def test_an_auditor_sees_no_buttons(desk, year):
    entry = Entry.objects.get(key="d1")
    assert f"{entry.pk}/reverse" not in text(desk("aree").get(f"{ROOT}entry/{entry.pk}/change/"))
    desk("aree").post(f"{ROOT}entry/{entry.pk}/reverse/", {"date": "2026-02-01", **SENT})
    assert not Entry.objects.filter(reversal_of=entry).exists()


def test_a_pending_entry_is_posted_by_dialog(desk, year):
    entry = Entry.objects.get(key="waits")
    path = f"{ROOT}entry/{entry.pk}"
    client = desk("chai")
    assert "Reserved lines" in text(client.get(f"{path}/change/"))
    client.post(f"{path}/post/", SENT, follow=True)
    assert Entry.objects.get(pending=entry).phase == "posted"
    assert f"{path}/void" not in text(client.get(f"{path}/change/"))


def test_a_register_runs_on_and_is_drawn(desk, year):
    client = desk("chai")
    shown = text(client.get(f"{cash()}?from_=2026-01-10&to=2026-12-31"))
    assert "Balance brought forward" in shown
    assert '<path class="line" d="M' in shown
    following = shown.split("after=")[1].split('"')[0]
    more = text(client.get(f"{cash()}?from_=2026-01-10&to=2026-12-31&after={following}"))
    total = f"{sum(range(1, 121)):,}.00"
    assert total in more
    assert total not in shown.split("<tbody>")[-1]
    assert "Next lines" not in more


def test_a_page_mark_of_nowhere_is_told(desk, year):
    answer = desk("chai").get(f"{cash()}?after=nonsense", follow=True)
    assert "is not a mark" in text(answer)


def test_registers_and_trial_balances_are_taken_away(desk, year):
    client = desk("chai")
    answer = client.get(f"{cash()}?from_=2026-01-01&to=2026-12-31&export=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert (len(rows), rows[-1]["balance"]) == (120, "7260.00")
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"{cash()}?from_=2026-01-01&to=2026-12-31&export=xlsx").content)
    )
    assert book.active.max_row == 121
    sheet = client.get(f"{ROOT}account/trial-balance/?entity=HOUSE&as_of=2026-12-31&export=csv")
    found = list(csv.DictReader(io.StringIO(b"".join(sheet).decode("utf-8-sig"))))
    assert [(row["account"], row["balance"]) for row in found] == [
        ("Assets:Cash", "7260.00"), ("Income:Sales", "-7260.00"),
    ]  # fmt: skip


def test_a_trial_balance_leads_to_the_account(desk, year, system, at):
    late = at + timedelta(days=30)
    posting.post(entry=sale("late", "1000.00", day=JAN), actor=system, at=late)
    client, path = desk("chai"), f"{ROOT}account/trial-balance/?entity=HOUSE&as_of=2026-01-04"
    shown = text(client.get(path))
    assert "1,003.00" in shown
    assert f'{cash()}?to=2026-01-04"' in shown
    known = text(client.get(f"{path}&known_on=2026-01-05"))
    assert "1,003.00" not in known
    assert "3.00" in known


def test_buddhist_years_on_thai_pages(desk, year):
    shown = text(desk("chai", "th").get(f"{ROOT}account/trial-balance/?as_of=2026-01-04"))
    assert "2569" in shown
    assert "งบทดลอง" in shown


def test_periods_are_closed_and_reopened_by_dialog(desk, year):
    january = Period.objects.get(name="2026-01")
    path = f"{ROOT}period/{january.pk}"
    desk("dao").post(f"{path}/soft-close/", SENT, follow=True)
    january.refresh_from_db()
    assert january.state == "soft"
    desk("dao").post(f"{path}/hard-close/", SENT, follow=True)
    january.refresh_from_db()
    assert january.state == "soft"
    february = Period.objects.get(name="2026-02")
    client = desk("mek")
    client.post(f"{ROOT}period/{february.pk}/hard-close/", SENT, follow=True)
    assert "cannot be hard-closed before" in text(client.get(f"{path}/change/"))
    desk("mek").post(f"{path}/hard-close/", SENT, follow=True)
    desk("mek").post(f"{path}/reopen/", {"reason": "late bill", **SENT}, follow=True)
    january.refresh_from_db()
    assert january.state == "open"
    shown = text(desk("mek").get(f"{path}/change/"))
    assert "late bill" in shown
    assert f"{path}/reopen" not in shown
    assert AuditEvent.objects.filter(verb="periods.reopen", channel="desk").count() == 1


def test_a_year_is_closed_in_either_era_and_reopened(desk, year):
    manager, form = desk("mek"), {"entity": "HOUSE", **SENT}
    manager.post(f"{ROOT}period/close-year/", {**form, "year": "2569"}, follow=True)
    assert set(Period.objects.values_list("state", flat=True)) == {"hard"}
    found = queries.balance(entity="HOUSE", account="Income:Sales", as_of=date(2026, 12, 31))
    assert found == {"THB": Decimal("0.00")}
    manager.post(
        f"{ROOT}period/reopen-year/", {**form, "year": "2026", "reason": "audit"}, follow=True
    )
    assert set(Period.objects.values_list("state", flat=True)) == {"open"}
    manager.post(f"{ROOT}period/define-year/", {**form, "year": "2027"}, follow=True)
    assert Period.objects.filter(start__year=2027).count() == 12


def test_foreign_currencies_are_revalued_by_dialog(desk, year, system, at):
    lines = (("Assets:Bank:A", "100.00", "USD"), ("Equity:Opening", "-100.00", "USD"))
    entry = draft("usd", *lines, day=JAN)
    valued = tuple(replace(line, value=line.amount * 30) for line in entry.lines)
    posting.post(entry=replace(entry, lines=valued), actor=system, at=at)
    form = {"entity": "HOUSE", "on": "2026-01-31", "source": "BOT", **SENT}
    desk("dao").post(f"{ROOT}rate/revalue/", form, follow=True)
    found = queries.balance(
        entity="HOUSE", account=fx.UNREALISED, as_of=date(2026, 1, 31), currency="THB"
    )
    assert found == {"THB": Decimal("-512.34")}


def test_a_drawing_stays_within_its_frame():
    points = [(JAN + timedelta(days=n), Decimal(n * 7 % 100 - 50)) for n in range(2000)]
    drawn = drawing.draw(points, JAN + timedelta(days=2100))
    assert drawn is not None
    assert drawn.zero is not None
    assert drawn.line.count("H") <= drawing.POINTS_MAX + 2
    places = [float(part) for part in drawn.line.replace("M", "").replace(" ", "V").split("V")[1::2]
              if "H" not in part]  # fmt: skip
    assert all(0 <= place <= drawing.HEIGHT for place in places)
    assert [tick.amount for tick in drawn.ticks] == [-50, -25, 0, 25, 50]
    assert drawing.draw(points[:1], JAN) is None
    flat = drawing.draw([(JAN, Decimal(0)), (JAN, Decimal(0))], JAN)
    assert flat is not None


def test_a_sheet_puts_accounts_below_their_branches():
    rows = [
        BalanceRow(code, "THB", *map(Decimal, figures))
        for code, figures in (
            ("Assets:Bank:A", (5, 0, 5, 5)),
            ("Assets:Bank", (1, 0, 1, 1)),
            ("Assets:Bank-Fees", (2, 2, 0, 0)),
            ("Equity:Opening", (0, 6, -6, -6)),
        )
    ]
    shown = sheets.sheet(rows)
    assert [(row.code, row.is_branch, row.depth, row.value) for row in shown] == [
        ("Assets", True, 0, 6),
        ("Assets:Bank", False, 1, 1),
        ("Assets:Bank:A", False, 2, 5),
        ("Equity", True, 0, -6),
        ("Equity:Opening", False, 1, -6),
    ]
    assert {code: total.difference for code, total in sheets.totals(shown).items()} == {"THB": 0}
    assert len(sheets.sheet(rows, zeros=True)) == 6
