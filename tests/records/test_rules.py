"""Pure rules of filing."""

import io
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from records import rules


@given(st.binary(max_size=3000), st.integers(1, 1000))
def test_pieces_put_together_are_the_content(content, size):
    original, rules.CHUNK_BYTES = rules.CHUNK_BYTES, size
    try:
        for source in (content, io.BytesIO(content)):
            pieces = list(rules.pieces(source))
            assert b"".join(pieces) == content
            assert all(len(piece) == size for piece in pieces[:-1])
            assert all(pieces)
    finally:
        rules.CHUNK_BYTES = original


@given(st.text(max_size=80))
def test_a_stored_title_is_found_by_itself(text):
    try:
        stored = rules.title(text)
    except Refused:
        return
    assert rules.title(stored) == stored
    assert rules.searchable(text) == stored


@given(st.dates(max_value=date(9900, 1, 1)), st.integers(1, 50))
def test_a_record_is_kept_for_whole_years_after_the_year_of_filing(filed_on, years):
    until = rules.kept_until(filed_on, years=years, trigger="year_end")
    assert (until.month, until.day) == (12, 31)
    assert until.year - filed_on.year == years
    assert rules.kept_until(filed_on, years=years, trigger="relation_end") is None


@given(st.integers(1, rules.NUMBERS_A_YEAR), st.integers(1, rules.NUMBERS_A_YEAR))
def test_numbers_sort_as_their_serials_by_length_and_then_as_text(one, other):
    first, second = (rules.number("RPT", 2026, serial) for serial in (one, other))
    assert (one < other) == ((len(first), first) < (len(second), second))
    assert len(first) <= 20  # the column


def test_a_year_has_numbers_for_the_messages_of_a_large_house():
    """100,000 trades a day: up to six messages each, on 250 days."""
    assert rules.NUMBERS_A_YEAR >= 100_000 * 6 * 250
    assert rules.number("RPT", 2026, 999_999) == "RPT-2026-999999"
    assert rules.number("RPT", 2026, 1_000_000) == "RPT-2026-1000000"


def test_a_full_series_is_refused():
    with pytest.raises(rules.SeriesFull):
        rules.number("RPT", 2026, rules.NUMBERS_A_YEAR + 1)


@pytest.mark.parametrize("text", ["application/pdf", "text/csv; charset=utf-8", "Image/PNG"])
def test_media_types_that_are_taken(text):
    assert rules.media_type(text).lower() == text.lower()


@pytest.mark.parametrize("text", ["", "pdf", "a/b/c", "text/plain; x=<y>", "text/ html", "a" * 130])
def test_media_types_that_are_not(text):
    with pytest.raises(rules.BadFiling):
        rules.media_type(text)


@given(st.lists(st.integers(0, 40)), st.integers(1, 6), st.integers(1, 60))
def test_batches_are_the_items_in_order_within_both_limits(sizes, most, together):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "BATCH", most)
        patch.setattr(rules, "BATCH_BYTES", together)
        batches = list(rules.batches(sizes, size=lambda size: size))
    assert [size for batch in batches for size in batch] == sizes
    assert all(0 < len(batch) <= most for batch in batches)
    assert all(sum(batch) <= together or len(batch) == 1 for batch in batches)
    for batch, following in pairwise(batches):
        assert len(batch) == most or sum(batch) + following[0] > together
