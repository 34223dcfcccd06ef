"""MT199 and MT299 REJT → pacs.002.001.10 (payment status report)."""

import datetime as dt

from lxml import etree

from settlement.messages.fin.model import FinMessage
from settlement.messages.fin.narrative import rejection
from settlement.messages.refusals import NoTranslation
from settlement.messages.to_mx.envelope import envelope, group_header
from settlement.messages.to_mx.parts import put_bic


def translate(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """The pacs.002 of a reject told in field 79.

    Raises:
        NoTranslation: the narrative tells no reject.
        MissingField: a mandatory field is absent.
    """
    told = rejection(message.need("79"))
    if told is None:
        raise NoTranslation(kind=f"MT{message.mt} without /REJT/", target="pacs.002")
    made = envelope(message, definition="pacs.002.001.10", element="FIToFIPmtStsRpt", at=at)
    group_header(made, message)
    into = made.body.new("TxInfAndSts")
    related = message.find("21")
    original = told.instruction or (related.value if related else None)
    into.put("OrgnlGrpInf/OrgnlMsgId", original)
    into.put("OrgnlGrpInf/OrgnlMsgNmId", f"MT{message.mt}")
    into.put("OrgnlInstrId", original)
    into.put("OrgnlEndToEndId", told.transaction)
    into.put("OrgnlUETR", told.uetr or message.header("121"))
    into.put("TxSts", "RJCT")
    into.put("StsRsnInf/Rsn/Cd", told.reason)
    into.put("StsRsnInf/AddtlInf", told.detail)
    put_bic(into, "InstgAgt", message.sender)
    put_bic(into, "InstdAgt", message.receiver)
    return made.root
