from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounting import chart, pending, periods, posting, queries, reversing, verifying
from accounting.models import AccountBalance, Entry
from accounting.refusals import (
    AccountClosed,
    EntryUnknown,
    LimitExceeded,
    NotReversible,
    PartTooBig,
    PendingSettled,
    ReversedAlready,
)
from accounting.rules.drafts import LineDraft
from tests.accounting.conftest import DAY, draft, sale

pytestmark = pytest.mark.django_db


def totals(account: str) -> tuple[str, ...]:
    row = AccountBalance.objects.get(account__code=account)
    columns = (row.debits_pending, row.debits_posted, row.credits_pending, row.credits_posted)
    return tuple(f"{column:.0f}" for column in columns)


def test_a_pending_entry_counts_only_once_posted(books, system, at):
    made = pending.pend(entry=sale("p1"), actor=system, at=at)
    assert totals("Assets:Cash") == ("100", "0", "0", "0")
    assert queries.trial_balance(entity=books, as_of=DAY) == []
    pending.post_pending(entity=books, pending_id=made.id, key="p2", actor=system, at=at)
    assert totals("Assets:Cash") == ("0", "100", "0", "0")
    assert totals("Income:Sales") == ("0", "0", "0", "100")


def test_a_part_is_posted_and_the_rest_released(books, system, at):
    made = pending.pend(entry=sale("p1"), actor=system, at=at)
    part = [
        LineDraft("Assets:Cash", Decimal(40), "THB"),
        LineDraft("Income:Sales", Decimal(-40), "THB"),
    ]
    pending.post_pending(
        entity=books, pending_id=made.id, key="p2", lines=part, actor=system, at=at
    )
    assert totals("Assets:Cash") == ("0", "40", "0", "0")


@pytest.mark.parametrize(
    "part",
    [
        [("Assets:Cash", "101"), ("Income:Sales", "-101")],
        [("Assets:Bank:A", "1"), ("Income:Sales", "-1")],
        [("Income:Sales", "1"), ("Assets:Cash", "-1")],
        [("Assets:Cash", "60"), ("Assets:Cash", "60"), ("Income:Sales", "-120")],
    ],
)
def test_no_more_than_reserved_is_posted(books, system, at, part):
    made = pending.pend(entry=sale("p1"), actor=system, at=at)
    lines = [LineDraft(account, Decimal(amount), "THB") for account, amount in part]
    with pytest.raises(PartTooBig):
        pending.post_pending(
            entity=books, pending_id=made.id, key="p2", lines=lines, actor=system, at=at
        )


def test_void_and_expiry_release_everything(books, system, at):
    first = pending.pend(entry=sale("p1"), actor=system, at=at)
    pending.void(entity=books, pending_id=first.id, key="v1", actor=system, at=at)
    assert totals("Assets:Cash") == ("0", "0", "0", "0")
    second = pending.pend(entry=sale("p2"), timeout=timedelta(minutes=5), actor=system, at=at)
    assert pending.expire(at=at + timedelta(minutes=4)) == 0
    assert pending.expire(at=at + timedelta(minutes=5)) == 1
    assert totals("Assets:Cash") == ("0", "0", "0", "0")
    for made, state in ((first, "voided"), (second, "expired")):
        with pytest.raises(PendingSettled) as refused:
            pending.post_pending(
                entity=books, pending_id=made.id, key=f"x{made.id}", actor=system, at=at
            )
        assert refused.value.params["detail"] == state


def test_a_lapsed_entry_is_not_posted_though_nobody_expired_it_yet(books, system, at):
    made = pending.pend(entry=sale("p1"), timeout=timedelta(minutes=5), actor=system, at=at)
    late = at + timedelta(minutes=5)
    with pytest.raises(PendingSettled):
        pending.post_pending(entity=books, pending_id=made.id, key="p2", actor=system, at=late)


def test_the_same_void_twice_is_answered_from_the_record(books, system, at):
    made = pending.pend(entry=sale("p1"), actor=system, at=at)
    first = pending.void(entity=books, pending_id=made.id, key="v1", actor=system, at=at)
    again = pending.void(entity=books, pending_id=made.id, key="v1", actor=system, at=at)
    assert (again.id, again.replayed) == (first.id, True)


def test_a_reservation_counts_against_the_limit(books, system, at):
    chart.set_limit(
        entity=books,
        account="Assets:Cash",
        kind="credits_must_not_exceed_debits",
        credit_line=Decimal(0),
        actor=system,
        at=at,
    )
    posting.post(entry=sale("in", "100"), actor=system, at=at)
    spend = draft("hold", ("Expenses:Rent", "70"), ("Assets:Cash", "-70"))
    made = pending.pend(entry=spend, actor=system, at=at)
    again = draft("spend", ("Expenses:Rent", "31"), ("Assets:Cash", "-31"))
    with pytest.raises(LimitExceeded) as refused:
        posting.post(entry=again, actor=system, at=at)
    assert refused.value.params["detail"] == "Assets:Cash"
    pending.void(entity=books, pending_id=made.id, key="v", actor=system, at=at)
    posting.post(
        entry=draft("spend2", ("Expenses:Rent", "31"), ("Assets:Cash", "-31")), actor=system, at=at
    )


def test_a_batch_is_judged_entry_by_entry(books, system, at):
    chart.set_limit(
        entity=books,
        account="Assets:Cash",
        kind="credits_must_not_exceed_debits",
        credit_line=Decimal(10),
        actor=system,
        at=at,
    )
    entries = [
        draft("a", ("Expenses:Rent", "15"), ("Assets:Cash", "-15")),
        sale("b", "20"),
        draft("c", ("Expenses:Rent", "25"), ("Assets:Cash", "-25")),
        draft("d", ("Expenses:Rent", "6"), ("Assets:Cash", "-6")),
        draft("e", ("Expenses:Rent", "5"), ("Assets:Cash", "-5")),
    ]
    outcomes = posting.post_many(entries=entries, actor=system, at=at, atomic=False)
    assert [o.status for o in outcomes] == ["refused", "posted", "posted", "refused", "posted"]
    with pytest.raises(LimitExceeded):
        posting.post_many(
            entries=[draft("f", ("Expenses:Rent", "1"), ("Assets:Cash", "-1")), sale("g", "9")],
            actor=system,
            at=at,
        )


def test_a_closed_account_takes_no_more_but_what_was_reserved(books, system, at):
    made = pending.pend(entry=sale("p1"), actor=system, at=at)
    chart.close_account(entity=books, account="Assets:Cash", actor=system, at=at)
    with pytest.raises(AccountClosed):
        posting.post(entry=sale("s1"), actor=system, at=at)
    pending.post_pending(entity=books, pending_id=made.id, key="p2", actor=system, at=at)
    chart.reopen_account(entity=books, account="Assets:Cash", actor=system, at=at)
    posting.post(entry=sale("s2"), actor=system, at=at)


def test_a_reversal_mirrors_the_entry_on_its_own_date(books, system, at):
    posted = posting.post(entry=sale("s1"), actor=system, at=at)
    reverse = {"entity": books, "entry_id": posted.id, "actor": system, "at": at}
    reversing.reverse(date=date(2026, 2, 1), key="r1", **reverse)
    assert queries.balance(entity=books, account="Assets:Cash", as_of=date(2026, 1, 31)) == {
        "THB": Decimal(100)
    }
    assert queries.balance(entity=books, account="Assets:Cash", as_of=date(2026, 2, 1)) == {
        "THB": Decimal(0)
    }
    with pytest.raises(ReversedAlready):
        reversing.reverse(date=date(2026, 2, 1), key="r2", **reverse)


def test_only_posted_entries_are_reversed(books, system, at):
    made = pending.pend(entry=sale("p1"), actor=system, at=at)
    with pytest.raises(NotReversible):
        reversing.reverse(entity=books, entry_id=made.id, date=DAY, key="r1", actor=system, at=at)
    with pytest.raises(EntryUnknown):
        reversing.reverse(entity=books, entry_id=0, date=DAY, key="r1", actor=system, at=at)


@pytest.mark.department("accounting")
def test_what_was_reserved_is_released_though_its_period_was_closed_since(books, cast, at):
    mek = cast.actor("mek")
    first, second = (
        pending.pend(entry=sale(key, day=date(2025, 1, 5)), actor=mek, at=at)
        for key in ("p1", "p2")
    )
    told = {"entity": books, "actor": mek, "at": at}
    periods.define_year(year=2025, **told)
    pending.void(pending_id=second.id, key="v2", **told)
    periods.hard_close(name="2025-01", **told)
    voided = pending.void(pending_id=first.id, key="v1", **told)
    assert totals("Assets:Cash") == ("0", "0", "0", "0")
    dates = Entry.objects.filter(phase="void").values_list("pending_id", "date")
    assert dict(dates) == {first.id: at.date(), second.id: date(2025, 1, 5)}
    for pending_id, key in ((first.id, "v1"), (second.id, "v2")):
        again = pending.void(pending_id=pending_id, key=key, **told)
        assert again.replayed, "the period's state is no part of the request"
    assert voided.id
    assert [check for check in verifying.verify(entity=books) if not check.holds] == []
