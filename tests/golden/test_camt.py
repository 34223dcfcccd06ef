"""Bank statements of every version: read as the expectation files say, refused where spoiled."""

import json
import os
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from backoffice.kernel import money
from backoffice.kernel.refusals import Refused
from settlement.formats import camt
from settlement.formats.camt_items import Balance, Detail, Entry, Message, Statement, StatementEnd

DATA = Path(os.environ.get("GOLDEN_DATA", "../shared/data"))
SETS = ("settlement/iso20022/camt_*", "accounting/camt_*")
BALANCES = {
    "OPBD": "opening",
    "PRCD": "opening",
    "OPAV": "opening_available",
    "CLBD": "closing",
    "CLAV": "closing_available",
    "FWAV": "forward_available",
    "INFO": "information",
    "ITAV": "interim_available",
    "ITBD": "interim",
    "XPCD": "expected_credit",
}
SPOILED = ("wrong", "invalid")
EMPTY = ("valid_namespace",)


def cases(pattern: str = "*.xml", *, wanted=lambda _path: True) -> list:
    found = sorted(p for name in SETS for p in DATA.glob(f"{name}/{pattern}") if wanted(p))
    skip = pytest.mark.skip(reason="camt sets with such files are not in GOLDEN_DATA")
    named = [pytest.param(p, id=f"{p.parent.parent.name}-{p.parent.name}-{p.stem}") for p in found]
    return named or [pytest.param(None, marks=skip, id="camt")]


def is_spoiled(path: Path) -> bool:
    return any(word in path.stem.lower() for word in SPOILED)


def read(path: Path) -> tuple[list, list[Refused]]:
    try:
        found = list(camt.read(path))
    except Refused as refused:
        return [], [refused]
    return [i for i in found if not isinstance(i, Refused)], [
        i for i in found if isinstance(i, Refused)
    ]


@pytest.mark.parametrize("path", cases())
def test_any_file_is_read_or_refused_with_its_name(path):
    items, refused = read(path)
    assert items or refused
    for one in refused:
        assert one.place.file == path.name
        assert one.sentence("th")
    if items:
        assert isinstance(items[0], Message)
        assert isinstance(items[-1], StatementEnd)


@pytest.mark.parametrize("path", cases(wanted=is_spoiled))
def test_a_spoiled_file_is_refused(path):
    items, refused = read(path)
    assert refused
    assert items == []


def local(element) -> str:
    return etree.QName(element).localname


def inside(element, *path: str) -> list:
    found = [element]
    for name in path:
        found = [child for e in found for child in e.iterchildren("*") if local(child) == name]
    return found


def signed(element) -> tuple[Decimal, str]:
    amount = inside(element, "Amt")[0]
    sign = {"CRDT": 1, "DBIT": -1}[inside(element, "CdtDbtInd")[0].text]
    return sign * Decimal(amount.text), amount.get("Ccy")


def bookings(path: Path) -> list[tuple]:
    """Per statement by a plain tree walk: entries, and how far the balances are from adding up."""
    root = etree.parse(path).getroot()
    statements = [e for e in root.iter("*") if local(e) in {"Stmt", "Rpt", "Ntfctn"}]
    return [(len(inside(s, "Ntry")), gap(s)) for s in statements]


def gap(statement) -> Decimal | None:
    balances = [(inside(b, "Tp", "CdOrPrtry", "Cd"), signed(b)) for b in inside(statement, "Bal")]
    of = {
        code: {money for cd, money in balances if cd and cd[0].text == code}
        for code in ("OPBD", "PRCD", "CLBD")
    }
    opening, closing = of["OPBD"] or of["PRCD"], of["CLBD"]
    entries = [e for e in inside(statement, "Ntry") if is_booked(e)]
    currencies = {c for _, c in (*opening, *closing, *map(signed, entries))}
    if not (len(opening) == len(closing) == len(currencies) == 1):
        return None
    booked = sum((signed(e)[0] for e in entries), Decimal(0))
    return min(closing)[0] - min(opening)[0] - booked


def is_booked(entry) -> bool:
    status = inside(entry, "Sts")[0]
    return "BOOK" in {status.text, *(child.text for child in status)}


@pytest.mark.parametrize("path", cases(wanted=lambda p: not is_spoiled(p)))
def test_entries_and_balances_are_those_of_a_plain_walk(path):
    items, refused = read(path)
    expected = bookings(path)
    if not expected:
        assert refused
        return
    ends = [i for i in items if isinstance(i, StatementEnd)]
    assert [(end.entries, end.difference) for end in ends] == expected
    assert sum(isinstance(i, Entry) for i in items) == sum(count for count, _ in expected)
    broken = [one for one in refused if one.code == "camt-balances"]
    assert len(broken) == sum(bool(difference) for _, difference in expected)
    assert {one.code for one in refused} <= {"camt-balances", "camt-summary"}
    assert [(end.entries + 1, end.difference) for end in ends] != expected


def minor(amount: Decimal, currency: str) -> str:
    return str(money.to_minor(amount, currency))


def moment(when) -> str | None:
    if when is None:
        return None
    at = when.at or datetime.combine(when.day, time(), UTC)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def as_balance(balance: Balance) -> dict:
    amount, currency = balance.money.amount, balance.money.currency
    return {
        "type": BALANCES[balance.code],
        "amount": {"minor_units": minor(amount, currency), "currency": currency},
        "date": moment(balance.when),
    }


def as_detail(detail: Detail) -> dict:
    return {
        "end_to_end_id": detail.reference("EndToEndId") or None,
        "mandate_id": detail.reference("MndtId") or None,
        "account_servicer_ref": detail.reference("AcctSvcrRef") or None,
        "unstructured": list(detail.unstructured),
        "structured_refs": len(detail.structured),
        "parties": sorted([p.role, p.name or None, p.account or None] for p in detail.parties),
    }


def as_entry(entry: Entry) -> dict:
    amount, currency = entry.money.amount, entry.money.currency
    return {
        "amount": {"minor_units": minor(amount, currency), "currency": currency},
        "cdi": "DBIT" if amount < 0 else "CRDT",
        "booking_date": moment(entry.booking),
        "value_date": moment(entry.value),
        "status": entry.status,
        "reference": entry.reference or None,
        "account_servicer_ref": entry.servicer_reference or None,
        "reversal": entry.is_reversal,
        "additional_info": entry.additional_info,
        "details": [as_detail(d) for d in entry.details],
    }


def as_records(items: list) -> list[dict]:
    records = []
    for item in items:
        if isinstance(item, Statement):
            records.append(
                {
                    "id": item.statement_id,
                    "account": item.account.number,
                    "created_on": moment(item.created),
                    "electronic_seq": item.electronic_sequence or None,
                    "balances": [as_balance(b) for b in item.balances],
                    "entries": [],
                }
            )
        elif isinstance(item, Entry):
            records[-1]["entries"].append(as_entry(item))
    return records


def reduced(expected: dict) -> dict:
    """The expectation in the terms of `as_records`."""
    for record in expected["records"]:
        for entry in record["entries"]:
            # The dump leaves out batches of version 1, and joins what `message` says.
            entry.pop("batch_payment_id")
            for detail in entry["details"]:
                detail.pop("message")
                detail.pop("amount")
                detail["structured_refs"] = len(detail["structured_refs"])
                detail["parties"] = sorted(
                    [p["type"], p["name"], p["account"]] for p in detail["parties"]
                )
    return expected


@pytest.mark.parametrize("path", cases("*.expected.json"))
def test_a_statement_says_what_is_expected_of_it(path):
    expected = reduced(json.loads(path.read_text("utf-8")))
    items, _ = read(path.with_name(path.name.replace(".expected.json", ".xml")))
    assert items[0].message_id == expected["message_id"]
    assert moment(items[0].created) == expected["created_on"]
    wanted = expected["records"]
    # An expectation may hold one statement of several (README of the set): compared by its id.
    ids = {record["id"] for record in wanted}
    found = [record for record in as_records(items) if record["id"] in ids]
    assert found == wanted
    assert found
    for record in wanted:
        for entry in record["entries"]:
            entry["amount"]["minor_units"] += "1"
    assert found != wanted or not any(r["entries"] for r in wanted)


def is_dump(path: Path) -> bool:
    return ".expected" not in path.name and path.with_suffix(".xml").exists()


@pytest.mark.parametrize("path", cases("*.json", wanted=is_dump))
def test_amounts_are_those_of_the_upstream_dump(path):
    dump = json.loads(path.read_text("utf-8"))
    wanted = [
        (e["getAmount"]["getAmount"], e["getAmount"]["getCurrency"]["getCode"], e.get("getStatus"))
        for e in dump["getEntries"]
        if isinstance(e, dict) and isinstance(e.get("getAmount"), dict)
    ]
    items, _ = read(path.with_suffix(".xml"))
    found = [
        (minor(e.money.amount, e.money.currency), e.money.currency, e.status)
        for e in items
        if isinstance(e, Entry)
    ]
    assert is_run_of(wanted, found)
    assert not wanted or not is_run_of([(f"{units}1", *rest) for units, *rest in wanted], found)


def is_run_of(part: list, whole: list) -> bool:
    """True when `part` stands in `whole` without a gap; a dump may lack the other statements."""
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))
