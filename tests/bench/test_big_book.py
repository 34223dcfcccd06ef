"""A laid book is a true book: every check of the ledger's own audit holds."""

from datetime import date

import pytest
from django.db import connection

from accounting import month_ends, posting, queries, verifying
from accounting.models import Line
from bench import big_book
from bench.ledger_figures import ACTOR, AT, CODES, open_books
from tests.accounting.conftest import draft

pytestmark = pytest.mark.django_db
DAYS = (date(2025, 11, 1), date(2025, 12, 31))


@pytest.fixture
def book() -> str:
    open_books("BIG", CODES)
    big_book.lay("BIG", CODES, DAYS, 900, 5 * 10**9)
    return "BIG"


def test_its_totals_are_those_of_its_lines(book):
    month_ends.keep(entity=book, until=DAYS[1], actor=ACTOR, at=AT)
    checks = verifying.verify(entity=book)
    assert [(check.name, check.problems) for check in checks if not check.holds] == []
    assert Line.objects.count() == 1_800
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(date), max(date) FROM accounting_entry e"
            " WHERE EXISTS (SELECT FROM accounting_entry f WHERE f.id < e.id AND f.date > e.date)"
        )
        late, first, last = cursor.fetchone()
    assert late >= 40, "some entries come late"
    assert DAYS[0] <= first <= last <= DAYS[1]
    cash = queries.trial_balance(entity=book, as_of=DAYS[1])
    assert sum(row.balance for row in cash) == 0
    assert len(cash) > 800


def test_the_guards_stand_again_afterwards(book):
    entry = draft("x", (CODES[0], "1.00"), (CODES[1], "-1.00"), entity=book, day=DAYS[1])
    before = queries.balance(entity=book, account=CODES[0], as_of=DAYS[1], currency="THB")["THB"]
    posting.post(entry=entry, actor=ACTOR, at=AT)
    after = queries.balance(entity=book, account=CODES[0], as_of=DAYS[1], currency="THB")["THB"]
    assert after - before == 1
