"""Real connections on one database: hot accounts, contested keys, periods that close meanwhile."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounting import chart, closing, posting, queries, verifying
from accounting.models import Entry, Period
from accounting.refusals import AccountUnknown, KeyFailed, PeriodClosed
from tests.accounting.conftest import ACCOUNTS, DAY, draft, open_books, sale

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)


def together(jobs: list[Callable[[], object]]) -> list[object]:
    """Run the jobs at once, each on a connection of its own; results or exceptions, in order."""
    results: list[object] = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def run(index: int, job: Callable[[], object]) -> None:
        gate.wait()
        try:
            results[index] = job()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.fixture
def shared(committed_db, system) -> str:
    return open_books(system, AT)


def test_sixteen_writers_on_one_hot_account(shared, system):
    """Batches whose accounts come in every order: no deadlock, nothing lost."""

    def batches(writer: int) -> None:
        for turn in range(4):
            entries = []
            for number in range(50):
                pair = list(ACCOUNTS[1:3] if (writer + number) % 2 else ACCOUNTS[3:1:-1])
                key = f"{writer}-{turn}-{number}"
                lines = [
                    ("Assets:Cash", "1"),
                    *((account, "0") for account in pair),
                    (pair[0], "-1"),
                ]
                entries.append(draft(key, *(lines if writer % 2 else lines[::-1])))
            posting.post_many(entries=entries, actor=system, at=AT)

    results = together([lambda writer=writer: batches(writer) for writer in range(16)])
    assert results == [None] * 16
    balance = queries.balance(entity=shared, account="Assets:Cash", as_of=DAY)
    assert balance == {"THB": Decimal(16 * 4 * 50)}
    assert all(check.holds for check in verifying.verify(entity=shared))


def test_one_key_from_many_sides_is_posted_once(shared, system):
    jobs = [lambda: posting.post(entry=sale("same"), actor=system, at=AT)] * 12
    results = together(jobs)
    assert len({posted.id for posted in results}) == 1
    assert sorted(posted.replayed for posted in results) == [False] + [True] * 11
    assert Entry.objects.count() == 1


def test_a_limit_holds_against_all_writers_at_once(shared, system):
    posting.post(entry=sale("fill", "10.00"), actor=system, at=AT)
    chart.set_limit(
        entity=shared,
        account="Assets:Cash",
        kind="credits_must_not_exceed_debits",
        actor=system,
        at=AT,
    )

    def spend(writer: int) -> int:
        entries = [
            draft(f"{writer}-{n}", ("Expenses:Rent", "1"), ("Assets:Cash", "-1")) for n in range(3)
        ]
        done = posting.post_many(entries=entries, actor=system, at=AT, atomic=False)
        return sum(outcome.status == "posted" for outcome in done)

    results = together([lambda writer=writer: spend(writer) for writer in range(10)])
    assert sum(results) == 10
    assert queries.balance(entity=shared, account="Assets:Cash", as_of=DAY) == {"THB": Decimal(0)}


def test_one_entry_is_one_round_trip(shared, system):
    """The call is its own transaction: what it refuses leaves nothing but the failed key."""
    posting.post(entry=sale("first"), actor=system, at=AT)
    with CaptureQueriesContext(connection) as asked:
        posting.post(entry=sale("a"), actor=system, at=AT)
    assert len(asked) == 1
    assert connection.get_autocommit()
    before = list(Entry.objects.values_list("key", flat=True))
    nowhere = draft("b", ("Assets:Cash", "1"), ("Assets:Nowhere", "-1"))
    with pytest.raises(AccountUnknown):
        posting.post(entry=nowhere, actor=system, at=AT)
    with pytest.raises(KeyFailed):
        posting.post(entry=sale("b"), actor=system, at=AT)
    assert list(Entry.objects.values_list("key", flat=True)) == before
    assert all(check.holds for check in verifying.verify(entity=shared))


def test_gapless_numbers_have_no_hole_and_no_double(shared, system):
    chart.ensure_journal(entity=shared, code="INV", gapless=True, actor=system, at=AT)

    def invoice(writer: int) -> None:
        for number in range(5):
            entries = [sale(f"{writer}-{number}-{n}", journal="INV") for n in range(writer + 1)]
            if number == 2:
                entries.append(
                    draft(f"{writer}-bad", ("Assets:None", "1"), ("Equity:X", "-1"), journal="INV")
                )
            posting.post_many(entries=entries, actor=system, at=AT, atomic=False)

    assert together([lambda w=w: invoice(w) for w in range(6)]) == [None] * 6
    numbers = sorted(Entry.objects.filter(journal__code="INV").values_list("number", flat=True))
    assert numbers[0] == 1
    assert all(after - before == 1 for before, after in pairwise(numbers))


def test_what_is_posted_while_a_period_closes_is_in_it_or_refused(shared, system):
    """The receipt-report anomaly: nothing slips into a period after its closing was committed."""
    january = Period.objects.create(
        entity_id=chart.entity_id(shared),
        name="2026-01",
        start=date(2026, 1, 1),
        end=date(2026, 1, 31),
    )
    closed = threading.Event()
    seen: dict[str, Decimal] = {}

    def close() -> None:
        with transaction.atomic():
            row = Period.objects.select_for_update().get(pk=january.pk)
            row.state, row.changed_at = Period.State.HARD, AT
            row.save(update_fields=["state", "changed_at"])
        seen["total"] = queries.balance(entity=shared, account="Assets:Cash", as_of=DAY)["THB"]
        closed.set()

    def post(writer: int) -> int:
        done = 0
        for number in range(400):
            try:
                posting.post(entry=sale(f"{writer}-{number}", "1.00"), actor=system, at=AT)
                done += 1
            except PeriodClosed:
                return done
        return done

    posting.post(entry=sale("first", "1.00"), actor=system, at=AT)
    results = together([*(lambda w=w: post(w) for w in range(4)), close])
    posted = sum(results[:4]) + 1
    final = queries.balance(entity=shared, account="Assets:Cash", as_of=DAY)["THB"]
    assert closed.is_set()
    assert final == posted == seen["total"]


def test_what_is_posted_while_a_year_closes_is_carried_or_refused(shared, system, monkeypatch):
    """A poster that comes after the result was summed up finds the year shut."""
    summed, posted = threading.Event(), threading.Event()
    lines = closing._lines

    def watched(owner: int, year: int) -> tuple:
        found = lines(owner, year)
        summed.set()
        posted.wait(timeout=1)
        return found

    def late() -> None:
        summed.wait(timeout=30)
        posting.post(entry=sale("late"), actor=system, at=AT)
        posted.set()

    monkeypatch.setattr(closing, "_lines", watched)
    posting.post(entry=sale("early"), actor=system, at=AT)
    close = lambda: closing.close_year(entity=shared, year=2026, actor=system, at=AT)  # noqa: E731
    done, after = together([close, late])
    assert done.result == {"THB": Decimal("100.00")}
    assert isinstance(after, PeriodClosed)
    year_end = date(2026, 12, 31)
    left = queries.balance(entity=shared, account="Income:Sales", as_of=year_end)
    assert left == {"THB": Decimal(0)}
    assert [check for check in verifying.verify(entity=shared) if not check.holds] == []
