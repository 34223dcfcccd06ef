"""What comes in broken: each is refused with line, field and rule, at every door."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounting import bulk, chart, importing
from accounting.models import AccountBalance, Entry, Period

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
CASH = {"account": "Assets:Cash", "amount": "10.00", "currency": "THB"}
SALES = {"account": "Income:Sales", "amount": "-10.00", "currency": "THB"}
USD = [{**CASH, "currency": "USD"}, {**SALES, "currency": "USD"}]


def entry(key: str = "bad", cash: dict | None = None, **fields) -> dict:
    made = {"key": key, "date": "2026-01-05", "journal": "GEN", "entity": "HOUSE", "memo": ""}
    return {**made, "lines": [{**CASH, **(cash or {})}, SALES], **fields}


def line(cash: dict | None = None, **fields) -> bytes:
    return json.dumps(entry("bad", cash, **fields)).encode()


def raw(amount: str) -> bytes:
    """An amount that is written as no JSON writer would write it."""
    return line({"amount": "HERE"}).replace(b'"HERE"', amount.encode())


def values(*found: str | None, currency: str = "USD") -> bytes:
    pairs = zip((CASH, SALES), found, strict=True)
    own = [{**one, "currency": currency} | ({"value": v} if v else {}) for one, v in pairs]
    return line(lines=own)


BAD = {
    "a float": (raw("10.0"), "amount-not-canonical", "/lines/0/amount"),
    "a whole number": (raw("10"), "amount-not-canonical", "/lines/0/amount"),
    "an exponent": (raw('"1e1"'), "amount-not-canonical", "/lines/0/amount"),
    "a number with an exponent": (raw("1e400"), "amount-not-canonical", "/lines/0/amount"),
    "an exponent of no number": (raw("1e99999999999999999999"), "malformed-json", None),
    "too many digits": (raw("9" * 5000), "malformed-json", None),
    "not a number": (raw("NaN"), "malformed-json", None),
    "infinity": (raw("-Infinity"), "malformed-json", None),
    "a boolean": (raw("true"), "amount-not-canonical", "/lines/0/amount"),
    "full-width digits": (raw('"１０.00"'), "amount-not-canonical", "/lines/0/amount"),
    "Thai digits": (raw('"๑๐.00"'), "amount-not-canonical", "/lines/0/amount"),
    "a plus": (raw('"+10.00"'), "amount-not-canonical", "/lines/0/amount"),
    "blanks": (raw('" 10.00"'), "amount-not-canonical", "/lines/0/amount"),
    "a separator": (raw('"1,0.00"'), "amount-not-canonical", "/lines/0/amount"),
    "41 digits": (raw(f'"{"9" * 41}"'), "amount-not-canonical", "/lines/0/amount"),
    "too many decimals": (raw('"10.001"'), "amount-too-fine", "/lines/0/amount"),
    "unbalanced": (raw('"10.01"'), "entry-unbalanced", "/lines"),
    "no such currency": (line({"currency": "XXQ"}), "currency-unknown", "/lines/0/currency"),
    "no such account": (line({"account": "Assets:No"}), "account-unknown", "/lines/0/account"),
    "no such entity": (line(entity="NONE"), "entity-unknown", "entity"),
    "no such journal": (line(journal="NONE"), "journal-unknown", "journal"),
    "a closed period": (line(date="2025-06-30"), "period-closed", "date"),
    "no such day": (line(date="2026-02-30"), "date-malformed", "/date"),
    "a Buddhist year": (line(date="2569-01-05"), "date-of-another-era", "/date"),
    "a year of two digits": (line(date="0026-01-05"), "date-unlikely", "/date"),
    "digits that changed places": (line(date="2206-01-05"), "date-unlikely", "/date"),
    "a year far ahead": (line(date="9999-12-31"), "date-of-another-era", "/date"),
    "a day in full-width digits": (line(date="２０２６-01-05"), "date-malformed", "/date"),
    "a long memo": (line(memo="x" * 501), "entry-field-too-long", "memo"),
    "a NUL": (line(memo="a\x00b"), "entry-field-unprintable", "memo"),
    "a raw NUL": (line(memo="HERE").replace(b"HERE", b"\x00"), "malformed-json", None),
    "half a character": (line(memo="HERE").replace(b"HERE", rb"\ud800"), "malformed-json", None),
    "half a name": (line(memo="HERE").replace(b'"memo"', rb'"\udfff"'), "malformed-json", None),
    "half a name twice": (rb'{"\ud800": 1, "\ud800": 2}', "duplicate-json-key", "\\ud800"),
    "a name twice": (line().replace(b'"memo"', b'"key"'), "duplicate-json-key", "key"),
    "no UTF-8": (b'{"key": "\xff"}', "malformed-json", None),
    "a byte order mark": (b"\xef\xbb\xbf" + line(), "malformed-json", None),
    "a deep nest": (b"[" * 100_000, "malformed-json", None),
    "half a line": (line()[:60], "malformed-json", None),
    "nothing": (b"null", "entry-wrong-shape", "/"),
    "a text": (b'"text"', "entry-wrong-shape", "/"),
    "a boolean for a text": (line(memo=True), "entry-wrong-shape", "/memo"),
    "a dimension that is no text": (
        line({"dimensions": {"site": 1}}), "entry-wrong-shape", "/lines/0/dimensions",
    ),
    "an unknown name": (line({"colour": "red"}), "entry-unknown-name", "/lines/0/colour"),
    "another value than the amount": (
        line({"value": "20.00"}), "value-not-amount", "/lines/0/value",
    ),
    "values that do not sum to zero": (
        values("350.00", "-349.00"), "entry-value-unbalanced", "/lines",
    ),
    "a value on one line only": (values("350.00", None), "entry-half-valued", "/lines/1/value"),
    "a value of too many decimals": (
        values("350.001", "-350.001"), "amount-too-fine", "/lines/0/value",
    ),
}  # fmt: skip
CASES = [pytest.param(*case, id=name) for name, case in BAD.items()]


@pytest.fixture
def house(books, at) -> str:
    """Books with a day that is shut."""
    Period.objects.create(
        entity_id=chart.entity_id(books),
        name="2025-06",
        start=date(2025, 6, 1),
        end=date(2025, 6, 30),
        state=Period.State.HARD,
        changed_at=at,
    )
    return books


@pytest.fixture
def client(house, cast) -> APIClient:
    found = APIClient()
    found.force_authenticate(cast.staff("chai"))
    return found


def run(path: Path, data: bytes, *options: str) -> tuple[list[dict], CommandError | None]:
    """The command's results, and how it ended."""
    file, results = path / "entries.jsonl", path / "results.jsonl"
    file.write_bytes(data)
    words = (str(file), "--results", str(results), *options)
    error = None
    try:
        call_command("post_entries", *words, stdout=io.StringIO(), stderr=io.StringIO())
    except CommandError as found:
        error = found
    return [json.loads(text) for text in results.read_text("utf-8").splitlines()], error


@pytest.mark.parametrize(("bad", "rule", "field"), CASES)
def test_best_effort_refuses_the_line_and_keeps_the_others(house, tmp_path, bad, rule, field):
    data = b"\r\n".join((line().replace(b'"bad"', b'"one"'), b"  ", bad)) + b"\n"
    data += line().replace(b'"bad"', b'"two"')  # The last line ends without a line end.
    results, error = run(tmp_path, data, "--best-effort")
    assert [(r["line"], r["status"]) for r in results] == [
        (1, "posted"), (3, "refused"), (4, "posted"),
    ]  # fmt: skip
    assert (results[1]["rule"], results[1]["field"]) == (rule, field)
    assert results[1]["en"] != results[1]["th"]
    assert error is not None
    assert error.returncode == 3
    assert sorted(Entry.objects.values_list("key", flat=True)) == ["one", "two"]


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_all_or_nothing_keeps_nothing_and_says_where(house, tmp_path, monkeypatch, case):
    bad, rule, field = case
    # A chunk before the bad line was posted already, in the same transaction.
    monkeypatch.setattr(importing, "CHUNK", 1)
    data = line().replace(b'"bad"', b'"one"') + b"\n\n" + bad + b"\n"
    results, error = run(tmp_path, data)
    assert [(r["line"], r["status"], r["rule"], r["field"]) for r in results] == [
        (3, "refused", rule, field)
    ]
    assert f"entries.jsonl, line 3{f', {field}' if field else ''}: " in str(error)
    assert "Nothing was kept." in str(error)
    assert not Entry.objects.exists()
    assert not AccountBalance.objects.exclude(debits_posted=0, credits_posted=0).exists()


@pytest.mark.parametrize(("bad", "rule", "field"), CASES)
@pytest.mark.parametrize("door", ["entries", "entries/bulk", "entries/bulk?mode=best_effort"])
def test_the_api_refuses_it_too(client, door, bad, rule, field):
    kind = "application/json" if door == "entries" else "application/x-ndjson"
    if door == "entries" and bad in {b"null", b'"text"'}:
        rule, field = "idempotency-key-missing", None  # What is no object has no key either.
    answer = client.post(f"/api/v1/accounting/{door}", bad, content_type=kind)
    found = answer.json()
    if "best_effort" in door:
        assert answer.status_code == 207
        found = found["items"][0]["problem"]
    assert found["code"] == rule
    assert found.get("field") == bulk.pointer(field) or not field
    assert 400 <= found["status"] < 500
    assert found["detail_th"] != found["detail"]
    assert not Entry.objects.exists()


def test_a_line_of_ten_megabytes(house, tmp_path):
    long = b'{"key": "' + b"x" * 10 * 1024 * 1024 + b'"}\n'
    data = line().replace(b'"bad"', b'"one"') + b"\n" + long + line() + b"\n"
    results, _error = run(tmp_path, data, "--best-effort")
    assert [(r["line"], r["status"], r.get("rule")) for r in results] == [
        (1, "posted", None), (2, "refused", "line-too-long"), (3, "posted", None),
    ]  # fmt: skip
    results, error = run(tmp_path, long)
    assert "line 1: The line is longer" in str(error)
    assert [r["rule"] for r in results] == ["line-too-long"]


def test_an_empty_file_is_no_error(house, tmp_path):
    assert run(tmp_path, b"\n\r\n  \n") == ([], None)


def test_files_that_cannot_be_opened_are_named(house, tmp_path):
    with pytest.raises(CommandError, match=r"none\.jsonl: No such file"):
        call_command("post_entries", str(tmp_path / "none.jsonl"))
    (tmp_path / "a.jsonl").write_bytes(line())
    results = tmp_path / "no" / "results.jsonl"
    with pytest.raises(CommandError, match=r"results\.jsonl: No such file"):
        call_command("post_entries", str(tmp_path / "a.jsonl"), "--results", str(results))
    assert not Entry.objects.exists()


def test_a_run_broken_off_is_resumed_by_running_it_again(house, tmp_path, monkeypatch, system, at):
    """Broken off in the second chunk of three: what was kept is known, the rest is posted."""
    monkeypatch.setattr(importing, "CHUNK", 2)
    data = b"\n".join(line().replace(b'"bad"', b'"k%d"' % n) for n in range(6))
    drafts = importing.read(io.BytesIO(data), name="f")
    told = importing.post_each(lines=drafts, name="f", actor=system, at=at)
    for _ in range(3):
        next(told)
    told.close()
    assert Entry.objects.count() == 4
    results, error = run(tmp_path, data, "--best-effort")
    assert [r["status"] for r in results] == ["existing"] * 4 + ["posted"] * 2
    assert error is None
    assert Entry.objects.count() == 6


def test_what_the_list_of_bad_lines_rests_on_is_right(house, tmp_path):
    """The line that all bad ones are made of is taken, with its value, in either currency."""
    good = [
        line({"value": "10.00"}),
        values("350.00", "-350.00").replace(b'"bad"', b'"usd"'),
    ]
    results, error = run(tmp_path, b"\n".join(good))
    assert [r["status"] for r in results] == ["posted", "posted"]
    assert error is None
