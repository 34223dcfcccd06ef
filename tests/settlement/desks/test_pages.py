"""Every page of settlement's desk opens in both languages and shows what the tables hold."""

import io
from datetime import timedelta

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from backoffice.outbox import jobs
from backoffice.people.models import Staff
from settlement import closing, progress
from settlement.formats.bank_statements import READERS
from settlement.models import Break, StepRun, Transaction
from settlement.pictures import figures
from settlement.reconciliation import keeping, reconciling
from tests.plans import below, plan_of
from tests.settlement import market, statements
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, PTT, SIAM

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, cast):
    """The settlement manager, signed in: `desk("admin:name")` opens a page."""
    mek = cast.staff("mek")
    client.force_login(mek)

    def open_page(name, language="en", **asked):
        mek.language = language
        mek.save(update_fields=["language"])
        response = client.get(reverse(name), asked)
        assert response.status_code == 200, name
        return response.content.decode()

    return open_page


@pytest.fixture
def busy_day():
    """Some trades settle, one fails, one participant draws on its line."""
    market.furnish()
    market.fund(SIAMSEC={"THB": 5000}, KRUNGSEC={PTT: 300})
    market.capture(
        market.trade("T-1", SIAM, KRUNG),
        market.trade("T-2", ISARA, KRUNG, 50, "700.00"),
        market.trade("T-3", SIAM, KRUNG, 900, "1500.00"),
    )
    market.close_day()


def models():
    assert get_resolver().url_patterns  # the desk's rooms are found with the addresses
    found = [model for model in admin.site._registry if model._meta.app_label == "settlement"]
    assert len(found) > 20
    return found


@pytest.mark.parametrize("language", ["en", "th"])
def test_every_list_opens(desk, language):
    for model in models():
        desk(f"admin:settlement_{model._meta.model_name}_changelist", language)


def test_progress_shows_each_step_with_its_counts_and_time(desk, busy_day):
    page = desk("admin:settlement_progress", date=DUE.isoformat())
    assert page.count('class="done"') == StepRun.objects.count() > 5
    assert 'aria-valuenow="' in page
    assert "The day is sealed." in page
    assert "every 2s" not in page
    assert "ปิดผนึกวันแล้ว" in desk("admin:settlement_progress", "th", date=DUE.isoformat())


def test_a_running_day_asks_again_by_itself(desk, busy_day):
    day = DUE + timedelta(days=1)
    job = jobs.ensure(kind=closing.KIND, business_date=day, partition=BOOK, at=AT)
    jobs.claim(job_id=job, at=AT)
    told = progress.of_day(book=BOOK, business_date=day)
    assert [step.state for step in told.steps][:2] == ["running", "waiting"]
    assert told.percent == 0
    page = desk("admin:settlement_progress", date=day.isoformat())
    assert 'hx-trigger="every 2s"' in page


@pytest.mark.parametrize("language", ["en", "th"])
def test_pictures_have_their_tables_beside_them(desk, busy_day, language):
    page = desk("admin:settlement_pictures", language, date=DUE.isoformat())
    assert page.count("<svg") >= 4
    assert page.count("<table>") == 4
    assert "SIAMSEC" in page


def test_an_empty_day_says_so(desk):
    page = desk("admin:settlement_pictures", date="2020-01-01")
    assert page.count("picture-none") == 4


def test_figures_are_those_of_the_tables(busy_day):
    where = {"book": BOOK, "day": DUE}
    assert figures.assets(**where) == ["THB"]
    flows = {(one.payer, one.payee): one.value for one in figures.flows(**where, asset="THB")}
    assert flows == {(SIAM, KRUNG): 2500, (ISARA, KRUNG): 700}
    hours = figures.by_hour(**where, zone="Asia/Bangkok")
    assert [(one.hour, one.settled) for one in hours] == [(9, 2)]
    assert sum(one.fails for one in figures.fails(**where, asset="THB")) == 2
    uses = {one.participant: one for one in figures.liquidity(**where, asset="THB")}
    assert (uses[SIAM].used, uses[SIAM].available, uses[SIAM].percent) == (1000, 5000, 20)


def test_a_statement_is_imported_at_the_desk_and_its_break_written_off(desk, client, cast, at):
    client.force_login(cast.staff("chai"))
    keeping.enter_account(
        book=BOOK,
        kind="cash",
        number="NOSTRO1",
        currency="CZK",
        ledger_account="Assets:Nostro:CZK",
        actor=ACTOR,
        at=AT,
    )
    content = statements.camt053([("7.00", "BANKFEE9")], day=DUE)
    bring_in = client.get(reverse("admin:settlement_bankstatement_bring_in"))
    for verdict in ("Taken.", "was taken already"):
        told = {"file": SimpleUploadedFile("one.xml", content), "book": BOOK, "ledger": ""}
        page = client.post(bring_in.url, told, follow=True)
        if "/take/" in page.content.decode():
            address = page.redirect_chain[-1][0].replace("/change/", "/take/")
            page = client.post(address, follow=True)
        assert verdict in page.content.decode()
    one = Break.objects.get()
    page = client.get(reverse("admin:settlement_break_changelist")).content.decode()
    assert "not in our books" in page
    address = reverse("admin:settlement_break_write_off", args=[one.pk])
    assert "7.00 CZK" in client.get(address).content.decode()
    Staff.objects.filter(username="chai").update(department="records")
    assert client.get(address).status_code == 404
    Staff.objects.filter(username="chai").update(department="settlement")
    answer = client.post(address, {"reason": "fee", "account": "Expenses:BankFees"})
    assert answer.status_code == 302
    item = WorkItem.objects.get(kind="settlement.write_off")
    approving.approve(item_id=item.pk, actor=cast.actor("dao"), at=at)
    one.refresh_from_db()
    assert one.closed_how == "written_off"


def test_chosen_breaks_that_cancel_out_are_matched_at_the_desk(client, cast):
    """What the bank booked and took back: two lines of its own, none of ours."""
    client.force_login(cast.staff("chai"))
    keeping.enter_account(
        book=BOOK,
        kind="cash",
        number="NOSTRO1",
        currency="CZK",
        ledger_account="Assets:Nostro:CZK",
        actor=ACTOR,
        at=AT,
    )
    content = statements.mt940([("7.00", "SLIP1"), ("-7.00", "SLIP2")], day=DUE)
    reconciling.import_file(
        statements=READERS["mt940"](io.BytesIO(content), name="s"),
        file_name="s",
        sha256="0" * 64,
        format_="mt940",
        book=BOOK,
        actor=ACTOR,
        at=AT,
    )
    chosen = {
        "action": "match_chosen",
        "_selected_action": list(Break.objects.values_list("pk", flat=True)),
    }
    address = reverse("admin:settlement_break_changelist")
    assert "Done." in client.post(address, chosen, follow=True).content.decode()
    assert not Break.objects.filter(closed_at=None).exists()


def test_without_an_address_the_book_that_closed_last_is_shown(desk, busy_day):
    assert progress.last_book() == BOOK
    assert f"· {BOOK}" in desk("admin:settlement_progress")


@pytest.mark.parametrize("name", ["settlement_progress", "settlement_pictures"])
def test_the_days_pages_are_for_who_may_see_its_steps(client, cast, name):
    chai = cast.staff("chai")
    client.force_login(chai)
    assert client.get(reverse(f"admin:{name}")).status_code == 200
    chai.department = "records"
    chai.save(update_fields=["department"])
    assert client.get(reverse(f"admin:{name}")).status_code == 404


def test_a_references_letters_stay_as_they_are_in_titles(signed_in, capture):
    capture(days=1)
    one, browser = Transaction.objects.earliest("pk"), signed_in("mek")
    for path, said in ((f"transaction/{one.pk}", str(one)), (f"importfile/{one.file_id}", "r.csv")):
        page = browser.get(f"/admin/settlement/{path}/change/").content.decode()
        assert said in page
        assert f"{said[0].upper()}{said[1:]}" not in page


def test_a_late_page_chooses_its_rows_before_it_reads_anything_along(desk):
    """Rows that are passed over are not joined with their trade and both their parties."""
    market.furnish()
    told = [market.pay(f"P-{number}", SIAM, KRUNG, "1.00") for number in range(120)]
    market.capture(*told)
    with CaptureQueriesContext(connection) as queries:
        page = desk("admin:settlement_leg_changelist", p=3)
    assert [f"P-{number}" in page for number in (0, 19, 20, 119)] == [True, True, False, False]
    [asked] = [one["sql"] for one in queries if "LIMIT 50" in one["sql"] and "leg" in one["sql"]]
    [chosen] = [node for node in plan_of(asked) if node["Node Type"] == "Limit"]
    assert not [node for node in below(chosen) if "Join Type" in node]
    assert [node for node in plan_of(asked) if "Join Type" in node]
