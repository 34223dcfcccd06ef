"""Quick reads against the plain sum of the lines, whatever was posted, reversed and kept before."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting import month_ends, posting, queries, reversing
from accounting.refusals import AccountUnknown
from tests.accounting.conftest import draft, open_books

START = date(2026, 1, 1)
CODES = ("Assets:Cash", "Assets:Bank:A", "Income:Sales", "Expenses:Rent")
PLAIN = """
SELECT a.code, l.currency, sum(greatest(l.amount, 0)), sum(-least(l.amount, 0)), sum(l.amount),
       coalesce(sum(l.value), 0)
  FROM accounting_line l
  JOIN accounting_entry e ON e.id = l.entry_id
  JOIN accounting_account a ON a.id = l.account_id
  JOIN accounting_entity y ON y.id = a.entity_id
 WHERE y.code = %s AND l.date <= %s AND e.recorded_at <= %s
 GROUP BY 1, 2 ORDER BY 1, 2
"""
BOOKS = count()

days = st.integers(0, 130).map(lambda number: START + timedelta(days=number))
# Satang and cents on two accounts, over two currencies, with a site or without.
legs = st.tuples(
    st.sampled_from(CODES),
    st.sampled_from(CODES),
    st.integers(1, 99_999),
    st.sampled_from(("THB", "USD")),
    st.sampled_from(("", "BKK", "CNX")),
)
acts = st.one_of(
    st.tuples(st.just("post"), days, st.lists(legs, min_size=1, max_size=3)),
    st.tuples(st.just("reverse"), days, st.integers(0, 20)),
    st.tuples(st.just("keep"), days, st.none()),
)


def told(found: list[queries.BalanceRow]) -> list[tuple]:
    return [(r.account, r.currency, r.debit, r.credit, r.balance, r.value) for r in found]


def plain(books: str, as_of: date, known_at) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, [books, as_of, known_at])
        return cursor.fetchall()


def lines(several: list[tuple]) -> list[tuple]:
    found = []
    for debit, credit, number, currency, site in several:
        amount, dimensions = Decimal(number).scaleb(-2), {"site": site} if site else {}
        found += [(debit, amount, currency, dimensions), (credit, -amount, currency, dimensions)]
    return found


def keep_books(system, at, made: list[tuple]) -> str:
    """A book of its own in which the acts happened, a day after one another, on their own days."""
    books = open_books(system, at, code=f"ANY{next(BOOKS)}")
    posted = []
    for number, (act, day, told_) in enumerate(made):
        now = at + timedelta(days=number)
        if act == "post":
            entry = draft(str(number), *lines(told_), day=day, entity=books)
            posted.append(posting.post(entry=entry, actor=system, at=now).id)
        elif act == "keep":
            month_ends.keep(entity=books, until=day, actor=system, at=now)
        elif posted:
            chosen = posted.pop(told_ % len(posted))
            reversing.reverse(
                entity=books, entry_id=chosen, date=day, key=str(number), actor=system, at=now
            )
    return books


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=3, max_size=14), st.lists(days, min_size=1, max_size=4), st.data())
def test_any_day_and_moment_is_the_sum_of_the_lines(db, system, at, made, asked, data):  # noqa: PLR0917
    books = keep_books(system, at, made)
    edges = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), START, date(2026, 12, 31)]
    moment = at + timedelta(days=data.draw(st.integers(-1, len(made))))
    for day in [*asked, *edges]:
        everything = plain(books, day, "infinity")
        assert told(queries.trial_balance(entity=books, as_of=day)) == everything
        known = queries.trial_balance(entity=books, as_of=day, known_at=moment)
        assert told(known) == plain(books, day, moment)
        sides: dict[str, tuple[Decimal, Decimal]] = {}
        for _account, currency, debit, credit, *_ in everything:
            before = sides.get(currency, (Decimal(0), Decimal(0)))
            sides[currency] = (before[0] + debit, before[1] + credit)
        totals = queries.trial_totals(entity=books, as_of=day)
        assert {code: both for code, both in totals.items() if any(both)} == sides
        for code in CODES:
            cash = queries.balance(entity=books, account=code, as_of=day, known_at=moment)
            assert cash == {c: b for a, c, _, _, b, _ in plain(books, day, moment) if a == code}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=3, max_size=14), days, st.integers(0, 60), st.data())
def test_lines_of_many_accounts_are_the_statement_of_each(db, system, at, made, day, span, data):  # noqa: PLR0917
    books = keep_books(system, at, made)
    asked = data.draw(st.lists(st.sampled_from(CODES), unique=True))
    moment = data.draw(st.none() | st.just(at + timedelta(days=data.draw(st.integers(0, 14)))))
    period = {"entity": books, "from_": day, "to": day + timedelta(days=span), "known_at": moment}
    found = list(queries.lines_of_accounts(accounts=asked, **period))
    assert found == [
        (account, line)
        for account in asked
        for line in queries.account_statement(account=account, **period)
    ]


def test_lines_of_many_accounts_cost_as_many_queries_as_of_one(db, system, at):
    books = keep_books(
        system, at, [("post", START, [("Assets:Cash", "Income:Sales", 1, "THB", "")] * 3)]
    )
    counts = []
    for asked in (CODES[:1], CODES):
        with CaptureQueriesContext(connection) as captured:
            found = list(
                queries.lines_of_accounts(entity=books, accounts=asked, from_=START, to=START)
            )
        counts.append(len(captured))
    assert counts == [5, 5]
    assert [code for code, _ in found] == ["Assets:Cash"] * 3 + ["Income:Sales"] * 3
    with pytest.raises(AccountUnknown, match="Nowhere"):
        list(
            queries.lines_of_accounts(
                entity=books, accounts=[*CODES, "Nowhere"], from_=START, to=START
            )
        )
