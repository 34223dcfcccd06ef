"""Chunks are prepared one ahead, by a helper that never asks the database."""

import threading

import pytest
from django.db import connection

from accounting import currencies, posting, preparing
from accounting.models import Entry
from accounting.refusals import AccountUnknown
from accounting.rules.drafts import Unbalanced
from backoffice.reference.models import Currency
from tests.accounting.conftest import draft, sale

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pairs(monkeypatch) -> None:
    """Chunks of two, so that every stream below has several."""
    monkeypatch.setattr(preparing, "FIRST", 2)
    monkeypatch.setattr(preparing, "CHUNK", 2)


UNBALANCED = draft("bad", ("Assets:Cash", "1"), ("Income:Sales", "-2"))
UNKNOWN = draft("none", ("Assets:Nowhere", "1"), ("Income:Sales", "-1"))


def test_every_draft_has_its_outcome_in_order(books, system, at):
    entries = [sale("a"), UNBALANCED, UNKNOWN, sale("b"), sale("c"), sale("a"), sale("d")]
    outcomes = posting.post_many(entries=iter(entries), actor=system, at=at, atomic=False)
    assert [(o.record, o.key, o.status) for o in outcomes] == [
        (1, "a", "posted"),
        (2, "bad", "refused"),
        (3, "none", "refused"),
        (4, "b", "posted"),
        (5, "c", "posted"),
        (6, "a", "existing"),
        (7, "d", "posted"),
    ]
    kept = {o.key: o.posted.id for o in outcomes if o.posted}
    assert dict(Entry.objects.values_list("key", "id")) == kept


def test_the_first_chunk_that_is_refused_speaks(books, system, at):
    entries = [sale("a"), sale("b"), sale("c"), UNKNOWN, UNBALANCED]
    with pytest.raises(AccountUnknown) as refused:
        posting.post_many(entries=entries, actor=system, at=at)
    assert refused.value.place.line == 4
    with pytest.raises(Unbalanced) as refused:
        posting.post_many(entries=[*entries[:3], UNBALANCED], actor=system, at=at)
    assert refused.value.place.line == 4
    assert not Entry.objects.exists()


def test_commodities_are_looked_up_by_the_callers_thread(books, system, at, monkeypatch):
    """Only the caller's transaction sees this one; the helper has no connection at all."""
    monkeypatch.setattr(currencies, "_KNOWN", {})
    Currency.objects.create(code="RICE-T", exponent=4, kind="commodity", name_en="R", name_th="ข")
    rice = ("Assets:Cash", "1.5", "RICE-T"), ("Income:Sales", "-1.5", "RICE-T")
    entries = [sale("a"), sale("b"), draft("rice", *rice)]
    askers = []
    with connection.execute_wrapper(
        lambda execute, *call: (askers.append(threading.current_thread()), execute(*call))[1]
    ):
        outcomes = posting.post_many(entries=entries, actor=system, at=at)
    assert [outcome.status for outcome in outcomes] == ["posted"] * 3
    assert set(askers) == {threading.current_thread()}


def test_nothing_is_read_further_than_one_chunk_ahead():
    read = []
    chunks = preparing.prepared(read.append(n) or sale(str(n)) for n in range(10))
    next(chunks)
    next(chunks)
    assert len(read) <= 6
    chunks.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("accounting-preparing")]
