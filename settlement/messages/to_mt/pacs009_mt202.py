"""pacs.009 → MT202, MT202 COV, MT205; several transfers → MT203."""

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages.fin.model import FinMessage
from settlement.messages.fin.values import comma
from settlement.messages.mx_tree import at, every, text_at, texts_at
from settlement.messages.refusals import BrokenElement, MissingElement
from settlement.messages.to_mt.drafting import (
    SUM_LENGTH,
    Draft,
    message,
    money,
    need,
    need_money,
    place,
    reference,
)
from settlement.messages.to_mt.limits import require_alike, total, value_day
from settlement.messages.to_mt.narratives import (
    add_times,
    agents,
    narrative,
    next_agent,
    payment_type,
    remittance,
)
from settlement.messages.to_mt.pacs008_mt103 import add_reimbursement
from settlement.messages.to_mt.parties import agent, beneficiary, bic, ordering
from settlement.messages.xml_door import Document

_OWN_LINES = ("UDLC", "PHOB", "TELB")


def translate(document: Document) -> FinMessage:
    """The MT202 of a pacs.009 (MT202 COV where it covers a customer payment).

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    transfers = every(document.body, "CdtTrfTxInf")
    group = at(document.body, "GrpHdr")
    first = transfers[0] if transfers else document.body
    cover = at(first, "UndrlygCstmrCdtTrf")
    draft = Draft()
    if len(transfers) > 1:
        require_no_cover(transfers)
        _many(draft, document, transfers)
    else:
        _one(draft, document, first)
    if cover is not None:
        _cover(draft, cover)
    return message(
        document,
        "203" if len(transfers) > 1 else "202",
        draft,
        uetr=text_at(first, "PmtId/UETR"),
        flag="COV" if cover is not None else None,
        service=text_at(first, "PmtTpInf/SvcLvl/Cd"),
        parties=(
            bic(group, "InstgAgt") or bic(first, "InstgAgt"),
            bic(group, "InstdAgt") or bic(first, "InstdAgt"),
        ),
    )


def require_no_cover(transfers: list[etree._Element]) -> None:
    """Refuse a cover among several transfers: MT203 has no place for the payment underneath.

    Raises:
        BrokenElement: with the line of the cover.
    """
    path = "UndrlygCstmrCdtTrf"
    for transfer in transfers:
        found = at(transfer, path)
        if found is not None:
            raise BrokenElement(
                place(found, path),
                path=path,
                reason=Said("MT203 covers no payment", "MT203 ใช้เป็นเงินคุ้มครองการชำระเงินไม่ได้"),
            )


def _one(draft: Draft, document: Document, transfer: etree._Element) -> None:
    group = at(document.body, "GrpHdr")
    told = text_at(transfer, "PmtId/InstrId") or need(group, "MsgId")
    draft.add("20", reference(told))
    draft.add("21", reference(text_at(transfer, "PmtId/EndToEndId")))
    add_times(draft, transfer)
    settled = need_money(transfer, "IntrBkSttlmAmt")
    draft.add("32A", value_day(transfer, document) + settled)
    draft.add_field(agent(transfer, "Dbtr", "52", account_path="DbtrAcct"))
    add_reimbursement(draft, at(group, "SttlmInf"))
    _route(draft, transfer)
    draft.add("72", sender_to_receiver(transfer))


def _route(draft: Draft, transfer: etree._Element) -> None:
    draft.add_field(agent(transfer, "IntrmyAgt1", "56", account_path="IntrmyAgt1Acct"))
    draft.add_field(agent(transfer, "CdtrAgt", "57", account_path="CdtrAgtAcct", options="B"))
    creditor = agent(transfer, "Cdtr", "58", account_path="CdtrAcct")
    if creditor is None:
        path = "Cdtr/FinInstnId/BICFI"
        raise MissingElement(place(transfer, path), path=path)
    draft.add_field(creditor)


def _many(draft: Draft, document: Document, transfers: list[etree._Element]) -> None:
    """The head of an MT203 and its transfers.

    Raises:
        BrokenElement: they differ in value date, currency or debtor.
    """
    group = at(document.body, "GrpHdr")
    first = transfers[0]
    require_alike(transfers, "IntrBkSttlmDt", "Dbtr", "DbtrAcct")
    draft.add("19", comma(total(transfers, "IntrBkSttlmAmt", longest=SUM_LENGTH).amount))
    draft.add("30", value_day(first, document))
    draft.add_field(agent(first, "Dbtr", "52", account_path="DbtrAcct"))
    add_reimbursement(draft, at(group, "SttlmInf"))
    for transfer in transfers:
        draft.add("20", reference(own_reference(transfer)))
        draft.add("21", reference(text_at(transfer, "PmtId/EndToEndId")))
        draft.add("32B", need_money(transfer, "IntrBkSttlmAmt"))
        _route(draft, transfer)
        draft.add("72", sender_to_receiver(transfer))


def own_reference(transaction: etree._Element) -> str:
    """The reference of one payment of several: its instruction's, else its end-to-end one."""
    return text_at(transaction, "PmtId/InstrId") or need(transaction, "PmtId/EndToEndId")


def sender_to_receiver(transfer: etree._Element) -> str | None:
    """Field 72 of a bank transfer."""
    lines = agents(transfer, "INTA", "IntrmyAgt2", "IntrmyAgt3")
    lines += payment_type(transfer)
    lines += _instructions(transfer) + next_agent(transfer)
    purpose = text_at(transfer, "Purp/Cd") or text_at(transfer, "Purp/Prtry")
    lines += [f"/PURP/{purpose}"] if purpose else []
    lines += agents(transfer, "INS", "DbtrAgt", "PrvsInstgAgt1", "PrvsInstgAgt2", "PrvsInstgAgt3")
    told = "".join(texts_at(transfer, "RmtInf/Ustrd"))
    if told:
        lines.append(told if told.startswith(("/BNF/", "/TSU/")) else f"/BNF/{told}")
    return narrative(lines)


def _instructions(transfer: etree._Element) -> list[str]:
    """Instructions for the creditor's agent: own codes first, anything else after /ACC/."""
    found: list[str] = []
    for item in every(transfer, "InstrForCdtrAgt")[:2]:
        code = text_at(item, "Cd")
        text = text_at(item, "InstrInf") or ""
        coded = f"/{code}/{text}" if code else text
        known = coded.startswith(tuple(f"/{name}/" for name in (*_OWN_LINES, "ACC")))
        found.append(coded if known else f"/ACC/{coded}")
    order = {name: rank for rank, name in enumerate(("UDLC", "ACC", "PHOB", "TELB"))}
    return sorted((row for row in found if row), key=lambda row: order[row[1:].split("/")[0]])


def _cover(draft: Draft, cover: etree._Element) -> None:
    """Sequence B: the customer payment that is covered."""
    draft.add_field(ordering(cover, "Dbtr", account_path="DbtrAcct"))
    draft.add_field(agent(cover, "DbtrAgt", "52", account_path="DbtrAgtAcct"))
    draft.add_field(agent(cover, "IntrmyAgt1", "56", account_path="IntrmyAgt1Acct"))
    draft.add_field(agent(cover, "CdtrAgt", "57", account_path="CdtrAgtAcct", options="B"))
    draft.add_field(beneficiary(cover, "Cdtr", account_path="CdtrAcct"))
    draft.add("70", remittance(cover))
    lines = next_agent(cover)
    lines += agents(cover, "INS", "PrvsInstgAgt1", "PrvsInstgAgt2", "PrvsInstgAgt3")
    draft.add("72", narrative(lines + agents(cover, "INTA", "IntrmyAgt2", "IntrmyAgt3")))
    draft.add("33B", money(cover, "InstdAmt"))
