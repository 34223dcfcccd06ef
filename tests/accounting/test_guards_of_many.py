"""Several entries in one statement: the quick look at them all lets none through that is wrong."""

from contextlib import nullcontext
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting import chart
from accounting.models import Entry
from tests.accounting.conftest import open_books
from tests.accounting.test_guards import refused

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 5)
WRITE = """
    WITH told AS (
        SELECT * FROM unnest(%(ids)s::int[], %(counts)s::int[], %(entities)s::bigint[],
                             %(phases)s::text[])
                 AS e (id, line_count, entity, phase)
    ), entries AS (
        INSERT INTO accounting_entry (id, entity_id, journal_id, date, recorded_at, actor, phase,
                                      line_count, key, fingerprint, memo, source, attributes)
        SELECT t.id, t.entity, j.id, %(day)s, now(), 'me', t.phase, t.line_count, 'k' || t.id, '',
               '', '', '{}'
          FROM told t JOIN accounting_journal j ON j.code = 'GEN' AND j.entity_id = t.entity
        RETURNING 1
    ), lines AS (
        INSERT INTO accounting_line (entry_id, line_no, account_id, date, amount, currency, value,
                                     dimension_set_id)
        SELECT l.entry, l.no, a.id, l.day, l.amount, l.currency, l.value, 0
          FROM unnest(%(of)s::int[], %(nos)s::int[], %(books)s::bigint[], %(codes)s::text[],
                      %(amounts)s::numeric[], %(currencies)s::text[], %(values)s::numeric[],
                      %(days)s::date[])
               AS l (entry, no, book, code, amount, currency, value, day)
          JOIN accounting_account a ON a.entity_id = l.book AND a.code = l.code
    )
    SELECT count(*) FROM entries
"""


def line(no, code, amount, currency="THB", value=0, *, day=DAY, book=None):
    """A line as the table has it; its value is its amount unless another is given."""
    return no, book, code, amount, currency, amount if value == 0 else value, day


GOOD = [line(1, "Assets:Cash", 10), line(2, "Income:Sales", -10)]


LOOKS = [(1, 0), (1, 10), (10**6, 10)]
"""How far ids are apart, and how many right entries come besides. Many entries whose ids lie
together are read as one stretch, few and scattered ones are looked up: all looks are the same."""


def write(entity, *entries, counts=None, phase="posted", of=None, apart=1, first=901) -> None:
    """Every entry, from `first` on, with its lines in one statement."""
    ids = [first + apart * place for place in range(len(entries))]
    flat = [(number, *one) for number, lines in zip(ids, entries, strict=True) for one in lines]
    numbers, nos, books, codes, amounts, currencies, values, days = zip(*flat, strict=True)
    owners = of or [entity] * len(ids)
    home = dict(zip(ids, owners, strict=True))
    names = {
        "ids": ids,
        "counts": counts or [len(lines) for lines in entries],
        "entities": owners,
        "phases": [phase] * len(ids),
        "of": list(numbers),
        "nos": list(nos),
        "books": [book or home[n] for book, n in zip(books, numbers, strict=True)],
        "codes": list(codes),
        "amounts": list(amounts),
        "currencies": list(currencies),
        "values": list(values),
        "days": list(days),
        "day": DAY,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, names)


@pytest.fixture
def entity(books) -> int:
    return chart.entity_id(books)


WRONG = {
    "a sum": ([line(1, "Assets:Cash", 10), line(2, "Income:Sales", -9)], "ledger_zero_sum"),
    "currencies that make up for each other": (
        [line(1, "Assets:Cash", 10, "THB", None), line(2, "Income:Sales", -10, "USD", None)],
        "ledger_zero_sum",
    ),
    "currencies off by opposite amounts": (
        [
            line(1, "Assets:Cash", 11, "THB"),
            line(2, "Income:Sales", -10, "THB"),
            line(3, "Assets:Cash", 9, "USD"),
            line(4, "Income:Sales", -10, "USD"),
        ],
        "ledger_zero_sum",
    ),
    "half a value": (
        [line(1, "Assets:Cash", 10), line(2, "Income:Sales", -10, "THB", None)],
        "ledger_zero_sum",
    ),
    "a value": (
        [line(1, "Assets:Cash", 10, "THB", 12), line(2, "Income:Sales", -10, "THB", -11)],
        "ledger_zero_sum",
    ),
    "values of two currencies": (
        [
            line(1, "Assets:Cash", 10, "THB", 11),
            line(2, "Income:Sales", -10, "THB", -10),
            line(3, "Assets:Cash", 10, "USD", 340),
            line(4, "Income:Sales", -10, "USD", -340),
        ],
        "ledger_zero_sum",
    ),
    "a number left out": (
        [line(1, "Assets:Cash", 10), line(3, "Income:Sales", -10)],
        "ledger_entry_whole",
    ),
    "numbers that do not begin": (
        [line(2, "Assets:Cash", 10), line(3, "Income:Sales", -10)],
        "ledger_entry_has_lines",
    ),
    "a day": (
        [line(1, "Assets:Cash", 10), line(2, "Income:Sales", -10, day=date(2026, 1, 6))],
        "ledger_entry_whole",
    ),
    "both days": (
        [
            line(1, "Assets:Cash", 10, day=date(2026, 1, 4)),
            line(2, "Income:Sales", -10, day=date(2026, 1, 4)),
        ],
        "ledger_entry_whole",
    ),
    "an amount that is none": (
        [line(1, "Assets:Cash", Decimal("NaN")), line(2, "Income:Sales", -10)],
        "ledger_zero_sum",
    ),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("lines", "rule"), WRONG.values(), ids=WRONG.keys())
def test_one_wrong_entry_refuses_the_statement_wherever_it_stands(entity, lines, rule, place, look):
    apart, besides = look
    entries = [GOOD] * (2 + besides)
    entries.insert(place, lines)
    with refused(rule):
        write(entity, *entries, apart=apart)
    assert not Entry.objects.exists()


@pytest.mark.parametrize(("apart", "besides"), LOOKS)
@pytest.mark.parametrize("counts", [[2, 2, 1], [3, 2, 2], [2, 0, 2]])
def test_entries_have_as_many_lines_as_they_say(entity, counts, apart, besides):
    entries = [GOOD] * (3 + besides)
    with refused("ledger_entry_whole"):
        write(entity, *entries, counts=counts + [2] * besides, apart=apart)


@pytest.mark.parametrize(("apart", "besides"), LOOKS)
@pytest.mark.parametrize("place", [0, 2])
def test_an_entry_without_lines_is_refused_wherever_it_stands(entity, place, apart, besides):
    entries = [GOOD] * (2 + besides)
    entries.insert(place, [])
    with refused("ledger_entry_has_lines"):
        write(entity, *entries, apart=apart)


@pytest.mark.parametrize(("apart", "besides"), LOOKS)
def test_a_batch_that_is_right_is_taken(entity, apart, besides):
    write(entity, *[GOOD] * (2 + besides), apart=apart)
    assert Entry.objects.count() == 2 + besides


def test_entries_of_others_between_the_ids_of_a_statement_stay_apart(entity):
    """What already stands in the stretch neither breaks a right statement nor saves a wrong one."""
    many = [GOOD] * 10
    write(entity, *many, apart=2, first=902)
    write(entity, *many, apart=2)
    write(entity, *many, apart=2, first=1002)
    with refused("ledger_zero_sum"):
        write(entity, *many, [line(1, "Assets:Cash", 10)], apart=2, first=1001)
    with refused("ledger_entry_has_lines"):
        write(entity, *many, [], apart=2, first=1001)
    assert Entry.objects.count() == 30


def test_an_entry_is_not_whole_by_anothers_lines(entity):
    """Two entries that are one in sum: neither is balanced."""
    with refused("ledger_zero_sum"):
        write(entity, [line(1, "Assets:Cash", 10)], [line(1, "Income:Sales", -10)])


def test_each_of_two_entities_keeps_to_its_own_accounts(entity, system, at):
    open_books(system, at, code="OTHER")
    other = chart.entity_id("OTHER")
    crossed = [line(1, "Assets:Cash", 10), line(2, "Income:Sales", -10, book=entity)]
    with refused("ledger_account_of_entity"):
        write(entity, GOOD, crossed, of=[entity, other])
    with refused("ledger_account_of_entity"):
        write(entity, crossed, of=[other])
    write(entity, GOOD, GOOD, of=[entity, other])


@pytest.mark.parametrize("phase", ["void", "pending", "odd"])
def test_lines_stand_under_posted_entries_only(entity, phase):
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        write(entity, GOOD, phase=phase)
    assert error.value.__cause__.diag.constraint_name == "ledger_entry_has_lines"


# Each example is rolled back: the books are the same for all of them.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["THB", "USD"]), st.integers(-2, 2), st.sampled_from([None, -1, 0, 1])
        ),
        min_size=1,
        max_size=4,
    )
)
@pytest.mark.parametrize(("apart", "besides"), LOOKS)
def test_an_entry_is_taken_if_and_only_if_it_is_balanced(entity, apart, besides, given_lines):
    """The quick look and the full one decide as plain arithmetic does."""
    lines = [
        (n, None, "Assets:Cash", amount, currency, value, DAY)
        for n, (currency, amount, value) in enumerate(given_lines, 1)
    ]
    sums = {currency: 0 for currency, _amount, _value in given_lines}
    valued: dict[str, set[bool]] = {}
    for currency, amount, value in given_lines:
        sums[currency] += amount
        valued.setdefault(currency, set()).add(value is None)
    right = (
        not any(sums.values())
        and sum(value or 0 for *_rest, value in given_lines) == 0
        and all(len(kinds) == 1 for kinds in valued.values())
    )
    with nullcontext() if right else refused("ledger_zero_sum"), transaction.atomic():
        write(entity, *[GOOD] * (1 + besides), lines, apart=apart)
        transaction.set_rollback(True)
