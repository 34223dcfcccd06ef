"""The door for XML from outside: size, encoding and DOCTYPE are looked at before any parser runs.

Source: OWASP XML External Entity Prevention; ISO 20022 messages carry no document type
declaration. Entities, network and DTD loading are switched off in the parser as well.
"""

import re
from dataclasses import dataclass

from lxml import etree

from backoffice.kernel.refusals import Place, Said
from settlement.messages.mx_tree import children, local_name
from settlement.messages.refusals import DoctypeRefused, MessageTooLarge, NotAMessage, XmlBroken

MAX_BYTES = 64 * 1024 * 1024
_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_SIGNATURES = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"PK\x03\x04": "ZIP",
    b"\x1f\x8b": "GZIP",
}
_PARSER = {
    "no element found": "ไม่พบอิลิเมนต์ใด",
    "Document is empty": "ไฟล์ว่างเปล่า",
    "Start tag expected": "ไม่พบแท็กเปิด",
    "tag mismatch": "แท็กเปิดและแท็กปิดไม่ตรงกัน",
    "Premature end of data": "ไฟล์จบก่อนปิดแท็กครบ",
    "Couldn't find end of Start Tag": "แท็กเปิดไม่จบ",
    "Extra content at the end": "มีเนื้อหาเกินท้ายเอกสาร",
    "Invalid bytes in character encoding": "ข้อมูลไม่ใช่ UTF-8 ที่ถูกต้อง",
    "Input is not proper UTF-8": "ข้อมูลไม่ใช่ UTF-8 ที่ถูกต้อง",
}
_MARKUP = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_MESSAGE_NAMESPACE = re.compile(
    r"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2})"
)


@dataclass(frozen=True, slots=True)
class Document:
    """An opened message.

    Attributes:
        root: the outermost element, envelope or document.
        header: the application header, None where the document stands alone.
        document: the `Document` element.
        body: its one child, the message element.
        definition: "pacs.008.001.08", empty where the namespace is not an ISO 20022 one.
    """

    root: etree._Element
    header: etree._Element | None
    document: etree._Element
    body: etree._Element
    definition: str


def read(data: bytes, *, file: str | None = None) -> etree._Element:
    """The root element of `data`.

    Raises:
        MessageTooLarge, DoctypeRefused, XmlBroken: with file and line.
    """
    if len(data) > MAX_BYTES:
        raise MessageTooLarge(Place(file=file), size=len(data), limit=MAX_BYTES)
    data = data.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(data[:512])
    encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if b"\x00" in data:
        raise XmlBroken(Place(file, 1, "encoding"), reason=binary(data))
    if encoding not in _ENCODINGS:
        reason = Said(
            f"encoding {encoding} is not accepted, UTF-8 is expected",
            f"ไม่รับการเข้ารหัส {encoding} ต้องเป็น UTF-8",
        )
        raise XmlBroken(Place(file, 1, "encoding"), reason=reason)
    if found := _MARKUP.search(data):
        line = data.count(b"\n", 0, found.start()) + 1
        raise DoctypeRefused(Place(file, line, "<!DOCTYPE"))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data.lstrip(), parser)
    except etree.XMLSyntaxError as error:
        raise XmlBroken(Place(file, error.lineno or 1, "xml"), reason=broken(error)) from error


def binary(data: bytes) -> Said:
    """What data with NUL bytes is, as far as its first bytes tell: UTF-8 text has none."""
    if data.startswith(_UTF16):
        return Said("it is UTF-16, UTF-8 is expected", "ไฟล์เป็น UTF-16 ต้องเป็น UTF-8")
    kind = next((kind for sign, kind in _SIGNATURES.items() if data.startswith(sign)), None)
    if kind:
        return Said(f"it is a {kind} file, not XML", f"ไฟล์เป็น {kind} ไม่ใช่ XML")
    return Said("it holds NUL bytes, which no text has", "ไฟล์มีไบต์ NUL ซึ่งไม่มีในข้อความ")


def broken(error: etree.XMLSyntaxError) -> Said:
    """What the parser found: its own words, told in Thai where they are among the usual ones."""
    words = (error.msg or "no element found").strip()
    thai = next((th for en, th in _PARSER.items() if en in words), f"ตัวอ่าน XML แจ้งว่า {words}")
    return Said(words, thai)


def open_document(root: etree._Element, *, file: str | None = None) -> Document:
    """Find header, document and message element under any envelope.

    Raises:
        NotAMessage: there is no `Document` with a message element.
    """
    named = [element for element in root.iter("*") if local_name(element) == "Document"]
    body = next(children(named[0]), None) if named else None
    if body is None:
        raise NotAMessage(Place(file, 1, "Document"))
    header = next((item for item in root.iter("*") if local_name(item) == "AppHdr"), None)
    namespace = etree.QName(body).namespace or ""
    found = _MESSAGE_NAMESPACE.fullmatch(namespace)
    return Document(root, header, named[0], body, found.group(1) if found else "")


def open_message(data: bytes, *, file: str | None = None) -> Document:
    """`read` and `open_document` in one."""
    return open_document(read(data, file=file), file=file)
