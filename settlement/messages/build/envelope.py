"""Header and document of an outgoing ISO 20022 message, checked before it leaves."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from lxml import etree

from settlement.messages import schemas
from settlement.messages.facts import Header, Money
from settlement.messages.fin.values import plain
from settlement.messages.mx_tree import Mx
from settlement.messages.xml_door import MAX_BYTES, Document, open_message

ENVELOPE = "urn:swift:xsd:envelope"
HEADER_DEFINITION = "head.001.001.02"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_OUTER: Any = {None: ENVELOPE}


@dataclass(frozen=True, slots=True)
class Draft:
    """The message under construction: its root and its message element."""

    root: etree._Element
    body: Mx
    definition: str


def moment(value: dt.datetime) -> str:
    """ISO 8601 with the offset of UTC."""
    return value.astimezone(dt.UTC).isoformat(timespec="seconds")


def begin(header: Header, definition: str, element: str, *, service: str | None = None) -> Draft:
    """Envelope with the application header filled and the document opened.

    Args:
        service: business service ("swift.cbprplus.03"), None where the market has none.
    """
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap=_OUTER)
    head_namespace, namespace = NAMESPACE + HEADER_DEFINITION, NAMESPACE + definition
    head: Any = {None: head_namespace}
    inner: Any = {None: namespace}
    top = Mx(etree.SubElement(root, f"{{{head_namespace}}}AppHdr", nsmap=head), head_namespace)
    top.put("Fr/FIId/FinInstnId/BICFI", header.sender)
    top.put("To/FIId/FinInstnId/BICFI", header.receiver)
    top.put("BizMsgIdr", header.message_id)
    top.put("MsgDefIdr", definition)
    top.put("BizSvc", service)
    top.put("CreDt", moment(header.created))
    document = etree.SubElement(root, f"{{{namespace}}}Document", nsmap=inner)
    return Draft(root, Mx(document, namespace).new(element), definition)


def group_header(draft: Draft, header: Header, *, transactions: int | None = None) -> Mx:
    """`GrpHdr` of a payment or cash message."""
    group = draft.body.new("GrpHdr")
    group.put("MsgId", header.message_id)
    group.put("CreDtTm", moment(header.created))
    group.put("NbOfTxs", transactions)
    return group


def finish(draft: Draft) -> bytes:
    """The message as UTF-8, header and document valid against their schemas.

    Raises:
        SchemaBroken: a fact does not fit the message; with field and rule.
    """
    data = etree.tostring(draft.root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    if len(data) <= MAX_BYTES and _is_valid(draft):
        return data
    # What is refused is read back as its reader would, so that the refusal names the line.
    document = open_message(data)
    require_header(document)
    schemas.require_valid(document)
    return data


def _is_valid(draft: Draft) -> bool:
    """Whether header and document keep their schemas, as they stand in memory."""
    head, document = draft.root
    return schemas.is_valid(head, HEADER_DEFINITION) and schemas.is_valid(
        document, draft.definition
    )


def require_header(document: Document) -> None:
    """Refuse an application header that breaks its schema.

    Raises:
        SchemaBroken: with field and rule.
    """
    if document.header is not None:
        header = Document(document.root, None, document.header, document.header, HEADER_DEFINITION)
        schemas.require_valid(header)


def put_money(into: Mx, path: str, value: Money | None) -> None:
    """An amount with its currency."""
    if value is not None:
        into.put(path, plain(value.amount), Ccy=value.currency)
