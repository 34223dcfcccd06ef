"""XML from outside: the door and the schemas behind it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.messages import build, schemas, xml_door
from settlement.messages.refusals import (
    DoctypeRefused,
    MessageTooLarge,
    NotAMessage,
    SchemaBroken,
    SchemaUnknown,
    XmlBroken,
)
from tests.settlement.messages.samples import CREDIT_TRANSFER


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>\n<a>&b;</a>',
        b"<a>\n<!doctype a></a>",
        b'<a><!ENTITY x "y"></a>',
    ],
)
def test_a_document_type_is_refused_before_parsing(data):
    with pytest.raises(DoctypeRefused) as caught:
        xml_door.read(data, file="evil.xml")
    assert caught.value.place.file == "evil.xml"
    assert caught.value.place.line


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
        b"<a>\x00</a>",
    ],
)
def test_an_encoding_that_could_hide_markup_is_refused(data):
    with pytest.raises(XmlBroken):
        xml_door.read(data)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), "it is UTF-16"),
        ("<a/>".encode("utf-16-be"), "it is UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "it is a PNG file, not XML"),
        (b"<a>\x00</a>", "it holds NUL bytes"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "encoding utf-7 is not accepted"),
        (b"", "Document is empty"),
        (b"<a>", "Premature end of data"),
        (b"<a></b>", "tag mismatch"),
        (b"<a/><b/>", "Extra content"),
        (b"hello", "Start tag expected"),
        (b"<a>\xff</a>", "Invalid bytes"),
    ],
)
def test_what_is_no_xml_is_told_as_what_it_is_in_both_languages(data, told):
    with pytest.raises(XmlBroken) as caught:
        xml_door.read(data)
    assert told in caught.value.text("en")
    thai = caught.value.text("th").partition(": ")[2]
    assert re.sub(r"UTF-\d+|PNG|XML|NUL|utf-7", "", thai).isascii() is False
    assert not re.search(r"[a-z]{3}", thai.replace("utf-7", ""))


def test_broken_xml_is_refused_by_line():
    with pytest.raises(XmlBroken) as caught:
        xml_door.read(b"<a>\n<b>\n</a>", file="x.xml")
    assert caught.value.place.line == 3


def test_a_document_longer_than_the_cap_is_refused(monkeypatch):
    monkeypatch.setattr(xml_door, "MAX_BYTES", 10)
    with pytest.raises(MessageTooLarge):
        xml_door.read(b"<a>            </a>")


@given(st.binary(max_size=200) | st.text("<>/a b=\"'!?&;:-", max_size=80).map(str.encode))
def test_no_bytes_crash_the_door(data):
    lines: list[int | None] = []
    try:
        xml_door.open_message(data)
    except Refused as refusal:
        lines.append(refusal.place.line)
    assert all(lines)


def test_a_document_without_a_message_is_refused():
    with pytest.raises(NotAMessage):
        xml_door.open_message(b"<Document/>")


def test_a_break_names_file_line_field_and_rule():
    data = build.pacs008(CREDIT_TRANSFER).replace(b"<ChrgBr>SHAR", b"<ChrgBr>NONE")
    document = xml_door.open_message(data)
    with pytest.raises(SchemaBroken) as caught:
        schemas.require_valid(document, file="pay.xml")
    place = caught.value.place
    line = data[: data.index(b"<ChrgBr>")].count(b"\n") + 1
    assert (place.file, place.line) == ("pay.xml", line)
    assert place.field is not None
    assert place.field.endswith("ChrgBr")
    assert "ENUMERATION" in caught.value.params["rule"]


def test_an_unknown_definition_has_no_schema():
    document = xml_door.open_message(
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.998.001.03"><A/></Document>'
    )
    with pytest.raises(SchemaUnknown):
        schemas.require_valid(document, file="x.xml")


def test_a_definition_is_no_path():
    assert schemas.find("../../../pacs.008.001.08") is None


def test_the_setting_names_another_folder(monkeypatch, tmp_path):
    (tmp_path / "pacs.008.001.08.xsd").write_text("<other/>")
    monkeypatch.setenv(schemas.SETTING, str(tmp_path))
    assert schemas.find("pacs.008.001.08") == tmp_path / "pacs.008.001.08.xsd"
    assert schemas.find("pacs.009.001.08") == schemas.OWN / "pacs.009.001.08.xsd"
