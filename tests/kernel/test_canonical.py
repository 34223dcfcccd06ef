import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.actors import Role
from backoffice.kernel.canonical import NotCanonical, canonical_json, fingerprint, jsonable

NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
scalars = st.none() | st.booleans() | st.integers() | st.text()
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def test_spellings():
    bangkok = datetime(2026, 1, 1, 7, 0, tzinfo=timezone(timedelta(hours=7)))
    value = {
        "z": Decimal("1.50"),
        "a": [Decimal("1E+3"), Decimal("-0.0"), True, None, 3],
        "วันที่": date(2026, 1, 1),
        "at": bangkok,
        "role": Role.CLERK,
        "id": UUID(int=1),
        "set": {"b", "a"},
        date(2026, 1, 2): b"\x01",
    }
    assert canonical_json(value).decode() == (
        '{"2026-01-02":"01","a":["1000","0.0",true,null,3],"at":"2026-01-01T00:00:00Z",'
        '"id":"00000000-0000-0000-0000-000000000001","role":"clerk","set":["a","b"],'
        '"z":"1.50","วันที่":"2026-01-01"}'
    )


@pytest.mark.parametrize("value", [1.5, NAIVE, object(), Decimal("NaN"), [{"a": 0.1}], {1.5: "x"}])
def test_values_with_more_than_one_spelling_are_refused(value):
    with pytest.raises(NotCanonical):
        jsonable(value)


@given(json_values)
def test_canonical_form_reads_back_and_is_a_fixed_point(value):
    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text


@given(st.dictionaries(st.text(), scalars, min_size=2))
def test_order_of_keys_does_not_count_but_content_does(value):
    turned = dict(reversed(value.items()))
    assert fingerprint(value) == fingerprint(turned)
    assert fingerprint(value) != fingerprint({**value, "": [value]})
    assert len(fingerprint(datetime(2026, 1, 1, tzinfo=UTC))) == 64
