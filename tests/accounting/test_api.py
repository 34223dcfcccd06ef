"""The ledger's door: posting, bulk, reading, periods; what it refuses, where and how."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from accounting import bulk, chart, month_ends, periods, posting, proof, queries, rates
from accounting.models import Entry, Line
from accounting.rules.fx import RateDraft
from tests.accounting.conftest import open_books, sale

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
ROOT = "/api/v1/accounting/"
SALE = {
    "key": "s-1", "date": "2026-01-05", "journal": "GEN", "entity": "HOUSE", "memo": "Till",
    "lines": [
        {"account": "Assets:Cash", "amount": "107.00", "currency": "THB",
         "dimensions": {"site": "BKK"}},
        {"account": "Income:Sales", "amount": "-107.00", "currency": "THB"},
    ],
}  # fmt: skip


@pytest.fixture
def door(books, cast):
    """A client of a member of the cast: `door("chai").post(…)`."""

    def client(name: str) -> APIClient:
        found = APIClient()
        found.force_authenticate(cast.staff(name))
        return found

    return client


def post(client, path, body=None, key=None, **headers):
    if key:
        headers["HTTP_IDEMPOTENCY_KEY"] = key
    return client.post(ROOT + path, body, format="json", **headers)


def changed(**fields) -> dict:
    return {**json.loads(json.dumps(SALE)), **fields}


def with_amount(text) -> dict:
    body = changed()
    body["lines"][0]["amount"] = text
    return body


def test_an_entry_is_posted_once_by_its_own_key(door):
    client = door("chai")
    first, again = post(client, "entries", SALE), post(client, "entries", SALE)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert first.json()["entity"] == "HOUSE"
    assert Entry.objects.count() == 1


def test_the_header_is_the_key_of_an_entry_without_one(door):
    body = {k: v for k, v in SALE.items() if k != "key"}
    client = door("chai")
    answers = [post(client, "entries", body, key="h-1") for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert Entry.objects.get().key == "h-1"
    missing = post(client, "entries", body)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency-key-missing")


def test_a_key_with_another_body_is_a_conflict_that_names_the_field(door):
    client = door("chai")
    post(client, "entries", SALE)
    other = post(client, "entries", changed(memo="Other"))
    assert (other.status_code, other.json()["code"]) == (409, "key-conflict")
    assert other.json()["field"] == "/memo"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (with_amount(107.0), 422, "amount-not-canonical", "/lines/0/amount"),
        (with_amount(107), 422, "amount-not-canonical", "/lines/0/amount"),
        (with_amount("1.07e2"), 422, "amount-not-canonical", "/lines/0/amount"),
        (with_amount("１０７.００"), 422, "amount-not-canonical", "/lines/0/amount"),
        (with_amount("107.001"), 422, "amount-too-fine", "/lines/0/amount"),
        (with_amount("107.01"), 422, "entry-unbalanced", "/lines"),
        (changed(memo="x" * 501), 422, "entry-field-too-long", "/memo"),
        (changed(entity="NONE"), 422, "entity-unknown", "/entity"),
        (changed(journal="NONE"), 422, "journal-unknown", "/journal"),
        (changed(date="2026-02-30"), 422, "date-malformed", "/date"),
        (changed(lines=[]), 422, "entry-lines", "/lines"),
        (changed(lines={}), 422, "entry-wrong-shape", "/lines"),
        (changed(colour="red"), 422, "entry-unknown-name", "/colour"),
    ],
)
def test_refusals_point_into_the_body(door, body, status, code, field):
    for headers in ({}, {"key": "again"}, {"key": "again"}):
        sent = {**body, "key": "s-2"} if headers else body
        answer = post(door("chai"), "entries", sent, **headers)
        found = answer.json()
        assert (answer.status_code, found["code"], found["field"]) == (status, code, field)
        assert answer["Content-Type"] == "application/problem+json"
        assert found["detail"] != found["detail_th"]
    assert not Entry.objects.exists()


def test_a_list_is_no_entry(door):
    answer = post(door("chai"), "entries", [SALE], key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "entry-wrong-shape")


def test_what_failed_on_the_books_stays_failed(door):
    client = door("chai")
    assert post(client, "entries", changed(journal="NONE")).status_code == 422
    again = post(client, "entries", SALE)
    assert (again.status_code, again.json()["code"]) == (409, "key-failed")


def test_an_unknown_account_is_pointed_at_in_thai_for_thai_readers(door):
    body = changed()
    body["lines"][1]["account"] = "Income:None"
    answer = post(door("chai"), "entries", body, HTTP_ACCEPT_LANGUAGE="th")
    assert answer.json()["field"] == "/lines/1/account"
    assert answer.json()["detail"] == "ไม่มีบัญชี Income:None ในผังบัญชีของกิจการ"


@pytest.mark.parametrize("headers", [{}, {"HTTP_IDEMPOTENCY_KEY": "k"}])
def test_a_json_that_says_a_name_twice_is_refused(door, headers):
    text = json.dumps(SALE).replace('"memo"', '"memo": "a", "memo"')
    answer = door("chai").post(f"{ROOT}entries", text, content_type="application/json", **headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "duplicate-json-key")


def test_ten_megabytes_are_too_many(door):
    text = json.dumps(changed(memo="x" * (10 * 1024 * 1024)))
    client = door("chai")
    one = client.post(f"{ROOT}entries", text, content_type="application/json")
    assert (one.status_code, one.json()["code"]) == (413, "body-too-large")
    line = client.post(f"{ROOT}entries/bulk", text, content_type="application/x-ndjson")
    assert (line.status_code, line.json()["code"], line.json()["line"]) == (
        413, "line-too-long", 1,
    )  # fmt: skip
    kept = client.post(
        f"{ROOT}entries/bulk?mode=best_effort",
        text + "\n" + json.dumps(SALE),
        content_type="application/x-ndjson",
    )
    assert kept.status_code == 207
    assert [item["status"] for item in kept.json()["items"]] == ["refused", "posted"]
    assert kept.json()["items"][0]["problem"]["status"] == 413


def test_a_body_of_json_lines_has_its_cap(door, monkeypatch):
    monkeypatch.setattr(bulk, "BYTES_MAX", 600)
    text = "\n".join(json.dumps(changed(key=f"k{n}")) for n in range(5))
    answer = door("chai").post(f"{ROOT}entries/bulk", text, content_type="application/x-ndjson")
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert not Entry.objects.exists()


def test_a_bulk_is_all_or_nothing(door):
    client = door("chai")
    good = [changed(key=f"b-{n}") for n in range(3)]
    done = post(client, "entries/bulk", good)
    assert done.status_code == 201
    assert (done.json()["posted"], len(done.json()["items"])) == (3, 3)
    again = post(client, "entries/bulk", good)
    assert (again.json()["posted"], again.json()["existing"]) == (0, 3)
    assert [i["entry"] for i in again.json()["items"]] == [i["entry"] for i in done.json()["items"]]
    bad = [changed(key="b-8"), {**with_amount("1.001"), "key": "b-9"}]
    refused = post(client, "entries/bulk", bad)
    assert (refused.status_code, refused.json()["code"]) == (422, "amount-too-fine")
    assert (refused.json()["line"], refused.json()["field"]) == (2, "/1/lines/0/amount")
    assert Entry.objects.count() == 3


def test_a_bulk_of_best_effort_tells_what_became_of_each(door):
    closed = changed(key="b-3")
    closed["lines"][0]["account"] = "Assets:None"
    body = [SALE, {**with_amount("x"), "key": "b-2"}, closed, changed(memo="Other")]
    answer = post(door("chai"), "entries/bulk?mode=best_effort", body)
    assert answer.status_code == 207
    found = answer.json()
    assert (found["posted"], found["existing"], found["refused"]) == (1, 0, 3)
    assert [item["status"] for item in found["items"]] == [
        "posted", "refused", "refused", "refused",
    ]  # fmt: skip
    problems = [item["problem"] for item in found["items"][1:]]
    assert [p["code"] for p in problems] == [
        "amount-not-canonical", "account-unknown", "key-conflict",
    ]  # fmt: skip
    assert [p["field"] for p in problems] == [
        "/1/lines/0/amount", "/2/lines/0/account", "/3/memo",
    ]  # fmt: skip


def test_json_lines_name_their_line(door):
    lines = [json.dumps(changed(key=f"n-{n}")) for n in range(3)]
    lines[1] = lines[1].replace("107.00", "107.0.0", 1)
    text = "\n".join(["", *lines])
    answer = door("chai").post(
        f"{ROOT}entries/bulk?mode=best_effort", text, content_type="application/x-ndjson"
    )
    assert [(i["record"], i["status"]) for i in answer.json()["items"]] == [
        (2, "posted"), (3, "refused"), (4, "posted"),
    ]  # fmt: skip
    assert answer.json()["items"][1]["problem"]["field"] == "/lines/0/amount"


@pytest.mark.parametrize(
    ("query", "body", "status", "code"),
    [
        ("?mode=some", [], 400, "bulk-mode"),
        ("", {"entries": []}, 422, "entry-wrong-shape"),
        ("", "text", 422, "entry-wrong-shape"),
    ],
)
def test_what_is_no_bulk(door, query, body, status, code):
    answer = post(door("chai"), f"entries/bulk{query}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_bulk_costs_the_same_statements_however_long(door, django_assert_max_num_queries):
    client = door("chai")
    post(client, "entries/bulk", [changed(key="warm")])
    counts = []
    for size in (10, 200):
        body = [changed(key=f"{size}-{n}") for n in range(size)]
        with django_assert_max_num_queries(8) as captured:
            assert post(client, "entries/bulk", body).status_code == 201
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("who", "path"),
    [("ann", "entries"), ("aree", "entries"), ("ann", "entries/bulk"), ("aree", "pending")],
)
def test_who_may_not_write(door, who, path):
    answer = post(door(who), path, SALE if path != "entries/bulk" else [SALE])
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert not Entry.objects.exists()


@pytest.mark.department("settlement")
def test_other_departments_neither_write_nor_read(door):
    assert post(door("chai"), "entries", SALE).status_code == 403
    assert door("chai").get(f"{ROOT}entries?entity=HOUSE").status_code == 403
    assert door("aree").get(f"{ROOT}entries?entity=HOUSE").status_code == 200
    assert post(door("inta"), "entries", SALE).status_code == 403


def test_strangers_stay_outside(db):
    assert APIClient().get(f"{ROOT}entries?entity=HOUSE").status_code == 401


@pytest.mark.parametrize(
    "path",
    ["entries", "accounts", "ledger", "balances", "trial-balance", "periods", "rates", "rates/on"],
)
def test_everything_is_closed_to_the_front_office(door, path):
    query = "?entity=HOUSE&account=Assets:Cash&base=USD&quote=THB"
    assert door("ann").get(f"{ROOT}{path}{query}").status_code == 403


@pytest.fixture
def year(books, system, at):
    """A sale a day for 40 days."""
    drafts = [
        sale(f"d{n}", f"{n + 1}.00", day=date(2026, 1, 1) + timedelta(days=n)) for n in range(40)
    ]
    posting.post_many(entries=drafts, actor=system, at=at)


def test_entries_come_in_pages_that_stay_put(door, year, django_assert_num_queries):
    client = door("aree")
    with django_assert_num_queries(2):
        found = client.get(f"{ROOT}entries?entity=HOUSE&limit=15").json()
    keys = [item["key"] for item in found["items"]]
    post(door("chai"), "entries", SALE)  # meanwhile
    while found["next"]:
        found = client.get(found["next"]).json()
        keys += [item["key"] for item in found["items"]]
    assert keys == [f"d{n}" for n in reversed(range(40))]
    some = client.get(f"{ROOT}entries?entity=HOUSE&from_date=2026-01-10&to_date=2026-01-12").json()
    assert [item["date"] for item in some["items"]] == ["2026-01-12", "2026-01-11", "2026-01-10"]
    assert client.get(f"{ROOT}entries").status_code == 400
    assert client.get(f"{ROOT}entries?entity=NONE").status_code == 422


def test_an_entry_with_its_lines_reversal_and_proof(door, django_assert_num_queries, at):
    client = door("chai")
    number = post(client, "entries", SALE).json()["id"]
    assert client.get(f"{ROOT}entries/{number}").json()["proof"] is None
    body = {"entity": "HOUSE", "date": "2026-01-06"}
    back = post(client, f"entries/{number}/reverse", body, key="r-1").json()
    proof.seal(entity="HOUSE", at=at)
    with django_assert_num_queries(12):
        found = client.get(f"{ROOT}entries/{number}").json()
    assert [(x["account"], x["amount"], x["value"]) for x in found["lines"]] == [
        ("Assets:Cash", "107.00", "107.00"), ("Income:Sales", "-107.00", "-107.00"),
    ]  # fmt: skip
    assert found["lines"][0]["dimensions"] == {"site": "BKK"}
    assert found["reversed_by"] == back["id"]
    assert found["proof"]["size"] == 2
    assert json.loads(found["proof"]["entry"])["key"] == "s-1"
    assert client.get(f"{ROOT}entries/999999").status_code == 404
    once = post(client, f"entries/{number}/reverse", body, key="r-2")
    assert (once.status_code, once.json()["code"]) == (422, "entry-reversed-already")
    assert post(client, f"entries/{number}/reverse", body, key="r-1").json() == back


def test_a_reversal_into_a_closed_period_is_refused(door, system, at):
    client = door("chai")
    number = post(client, "entries", SALE).json()["id"]
    periods.define_year(entity="HOUSE", year=2026, actor=system, at=at)
    periods.hard_close(entity="HOUSE", name="2026-01", actor=system, at=at)
    body = {"entity": "HOUSE", "date": "2026-01-31", "key": "r"}
    answer = post(client, f"entries/{number}/reverse", body)
    assert (answer.status_code, answer.json()["field"]) == (422, "/date")
    later = {**body, "date": "2026-02-01", "key": "r2"}
    assert post(client, f"entries/{number}/reverse", later).status_code == 201


def test_reserve_post_a_part_and_void(door):
    client = door("chai")
    first = post(client, "pending", {**SALE, "timeout": 3600}).json()
    lines = [
        {"account": "Assets:Cash", "amount": "50.00", "currency": "THB"},
        {"account": "Income:Sales", "amount": "-50.00", "currency": "THB"},
    ]
    part = {"entity": "HOUSE", "lines": lines}
    path = f"pending/{first['id']}/post"
    assert post(client, path, part, key="p").status_code == 201
    found = client.get(f"{ROOT}entries/{first['id']}").json()
    assert (found["phase"], found["pending_state"]["state"]) == ("pending", "posted")
    assert queries.balance(entity="HOUSE", account="Assets:Cash", as_of=date.max) == {
        "THB": Decimal("50.00")
    }
    again = post(client, f"pending/{first['id']}/void", {"entity": "HOUSE", "key": "v"})
    assert (again.status_code, again.json()["code"]) == (422, "pending-settled")
    second = post(client, "pending", changed(key="s-2")).json()
    void = post(client, f"pending/{second['id']}/void", {"entity": "HOUSE", "key": "v2"})
    assert void.status_code == 201
    too_much = post(client, "pending", changed(key="s-3", timeout="soon"))
    assert (too_much.status_code, too_much.json()["field"]) == (422, "/timeout")


def test_more_than_was_reserved_is_pointed_at(door):
    client = door("chai")
    first = post(client, "pending", SALE).json()
    lines = with_amount("108.00")["lines"]
    lines[1]["amount"] = "-108.00"
    body = {"entity": "HOUSE", "key": "p", "lines": lines}
    answer = post(client, f"pending/{first['id']}/post", body)
    assert (answer.json()["code"], answer.json()["field"]) == ("pending-part", "/lines/0/amount")


def test_a_register_runs_on_over_its_pages(door, year, django_assert_max_num_queries):
    client, path = door("chai"), f"{ROOT}ledger?entity=HOUSE&account=Assets:Cash&limit=7"
    found, balances, pages = None, [], 0
    after = ""
    while found is None or found["next"]:
        with django_assert_max_num_queries(8):
            found = client.get(f"{path}&from_date=2026-01-11{after}").json()
        expected = {"THB": balances[-1]} if balances else {"THB": "55.00"}
        assert found["opening"] == expected
        balances += [item["balance"] for item in found["items"]]
        after, pages = f"&after={found['next']}", pages + 1
    assert pages == 5
    assert len(balances) == 30
    assert balances[-1] == f"{sum(range(1, 41))}.00"
    bad = client.get(f"{path}&after=2026-01-01.1.x")
    assert (bad.status_code, bad.json()["code"]) == (400, "page-mark")


def test_a_page_may_end_within_a_day(door, books, system, at):
    drafts = [sale(f"d{n}", "1.00") for n in range(9)]
    posting.post_many(entries=drafts, actor=system, at=at)
    client, after, seen = door("chai"), "", []
    for _page in range(3):
        found = client.get(f"{ROOT}ledger?entity=HOUSE&account=Assets:Cash&limit=4{after}").json()
        seen += [item["balance"] for item in found["items"]]
        after = f"&after={found['next']}"
    assert seen == [f"{n}.00" for n in range(1, 10)]


def test_balances_as_of_a_day_and_as_known_at_a_moment(door, year, system, at):
    late = at + timedelta(days=30)
    posting.post(entry=sale("late", "1000.00", day=date(2026, 1, 2)), actor=system, at=late)
    client = door("chai")
    query = "entity=HOUSE&account=Assets:Cash&as_of=2026-01-03"
    assert _cash(client, query) == "1006.00"
    known = (late - timedelta(seconds=1)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert _cash(client, f"{query}&known_at={known}") == "6.00"
    month_ends.keep(entity="HOUSE", until=date(2026, 1, 31), actor=system, at=late)
    assert _cash(client, "entity=HOUSE&account=Assets&as_of=2026-01-31") == "1496.00"


def _cash(client, query) -> str:
    found = client.get(f"{ROOT}balances?{query}").json()
    assert [row["account"] for row in found["items"]] == ["Assets:Cash"]
    return found["items"][0]["balance"]


def test_a_trial_balance_sums_to_zero(door, year, django_assert_num_queries):
    client = door("chai")
    with django_assert_num_queries(2):
        found = client.get(f"{ROOT}trial-balance?entity=HOUSE&as_of=2026-12-31").json()
    assert found["totals"] == {"THB": {"debit": "820.00", "credit": "820.00", "balance": "0.00"}}
    assert [row["account"] for row in found["items"]] == ["Assets:Cash", "Income:Sales"]


def test_accounts_in_pages(door):
    found = door("chai").get(f"{ROOT}accounts?entity=HOUSE&type=asset").json()
    assert {item["code"] for item in found["items"]} >= {"Assets:Cash", "Assets:Bank:A"}
    assert {item["type"] for item in found["items"]} == {"asset"}


def test_periods_are_closed_and_reopened_with_a_reason(door, system, at):
    periods.define_year(entity="HOUSE", year=2026, actor=system, at=at)
    body, path = {"entity": "HOUSE"}, "periods/2026-01"
    closed = post(door("dao"), f"{path}/soft-close", body, key="1")
    assert closed.json()["state"] == "soft"
    assert post(door("chai"), "entries", SALE).json()["code"] == "period-closed"
    assert post(door("dao"), f"{path}/hard-close", body, key="2").status_code == 403
    assert post(door("mek"), f"{path}/hard-close", body, key="3").json()["state"] == "hard"
    bare = post(door("mek"), f"{path}/reopen", body, key="4")
    assert (bare.status_code, bare.json()["field"]) == (422, "/reason")
    reopened = post(door("mek"), f"{path}/reopen", {**body, "reason": "late bill"}, key="5")
    assert reopened.json()["state"] == "open"
    names = [p["name"] for p in door("chai").get(f"{ROOT}periods?entity=HOUSE").json()]
    assert names[:2] == ["2026-01", "2026-02"]
    gone = post(door("mek"), "periods/1999-01/soft-close", body, key="6")
    assert gone.status_code == 404


def test_rates_and_what_they_rest_on(door, system, at):
    drafts = [
        RateDraft("EUR", code, date(2026, 1, 5), Decimal(rate))
        for code, rate in (("USD", "1.1"), ("THB", "38.5"))
    ]
    rates.record_rates(rates=drafts, source="ECB", actor=system, at=at)
    client = door("chai")
    listed = client.get(f"{ROOT}rates?source=ECB&quote=THB").json()["items"]
    assert [(r["base"], r["rate"]) for r in listed] == [("EUR", "38.5")]
    query = "base=USD&quote=THB&on=2026-01-06&source=ECB"
    found = client.get(f"{ROOT}rates/on?{query}").json()
    assert found["rate"] == "35"
    assert [q["rate"] for q in found["rests_on"]] == ["1.1", "38.5"]
    before = datetime(2026, 1, 1, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    gone = client.get(f"{ROOT}rates/on?{query}&known_at={before}")
    assert (gone.status_code, gone.json()["code"]) == (422, "rate-missing")


def test_rates_are_taken_down_all_or_none(door):
    rate = {"base": "USD", "quote": "THB", "date": "2026-01-05", "rate": "35.25"}
    body = {"source": "desk", "rates": [rate]}
    assert post(door("chai"), "rates", body, key="1").json() == {"recorded": 1, "known": 0}
    assert post(door("chai"), "rates", body, key="2").json() == {"recorded": 0, "known": 1}
    other = {"source": "desk", "rates": [{**rate, "base": "EUR"}, {**rate, "rate": "36"}, rate]}
    refused = post(door("chai"), "rates", other, key="3")
    assert (refused.status_code, refused.json()["line"]) == (422, 3)
    assert refused.json()["code"] == "rate-twice"
    for wrong in ("3.5e1", 35.25, "-1", ""):
        bad = {"source": "desk", "rates": [{**rate, "rate": wrong}]}
        assert post(door("chai"), "rates", bad, key=f"w{wrong}").status_code in {400, 422}
    assert len(door("chai").get(f"{ROOT}rates").json()["items"]) == 1
    assert post(door("aree"), "rates", body, key="4").status_code == 403


def test_another_entity_keeps_its_own_books(door, system, at):
    open_books(system, at, code="OTHER")
    post(door("chai"), "entries", SALE)
    assert door("chai").get(f"{ROOT}entries?entity=OTHER").json()["items"] == []
    number = Entry.objects.get().pk
    body = {"entity": "OTHER", "date": "2026-01-06", "key": "r"}
    assert post(door("chai"), f"entries/{number}/reverse", body).status_code == 404
    assert Line.objects.count() == 2
    assert chart.entity_id("OTHER") != chart.entity_id("HOUSE")


@pytest.mark.parametrize("day", ["0026-01-05", "2206-01-05"])
def test_no_reversal_is_dated_where_only_a_slip_explains_it(door, day):
    client = door("chai")
    entry = post(client, "entries", SALE).json()["id"]
    body = {"entity": "HOUSE", "date": day, "key": "r-1"}
    refused = post(client, f"entries/{entry}/reverse", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "date-unlikely")
    assert refused.json()["field"] == "/date"
    assert Entry.objects.count() == 1
