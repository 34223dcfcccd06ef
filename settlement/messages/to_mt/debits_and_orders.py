"""pacs.003 → MT107, pacs.010 → MT204 (direct debits); pain.001 → MT101 (payment orders)."""

from lxml import etree

from settlement.messages.fin.model import FinMessage
from settlement.messages.fin.values import comma
from settlement.messages.mx_tree import at, every, text_at
from settlement.messages.to_mt.drafting import (
    SUM_LENGTH,
    Draft,
    day,
    decimal,
    message,
    money,
    need,
    need_day,
    need_money,
    rate,
    reference,
)
from settlement.messages.to_mt.limits import require_alike, total, value_day
from settlement.messages.to_mt.narratives import BEARERS, regulatory, remittance
from settlement.messages.to_mt.pacs009_mt202 import own_reference
from settlement.messages.to_mt.parties import (
    account,
    agent,
    beneficiary,
    bic,
    instructing,
    ordering,
)
from settlement.messages.xml_door import Document

_PURPOSES = frozenset({"AUTH", "NAUT", "OTHR"})
_SHARED = (
    "PmtTpInf/CtgyPurp",
    "IntrBkSttlmDt",
    "InitgPty",
    "Cdtr",
    "CdtrAcct",
    "CdtrAgt",
    "RgltryRptg",
    "ChrgBr",
)
"""What MT107 tells once for all debits."""


def customer_debits(document: Document) -> FinMessage:
    """The MT107 of a pacs.003.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    debits = every(document.body, "DrctDbtTxInf")
    first = debits[0] if debits else document.body
    require_alike(debits, *_SHARED)
    draft = Draft()
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    purpose = text_at(first, "PmtTpInf/CtgyPurp/Cd") or ""
    draft.add("23E", purpose if purpose in _PURPOSES else None)
    draft.add("30", value_day(first, document))
    draft.add_field(instructing(first, "InitgPty"))
    draft.add_field(ordering(first, "Cdtr", account_path="CdtrAcct", letters="A K"))
    draft.add_field(agent(first, "CdtrAgt", "52", account_path="CdtrAgtAcct", options="C"))
    draft.add("77B", regulatory(first))
    draft.add("71A", BEARERS.get(text_at(first, "ChrgBr") or ""))
    for debit in debits:
        _debit(draft, debit)
    summed = total(debits, "IntrBkSttlmAmt")
    draft.add("32B", summed.currency + comma(summed.amount))
    group = at(document.body, "GrpHdr")
    control = at(group, "CtrlSum")
    draft.add("19", comma(decimal(control, "CtrlSum")) if control is not None else None)
    parties = (
        bic(group, "InstgAgt") or bic(first, "InstgAgt"),
        bic(group, "InstdAgt") or bic(first, "InstdAgt"),
    )
    return message(document, "107", draft, uetr=text_at(first, "PmtId/UETR"), parties=parties)


def _debit(draft: Draft, debit: etree._Element) -> None:
    draft.add("21", reference(need(debit, "PmtId/EndToEndId")))
    draft.add("21C", text_at(debit, "DrctDbtTx/MndtRltdInf/MndtId"))
    draft.add("32B", need_money(debit, "IntrBkSttlmAmt"))
    draft.add_field(agent(debit, "DbtrAgt", "57", account_path="DbtrAgtAcct", options="C"))
    draft.add_field(beneficiary(debit, "Dbtr", account_path="DbtrAcct", option_f=False))
    draft.add("70", remittance(debit))
    draft.add("33B", money(debit, "InstdAmt"))
    draft.add("36", rate(debit, "XchgRate"))


def bank_debits(document: Document) -> FinMessage:
    """The MT204 of a pacs.010 (its first credit instruction).

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    instruction = at(document.body, "CdtInstr")
    debits = every(instruction, "DrctDbtTxInf")
    draft = Draft()
    draft.add("20", reference(need(instruction, "CdtId")))
    require_alike(debits, "IntrBkSttlmDt")
    draft.add("19", comma(total(debits, "IntrBkSttlmAmt", longest=SUM_LENGTH).amount))
    first = debits[0] if debits else instruction
    draft.add("30", day(instruction, "IntrBkSttlmDt") or value_day(debits[0], document))
    draft.add_field(agent(instruction, "CdtrAgt", "57", account_path="CdtrAgtAcct", options="B"))
    draft.add_field(agent(instruction, "Cdtr", "58", account_path="CdtrAcct"))
    for debit in debits:
        draft.add("20", reference(own_reference(debit)))
        draft.add("21", reference(text_at(debit, "PmtId/EndToEndId")))
        draft.add("32B", need_money(debit, "IntrBkSttlmAmt"))
        draft.add_field(agent(debit, "Dbtr", "53", account_path="DbtrAcct", options="B"))
    group = at(document.body, "GrpHdr")
    parties = (
        bic(group, "InstgAgt") or bic(instruction, "InstgAgt"),
        bic(group, "InstdAgt") or bic(instruction, "InstdAgt"),
    )
    return message(document, "204", draft, uetr=text_at(first, "PmtId/UETR"), parties=parties)


def payment_orders(document: Document) -> FinMessage:
    """The MT101 of a pain.001: every transfer of every payment block.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    blocks = every(document.body, "PmtInf")
    first = blocks[0] if blocks else document.body
    transfer = at(first, "CdtTrfTxInf")
    draft = Draft()
    told = text_at(transfer, "PmtId/InstrId") or need(document.body, "GrpHdr/MsgId")
    draft.add("20", reference(told))
    draft.add("28D", "1/1")
    require_alike(blocks, "ReqdExctnDt")
    draft.add_field(instructing(document.body, "GrpHdr/InitgPty"))
    alike = len({_ordering_of(block) for block in blocks}) <= 1
    if alike:
        _ordered_by(draft, first)
    draft.add("30", need_day(first, "ReqdExctnDt/Dt", "ReqdExctnDt/DtTm"))
    for block in blocks:
        for one in every(block, "CdtTrfTxInf"):
            _order(draft, block, one, alike=alike)
    return message(document, "101", draft, uetr=text_at(transfer, "PmtId/UETR"))


def _ordering_of(block: etree._Element) -> tuple[str | None, ...]:
    """What makes two payment blocks orders of the same customer at the same bank."""
    return (
        account(block, "DbtrAcct"),
        text_at(block, "Dbtr/Nm"),
        text_at(block, "Dbtr/Id/OrgId/AnyBIC"),
        bic(block, "DbtrAgt"),
    )


def _ordered_by(draft: Draft, block: etree._Element) -> None:
    draft.add_field(ordering(block, "Dbtr", account_path="DbtrAcct", letters="GFH"))
    draft.add_field(agent(block, "DbtrAgt", "52", account_path="DbtrAgtAcct", options="C"))


def _order(draft: Draft, block: etree._Element, transfer: etree._Element, *, alike: bool) -> None:
    draft.add("21", reference(need(transfer, "PmtId/EndToEndId")))
    draft.add("32B", need_money(transfer, "Amt/InstdAmt"))
    if not alike:
        _ordered_by(draft, block)
    draft.add_field(agent(transfer, "IntrmyAgt1", "56", account_path="IntrmyAgt1Acct", options="C"))
    draft.add_field(agent(transfer, "CdtrAgt", "57", account_path="CdtrAgtAcct", options="C"))
    draft.add_field(beneficiary(transfer, "Cdtr", account_path="CdtrAcct"))
    draft.add("70", remittance(transfer))
    draft.add("77B", regulatory(transfer))
    draft.add("71A", BEARERS.get(text_at(transfer, "ChrgBr") or ""))
    charged = account(block, "ChrgsAcct")
    draft.add("25A", f"/{charged}" if charged else None)
    draft.add("36", rate(transfer, "XchgRateInf/XchgRate"))
