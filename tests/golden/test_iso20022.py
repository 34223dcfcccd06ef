"""ISO 20022: translations field by field, schema verdicts, usage rules, against outside files."""

import csv
import datetime as dt
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from settlement.messages import converting, schemas
from settlement.messages.fin.reading import parse
from settlement.messages.refusals import NotAMessage, SchemaUnknown
from settlement.messages.usage_rules import checking
from settlement.messages.xml_door import open_message

SET = Path(os.environ.get("GOLDEN_DATA", "../shared/data")) / "settlement" / "iso20022"
NOW = dt.datetime(2026, 11, 23, 8, 30, tzinfo=dt.UTC)
CLOCK = "CURRENT_TIME"


def cases(folder: str, suffix: str):
    """Every source file of a folder whose expected partner lies beside it."""
    partner = {".mt": ".xml", ".xml": ".mt"}[suffix]
    found = [
        pytest.param(path, id=f"iso20022-{folder}-{path.stem}")
        for path in sorted((SET / folder).glob(f"*{suffix}"))
        if path.with_suffix(partner).exists()
    ]
    reason = f"settlement/iso20022/{folder} is not in GOLDEN_DATA"
    return found or [pytest.param(None, marks=pytest.mark.skip(reason=reason), id=folder)]


def leaves(root: etree._Element) -> Counter[tuple[str, str]]:
    """Path and text of every leaf and attribute; prefixes and comments do not count."""
    found: Counter[tuple[str, str]] = Counter()

    def walk(element: etree._Element, path: str) -> None:
        path = f"{path}/{etree.QName(element).localname}"
        for name, value in element.attrib.items():
            if "schemaLocation" not in str(name):
                found[f"{path}/@{etree.QName(name).localname}", value] += 1
        inner = list(element.iterchildren("*"))
        if not inner:
            found[path, element.text or ""] += 1
        for child in inner:
            walk(child, path)

    walk(root, "")
    return found


def without_clock(told: Counter[tuple[str, str]], paths: set[str]) -> Counter[tuple[str, str]]:
    return Counter({key: count for key, count in told.items() if key[0] not in paths})


def differences(path: Path, expected: bytes) -> tuple[Counter, Counter]:
    got = leaves(etree.fromstring(converting.to_iso20022(path.read_bytes(), at=NOW).text.encode()))
    want = leaves(etree.fromstring(expected))
    timed = {leaf for leaf, text in want if text == CLOCK}
    got, want = without_clock(got, timed), without_clock(want, timed)
    return want - got, got - want


@pytest.mark.parametrize("path", cases("mt_to_mx", ".mt"))
def test_fin_to_iso20022(path: Path):
    missing, surplus = differences(path, path.with_suffix(".xml").read_bytes())
    assert (dict(missing), dict(surplus)) == ({}, {})


@pytest.mark.parametrize("path", cases("mt_to_mx", ".mt")[:1])
def test_an_altered_expectation_of_a_translation_is_noticed(path: Path):
    root = etree.fromstring(path.with_suffix(".xml").read_bytes())
    amount = next(item for item in root.iter("*") if item.get("Ccy"))
    amount.text = f"{amount.text}1"
    missing, surplus = differences(path, etree.tostring(root))
    assert missing
    assert surplus


def told(text: str | bytes) -> list[tuple[str, str, str]]:
    """What is compared of a FIN message: a key, the line of a value, its text."""
    message = parse(text)
    found = [
        ("block 2", "type", message.mt),
        ("block 2", "sender", message.sender[:8]),
        ("block 1", "receiver", message.receiver[:8]),
        ("block 3", "119", message.header("119") or ""),
        ("block 3", "121", message.header("121") or ""),
    ]
    met: Counter[str] = Counter()
    for item in message.fields:
        met[item.tag] += 1
        key = f"field {item.tag}" + (f" ({met[item.tag]})" if met[item.tag] > 1 else "")
        rows = item.value.split("\n")
        found += [(key, f"line {number}", row) for number, row in enumerate(rows, start=1)]
    return found


Row = tuple[tuple[str, str], str | None, str | None]
"""A difference: which field and line, what ours says, what is expected."""


def fin_rows(got: str | bytes, want: str | bytes) -> list[Row]:
    """Every difference by field, then the order of the fields where both have the same ones."""
    ours, theirs = told(got), told(want)
    have, need = ({row[:2]: row[2] for row in rows} for rows in (ours, theirs))
    found: list[Row] = [
        (key, have.get(key), need.get(key))
        for key in dict.fromkeys([*need, *have])
        if have.get(key) != need.get(key)
    ]
    order = [" ".join(row[0] for row in rows) for rows in (ours, theirs)]
    if have.keys() == need.keys() and order[0] != order[1]:
        found.append((("order", "of fields"), *order))
    return found


def fin_differences(got: str | bytes, want: str | bytes) -> list[str]:
    return as_text(fin_rows(got, want))


def as_text(rows: list[Row]) -> list[str]:
    return [f"{' '.join(key)}: {have!r} is not {need!r}" for key, have, need in rows]


def is_reference_in_place_of_nothing(row: Row, document: etree._Element) -> bool:
    """Nothing is expected as a reference; ours is the assignment's, or NOTPROVIDED."""
    (field, line), have, need = row
    assignment = document.findtext(".//{*}Assgnmt/{*}Id") or ""
    cut = assignment if len(assignment) <= 16 else f"{assignment[:15]}+"
    own = {"field 20": cut, "field 21": "NOTPROVIDED"}
    return need == "" and line == "line 1" and have == own.get(field)


KNOWN_DEVIATIONS = {
    is_reference_in_place_of_nothing: "fields 20 and 21 are 16x: an empty one is refused by FIN",
}
"""Where ours differs on purpose, by rule: a row that it explains, and why (decision 11)."""


def explained(rows: list[Row], document: etree._Element) -> tuple[list[Row], list[str]]:
    """What no rule explains, and the reasons for the rest."""
    reasons = {
        row: next((why for rule, why in KNOWN_DEVIATIONS.items() if rule(row, document)), None)
        for row in rows
    }
    left = [row for row, why in reasons.items() if why is None]
    return left, sorted({why for why in reasons.values() if why})


@pytest.mark.parametrize("path", cases("mx_to_mt", ".xml"))
def test_iso20022_to_fin(path: Path):
    """Equal field by field; a known deviation is no success, it is told as one."""
    data = path.read_bytes()
    rows = fin_rows(converting.to_fin(data).text, path.with_suffix(".mt").read_bytes())
    left, reasons = explained(rows, open_message(data).root)
    assert as_text(left) == []
    if reasons:
        pytest.xfail("known deviation: " + "; ".join(reasons))


@pytest.mark.parametrize(
    ("row", "known"),
    [
        ((("field 20", "line 1"), "ASSIGNMENT-0001+", ""), True),
        ((("field 21", "line 1"), "NOTPROVIDED", ""), True),
        ((("field 20", "line 1"), "NOTPROVIDED", ""), False),
        ((("field 20", "line 1"), None, ""), False),
        ((("field 21", "line 1"), "NOTPROVIDED", "CASE-1"), False),
        ((("field 21 (2)", "line 1"), "NOTPROVIDED", ""), False),
        ((("field 32A", "line 1"), "NOTPROVIDED", ""), False),
    ],
)
def test_a_known_deviation_explains_its_own_rule_and_nothing_else(row, known):
    document = etree.fromstring("<D><Assgnmt><Id>ASSIGNMENT-0001-X</Id></Assgnmt></D>")
    other = (("field 79", "line 1"), "/DUPL/", "/CUST/")
    left, reasons = explained([row, other], document)
    assert (row in left, bool(reasons)) == (not known, known)
    assert other in left


SMALL = (
    "{1:F01AAAABEBBAXXX0000000000}{2:O9001200261123BBBBBEBBXXXX00000000002611231200N}{4:\n"
    ":20:A\n:50F:/1\n1/B\n:52A:CCCCBEBB\n-}"
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("\n", "\r\n"), []),
        (("-}", "-}{5:{CHK:123456789ABC}}"), []),
        (("{4:", "{3:{103:EBA}}{4:"), []),
        ((":20:A", ":20:Z"), ["field 20 line 1: 'A' is not 'Z'"]),
        (("1/B", "1/B\n2/D"), ["field 50F line 3: None is not '2/D'"]),
        (("O900", "O910"), ["block 2 type: '900' is not '910'"]),
        (("{4:", "{3:{121:u}}{4:"), ["block 3 121: '' is not 'u'"]),
        ((":20:A\n:50F:/1\n1/B", ":50F:/1\n1/B\n:20:A"), ["order"]),
        (("\n-}", "\n:52A:CCCCBEBB\n-}"), ["field 52A (2) line 1: None is not 'CCCCBEBB'"]),
    ],
)
def test_the_comparison_reads_any_line_ends_and_names_what_differs(change, expected):
    found = fin_differences(SMALL, SMALL.replace(*change))
    found = ["order" if row.startswith("order") else row for row in found]
    assert found[: len(expected)] == expected
    assert bool(found) == bool(expected)


@pytest.mark.parametrize("path", cases("mt_to_mx", ".mt"))
def test_translating_there_and_back_keeps_amount_and_first_reference(path: Path):
    data = path.with_suffix(".xml").read_bytes().replace(CLOCK.encode(), b"2026-11-23T08:30:00Z")
    back = converting.to_fin(data).text
    original, again = parse(path.read_bytes()), parse(back)
    assert again.need("20").value == original.need("20").value
    kept = {item.value for item in original.all("32A", "32C", "32D", "33B", "61")}
    amounts = {item.value for item in again.all("32A", "32B", "32C", "32D", "33B", "61")}
    assert amounts or not kept
    assert (again.sender[:8], again.receiver[:8]) == (original.sender[:8], original.receiver[:8])


def verdicts():
    listing = SET / "xsd_validation.csv"
    if not listing.exists():
        reason = "settlement/iso20022/xsd_validation.csv is not in GOLDEN_DATA"
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=reason), id="xsd")]
    with listing.open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if (SET / row["file"]).exists()]
    return [
        pytest.param(SET / row["file"], row, id=f"iso20022-xsd-{row['file'].replace('/', '-')}")
        for row in rows
    ]


def verdict(data: bytes) -> str:
    """In the words of the listing: valid, invalid, no schema, no document."""
    try:
        document = open_message(data)
        found = schemas.breaks(document, directory=SET / "xsd")
    except NotAMessage:
        return "no-Document"
    except SchemaUnknown:
        return "xsd-not-included"
    assert all(item.line > 0 and item.path and item.rule for item in found)
    return "invalid" if found else "valid"


@pytest.mark.parametrize(("path", "row"), verdicts())
def test_schema_verdict(path: Path, row: dict[str, str]):
    assert verdict(path.read_bytes()) == row["lxml_result"]


def test_an_altered_document_gets_another_schema_verdict():
    valid = [
        path
        for path in sorted((SET / "mt_to_mx").glob("*.xml"))
        if verdict(path.read_bytes()) == "valid"
    ]
    if not valid:
        pytest.skip("settlement/iso20022/mt_to_mx is not in GOLDEN_DATA")
    data = valid[0].read_bytes()
    assert verdict(data.replace(b"CreDtTm>2", b"CreDtTm>x", 1)) == "invalid"


def year_of(path: Path) -> int:
    """The standards release that a file of usage-rule cases is meant for."""
    found = re.findall(r"20(?:25|26)", str(path.relative_to(SET)))
    return int(found[-1]) if found else checking.DEFAULT_YEAR


def rule_cases(pattern: str):
    found = [
        pytest.param(path, id=f"iso20022-cbpr-{path.stem}")
        for path in sorted((SET / "cbpr").rglob(pattern))
    ]
    reason = f"settlement/iso20022/cbpr {pattern} is not in GOLDEN_DATA"
    return found or [pytest.param(None, marks=pytest.mark.skip(reason=reason), id=pattern)]


def violations(path: Path):
    return checking.check(open_message(path.read_bytes()), year=year_of(path))


@pytest.mark.parametrize("path", rule_cases("*_valid.xml") + rule_cases("*.m[ai][xn].xml"))
def test_a_compliant_message_breaks_no_usage_rule(path: Path):
    assert violations(path) == []


@pytest.mark.parametrize("path", rule_cases("*_invalid.xml"))
def test_a_message_that_breaks_usage_rules_is_told_which_and_where(path: Path):
    found = violations(path)
    assert found
    assert all(one.rule and one.name and one.line > 0 and one.path for one in found)


@pytest.mark.parametrize("path", rule_cases("*__violates_*.xml"))
def test_a_violator_is_told_the_rule_it_breaks(path: Path):
    rule = re.search(r"__violates_([a-z]{4}\.[0-9]{3}-R[0-9]+)", path.stem)
    assert rule
    assert rule[1] in {one.rule for one in violations(path)}


@pytest.mark.parametrize("path", rule_cases("*_2025_valid.xml"))
def test_an_altered_compliant_message_breaks_a_usage_rule(path: Path):
    data = path.read_bytes()
    altered = re.sub(rb"(<(?:\w+:)?MsgDefIdr>)[^<]*", rb"\1camt.999.001.01", data, count=1)
    document = open_message(altered)
    assert checking.check(document, year=year_of(path))
