"""pacs.008 → MT103, MT103 STP (one transaction) or MT102 (several)."""

import re

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.values import comma
from settlement.messages.mx_tree import at, every, text_at
from settlement.messages.refusals import BrokenElement
from settlement.messages.to_mt.drafting import (
    Draft,
    message,
    money,
    need,
    need_money,
    place,
    rate,
    reference,
)
from settlement.messages.to_mt.limits import are_alike, require_alike, total, value_day
from settlement.messages.to_mt.narratives import (
    add_charges,
    add_instructions,
    add_times,
    agents,
    bank_operation,
    narrative,
    next_agent,
    payment_type,
    regulatory,
    remittance,
)
from settlement.messages.to_mt.parties import agent, beneficiary, bic, ordering
from settlement.messages.xml_door import Document

_TYPE = re.compile("[A-Z0-9]{3}")
_EEA_CODES = "ATBEBGCYCZDEDKEEESFIFRGBGRHRHUIEISITLILTLULVMTNLNOPLPTROSESISK"
EEA = frozenset(_EEA_CODES[i : i + 2] for i in range(0, len(_EEA_CODES), 2))
"""Countries between which field 33B is mandatory in MT103 (SWIFT network rule C2, D49)."""


def translate(document: Document) -> FinMessage:
    """The MT103 of a pacs.008.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    transactions = every(document.body, "CdtTrfTxInf")
    flag = "STP" if is_stp(document) else None
    group = at(document.body, "GrpHdr")
    first = transactions[0] if transactions else document.body
    sender = bic(group, "InstgAgt") or bic(first, "InstgAgt")
    receiver = bic(group, "InstdAgt") or bic(first, "InstdAgt")
    draft = Draft()
    if len(transactions) > 1:
        _many(draft, document, transactions)
    else:
        _one(draft, document, first)
    return message(
        document,
        "102" if len(transactions) > 1 else "103",
        draft,
        uetr=text_at(first, "PmtId/UETR"),
        flag=flag,
        service=text_at(first, "PmtTpInf/SvcLvl/Cd"),
        parties=(sender, receiver),
    )


def _one(draft: Draft, document: Document, transaction: etree._Element) -> None:
    settlement = at(document.body, "GrpHdr/SttlmInf")
    told = text_at(transaction, "PmtId/InstrId") or need(document.body, "GrpHdr/MsgId")
    draft.add("20", reference(told))
    add_times(draft, transaction)
    draft.add("23B", bank_operation(transaction))
    add_instructions(draft, transaction)
    purpose = text_at(transaction, "Purp/Prtry") or ""
    draft.add("26T", purpose if _TYPE.fullmatch(purpose) else None)
    settled = need_money(transaction, "IntrBkSttlmAmt")
    draft.add("32A", value_day(transaction, document) + settled)
    draft.add("33B", money(transaction, "InstdAmt") or _within_eea(document, transaction, settled))
    draft.add("36", rate(transaction, "XchgRate"))
    draft.add_field(_ordered(transaction))
    draft.add_field(sending_institution(document))
    draft.add_field(agent(transaction, "DbtrAgt", "52", account_path="DbtrAgtAcct"))
    add_reimbursement(draft, settlement)
    draft.add_field(
        agent(transaction, "IntrmyAgt1", "56", account_path="IntrmyAgt1Acct", options="C")
    )
    draft.add_field(agent(transaction, "CdtrAgt", "57", account_path="CdtrAgtAcct", options="CB"))
    draft.add_field(beneficiary(transaction, "Cdtr", account_path="CdtrAcct", lines_as_f=False))
    _terms(draft, transaction)


def sending_institution(document: Document) -> Field | None:
    """Field 51A: the instructing agent that the group itself names; STP messages have no such."""
    if is_stp(document):
        return None
    found = agent(document.body, "GrpHdr/InstgAgt", "51")
    return found if found and found.tag == "51A" else None


def is_stp(document: Document) -> bool:
    """Whether the business service asks for straight-through processing."""
    return ".stp." in (text_at(document.header, "BizSvc") or "")


def add_reimbursement(draft: Draft, settlement: etree._Element | None) -> None:
    """Fields 53 to 55: reimbursement agents, or the settlement account alone."""
    names = (("InstgRmbrsmntAgt", "53"), ("InstdRmbrsmntAgt", "54"), ("ThrdRmbrsmntAgt", "55"))
    for name, tag in names:
        draft.add_field(agent(settlement, name, tag, account_path=f"{name}Acct", options="B"))
    if at(settlement, "InstgRmbrsmntAgt") is None:
        number = text_at(settlement, "SttlmAcct/Id/IBAN")
        number = number or text_at(settlement, "SttlmAcct/Id/Othr/Id")
        draft.add("53B", f"/{number}" if number else None)


def _terms(draft: Draft, transaction: etree._Element) -> None:
    """Remittance, charges, narrative and regulatory report."""
    draft.add("70", remittance(transaction, end_to_end=text_at(transaction, "PmtId/EndToEndId")))
    add_charges(draft, transaction)
    lines = agents(transaction, "INTA", "IntrmyAgt2", "IntrmyAgt3")
    lines += payment_type(transaction)
    lines += [
        f"/ACC/{text.removeprefix('/ACC/')}"
        for item in every(transaction, "InstrForCdtrAgt")
        if text_at(item, "Cd") in {None, "ACC"} and (text := text_at(item, "InstrInf"))
    ]
    lines += next_agent(transaction, besides_23e=True)
    lines += agents(transaction, "INS", "PrvsInstgAgt1", "PrvsInstgAgt2", "PrvsInstgAgt3")
    draft.add("72", narrative(lines))
    draft.add("77B", regulatory(transaction))


def _within_eea(document: Document, transaction: etree._Element, settled: str) -> str | None:
    """The settlement amount once more where sender and receiver both sit in the EEA."""
    sender = bic(transaction, "InstgAgt") or bic(document.header, "Fr/FIId") or ""
    receiver = bic(transaction, "InstdAgt") or bic(document.header, "To/FIId") or ""
    return settled if sender[4:6] in EEA and receiver[4:6] in EEA else None


def _total(document: Document, transactions: list[etree._Element]) -> str:
    """The sum of the payments, which the group's own total must be where it tells one."""
    path = "GrpHdr/TtlIntrBkSttlmAmt"
    summed = total(transactions, "IntrBkSttlmAmt")
    text = summed.currency + comma(summed.amount)
    told = money(document.body, path)
    if told is not None and told != text:
        come_to = f"{summed.currency} {summed.amount:f}"
        reason = Said(f"the payments sum to {come_to}", f"รายการชำระเงินรวมได้ {come_to}")
        raise BrokenElement(place(at(document.body, path), path), path=path, reason=reason)
    return text


def _ordered(transaction: etree._Element) -> Field | None:
    return ordering(transaction, "Dbtr", account_path="DbtrAcct", lines_as_f=False)


def _ordering_bank(transaction: etree._Element) -> Field | None:
    return agent(transaction, "DbtrAgt", "52", account_path="DbtrAgtAcct", options="CB")


def _many(draft: Draft, document: Document, transactions: list[etree._Element]) -> None:
    """MT102: what all payments share, then each payment, then the total.

    Debtor and debtor's agent stand once where all payments share them, else in each payment.

    Raises:
        BrokenElement: they differ in value date or currency.
    """
    first = transactions[0]
    require_alike(transactions, "IntrBkSttlmDt")
    one_debtor = are_alike(transactions, "Dbtr", "DbtrAcct")
    one_bank = are_alike(transactions, "DbtrAgt", "DbtrAgtAcct")
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    draft.add("23", "CREDIT")
    draft.add_field(sending_institution(document))
    draft.add_field(_ordered(first) if one_debtor else None)
    draft.add_field(_ordering_bank(first) if one_bank else None)
    for transaction in transactions:
        draft.add("21", reference(need(transaction, "PmtId/EndToEndId")))
        draft.add("32B", need_money(transaction, "IntrBkSttlmAmt"))
        draft.add_field(None if one_debtor else _ordered(transaction))
        draft.add_field(None if one_bank else _ordering_bank(transaction))
        draft.add_field(
            agent(transaction, "CdtrAgt", "57", account_path="CdtrAgtAcct", options="C")
        )
        draft.add_field(beneficiary(transaction, "Cdtr", account_path="CdtrAcct", lines_as_f=False))
        reference_told = text_at(transaction, "PmtId/EndToEndId")
        draft.add("70", remittance(transaction, end_to_end=reference_told))
        draft.add("33B", money(transaction, "InstdAmt"))
        add_charges(draft, transaction)
        draft.add("36", rate(transaction, "XchgRate"))
    draft.add("32A", value_day(first, document) + _total(document, transactions))
    add_reimbursement(draft, at(document.body, "GrpHdr/SttlmInf"))
