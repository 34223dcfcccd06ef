"""pain.008 → MT104: a customer's request to collect (instruction code RFDD)."""

import re

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.mx_tree import at, every, text_at
from settlement.messages.refusals import BrokenElement
from settlement.messages.to_mt.drafting import (
    LINE,
    Draft,
    decimal,
    fold,
    message,
    need,
    need_day,
    need_money,
    place,
    reference,
)
from settlement.messages.to_mt.limits import require_alike, total
from settlement.messages.to_mt.narratives import BEARERS, regulatory, remittance
from settlement.messages.to_mt.parties import (
    agent,
    beneficiary,
    bic,
    instructing,
    ordering,
)
from settlement.messages.xml_door import Document

REQUEST = "RFDD"
"""Instruction code of sequence A and validation flag of block 3 (network rules C12, C13)."""
_SHARED = ("ReqdColltnDt", "Cdtr", "CdtrAcct", "CdtrAgt", "CdtrAgtAcct")
"""What a request tells once, in sequence A."""
_AGREED = frozenset({"AUTH", "NAUT"})
_TYPE = re.compile("[A-Z0-9]{3}")


def translate(document: Document) -> FinMessage:
    """The MT104 of a pain.008: every debit of every payment block, no sequence C.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, cannot be read, or differs
            where a request tells it once; the debits do not come to the control sum.
    """
    group = at(document.body, "GrpHdr")
    blocks = every(document.body, "PmtInf")
    debits = [(block, debit) for block in blocks for debit in every(block, "DrctDbtTxInf")]
    require_alike(blocks, *_SHARED)
    _require_control_sum(document, [debit for _, debit in debits])
    first_block, first = debits[0]
    own = text_at(first, "PmtId/InstrId") or need(group, "MsgId")
    draft = Draft()
    draft.add("20", reference(own))
    if len(blocks) == 1:
        draft.add("21R", reference(need(first_block, "PmtInfId")))
    draft.add("23E", REQUEST)
    draft.add("30", need_day(first_block, "ReqdColltnDt"))
    draft.add("51A", bic(group, "FwdgAgt"))
    draft.add_field(instructing(group, "InitgPty"))
    draft.add_field(_creditor(first_block))
    draft.add_field(agent(first_block, "CdtrAgt", "52", account_path="CdtrAgtAcct", options="C"))
    for block, debit in debits:
        _debit(draft, block, debit, own=own)
    return message(document, "104", draft, uetr=text_at(first, "PmtId/UETR"), flag=REQUEST)


def _require_control_sum(document: Document, debits: list[etree._Element]) -> None:
    """Refuse debits in several currencies, none, or others than the sender counted."""
    summed = total(debits, "InstdAmt")
    path = "GrpHdr/CtrlSum"
    control = at(document.body, path)
    if control is not None and decimal(control, path) != summed.amount:
        come_to = f"{summed.currency} {summed.amount:f}"
        reason = Said(f"the debits sum to {come_to}", f"รายการหักบัญชีรวมได้ {come_to}")
        raise BrokenElement(place(control, path), path=path, reason=reason)


def _creditor(block: etree._Element) -> Field | None:
    """50A or 50K; MT104 has no option F."""
    return ordering(block, "Cdtr", account_path="CdtrAcct", letters="A K")


def _debit(draft: Draft, block: etree._Element, debit: etree._Element, *, own: str) -> None:
    """One sequence B: what the debit itself does not tell, its block does."""
    told = text_at(debit, "PmtId/InstrId")
    draft.add("21", reference(need(debit, "PmtId/EndToEndId")))
    draft.add("23E", _instruction(block, debit))
    mandate = text_at(debit, "DrctDbtTx/MndtRltdInf/MndtId")
    draft.add("21C", fold(mandate)[:LINE] if mandate else None)
    draft.add("21D", fold(told)[:LINE] if told and told != own else None)
    draft.add("32B", need_money(debit, "InstdAmt"))
    draft.add_field(agent(debit, "DbtrAgt", "57", account_path="DbtrAgtAcct", options="C"))
    draft.add_field(beneficiary(debit, "Dbtr", account_path="DbtrAcct", option_f=False))
    draft.add("70", remittance(debit))
    purpose = text_at(debit, "Purp/Prtry") or ""
    draft.add("26T", purpose if _TYPE.fullmatch(purpose) else None)
    draft.add("77B", regulatory(debit))
    bearer = text_at(debit, "ChrgBr") or text_at(block, "ChrgBr") or ""
    draft.add("71A", BEARERS.get(bearer))


def _instruction(block: etree._Element, debit: etree._Element) -> str:
    """Field 23E of a debit, mandatory in a request.

    Authorised or not as the category purpose says; a proprietary purpose is agreed between the
    banks (OTHR). Where none is told, a mandate authorises, and nothing else does.
    """
    for element in (debit, block):
        purpose = at(element, "PmtTpInf/CtgyPurp")
        code, words = text_at(purpose, "Cd"), text_at(purpose, "Prtry")
        if code in _AGREED:
            return code
        if words:
            return f"OTHR/{fold(words)[:30]}"
    return "AUTH" if text_at(debit, "DrctDbtTx/MndtRltdInf/MndtId") else "NAUT"
