"""The reader's quick looks find nothing right that the rules find wrong, and are not idle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.formats.ach import codes, entry_rules, layouts, record_rules
from settlement.formats.ach.batch import OpenBatch
from settlement.formats.ach.layouts import Layout
from settlement.formats.ach.options import LENIENT, STRICT
from settlement.formats.ach.records import Entry, Record

LAYOUTS = sorted(
    (one for one in vars(layouts).values() if isinstance(one, Layout)), key=lambda one: one.name
)
SPICE = " 0aZ~\x1f\x7f\xa0\xa2\xb1\u0e51\u00e9"
DAYS = ("260105", "260229", "261301", "000000", "      ", "26010 ")
TIMES = ("0930", "2400", "    ")


@st.composite
def lines(draw, layout):
    """Lines of a layout, most of them right but for some fields."""
    parts = []
    for field in layout.fields:
        alphabet = "0123456789" if field.kind == "N" else "AZaz 09~"
        plain = st.text(alphabet, min_size=field.width, max_size=field.width)
        kinds = {"D": st.sampled_from(DAYS), "T": st.sampled_from(TIMES)}
        odd = st.text(SPICE, min_size=field.width, max_size=field.width)
        good = kinds.get(field.kind, plain)
        parts.append(draw(good if draw(st.integers(0, 40)) else odd))
    return "".join(parts)


@given(st.sampled_from(LAYOUTS).flatmap(lambda layout: st.tuples(st.just(layout), lines(layout))))
def test_a_plain_line_breaks_no_rule_of_its_fields(case):
    layout, line = case
    record = Record(layout, 1, layout.cut(line))
    if layout.is_plain(line):
        assert not list(record_rules._fields(record, STRICT))


@given(st.sampled_from(LAYOUTS).flatmap(lambda layout: st.tuples(st.just(layout), lines(layout))))
def test_a_line_is_cut_as_its_fields_say(case):
    layout, line = case
    assert layout.cut(line) == {
        field.name: line[field.start : field.end].strip()
        if field.kind == "R"
        else line[field.start : field.end].rstrip()
        for field in layout.fields
        if field.kind != "B"
    }


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_every_layout_has_lines_that_one_look_tells(layout):
    filled = {"N": "1", "A": "x", "R": "1", "B": " "}
    line = "".join(
        {"D": "260105", "T": "0930"}.get(f.kind) or filled[f.kind] * f.width for f in layout.fields
    )
    assert layout.is_plain(line)
    first = next(f for f in layout.fields if f.kind == "N")
    assert not layout.is_plain(line[: first.start] + "x" + line[first.start + 1 :])


def header(sec, service_class, description):
    values = {
        "sec_code": sec,
        "service_class": service_class,
        "entry_description": description,
        "odfi_identification": "12104288",
    }
    layout = layouts.IAT_BATCH_HEADER if sec == "IAT" else layouts.BATCH_HEADER
    return Record(layout, 1, dict.fromkeys(layout.names, "") | values)


HEADERS = st.builds(
    header,
    st.sampled_from(sorted(codes.SEC_CODES)),
    st.sampled_from(["200", "220", "225", "280"]),
    st.sampled_from(["SALARY", "REVERSAL", "PRENOTE"]),
)
DETAILS = st.fixed_dictionaries(
    {
        "transaction_code": st.sampled_from(
            sorted(map(str, codes.TRANSACTION_CODES | codes.ADVICE_CODES))
        ),
        "amount": st.sampled_from(["0", "1", "249999", "250000", "2500000", "2500001"]),
        "addenda_indicator": st.sampled_from(["0", "1"]),
        "addenda_count": st.sampled_from(["", "0000", "0007"]),
        "individual_name": st.sampled_from(["Somchai", "offset", " OFFSET"]),
        "trace_number": st.just("121042880000001"),
    }
)


@given(HEADERS, st.lists(DETAILS, min_size=1, max_size=30), st.sampled_from([STRICT, LENIENT]))
def test_what_is_remembered_of_a_shape_is_what_the_rules_say(batch_header, details, options):
    batch = OpenBatch(batch_header)
    for details_of_one in [*details, *details]:
        layout = batch.entry_layout
        values = {name: details_of_one.get(name, "") for name in layout.names}
        entry = Entry(batch_header, Record(layout, 2, values))
        told = [r.code for r in batch._against_rules(entry, options)]
        assert told == [r.code for r in entry_rules.broken(entry, options)]


def test_a_shape_is_remembered():
    batch = OpenBatch(header("PPD", "200", "SALARY"))
    values = dict.fromkeys(layouts.ENTRY.names, "") | {
        "transaction_code": "22",
        "amount": "100",
        "addenda_indicator": "0",
    }
    entry = Entry(batch.header, Record(layouts.ENTRY, 2, values))
    assert not batch._against_rules(entry, STRICT)
    assert entry_rules.shape(entry) in batch._right
