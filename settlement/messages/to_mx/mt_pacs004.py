"""MT103 RETN, MT202 RETN and MT205 RETN → pacs.004.001.09 (payment return)."""

import datetime as dt

from lxml import etree

from settlement.messages.fin.model import FinMessage
from settlement.messages.fin.narrative import Rejection, rejection
from settlement.messages.fin.parties import party
from settlement.messages.fin.values import dated_money, money
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import envelope, group_header
from settlement.messages.to_mx.mt103_pacs008 import exchange_rate, put_settlement
from settlement.messages.to_mx.parts import (
    charge_bearer,
    put_account,
    put_agent,
    put_bic,
    put_charges,
    put_money,
    put_party,
)


def returned(message: FinMessage) -> Rejection | None:
    """What field 72 tells of a return or reject, or None for an ordinary payment."""
    return rejection(message.find("72"))


def translate(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """The pacs.004 of a returned payment; `returned(message)` must have found a return.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    told = returned(message)
    made = envelope(message, definition="pacs.004.001.09", element="PmtRtr", at=at)
    group = group_header(made, message, transactions=1)
    put_settlement(group.group("SttlmInf"), message)
    into = made.body.new("TxInf")
    value_date, settled = dated_money(message.need("32A"))
    into.put("RtrId", message.need("20").value)
    into.put("OrgnlInstrId", told.instruction if told else None)
    into.put("OrgnlEndToEndId", told.transaction if told else None)
    into.put("OrgnlUETR", message.header("121"))
    put_money(into, "RtrdIntrBkSttlmAmt", settled)
    into.put("IntrBkSttlmDt", value_date.isoformat())
    instructed = message.find("33B")
    put_money(into, "RtrdInstdAmt", money(instructed) if instructed else None)
    into.put("XchgRate", exchange_rate(message.find("36")))
    into.put("ChrgBr", charge_bearer(message) or "SHAR")
    put_charges(into, message, settled.currency)
    put_bic(into, "InstgAgt", message.sender)
    put_bic(into, "InstdAgt", message.receiver)
    chain = into.new("RtrChain")
    if message.mt == "103":
        put_customer_chain(chain, message)
    else:
        put_bank_chain(chain, message)
    if told:
        into.put("RtrRsnInf/Rsn/Cd", told.reason)
        into.put("RtrRsnInf/AddtlInf", told.detail)
    return made.root


def put_customer_chain(into: Mx, message: FinMessage) -> None:
    """The chain of a returned customer payment: customers at its ends."""
    debtor = party(message.need("50"))
    put_party(into, "Dbtr/Pty", debtor, unidentified="TXID")
    put_account(into, "DbtrAcct", debtor.account if debtor else None)
    put_agent(into, "DbtrAgt", party(message.find("52")))
    put_agent(into, "IntrmyAgt1", party(message.find("56")))
    put_agent(into, "CdtrAgt", party(message.find("57")))
    creditor = party(message.need("59"))
    put_party(into, "Cdtr/Pty", creditor, unidentified="NONE")
    put_account(into, "CdtrAcct", creditor.account if creditor else None)


def put_bank_chain(into: Mx, message: FinMessage) -> None:
    """The chain of a returned bank payment: institutions at its ends."""
    put_agent(into, "Dbtr/Agt", party(message.find("52")))
    put_agent(into, "IntrmyAgt1", party(message.find("56")))
    put_agent(into, "CdtrAgt", party(message.find("57")))
    put_agent(into, "Cdtr/Agt", party(message.need("58")))
