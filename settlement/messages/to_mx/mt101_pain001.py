"""MT101 → pain.001.001.09 (customer credit transfer initiation)."""

import datetime as dt

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.parties import PartyField, party
from settlement.messages.fin.values import date, money
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import envelope, group_header
from settlement.messages.to_mx.mt103_pacs008 import exchange_rate, put_regulatory
from settlement.messages.to_mx.mt210_camt057 import split_items
from settlement.messages.to_mx.parts import (
    CHARGE_BEARERS,
    put_account,
    put_agent,
    put_money,
    put_party,
    remittance,
)

_ORDERING = ("50F", "50G", "50H")
_INSTRUCTING = ("50C", "50L")


def translate(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """The pain.001 of an MT101; a payment block for each transaction (the debtor may differ).

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    transactions = split_items(message)
    start = next(i for i, item in enumerate(message.fields) if item.tag == "21")
    head = message.part(list(message.fields[:start]))
    made = envelope(message, definition="pain.001.001.09", element="CstmrCdtTrfInitn", at=at)
    group = group_header(made, message, transactions=len(transactions))
    initiator = party(head.find(*_INSTRUCTING)) or PartyField(bic=message.sender)
    put_party(group, "InitgPty", initiator)
    for transaction in transactions:
        put_payment(made.body, head, transaction)
    return made.root


def put_payment(body: Mx, head: FinMessage, transaction: FinMessage) -> None:
    """`PmtInf`: the debtor's side, then the one transfer."""

    def told(*tags: str) -> Field | None:
        return transaction.find(*tags) or head.find(*tags)

    into = body.new("PmtInf")
    day = head.need("30")
    into.put("PmtInfId", head.need("20").value)
    into.put("PmtMtd", "TRF")
    into.put("ReqdExctnDt/Dt", date(day.value, day).isoformat())
    debtor = party(told(*_ORDERING))
    put_party(into, "Dbtr", debtor)
    put_account(into, "DbtrAcct", debtor.account if debtor else None)
    agent = party(told("52")) or PartyField(bic=head.sender)
    put_agent(into, "DbtrAgt", agent, account="DbtrAgtAcct")
    charged = told("25A")
    put_account(into, "ChrgsAcct", charged.value.lstrip("/") if charged else None)
    put_transfer(into, head, transaction)


def put_transfer(into: Mx, head: FinMessage, transaction: FinMessage) -> None:
    """`CdtTrfTxInf`, in the order of the schema."""
    group = into.new("CdtTrfTxInf")
    group.put("PmtId/InstrId", head.need("20").value)
    group.put("PmtId/EndToEndId", transaction.need("21").value)
    group.put("PmtId/UETR", transaction.header("121"))
    amount = transaction.find("33B") or transaction.need("32B")
    put_money(group, "Amt/InstdAmt", money(amount))
    group.put("XchgRateInf/XchgRate", exchange_rate(transaction.find("36")))
    bearer = transaction.find("71A")
    group.put("ChrgBr", CHARGE_BEARERS.get(bearer.value) if bearer else None)
    put_agent(group, "IntrmyAgt1", party(transaction.find("56")), account="IntrmyAgt1Acct")
    put_agent(group, "CdtrAgt", party(transaction.find("57")), account="CdtrAgtAcct")
    creditor = party(transaction.need("59"))
    put_party(group, "Cdtr", creditor)
    put_account(group, "CdtrAcct", creditor.account if creditor else None)
    residence = put_regulatory(group, transaction.find("77B"))
    group.group("Cdtr").put("CtryOfRes", residence)
    group.put("RmtInf/Ustrd", remittance(transaction.find("70")))
