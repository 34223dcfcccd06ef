"""SWIFT MT: every outside message parses and is written back, or is refused by line and field."""

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from backoffice.kernel.refusals import Refused
from settlement.messages import converting, schemas
from settlement.messages.fin.reading import parse_all
from settlement.messages.fin.writing import write
from settlement.messages.refusals import BalancesDisagree, SchemaUnknown
from settlement.messages.statements import mt940
from settlement.messages.xml_door import open_message

SET = Path(os.environ.get("GOLDEN_DATA", "../shared/data")) / "settlement" / "mt"
OFFICIAL = SET.parent / "iso20022" / "xsd"
NOW = dt.datetime(2026, 11, 23, 8, 30, tzinfo=dt.UTC)
ASIDE = {".csv", ".yml", ".md", ""}


def files(pattern: str):
    found = [
        pytest.param(path, id=f"mt-{path.parent.name}-{path.name}")
        for path in sorted(SET.glob(pattern))
        if path.is_file() and path.suffix not in ASIDE
    ]
    reason = f"settlement/mt/{pattern} is not in GOLDEN_DATA"
    return found or [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="mt")]


def refused_by_line_and_field(refusal: Refused, path: Path) -> None:
    assert refusal.place.file == path.name
    assert refusal.place.line
    assert refusal.place.field
    assert refusal.text("en") != refusal.text("th")


@pytest.mark.parametrize("path", files("prowide_*/*"))
def test_a_fin_message_is_read_and_written_back_or_refused(path: Path):
    try:
        messages = parse_all(path.read_bytes(), file=path.name)
    except Refused as refusal:
        refused_by_line_and_field(refusal, path)
        return
    again = parse_all("".join(write(message) for message in messages))
    assert again == messages
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    assert sum(text.count(f":{tag}:") for tag in ("20", "32A", "16R")) == sum(
        item.tag in {"20", "32A", "16R"} for message in messages for item in message.fields
    )


@pytest.mark.parametrize("path", files("prowide_*/*"))
def test_a_translated_fin_message_is_valid_or_refused(path: Path):
    try:
        converted = converting.to_iso20022(path.read_bytes(), at=NOW, file=path.name)
        document = open_message(converted.text.encode())
        found = schemas.breaks(document, directory=OFFICIAL)
    except SchemaUnknown:
        pytest.skip("no schema of this message is on hand")
    except Refused as refusal:
        refused_by_line_and_field(refusal, path)
        return
    assert found == []


def test_most_fin_messages_are_read():
    paths = [param.values[0] for param in files("prowide_fin/*")]
    if paths[0] is None:
        pytest.skip("settlement/mt/prowide_fin is not in GOLDEN_DATA")
    refused = 0
    for path in paths:
        try:
            parse_all(path.read_bytes())
        except Refused:
            refused += 1
    assert refused * 5 < len(paths)


class Told(yaml.SafeLoader):
    """Reads the python-tagged expectations as plain mappings and lists; it runs no code."""


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node):
    if isinstance(node, yaml.MappingNode):
        told: dict = {}
        yield told
        told.update(loader.construct_mapping(node))
        return
    values = loader.construct_sequence(node, deep=True)
    if suffix.endswith("decimal.Decimal"):
        yield Decimal(values[0])
    elif suffix.endswith("models.Date"):
        yield values[0][0] * 256 + values[0][1], values[0][2], values[0][3]
    else:
        yield values


Told.add_multi_constructor("tag:yaml.org,2002:python/object", _plain)


def expected(path: Path):
    listing = path.with_suffix(".yml")
    return yaml.load(listing.read_text(), Loader=Told) if listing.exists() else None  # noqa: S506


def day(told):
    return None if told is None else (told.year, told.month, told.day)


def transactions(statements):
    # Amounts without sign: the listings leave a reversed credit positive, against the balances
    # of the same files; the sign is proven by opening and closing below.
    return [
        {
            "amount": entry.line.amount,
            "date": day(entry.line.value_date),
            "status": entry.line.mark,
            "id": entry.line.kind,
            "funds_code": entry.line.funds_code,
            "bank_reference": entry.line.bank_reference,
            "currency": statement.opening.currency,
            "transaction_reference": statement.reference,
        }
        for statement in statements
        for entry in statement.entries
    ]


def told_transactions(listing):
    for one in listing["transactions"]:
        data = one["data"]
        yield {
            "amount": abs(data["amount"]["amount"]),
            "date": data["date"],
            "status": data["status"],
            "id": data["id"],
            "funds_code": data["funds_code"],
            "bank_reference": data["bank_reference"],
            "currency": data["currency"],
            "transaction_reference": data["transaction_reference"],
        }


def balances(statements, kind: str, *, interim: bool):
    return [getattr(one, kind) for one in statements if getattr(one, f"{kind}_interim") is interim]


@pytest.mark.parametrize("path", files("mt940/*/*"))
def test_a_statement_is_read_to_the_expected_values_or_refused(path: Path):
    data = path.read_bytes()
    try:
        statements = mt940.read(data, file=path.name)
    except Refused as refusal:
        refused_by_line_and_field(refusal, path)
        return
    assert sum(len(one.entries) for one in statements) == data.count(b":61:")
    listing = expected(path)
    if listing is None:
        return
    assert transactions(statements) == list(told_transactions(listing))
    for name, kind, interim in (
        ("final_opening_balance", "opening", False),
        ("final_closing_balance", "closing", False),
        ("intermediate_opening_balance", "opening", True),
        ("intermediate_closing_balance", "closing", True),
    ):
        if name in listing["data"]:
            last = balances(statements, kind, interim=interim)[-1]
            want = listing["data"][name]
            assert (last.amount, last.currency) == (
                want["amount"]["amount"],
                want["amount"]["currency"],
            )
            assert day(last.day) == want["date"]


@pytest.mark.parametrize("path", files("mt940/*/*"))
def test_opening_and_entries_make_the_closing_or_the_statement_is_refused(path: Path):
    try:
        statements = mt940.read_balanced(path.read_bytes(), file=path.name)
    except Refused as refusal:
        refused_by_line_and_field(refusal, path)
        return
    for one in statements:
        assert one.opening.amount + one.movement == one.closing.amount


def test_an_altered_amount_is_noticed():
    for param in files("mt940/*/*"):
        path = param.values[0]
        if path is None:
            pytest.skip("settlement/mt/mt940 is not in GOLDEN_DATA")
        try:
            statements = mt940.read_balanced(path.read_bytes())
        except Refused:
            continue
        text = path.read_bytes().decode("latin-1")
        closing = text.index(":62F:") + len(":62F:C200101EUR")
        altered = text[:closing] + "9" + text[closing:]
        assert statements
        with pytest.raises(BalancesDisagree):
            mt940.read_balanced(altered)
        return
