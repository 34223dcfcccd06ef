"""MTn92 → camt.056 (cancellation request) and MTn96 → camt.029 (its answer)."""

import datetime as dt
import re

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.narrative import coded
from settlement.messages.fin.values import date, dated_money, money
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import Envelope, envelope
from settlement.messages.to_mx.parts import (
    NOT_PROVIDED,
    put_bic,
    put_money,
    put_unknown_agent,
)

DEFINITIONS = {
    "101": "pain.001",
    "102": "pacs.008",
    "103": "pacs.008",
    "104": "pacs.003",
    "107": "pacs.003",
    "200": "pacs.009",
    "201": "pacs.009",
    "202": "pacs.009",
    "203": "pacs.009",
    "204": "pacs.010",
    "205": "pacs.009",
    "210": "camt.057",
}
"""The kind of message that an MT number means in ISO 20022."""


def put_assignment(made: Envelope, message: FinMessage) -> None:
    """`Assgnmt`: who asks whom."""
    into = made.body.new("Assgnmt")
    into.put("Id", message.need("20").value)
    put_bic(into, "Assgnr/Agt", message.sender)
    put_bic(into, "Assgne/Agt", message.receiver)
    into.put("CreDtTm", made.created)


def put_original(into: Mx, item: Field | None, reference: str) -> None:
    """`OrgnlGrpInf` of field 11S or 11R: message type and date of the message spoken of."""
    mt = item.lines[0][:3] if item else ""
    into.put("OrgnlGrpInf/OrgnlMsgId", reference)
    into.put("OrgnlGrpInf/OrgnlMsgNmId", DEFINITIONS.get(mt, f"MT{mt}") if mt else NOT_PROVIDED)
    if item and len(item.lines) > 1:
        day = date(item.lines[1][:6], item)
        into.put("OrgnlGrpInf/OrgnlCreDtTm", f"{day.isoformat()}T00:00:00+00:00")


def put_case(into: Mx, name: str, identification: str) -> None:
    """A case whose creator FIN does not name."""
    group = into.new(name)
    group.put("Id", identification)
    put_unknown_agent(group, "Cretr/Agt")


def uetr(item: Field | None) -> str | None:
    """The UETR written after /UETR/ in a narrative, joined over its continuation lines."""
    text = "".join(re.sub(r"^//", "", row) for row in item.lines) if item else ""
    found = re.search(r"/UETR/([0-9A-Fa-f-]{36})", text)
    return found.group(1) if found else None


def cancellation(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.056.001.08 of an MTn92.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = envelope(message, definition="camt.056.001.08", element="FIToFIPmtCxlReq", at=at)
    put_assignment(made, message)
    into = made.body.group("Undrlyg").new("TxInf")
    related = message.need("21").value
    told = message.find("79")
    put_case(into, "Case", message.need("20").value)
    put_original(into, message.find("11S"), related)
    into.put("OrgnlInstrId", related)
    into.put("OrgnlEndToEndId", NOT_PROVIDED)
    into.put("OrgnlUETR", uetr(told) or message.header("121"))
    put_copied_amount(into, message)
    lines = [line for line in coded(told) if line.code != "UETR"]
    reason = lines[0].code if lines else ""
    detail = " ".join(line.text.strip("/") for line in lines if line.text.strip("/"))
    group = into.new("CxlRsnInf")
    group.put("Rsn/Cd", reason)
    group.put("AddtlInf", detail or NOT_PROVIDED)
    return made.root


def put_copied_amount(into: Mx, message: FinMessage) -> None:
    """Amount and value date among the fields copied from the message spoken of."""
    if dated := message.find("32A"):
        day, value = dated_money(dated)
        put_money(into, "OrgnlIntrBkSttlmAmt", value)
        into.put("OrgnlIntrBkSttlmDt", day.isoformat())
    elif plain_amount := message.find("32B"):
        put_money(into, "OrgnlIntrBkSttlmAmt", money(plain_amount))


def resolution(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.029.001.09 of an MTn96.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = envelope(message, definition="camt.029.001.09", element="RsltnOfInvstgtn", at=at)
    put_assignment(made, message)
    answers = coded(message.need("76"))
    made.body.put("Sts/Conf", answers[0].code if answers else None)
    into = made.body.group("CxlDtls").new("TxInfAndSts")
    into.put("CxlStsId", message.need("20").value)
    put_case(into, "RslvdCase", message.need("21").value)
    put_original(into, message.find("11R", "11S"), NOT_PROVIDED)
    into.put("OrgnlUETR", uetr(message.find("77A")) or message.header("121"))
    reason, _, detail = (answers[0].text if answers else "").partition("/")
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{2}", reason):
        group = into.new("CxlStsRsnInf")
        group.put("Rsn/Cd", reason)
        group.put("AddtlInf", detail.strip("/"))
    return made.root
