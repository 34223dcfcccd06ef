from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from accounting import posting, queries
from accounting.refusals import AccountUnknown, KeyConflict, KeyFailed
from accounting.rules.drafts import EntryDraft, Unbalanced
from tests.accounting.conftest import draft, sale

pytestmark = pytest.mark.django_db


def test_an_entry_moves_both_accounts(books, system, at):
    posted = posting.post(entry=sale("s1"), actor=system, at=at)
    assert not posted.replayed
    rows = queries.trial_balance(entity=books, as_of=date(2026, 1, 5))
    assert [(r.account, r.balance) for r in rows] == [
        ("Assets:Cash", Decimal("100.00")),
        ("Income:Sales", Decimal("-100.00")),
    ]


def test_the_same_request_twice_is_posted_once(books, system, at):
    first = posting.post(entry=sale("s1"), actor=system, at=at)
    again = posting.post(entry=sale("s1"), actor=system, at=at)
    assert (again.id, again.replayed) == (first.id, True)
    assert queries.balance(entity=books, account="Assets:Cash", as_of=date(2026, 1, 5)) == {
        "THB": Decimal("100.00")
    }


@pytest.mark.parametrize(
    ("other", "field"),
    [
        (sale("s1", memo="other"), "memo"),
        (sale("s1", day=date(2026, 1, 6)), "date"),
        (sale("s1", "99.00"), "/lines/0/amount"),
        (sale("s1", source="x"), "source"),
        (sale("s1", attributes={"a": "b"}), "attributes"),
        (
            draft("s1", ("Assets:Cash", "100", "THB", {"site": "A"}), ("Income:Sales", "-100")),
            "/lines/0/dimensions",
        ),
        (draft("s1", ("Assets:Bank:A", "100"), ("Income:Sales", "-100")), "/lines/0/account"),
        (draft("s1", ("Assets:Cash", "0")), "lines"),
    ],
)
def test_another_request_with_the_key_is_a_conflict(books, system, at, other, field):
    posting.post(entry=sale("s1"), actor=system, at=at)
    with pytest.raises(KeyConflict) as refused:
        posting.post(entry=other, actor=system, at=at)
    assert refused.value.status == 409
    assert refused.value.place.field == field


def dollars(*values: str | None) -> EntryDraft:
    """A dollar from sales to cash, with these values in baht."""
    plain = draft("s1", ("Assets:Cash", "1", "USD"), ("Income:Sales", "-1", "USD"))
    worth = [None if value is None else Decimal(value) for value in values]
    lines = (replace(one, value=v) for one, v in zip(plain.lines, worth, strict=True))
    return replace(plain, lines=tuple(lines))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((None, None), ("35.00", "-35.00")),
        (("35.00", "-35.00"), (None, None)),
        (("35.00", "-35.00"), ("36.00", "-36.00")),
    ],
)
def test_another_value_is_a_conflict_too(books, system, at, before, after):
    posting.post(entry=dollars(*before), actor=system, at=at)
    with pytest.raises(KeyConflict) as refused:
        posting.post(entry=dollars(*after), actor=system, at=at)
    assert refused.value.place.field == "/lines/0/value"


def test_the_same_value_in_fewer_digits_is_the_same_request(books, system, at):
    posting.post(entry=dollars("35.00", "-35.00"), actor=system, at=at)
    assert posting.post(entry=dollars("35.0", "-35"), actor=system, at=at).replayed


def test_what_failed_stays_failed(books, system, at):
    entry = draft("s1", ("Assets:Nowhere", "1"), ("Income:Sales", "-1"))
    with pytest.raises(AccountUnknown) as refused:
        posting.post(entry=entry, actor=system, at=at)
    assert (refused.value.place.line, refused.value.place.field) == (1, "/lines/0/account")
    with pytest.raises(KeyFailed):
        posting.post(entry=sale("s1"), actor=system, at=at)


def test_a_key_that_failed_is_told_by_its_rule_in_its_own_batch_and_later(books, system, at):
    wrong = draft("s1", ("Assets:Nowhere", "1"), ("Income:Sales", "-1"))
    for batch in ([wrong, wrong, sale("s1")], [wrong, sale("s1")]):
        told = posting.post_many(entries=batch, actor=system, at=at, atomic=False)
        again = [one.refusal for one in told if isinstance(one.refusal, KeyFailed)]
        assert [one.params["rule"] for one in again] == ["account-unknown"] * 2


def test_an_unbalanced_entry_is_refused(books, system, at):
    entry = draft("s1", ("Assets:Cash", "1"), ("Income:Sales", "-2"))
    with pytest.raises(Unbalanced):
        posting.post(entry=entry, actor=system, at=at)


def test_best_effort_keeps_what_is_right(books, system, at):
    entries = [
        sale("a"),
        draft("b", ("Assets:Nowhere", "1"), ("Income:Sales", "-1")),
        draft("c", ("Assets:Cash", "1"), ("Income:Sales", "-2")),
        sale("a"),
        sale("a", "5.00"),
        sale("d"),
    ]
    outcomes = posting.post_many(entries=entries, actor=system, at=at, atomic=False)
    assert [o.status for o in outcomes] == [
        "posted",
        "refused",
        "refused",
        "existing",
        "refused",
        "posted",
    ]
    assert [o.refusal.code for o in outcomes if o.refusal] == [
        "account-unknown",
        "entry-unbalanced",
        "key-conflict",
    ]
    assert [o.refusal.place.line for o in outcomes if o.refusal] == [2, 3, 5]
    assert queries.balance(entity=books, account="Assets:Cash", as_of=date(2026, 1, 5)) == {
        "THB": Decimal("200.00")
    }


def test_all_or_nothing_keeps_nothing(books, system, at):
    entries = [sale("a"), draft("b", ("Assets:Nowhere", "1"), ("Income:Sales", "-1"))]
    with pytest.raises(AccountUnknown) as refused:
        posting.post_many(entries=entries, actor=system, at=at)
    assert refused.value.place.line == 2
    assert queries.trial_balance(entity=books, as_of=date(2026, 1, 5)) == []


def test_statement_has_a_running_balance(books, system, at):
    days = [date(2026, 1, 5), date(2026, 1, 7), date(2026, 1, 6)]
    posting.post_many(
        entries=[sale(str(n), f"{n}.00", day=day) for n, day in enumerate(days, start=1)],
        actor=system,
        at=at,
    )
    lines = queries.account_statement(
        entity=books, account="Assets:Cash", from_=date(2026, 1, 6), to=date(2026, 1, 31)
    )
    assert [(line.key, line.balance) for line in lines] == [
        ("3", Decimal("4.00")),
        ("2", Decimal("6.00")),
    ]
