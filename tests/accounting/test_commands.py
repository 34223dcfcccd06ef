import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounting import posting
from tests.accounting.conftest import open_books, sale

pytestmark = pytest.mark.django_db


def told(*words: str) -> dict:
    out = io.StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def sold(books, system, at):
    posting.post(entry=sale("a", "10.00", day=date(2026, 1, 4)), actor=system, at=at)
    posting.post(entry=sale("b", "5.00"), actor=system, at=at)
    return books


def test_the_trial_balance_is_zero_in_sum(sold):
    answer = told("trial_balance", "--as-of", "2026-01-04")
    assert answer["is_zero"]
    assert answer["sum"] == {"THB": "0.00"}
    assert [(row["account"], row["balance"]) for row in answer["rows"]] == [
        ("Assets:Cash", "10.00"),
        ("Income:Sales", "-10.00"),
    ]
    before = told("trial_balance", "--as-of", "2026-01-31", "--known-at", "2026-01-01T00:00+00:00")
    assert before["rows"] == []


def test_a_statement_by_the_accounts_last_name(sold):
    answer = told("account_statement", "Cash", "--from", "2026-01-05", "--to", "2026-01-31")
    assert answer["opening"] == {"THB": "10.00"}
    assert [line["balance"] for line in answer["lines"]] == ["15.00"]


def test_a_statement_as_known_at_a_moment(sold, system, at):
    posting.post(
        entry=sale("late", "7.00", day=date(2026, 1, 4)), actor=system, at=at + timedelta(hours=1)
    )
    asked = ("account_statement", "Cash", "--from", "2026-01-05", "--to", "2026-01-31")
    assert told(*asked)["opening"] == {"THB": "17.00"}
    answer = told(*asked, "--known-at", at.isoformat())
    assert answer["opening"] == {"THB": "10.00"}
    assert [line["balance"] for line in answer["lines"]] == ["15.00"]
    with pytest.raises(CommandError, match="with its zone"):
        call_command("account_statement", "Cash", "--known-at", "2026-01-31T00:00")


def test_plain_words_for_wrong_arguments(sold):
    with pytest.raises(CommandError, match="no account Nowhere"):
        call_command("account_statement", "Nowhere")
    with pytest.raises(CommandError, match="not a date"):
        call_command("trial_balance", "--as-of", "31.1.2026")
    with pytest.raises(CommandError, match="with its zone"):
        call_command("trial_balance", "--known-at", "2026-01-31T00:00")


def test_beside_other_books_the_houses_own_are_meant(sold, system, at):
    """As `make run` leaves them: a demo firm's books beside those that `close_day` writes."""
    open_books(system, at, code="DEMO")
    assert told("trial_balance", "--as-of", "2026-01-04")["entity"] == "HOUSE"
    assert told("account_statement", "Cash", "--to", "2026-01-31")["entity"] == "HOUSE"


def test_among_others_books_one_must_be_named(system, at):
    for code in ("ONE", "TWO"):
        open_books(system, at, code=code)
    with pytest.raises(CommandError, match="ONE, TWO"):
        call_command("trial_balance")
    assert told("trial_balance", "--entity", "TWO")["entity"] == "TWO"


def test_verify_ledger_seals_exports_and_says_what_holds(sold, tmp_path):
    path = tmp_path / "log.jsonl"
    answer = told("verify_ledger", "--seal", "--entity", "HOUSE", "--export", str(path))
    assert answer["holds"]
    assert {check["check"]: check["examined"] for check in answer["entities"]["HOUSE"]}["log"] == 2
    assert len(path.read_text().splitlines()) == 4
    out = io.StringIO()
    call_command("verify_ledger", stdout=out)
    assert "zero_sums" in out.getvalue()
