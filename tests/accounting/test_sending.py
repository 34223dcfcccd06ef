import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting import arrays, posting
from accounting.models import DimensionSet, Entry
from tests.accounting.conftest import draft, sale

pytestmark = pytest.mark.django_db

AWKWARD = [
    'say "hi"',
    "back\\slash",
    "{brace},comma",
    "NULL",
    "null",
    "",
    " ",
    "ค่าเช่า 🏠",
    "it's",
    "%s",
]


@pytest.mark.parametrize("memo", AWKWARD)
def test_any_text_arrives_as_it_was_sent(books, system, at, memo):
    entries = [sale("plain"), sale(f"k{memo}", memo=memo, source=memo)]
    posting.post_many(entries=entries, actor=system, at=at)
    stored = Entry.objects.get(key=f"k{memo}")
    assert (stored.memo, stored.source) == (memo, memo)


texts = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts | st.none(), max_size=5))
def test_array_literals_read_back(db, values):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [arrays.texts(values)])
        assert cursor.fetchone()[0] == values


def test_attributes_and_dimensions_are_kept(books, system, at):
    lines = (
        ("Assets:Cash", "1", "THB", {"site": 'B"K\\K', "project": "ก"}),
        ("Income:Sales", "-1", "THB", {"project": "ก", "site": 'B"K\\K'}),
    )
    sent = draft("a", *lines, attributes={"order": 'x"y', "n": 3})
    posting.post(entry=sent, actor=system, at=at)
    assert Entry.objects.get().attributes == {"order": 'x"y', "n": 3}
    assert DimensionSet.objects.get().dimensions == {"site": 'B"K\\K', "project": "ก"}
    assert posting.post(entry=sent, actor=system, at=at).replayed
