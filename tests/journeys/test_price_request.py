"""A price request, from the counter to the clerk and back, in a real browser.

The walk: portal/catalogue.py → portal/views.py → accounting/pricing.py, which answers at once;
or → the desk → accounting's answer page → portal/notices.py → the answer with its stamp.
"""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice.demo import firm, seeding
from backoffice.outbox import delivering

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(transactional_db):
    """The demo firm, a moment after it was entered and the worker has told everyone."""
    seeding.seed(clock=timezone.now)
    delivering.deliver_pending(at=timezone.now())


def _sign_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", firm.password())
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile("/(admin/)?$"))


def test_a_price_request_is_answered(house, window, picture):
    nok = window("th")
    _sign_in(nok, "nok")
    expect(nok.get_by_role("heading", name="ต้องการอะไร", level=1)).to_be_visible()

    # What the lists hold is answered while one types; "/" goes to the search.
    nok.keyboard.press("/")
    expect(nok.get_by_role("searchbox")).to_be_focused()
    nok.keyboard.type("หอมมะลิ")
    row = nok.get_by_role("row").filter(has_text="กระสอบ 50 กก.")
    expect(row).to_contain_text("2,150.00 THB")
    expect(nok.locator(".stamp").first).to_contain_text(f"{timezone.localdate().year + 543}")
    picture(nok, "portal.png")

    # What they do not hold falls to a clerk.
    nok.get_by_role("searchbox").fill("กล้วยไม้")
    nok.get_by_role("row").filter(has_text="กล้วยไม้").get_by_role("link", name="ขอราคา").click()
    nok.get_by_label("จำนวน").fill("25 มัด")
    nok.get_by_role("button", name="ส่งคำขอ").click()
    expect(nok.get_by_text("รอเจ้าหน้าที่รับงาน")).to_be_visible()
    mine = nok.url

    # The clerk takes it and answers where the price is entered.
    aor = window("th")
    _sign_in(aor, "aor")
    aor.locator(".desk-card").filter(has_text="บัญชี").click()
    aor.get_by_role("link", name=re.compile("ORC-CUT-100")).first.click()
    aor.get_by_role("link", name=re.compile("รับงาน")).click()
    aor.get_by_role("link", name=re.compile("ตอบและปิดงาน")).click()
    aor.locator("[name=answer]").fill("มัดละ 1,350 บาท ส่งทุกวันศุกร์")
    aor.locator("[name=good]").fill("ORC-CUT-100")
    aor.locator("[name=price_list]").select_option("RETAIL")
    aor.locator("[name=amount]").fill("1350")
    aor.get_by_role("button", name="ตอบและปิดงาน").click()
    aor.wait_for_url("**/admin/desk/workitem/")

    # The worker carries the answer; the bell rings; the answer has its stamp.
    delivering.deliver_pending(at=timezone.now())
    nok.goto("/")
    bell = nok.locator("a[href='/notices/']")
    expect(bell).to_contain_text("2")
    bell.click()
    nok.get_by_role("link", name=re.compile("ORC-CUT-100")).click()
    assert nok.url == mine
    expect(nok.locator(".answer").first).to_have_text("มัดละ 1,350 บาท ส่งทุกวันศุกร์")
    expect(nok.locator(".stamp")).to_contain_text("จากเจ้าหน้าที่")
    expect(nok.locator("a[href='/notices/']")).to_contain_text("1")

    # The next one who asks is answered at once.
    nok.goto("/prices/?q=กล้วยไม้")
    expect(nok.get_by_role("row").filter(has_text="ORC-CUT-100")).to_contain_text("1,350.00 THB")


PAGES = (
    "/", "/prices/", "/prices/RICE-HM-50/?quantity=120", "/prices/ask/", "/statement/?q=2001",
    "/settlement/?q=900060", "/documents/", "/help/", "/requests/", "/notices/",
    "/accounts/password/change/", "/accounts/2fa/",
)  # fmt: skip


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_phone_shows_every_page_whole(house, window, language):
    page = window(language, width=390, height=844)
    _sign_in(page, "nok")
    page.locator(f".languages button[value={language}]").click()
    for address in PAGES:
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
        too_small = page.evaluate(
            "[...document.querySelectorAll('button, .button, .tool, .tabs a')]"
            ".filter(e => e.offsetParent && (e.offsetHeight < 24 || e.offsetWidth < 24))"
            ".map(e => e.outerHTML)"
        )
        assert too_small == [], address


def test_everything_is_reached_by_keyboard(house, window):
    page = window("en")
    _sign_in(page, "nok")
    page.locator(".languages button[value=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#page")).to_be_focused()
    account = page.locator("details.menu summary")
    account.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(account).to_be_focused()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
