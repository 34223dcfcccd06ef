"""JSON as the house reads it."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.frame.strict_json import (
    DuplicateName,
    JSONNumber,
    MalformedJSON,
    loads,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_json_writes_is_read_back(value):
    assert loads(json.dumps(value)) == value
    assert loads(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1,]",
        "NaN",
        "[Infinity]",
        "{'a': 1}",
        "\ufeff{}",
        '{"a": 01}',
        "[" * 41 + "]" * 41,
        b"\xff\xfe",
        '"\\ud800',
        r'"\ud800"',
        r'{"a": ["\udfffx"]}',
        r'{"\ud83d": 1}',
        "[1e99999999999999999999]",
        "9" * 5000,
    ],
)
def test_what_is_not_json_is_refused(text):
    with pytest.raises(MalformedJSON):
        loads(text)


def test_whole_characters_may_be_escaped():
    assert loads(r'"\ud83d\ude00 \\ud800"') == "\U0001f600 \\ud800"


def test_a_name_twice_is_refused_by_name():
    with pytest.raises(DuplicateName) as refused:
        loads('{"a": {"b": 1, "b": 2}}')
    assert refused.value.place.field == "b"


def test_fractions_are_kept_exact_and_told_apart():
    found = loads('{"amount": 0.1}')["amount"]
    assert isinstance(found, JSONNumber)
    assert str(found) == "0.1"


@given(st.text())
def test_no_text_raises_anything_but_a_refusal(text):
    with contextlib.suppress(MalformedJSON):
        loads(text)
