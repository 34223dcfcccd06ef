"""What the wire refuses is said in one language, not half in another."""

import re

import pytest

from accounting import bulk
from accounting.rules import wire

LINE = {"account": "A", "amount": "1.00", "currency": "THB"}
ENTRY = {"key": "k", "date": "2026-01-05", "lines": [LINE]}


@pytest.mark.parametrize(
    ("value", "english", "thai"),
    [
        ({**ENTRY, "lines": {}}, "lines must be a list.", "lines ต้องเป็น รายการ (array)"),
        ([], "/ must be an object.", "/ ต้องเป็น อ็อบเจกต์"),
        ({**ENTRY, "memo": 1}, "memo must be a text.", "memo ต้องเป็น ข้อความ"),
        (
            {**ENTRY, "attributes": {"a": 1}},
            "/attributes must be an object of texts.",
            "/attributes ต้องเป็น อ็อบเจกต์ที่ทุกค่าเป็นข้อความ",
        ),
    ],
)
def test_a_wrong_shape_is_named_in_each_language(value, english, thai):
    with pytest.raises(wire.WrongShape) as refused:
        wire.entry_from(value)
    assert refused.value.text("en") == str(refused.value) == english
    assert refused.value.text("th") == thai


def test_the_shapes_of_a_batch_are_thai_in_thai():
    for kind in (bulk.SECONDS, bulk.BATCH):
        assert not re.search("[a-z]{2}", re.sub(r"\(array\)|JSON Lines", "", kind.text("th")))
