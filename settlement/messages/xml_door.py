"""The door for XML from outside: size, encoding and DOCTYPE are looked at before any parser runs.

Source: OWASP XML External Entity Prevention; ISO 20022 messages carry no document type
declaration. Entities, network and DTD loading are switched off in the parser as well.
"""

import re
from dataclasses import dataclass

from lxml import etree

from backoffice.kernel.refusals import Place
from settlement.messages.mx_tree import children, local_name
from settlement.messages.refusals import DoctypeRefused, MessageTooLarge, NotAMessage, XmlBroken

MAX_BYTES = 64 * 1024 * 1024
_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
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
    if encoding not in _ENCODINGS or b"\x00" in data:
        place = Place(file, 1, "encoding")
        raise XmlBroken(place, reason=f"encoding {encoding} is not accepted, UTF-8 is expected")
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
        reason = (error.msg or "no element found").strip()
        raise XmlBroken(Place(file, error.lineno or 1, "xml"), reason=reason) from error


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
