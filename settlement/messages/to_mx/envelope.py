"""The business envelope: application header and document, from the headers of a FIN message."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.values import date, no_time
from settlement.messages.mx_tree import Mx

ENVELOPE = "urn:swift:xsd:envelope"
HEADER = "urn:iso:std:iso:20022:tech:xsd:head.001.001.02"
DOCUMENT = "urn:iso:std:iso:20022:tech:xsd:"
_DEFAULT_NAMESPACE: Any = {None: ENVELOPE}


@dataclass(frozen=True, slots=True)
class Envelope:
    """The tree under construction: its root, and the message element inside the document."""

    root: etree._Element
    body: Mx
    created: str


def created(message: FinMessage, at: dt.datetime) -> str:
    """When the sender made the message, ISO 8601 in UTC.

    An output message tells it in its header; an input message was never timed, `at` stands in.
    """
    header = message.application
    if header is None or header.direction == "I":
        return at.astimezone(dt.UTC).isoformat(timespec="seconds")
    where = Field("block 2", header.input_date, message.line)
    day = date(header.input_date, where)
    try:
        clock = dt.time(int(header.input_time[:2]), int(header.input_time[2:]))
    except ValueError:
        raise no_time(where, header.input_time) from None
    return dt.datetime.combine(day, clock, dt.UTC).isoformat(timespec="seconds")


def envelope(
    message: FinMessage,
    *,
    definition: str,
    element: str,
    service: str = "swift.cbprplus.03",
    at: dt.datetime,
) -> Envelope:
    """Header filled, document opened.

    Args:
        definition: the message definition, "pacs.008.001.08".
        element: the message element, "FIToFICstmrCdtTrf".
        service: the business service of the header.
        at: the aware moment that stands in for the creation time of an input message.

    Raises:
        MissingField: no field 20.
    """
    namespace = DOCUMENT + definition
    prefix = definition.split(".", maxsplit=1)[0]
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap=_DEFAULT_NAMESPACE)
    head = etree.SubElement(root, f"{{{HEADER}}}AppHdr", nsmap={"head": HEADER})
    document = etree.SubElement(root, f"{{{namespace}}}Document", nsmap={prefix: namespace})
    moment = created(message, at)
    header = Mx(head, HEADER)
    header.put("Fr/FIId/FinInstnId/BICFI", message.sender)
    header.put("To/FIId/FinInstnId/BICFI", message.receiver)
    header.put("BizMsgIdr", message.need("20").value)
    header.put("MsgDefIdr", definition)
    header.put("BizSvc", service)
    header.put("CreDt", moment)
    return Envelope(root, Mx(document, namespace).new(element), moment)


def group_header(made: Envelope, message: FinMessage, *, transactions: int | None = None) -> Mx:
    """`GrpHdr` with message id, creation time and, where given, the number of transactions."""
    group = made.body.group("GrpHdr")
    group.put("MsgId", message.need("20").value)
    group.put("CreDtTm", made.created)
    group.put("NbOfTxs", transactions)
    return group
