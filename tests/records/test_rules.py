"""Pure rules of filing."""

import io
from datetime import date

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
def test_numbers_sort_as_their_serials(one, other):
    assert (one < other) == (rules.number("RPT", 2026, one) < rules.number("RPT", 2026, other))


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
