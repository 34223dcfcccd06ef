"""A chart is stated by a file: limits, demanded dimensions, gapless journals, closed accounts."""

import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting import chart_files, posting, uploading
from accounting.models import Account, Entry, Journal
from accounting.refusals import AccountClosed, DimensionMissing, LimitExceeded
from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import NotAllowed
from backoffice.kernel.refusals import Refused
from tests.accounting.conftest import draft

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
EXAMPLE = Path(uploading.EXAMPLES) / "chart.jsonl"
RENT = {"kind": "dimensions", "account": "Expenses:Rent", "names": ["site"]}


def take(actor, at, *lines, **more):
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    return chart_files.take(
        stream=io.BytesIO(text.encode()), name="c.jsonl", entity="HOUSE", actor=actor, at=at, **more
    )


@pytest.fixture
def stating(books, system, at):
    return lambda *lines, **more: take(system, at, *lines, **more)


def test_the_books_hold_to_what_the_example_states(books, system, at):
    lines = len(EXAMPLE.read_text("utf-8").splitlines())
    call_command("enter_chart", str(EXAMPLE), stdout=(out := io.StringIO()))
    assert out.getvalue() == f"{lines} lines stand\n"
    events = AuditEvent.objects.count()
    call_command("enter_chart", str(EXAMPLE), stdout=io.StringIO())
    assert AuditEvent.objects.count() == events, "what stands is not stated anew"
    told = {"actor": system, "at": at}
    for number, (refusal, account, amount) in enumerate(
        [
            (LimitExceeded, "Assets:Petty Cash", "-1.00"),
            (DimensionMissing, "Expenses:Projects", "1.00"),
            (AccountClosed, "Income:Old Shop", "-1.00"),
        ]
    ):
        other = ("Assets:Cash", str(-Decimal(amount)))
        with pytest.raises(refusal):
            posting.post(entry=draft(f"w{number}", (account, amount), other), **told)
    for number in (1, 2):
        lines = (("Assets:Cash", "1.00"), ("Income:Sales", "-1.00"))
        posting.post(entry=draft(f"t{number}", *lines, journal="TAX"), **told)
    assert list(Entry.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]


def test_a_later_file_takes_back_what_an_earlier_one_stated(books, system, at):
    assert take(system, at, RENT, {"kind": "close", "account": "Expenses:Rent"}) == 2
    assert take(system, at, {**RENT, "names": []}, {"kind": "reopen", "account": "Expenses:Rent"})
    rent = Account.objects.get(code="Expenses:Rent")
    assert (rent.mandatory_dimensions, rent.is_closed) == ([], False)


@pytest.mark.parametrize(
    ("line", "field", "rule"),
    [
        ("[]", "kind", "chart-kind"),
        ("{", None, "malformed-json"),
        ('{"kind": "close", "kind": "close"}', "kind", "duplicate-json-key"),
        ({**RENT, "colour": "red"}, "colour", "chart-field"),
        ({"kind": "close"}, "account", "chart-field"),
        ({**RENT, "names": "site"}, "names", "chart-value"),
        ({**RENT, "names": [" "]}, "names", "chart-value"),
        ({**RENT, "account": "Expenses:Nowhere"}, "account", "account-unknown"),
        ({"kind": "limit", "account": "Assets:Cash", "limit": "no"}, "limit", "chart-value"),
        (
            {"kind": "limit", "account": "Assets:Cash", "limit": "none", "credit_line": "-1"},
            "credit_line",
            "chart-value",
        ),
        ({"kind": "journal", "code": "GEN", "gapless": True}, "gapless", "journal-stands"),
        ('{"kind": "close", "account": "' + "x" * 70_000 + '"}', None, "line-too-long"),
    ],
)
def test_one_wrong_line_refuses_the_file_by_line_field_and_rule(stating, line, field, rule):
    told = []
    with pytest.raises(Refused) as refused:
        stating(RENT, line, {"kind": "gift"}, on_refused=told.append)
    assert refused.value.code == rule
    place = refused.value.place
    assert (place.file, place.line, place.field) == ("c.jsonl", 2, field)
    assert [one.place.line for one in told] == [2, 3]
    assert Account.objects.get(code="Expenses:Rent").mandatory_dimensions == []
    assert not Journal.objects.get(code="GEN").is_gapless


def test_a_clerk_states_nothing_and_a_manager_may(books, cast, at):
    with pytest.raises(NotAllowed):
        take(cast.actor("chai"), at, RENT)
    assert take(cast.actor("mek"), at, RENT) == 1


def test_the_command_says_what_is_wrong_in_both_languages(books, tmp_path):
    path = tmp_path / "wrong.jsonl"
    path.write_text(json.dumps({"kind": "gift"}))
    with pytest.raises(CommandError, match=r"(?s)wrong.jsonl, line 1, kind.*บรรทัด 1"):
        call_command("enter_chart", str(path))


def accounts(first, last, **more):
    return [{"kind": "account", "code": f"Assets:Client:{n}"} | more for n in range(first, last)]


def test_many_accounts_are_made_in_as_many_statements_as_two(stating):
    def cost(lines):
        with CaptureQueriesContext(connection) as queries:
            assert stating(*lines) == len(lines)
        return len(queries)

    stating(*accounts(0, 1))

    def mixed(first, last):
        both = zip(
            accounts(first, last, currency="THB"),
            accounts(first + 100, last + 100, currency="USD"),
            strict=True,
        )
        return [one for pair in both for one in pair]

    assert cost(mixed(1, 3)) == cost(mixed(3, 60))
    made = Account.objects.filter(code__startswith="Assets:Client:", currency="THB")
    assert made.count() == 59
    assert set(made.values_list("parent__code", flat=True)) == {"Assets:Client"}


@pytest.mark.parametrize(
    ("stated", "stands"),
    [
        ([("A:B", "THB"), ("A", "THB")], {"A": "", "A:B": "THB"}),
        ([("A", "USD"), ("A:B", "THB")], {"A": "USD", "A:B": "THB"}),
        ([("C", "THB"), ("A", "USD"), ("A:B", "THB")], {"A": "USD", "A:B": "THB", "C": "THB"}),
        ([("A:B", "THB"), ("C", "USD"), ("A", "USD")], {"A": "", "A:B": "THB", "C": "USD"}),
        ([("A", "THB"), ("A:B", "THB")], {"A": "THB", "A:B": "THB"}),
        ([("C", "USD"), ("A", "THB"), ("A", "USD")], {"A": "THB", "C": "USD"}),
    ],
)
def test_accounts_stand_as_line_after_line_would_make_them(stating, stated, stands):
    lines = [
        {"kind": "account", "code": f"Assets:Own:{code}", "currency": currency}
        for code, currency in stated
    ]
    assert stating(*lines) == len(lines)
    made = Account.objects.filter(code__startswith="Assets:Own:")
    assert {one.code.removeprefix("Assets:Own:"): one.currency for one in made} == stands


def test_a_wrong_account_among_many_is_told_by_its_line(stating):
    wrong = {"kind": "account", "code": "Nowhere:X"}
    before, refused = Account.objects.count(), []
    with pytest.raises(Refused) as first:
        stating(*accounts(0, 3), wrong, *accounts(3, 5), on_refused=refused.append)
    assert (first.value.place.line, [one.place.line for one in refused]) == (4, [4])
    assert Account.objects.count() == before
