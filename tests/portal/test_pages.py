"""The counter's pages: what they answer, to whom, in which language, at what cost."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from accounting import chart, posting, pricing
from accounting.rules import EntryDraft, LineDraft
from backoffice.kernel.actors import Actor
from backoffice.portal import asking
from backoffice.portal.models import Request
from compliance import parties
from settlement.clearing import capturing

pytestmark = pytest.mark.django_db
PAGES = (
    "home", "search", "prices", "ask_price", "statement", "settlement", "documents", "help",
    "requests", "notices",
)  # fmt: skip


def _in_thai(client):
    client.cookies["django_language"] = "th"
    return client


def _text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.mark.parametrize("name", PAGES)
def test_nobody_reads_without_signing_in(client, name):
    response = client.get(reverse(f"portal:{name}"))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("language", ["en", "th"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_stands_in_both_languages(counter, goods, name, language):
    counter.cookies["django_language"] = language
    response = counter.get(reverse(f"portal:{name}"))
    assert response.status_code == 200
    text = _text(response)
    assert f'<html lang="{language}">' in text
    assert ("คำขอของฉัน" if language == "th" else "My requests") in text
    assert 'action="/i18n/setlang/"' in text


@pytest.mark.parametrize("language", ["en", "th"])
@pytest.mark.parametrize(
    "address", ["/accounts/login/", "/accounts/password/reset/", "/no-such-page/"]
)
def test_strangers_read_both_languages_too(client, address, language):
    client.cookies["django_language"] = language
    text = _text(client.get(address))
    assert f'<html lang="{language}">' in text
    assert 'action="/i18n/setlang/"' in text


def test_signing_in_leads_to_the_counter(client, cast):
    cast.staff("ann")
    response = client.post("/accounts/login/", {"login": "ann", "password": "demo"})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_signing_in_leads_clerks_to_the_desk(client, cast):
    cast.staff("chai")
    response = client.post("/accounts/login/", {"login": "chai", "password": "demo"})
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_a_price_is_answered_at_once_with_its_stamp(counter, goods):
    text = _text(counter.get("/prices/", {"q": "hom mali"}))
    assert "1,245.00 THB" in text
    assert "1,840" in text
    assert '<span class="stamp"><b>As of ' in text
    assert "Oolong" not in text


def test_thai_readers_get_thai_names_and_buddhist_years(counter, goods):
    text = _text(_in_thai(counter).get("/prices/RICE-5/"))
    assert "ข้าวหอมมะลิ" in text
    assert "1 ม.ค. 2569" in text
    assert "1 Jan 2026" not in text


def test_typing_fetches_the_table_alone(counter, goods):
    response = counter.get("/prices/", {"q": "tea"}, headers={"HX-Request": "true"})
    assert "<html" not in _text(response)
    assert "Oolong tea" in _text(response)


def test_what_is_not_there_leads_to_the_clerk(counter, goods):
    text = _text(counter.get("/prices/", {"q": "durian <b>"}))
    assert "durian &lt;b&gt;" in text
    assert 'href="/prices/ask/?q=durian%20%3Cb%3E"' in text


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "1e999", "a", "๕"])
def test_a_strange_quantity_is_no_server_error(counter, goods, quantity):
    response = counter.get("/prices/RICE-5/", {"quantity": quantity})
    assert response.status_code == 200


def test_an_answer_is_kept_with_stamp_and_fingerprint(counter, goods, ann):
    page = _text(counter.get("/prices/RICE-5/"))
    key = re.search(r'name="key" value="([0-9a-f]{32})"', page)[1]
    for _turn in range(2):
        response = counter.post("/prices/RICE-5/keep", {"key": key})
    kept = Request.objects.get(asked_by=ann)
    assert response["Location"] == f"/requests/{kept.pk}/"
    assert kept.at_once
    assert kept.details["source"]["prices"][0]["amount"] == "1245.0000000000"
    text = _text(counter.get(f"/requests/{kept.pk}/"))
    assert "from live data" in text
    assert kept.digest[:16] in text


def test_a_price_request_goes_to_accounting(counter, ann):
    form = {"key": "abc", "title": "Durian, frozen", "quantity": "2 t", "customer": "", "text": ""}
    response = counter.post("/prices/ask/", form, follow=True)
    asked = Request.objects.get(asked_by=ann)
    assert asked.item.kind == pricing.REQUEST_KIND
    assert response.redirect_chain == [(f"/requests/{asked.pk}/", 302)]
    assert "Waits for a clerk" in _text(response)


def test_a_form_that_lacks_something_comes_back_with_what_was_written(counter):
    response = counter.post("/help/", {"key": "k", "title": "Printer", "category": "hardware"})
    assert response.status_code == 422
    assert 'value="Printer"' in _text(response)
    assert Request.objects.count() == 0


def test_other_peoples_requests_do_not_exist(counter, cast, at):
    other = asking.ask(
        question=asking.Question(key="x", kind=Request.Kind.PRICE, title="Secret"),
        actor=cast.actor("mek"),
        at=at,
    )
    assert counter.get(f"/requests/{other.pk}/").status_code == 404
    assert "Secret" not in _text(counter.get("/requests/"))


def test_the_policy_lets_no_inline_script_run(counter):
    response = counter.get("/")
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    text = response.content.decode()
    assert not re.findall(r"<script(?![^>]*\bsrc=)", text)
    assert not re.findall(r"\son[a-z]+=", text)


@pytest.fixture
def statement_of_2001(at):
    actor = Actor.system("tests")
    chart.ensure_entity(code="TST", name_en="Test", name_th="ทดสอบ", actor=actor, at=at)
    chart.ensure_accounts(
        entity="TST", codes=["Liabilities:Customers:2001", "Assets:Cash"], actor=actor, at=at
    )
    parties.onboard(
        code="2001", name_en="Rice Mill", name_th="โรงสี", kind="company", actor=actor, at=at
    )
    for day, amount in ((5, "500.00"), (6, "-120.50"), (20, "1.00")):
        lines = (
            LineDraft("Assets:Cash", Decimal(amount), "THB"),
            LineDraft("Liabilities:Customers:2001", -Decimal(amount), "THB"),
        )
        draft = EntryDraft(
            key=f"e{day}", date=date(2026, 1, day), journal="GEN", entity="TST",
            memo=f"on {day}", lines=lines,
        )  # fmt: skip
        posting.post(entry=draft, actor=actor, at=at)
    return {
        "account": "TST/Liabilities:Customers:2001", "from_": "2026-01-06", "to": "2026-01-10",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["2001", "customers:2001", "rice mill", "โรงสี"])
def test_an_account_is_found_by_number_and_by_owner(counter, statement_of_2001, text):
    page = _text(counter.get("/statement/", {"q": text}))
    assert "Liabilities:Customers:2001" in page
    assert "Rice Mill" in page


def test_a_statement_counts_as_the_customer_does(counter, statement_of_2001):
    page = _text(counter.get("/statement/", statement_of_2001))
    assert "500.00 THB" in page
    assert "-120.50 THB" in page
    assert "379.50 <small>THB</small>" in page
    assert "on 6" in page
    assert "on 20" not in page


def test_a_statement_leaves_as_csv(counter, statement_of_2001):
    response = counter.get("/statement/", {**statement_of_2001, "format": "csv"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "date,number,key,memo,currency,amount,balance"
    assert lines[1].startswith("2026-01-06,")
    # With the page's sign: a customer's money is theirs.
    told = [Decimal(figure) for figure in lines[1].rsplit(",", 2)[1:]]
    assert told == [Decimal("-120.50"), Decimal("379.50")]
    assert len(lines) == 2


@pytest.mark.parametrize(
    "change",
    [{"account": "TST/Nowhere"}, {"account": "x"}, {"to": "2025-01-01"}, {"from_": "yesterday"}],
)
def test_a_statement_that_cannot_be_is_refused_in_words(counter, statement_of_2001, change):
    response = counter.get("/statement/", {**statement_of_2001, **change})
    assert response.status_code == 422
    assert "wrong-text" in _text(response)


def test_a_payment_is_tracked_by_its_reference(counter, at):
    actor = Actor.system("tests")
    capturing.enter_participant(
        code="RB", name_en="Ratchada Bank", name_th="ธนาคารรัชดา", kind="bank", actor=actor, at=at
    )
    capturing.capture_one(
        reference="PAY-77", business_date=date(2026, 1, 5), account="2001",
        operation="transfer-out", direction="debit", amount=Decimal("1500.00"), currency="THB",
        book="TST", participant="RB", actor=actor, at=at,
    )  # fmt: skip
    page = _text(counter.get("/settlement/", {"q": "PAY-77"}))
    assert "1,500.00 THB" in page
    assert "captured" in page
    assert "Ratchada Bank" in page
    assert "PAY-77" not in _text(counter.get("/settlement/", {"q": "PAY-7"}))


@pytest.fixture
def many_requests(cast, at):
    for n in range(12):
        asking.ask(
            question=asking.Question(key=f"q{n}", kind=Request.Kind.DOCUMENT, title=f"Good {n}"),
            actor=cast.actor("ann", channel="portal"),
            at=at,
        )


# Session and person come first, then the page's own queries, then the bell.
QUERIES = {"/": 5, "/requests/": 6, "/prices/?q=good": 6, "/search?q=good": 6, "/notices/": 4}


@pytest.mark.parametrize("address", QUERIES)
def test_pages_cost_the_same_for_one_and_for_many(
    counter, many_requests, address, django_assert_max_num_queries
):
    with django_assert_max_num_queries(QUERIES[address]):
        assert counter.get(address).status_code == 200


def test_the_bell_is_fetched_alone(counter):
    text = _text(counter.get("/notices/bell"))
    assert "<html" not in text
    assert 'id="bell"' in text


def test_a_waiting_request_looks_for_its_answer_and_an_answered_one_rests(counter, goods, ann):
    form = {"key": "abc", "title": "Durian", "quantity": "2", "customer": "", "text": ""}
    page = counter.post("/prices/ask/", form, follow=True)
    assert 'hx-trigger="every 15s"' in _text(page)
    counter.post("/prices/RICE-5/keep", {"key": "def"})
    kept = Request.objects.get(key="def")
    assert 'hx-trigger="every 15s"' not in _text(counter.get(f"/requests/{kept.pk}/"))


def test_after_the_session_ended_a_part_reloads_the_page(client):
    part = client.get("/prices/?q=x", headers={"HX-Request": "true"})
    assert (part.content, part["HX-Refresh"]) == (b"", "true")
    assert client.get("/notices/bell", headers={"HX-Request": "true"}).status_code == 204
