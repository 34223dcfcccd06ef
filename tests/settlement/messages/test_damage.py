"""Damage to a message is refused by line and field, or does no harm; it never crashes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.messages import build, converting
from settlement.messages.usage_rules.checking import check
from settlement.messages.xml_door import open_message
from tests.settlement.messages.samples import (
    BANK_TRANSFER,
    CREDIT_TRANSFER,
    INSTRUCTION,
    NOW,
    STATEMENT,
    STATUS,
)

XML = [
    build.pacs008(CREDIT_TRANSFER),
    build.pacs009(BANK_TRANSFER),
    build.pacs002(STATUS),
    build.camt053(STATEMENT),
    build.camt054(STATEMENT),
    build.sese023(INSTRUCTION),
]
FIN = [
    build.mt103(CREDIT_TRANSFER),
    build.mt202(BANK_TRANSFER),
    build.mt940(STATEMENT),
    build.mt54x(INSTRUCTION),
]
JUNK = st.sampled_from(
    [
        "",
        "X",
        "-1",
        "1e5",
        "NaN",
        "9999-99-99",
        "2026-02-30",
        "é",
        "//",
        "A" * 200,
        "٣",
        "1,2,3",
        ":",
    ]
)


def is_told(refusal: Refused) -> bool:
    return bool(refusal.place.line and refusal.place.field)


@settings(max_examples=300)
@given(st.data())
def test_damaged_xml(data: st.DataObject):
    text = data.draw(st.sampled_from(XML)).decode()
    leaves = [
        number for number, row in enumerate(text.split("\n")) if "</" in row and "><" not in row
    ]
    rows = text.split("\n")
    for number in data.draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=3)):
        opened, inner, closed = rows[number].partition(">")
        junk = data.draw(JUNK | st.none())
        if junk is None or not inner:
            rows[number] = ""
        elif "</" in closed:
            rows[number] = f"{opened}>{junk}</{closed.rpartition('</')[2]}"
    damaged = "\n".join(rows).encode()
    refusals: list[Refused] = []
    try:
        check(open_message(damaged))
        converting.to_fin(damaged)
    except Refused as refusal:
        refusals.append(refusal)
    assert [refusal.sentence() for refusal in refusals if not is_told(refusal)] == []


@settings(max_examples=300)
@given(st.data())
def test_damaged_fin(data: st.DataObject):
    rows = data.draw(st.sampled_from(FIN)).split("\r\n")
    numbers = st.integers(1, len(rows) - 2)
    for number in data.draw(st.lists(numbers, min_size=1, max_size=3)):
        tag, cut, value = rows[number][1:].partition(":")
        junk = data.draw(JUNK | st.none())
        rows[number] = f":{tag}{cut}{value[:2] if junk is None else junk}"
    del rows[data.draw(numbers)]
    refusals: list[Refused] = []
    try:
        converting.to_iso20022("\r\n".join(rows).encode(), at=NOW)
    except Refused as refusal:
        refusals.append(refusal)
    assert [refusal.sentence() for refusal in refusals if not is_told(refusal)] == []


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("2026-11-25", "2026-02-30", "IntrBkSttlmDt"),
        (">1250000.5<", ">1e5<", "IntrBkSttlmAmt"),
        ("SICOTHBKXXX", "S-1", "BICFI"),
    ],
)
def test_a_broken_value_is_no_field_of_fin(old, new, field):
    data = XML[0].replace(old.encode(), new.encode())
    with pytest.raises(Refused) as caught:
        converting.to_fin(data)
    assert caught.value.place.field is not None
    assert caught.value.place.field.endswith(field)
