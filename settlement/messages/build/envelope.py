"""Header and document of an outgoing ISO 20022 message, checked by schema and usage rules."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from lxml import etree

from settlement.messages import schemas
from settlement.messages.facts import Header, Money
from settlement.messages.fin.values import plain
from settlement.messages.mx_tree import Mx
from settlement.messages.usage_rules import checking
from settlement.messages.xml_door import MAX_BYTES, Document, open_message

ENVELOPE = "urn:swift:xsd:envelope"
HEADER_DEFINITION = "head.001.001.02"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_OUTER: Any = {None: ENVELOPE}


@dataclass(frozen=True, slots=True)
class Draft:
    """The message under construction: its root, its message element, the day that it is made."""

    root: etree._Element
    body: Mx
    definition: str
    day: dt.date


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
    day = header.created.astimezone(dt.UTC).date()
    return Draft(root, Mx(document, namespace).new(element), definition, day)


def group_header(draft: Draft, header: Header, *, transactions: int | None = None) -> Mx:
    """`GrpHdr` of a payment or cash message."""
    group = draft.body.new("GrpHdr")
    group.put("MsgId", header.message_id)
    group.put("CreDtTm", moment(header.created))
    group.put("NbOfTxs", transactions)
    return group


def finish(draft: Draft) -> bytes:
    """The message as UTF-8, valid against its schemas, keeping the usage rules of its day (CBPR+).

    Raises:
        SchemaBroken: a fact does not fit the message; with field and rule.
        UsageRuleBroken: it fits, and whoever receives it must refuse it; with field and rule.
    """
    data = etree.tostring(draft.root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    year = checking.year_on(draft.day)
    if len(data) <= MAX_BYTES and _is_valid(draft) and _keeps_usage(draft, data, year):
        return data
    # What is refused is read back as its reader would, so that the refusal names the line.
    document = open_message(data)
    require_header(document)
    schemas.require_valid(document)
    checking.require_usage(document, year=year)
    return data


def _keeps_usage(draft: Draft, data: bytes, year: int) -> bool:
    """Whether it keeps the usage rules of the year, as it stands in memory."""
    head, document = draft.root
    told = Document(draft.root, head, document, draft.body.element, draft.definition)
    return not checking.check(told, year=year, written=data)


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
