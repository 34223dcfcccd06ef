"""A file from the clerk's disk into the books, and the day's end by a click, in a real browser."""

import hashlib
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounting.models import Account, Entry, Rate
from backoffice.demo import firm, seeding
from backoffice.intake import admin as page_of_files
from backoffice.intake import kinds
from backoffice.intake.models import Upload
from backoffice.outbox import jobs
from backoffice.outbox.models import JobRun
from settlement import readiness
from settlement.models import ImportFile, StepRun, Trade
from tests.journeys.test_price_request import _sign_in

pytestmark = pytest.mark.django_db(transaction=True)
BOOK = firm.BOOK


@pytest.fixture
def house(transactional_db):
    """The demo firm: five days closed, the sixth open."""
    seeding.seed(clock=timezone.now)


def _desk(window, name, language="th", **more):
    page = window(language, **more)
    _sign_in(page, name)
    page.goto("/")
    page.locator(f".languages button[value={language}]").first.click()
    page.wait_for_load_state()
    return page


def _work():
    """What a worker does when it is woken."""
    for job_id in jobs.open_job_ids(at=timezone.now()):
        jobs.run(job_id=job_id, at=timezone.now)


def test_a_rate_file_is_looked_at_taken_and_found(house, window):
    aor = _desk(window, "aor")
    aor.goto("/admin/accounting/rate/")
    expect(aor.get_by_text("ยังไม่มีอัตราแลกเปลี่ยน")).to_be_visible()
    aor.get_by_role("link", name="อัปโหลดอัตราแลกเปลี่ยน").click()
    aor.get_by_role("link", name="ธนาคารแห่งประเทศไทย").click()
    aor.set_input_files("input[name=file]", kinds.find("accounting.rates_bot").example)
    aor.get_by_role("button", name="ตรวจไฟล์").click()
    expect(aor.get_by_text("ไฟล์ถูกต้อง ยังไม่ได้รับเข้า")).to_be_visible()
    assert not Rate.objects.exists()
    aor.get_by_role("button", name="รับไฟล์เข้า").press("Enter")
    expect(aor.get_by_text("รับเข้าแล้ว").first).to_be_visible()
    aor.get_by_role("link", name="ดูสิ่งที่รับเข้า").click()
    expect(aor.locator("#result_list")).to_contain_text("USD/THB")
    assert Rate.objects.count() == 6

    aor.goto("/admin/intake/upload/new/?kind=accounting.rates_bot")
    aor.set_input_files("input[name=file]", kinds.find("accounting.rates_bot").example)
    aor.get_by_role("button", name="ตรวจไฟล์").click()
    expect(aor.get_by_text(re.compile("ไฟล์นี้รับเข้าแล้วเมื่อ .* โดย aor"))).to_be_visible()
    assert Upload.objects.count() == 1


def _strange(folder):
    """The example with a security that nobody entered; its control totals are right."""
    example = kinds.find("settlement.trades_csv").example.read_bytes()
    *lines, total = example.replace(b"TH0646010R18", b"TH9999009003").splitlines(keepends=True)
    proved = hashlib.sha256(b"".join(lines)).hexdigest().encode()
    path = folder / "trades.csv"
    path.write_bytes(b"".join(lines) + re.sub(b"sha256=.*", b"sha256=" + proved, total))
    return path


def test_a_dropped_file_with_wrong_lines_goes_to_the_worker_and_back(
    house, window, monkeypatch, tmp_path
):
    """The page follows the worker by itself, and says line by line what is wrong."""
    monkeypatch.setattr(page_of_files, "AT_ONCE", 0)
    krit = _desk(window, "krit", "en")
    krit.goto("/admin/intake/upload/new/?kind=settlement.trades_csv")
    expect(krit.locator("select[name=book]")).to_have_value(BOOK)
    krit.set_input_files("input[name=file]", _strange(tmp_path))
    expect(krit.locator("input[name=source]")).to_have_value("")
    krit.get_by_role("button", name="Check the file").click()
    expect(krit.get_by_role("progressbar")).to_be_visible()
    before = ImportFile.objects.count()
    _work()
    expect(krit.get_by_role("heading", name=re.compile("refusal"))).to_be_visible()
    row = krit.locator("tbody tr").first
    expect(row).to_contain_text("instrument-unknown")
    with krit.expect_download() as taken:
        krit.get_by_role("link", name="All of them as CSV").click()
    assert "instrument-unknown" in taken.value.path().read_text("utf-8-sig")
    assert ImportFile.objects.count() == before
    assert not Trade.objects.filter(source_ref="T-1").exists()


def test_the_day_is_ended_by_a_click_and_the_page_follows(house, window):
    day = readiness.next_day(book=BOOK, until=timezone.localdate())
    address = f"/admin/settlement/steprun/progress/?book={BOOK}&date={day.isoformat()}"
    krit = _desk(window, "krit")
    krit.goto(address)
    expect(krit.get_by_text("ก่อนปิดสิ้นวัน")).to_be_visible()
    expect(krit.get_by_role("button", name="เริ่มปิดสิ้นวัน")).to_have_count(0)
    mali = _desk(window, "mali")
    mali.goto(address)
    mali.get_by_role("button", name="เริ่มปิดสิ้นวัน").click()
    expect(
        mali.get_by_text("หน้านี้จะติดตามให้เอง").or_(mali.locator("[hx-trigger='every 2s']"))
    ).to_have_count(1)
    assert JobRun.objects.get(kind="end_of_day").state == "waiting"
    _work()
    expect(mali.get_by_text("ปิดผนึกวันแล้ว")).to_be_visible()
    assert (
        mali.locator(".day-steps li.done").count()
        == StepRun.objects.filter(book=BOOK, business_date=day).count()
    )
    with mali.expect_download() as taken:
        mali.get_by_role("link", name="รายงานประจำวัน").click()
    assert BOOK in taken.value.path().read_text()


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_phone_shows_the_desks_pages_whole(house, window, language):
    page = _desk(window, "suda", language, width=390, height=844)
    rows = [
        *(("accounting_entry", one) for one in Entry.objects.values_list("pk", flat=True)[:1]),
        *(("accounting_account", one) for one in Account.objects.values_list("pk", flat=True)[1:2]),
        *(("settlement_trade", one) for one in Trade.objects.values_list("pk", flat=True)[:1]),
        ("settlement_importfile", ImportFile.objects.values_list("pk", flat=True)[0]),
    ]  # fmt: skip
    lists = ("accounting_entry", "accounting_account", "settlement_trade", "settlement_break")
    addresses = [
        "/admin/", *(reverse(f"admin:{name}_change", args=[pk]) for name, pk in rows),
        *(reverse(f"admin:{name}_changelist") for name in lists),
        reverse("admin:accounting_trial_balance") + "?compare=2026-01-01",
        reverse("admin:settlement_progress"), reverse("admin:settlement_pictures"),
        reverse("admin:intake_upload_new"), "/admin/intake/upload/new/?kind=settlement.trades_csv",
    ]  # fmt: skip
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
