"""MT104 and MT107 → pacs.003.001.08; MT204 → pacs.010.001.03 (direct debits)."""

import datetime as dt
from typing import Protocol

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.parties import PartyField, party
from settlement.messages.fin.values import date, money
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import Envelope, envelope, group_header
from settlement.messages.to_mx.mt103_pacs008 import exchange_rate, put_settlement
from settlement.messages.to_mx.parts import (
    CHARGE_BEARERS,
    NOT_PROVIDED,
    put_account,
    put_agent,
    put_bic,
    put_charges,
    put_money,
    put_party,
    remittance,
)


class Told(Protocol):
    """Finds a field in the debit or, where it is common to all, in the head."""

    def __call__(self, *tags: str) -> Field | None:
        """The first such field, or None."""
        ...


def customer_debit(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """The pacs.003 of an MT104 or MT107.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    head, debits = split_debits(message)
    made = envelope(message, definition="pacs.003.001.08", element="FIToFICstmrDrctDbt", at=at)
    group = group_header(made, message, transactions=len(debits))
    put_settlement(group.group("SttlmInf"), head)
    for debit in debits:
        put_debit(made, head, debit)
    return made.root


def split_debits(message: FinMessage) -> tuple[FinMessage, list[FinMessage]]:
    """Sequence A, and one part for each field 21; sequence C (settlement) is left out of both."""
    head, parts = message.split("21")
    return head, [part.part(_own(list(part.fields))) for part in parts]


def _own(fields: list[Field]) -> list[Field]:
    """The fields of one debit: a second 32B opens sequence C."""
    seen = False
    own: list[Field] = []
    for item in fields:
        if item.tag == "32B":
            if seen:
                break
            seen = True
        own.append(item)
    return own


def put_debit(made: Envelope, head: FinMessage, debit: FinMessage) -> None:
    """`DrctDbtTxInf`, in the order of the schema."""

    def told(*tags: str) -> Field | None:
        return debit.find(*tags) or head.find(*tags)

    into = made.body.new("DrctDbtTxInf")
    day = head.need("30")
    settled = money(debit.need("32B"))
    into.put("PmtId/InstrId", head.need("20").value)
    into.put("PmtId/EndToEndId", debit.need("21").value)
    into.put("PmtId/UETR", head.header("121"))
    put_purpose(into, told("23E"))
    put_money(into, "IntrBkSttlmAmt", settled)
    into.put("IntrBkSttlmDt", date(day.value, day).isoformat())
    instructed = debit.find("33B")
    put_money(into, "InstdAmt", money(instructed) if instructed else None)
    into.put("XchgRate", exchange_rate(debit.find("36")))
    bearer = told("71A")
    into.put("ChrgBr", CHARGE_BEARERS.get(bearer.value) if bearer else None)
    put_charges(into, debit, settled.currency)
    into.put("ReqdColltnDt", date(day.value, day).isoformat())
    mandate = told("21C")
    into.put("DrctDbtTx/MndtRltdInf/MndtId", mandate.value if mandate else None)
    put_creditor(into, told)
    put_bic(into, "InstgAgt", head.sender)
    put_bic(into, "InstdAgt", head.receiver)
    debtor = party(debit.need("59"))
    put_party(into, "Dbtr", debtor)
    put_account(into, "DbtrAcct", debtor.account if debtor else None)
    put_agent(into, "DbtrAgt", party(debit.find("57")), account="DbtrAgtAcct")
    into.put("RmtInf/Ustrd", remittance(debit.find("70")))


def put_purpose(into: Mx, item: Field | None) -> None:
    """Field 23E as the category purpose: a code, or words after OTHR/."""
    code, _, text = (item.value if item else "").partition("/")
    into.put("PmtTpInf/CtgyPurp/Cd", code if code != "OTHR" else None)
    into.put("PmtTpInf/CtgyPurp/Prtry", text if code == "OTHR" else None)


def put_creditor(into: Mx, told: Told) -> None:
    """Creditor (option A or K of 50a), its account and its bank (52a)."""
    creditor = party(told("50A", "50K"))
    put_party(into, "Cdtr", creditor)
    put_account(into, "CdtrAcct", creditor.account if creditor else None)
    put_agent(into, "CdtrAgt", party(told("52")), account="CdtrAgtAcct")
    initiator = party(told("50C", "50L"))
    if initiator:
        put_party(into, "InitgPty", initiator)


def bank_debit(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """The pacs.010 of an MT204.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    before, (first, *debits) = message.split("20")
    head = message.part([*before.fields, *first.fields])
    made = envelope(message, definition="pacs.010.001.03", element="FIDrctDbt", at=at)
    group_header(made, message, transactions=max(len(debits), 1))
    into = made.body.new("CdtInstr")
    day = head.need("30")
    into.put("CdtId", head.need("20").value)
    put_bic(into, "InstgAgt", message.sender)
    put_bic(into, "InstdAgt", message.receiver)
    put_agent(into, "CdtrAgt", party(head.find("57")), account="CdtrAgtAcct")
    creditor = party(head.find("58")) or PartyField(bic=message.receiver)
    put_agent(into, "Cdtr", creditor, account="CdtrAcct")
    for debit in debits or [head]:
        put_bank_debit(into, debit, date(day.value, day))
    return made.root


def put_bank_debit(into: Mx, debit: FinMessage, day: dt.date) -> None:
    """One `DrctDbtTxInf` of a bank's direct debit."""
    group = into.new("DrctDbtTxInf")
    related = debit.find("21")
    group.put("PmtId/InstrId", debit.need("20").value)
    group.put("PmtId/EndToEndId", related.value if related else NOT_PROVIDED)
    group.put("PmtId/UETR", debit.header("121"))
    put_money(group, "IntrBkSttlmAmt", money(debit.need("32B")))
    group.put("IntrBkSttlmDt", day.isoformat())
    put_agent(group, "Dbtr", party(debit.need("53")), account="DbtrAcct")
