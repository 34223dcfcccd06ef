"""MT200, 201, 202, 203, 205 and their COV → pacs.009.001.08 (bank credit transfer)."""

import datetime as dt

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.narrative import Coded
from settlement.messages.fin.parties import PartyField, party
from settlement.messages.fin.values import Money, date, dated_money, money
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import Envelope, envelope, group_header
from settlement.messages.to_mx.mt103_pacs008 import put_settlement, put_times
from settlement.messages.to_mx.parts import (
    NOT_PROVIDED,
    REMITTANCE_LENGTH,
    put_account,
    put_agent,
    put_bic,
    put_money,
    put_party,
    put_previous_agents,
    remittance,
    sender_to_receiver,
)

OWN_ACCOUNT = frozenset({"200", "201"})
MULTIPLE = frozenset({"201", "203"})


def translate(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """The pacs.009 of a bank transfer: core, cover (COV) or advice (ADV).

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    head, cover = split_cover(message)
    common, transfers = split_transfers(head)
    made = envelope(
        message,
        definition="pacs.009.001.08",
        element="FICdtTrf",
        service=business_service(head, cover),
        at=at,
    )
    group = group_header(made, message, transactions=len(transfers))
    put_method(group, head)
    for transfer in transfers:
        put_transfer(made, common, transfer, cover)
    return made.root


def business_service(head: FinMessage, cover: FinMessage | None) -> str:
    """Cover, advice (a reimbursement agent is named) or core."""
    if cover:
        return "swift.cbprplus.cov.03"
    return "swift.cbprplus.adv.03" if head.find("53A", "53D") else "swift.cbprplus.03"


def put_method(group: Mx, head: FinMessage) -> None:
    """Settlement information; a transfer of own funds names the account on the debtor instead."""
    if head.mt in OWN_ACCOUNT:
        group.put("SttlmInf/SttlmMtd", "INDA")
    else:
        put_settlement(group.group("SttlmInf"), head)


def split_cover(message: FinMessage) -> tuple[FinMessage, FinMessage | None]:
    """Sequence A, and sequence B (it opens with the ordering customer) where there is one."""
    fields = list(message.fields)
    start = next((i for i, item in enumerate(fields) if item.number == "50"), None)
    if start is None:
        return message, None
    return message.part(fields[:start]), message.part(fields[start:])


def split_transfers(head: FinMessage) -> tuple[FinMessage, list[FinMessage]]:
    """The fields common to all, and each transfer's own (one transfer but for MT201 and 203)."""
    if head.mt not in MULTIPLE:
        return head, [head]
    return head.split("20")


def amount_of(common: FinMessage, transfer: FinMessage) -> tuple[dt.date, Money]:
    """Value date and amount: 32A, or 30 of the head with 32B of the transfer."""
    if transfer.find("32A"):
        return dated_money(transfer.need("32A"))
    day = common.need("30")
    return date(day.value, day), money(transfer.need("32B"))


def put_transfer(
    made: Envelope, common: FinMessage, transfer: FinMessage, cover: FinMessage | None
) -> None:
    """`CdtTrfTxInf`, in the order of the schema."""
    into = made.body.new("CdtTrfTxInf")
    narrative = sender_to_receiver(transfer)
    value_date, settled = amount_of(common, transfer)
    related = transfer.find("21")
    into.put("PmtId/InstrId", transfer.need("20").value)
    into.put("PmtId/EndToEndId", related.value if related else NOT_PROVIDED)
    into.put("PmtId/UETR", transfer.header("121"))
    put_money(into, "IntrBkSttlmAmt", settled)
    into.put("IntrBkSttlmDt", value_date.isoformat())
    put_times(into, transfer)
    put_previous_agents(into, narrative)
    put_bic(into, "InstgAgt", transfer.sender)
    put_bic(into, "InstdAgt", transfer.receiver)
    put_agent(into, "IntrmyAgt1", party(transfer.find("56")), account="IntrmyAgt1Acct")
    if transfer.mt in OWN_ACCOUNT:
        put_own_ends(into, common, transfer)
    else:
        put_ends(into, common, transfer)
    put_notes(into, narrative)
    if cover:
        put_cover(into.new("UndrlygCstmrCdtTrf"), cover, transfer)


def put_ends(into: Mx, common: FinMessage, transfer: FinMessage) -> None:
    """Debtor, creditor's agent and creditor; the sender is the debtor where 52a is absent."""
    debtor = party(transfer.find("52") or common.find("52")) or PartyField(bic=transfer.sender)
    put_agent(into, "Dbtr", debtor, account="DbtrAcct")
    put_agent(into, "CdtrAgt", party(transfer.find("57")), account="CdtrAgtAcct")
    put_agent(into, "Cdtr", party(transfer.need("58")), account="CdtrAcct")


def put_own_ends(into: Mx, common: FinMessage, transfer: FinMessage) -> None:
    """A transfer of own funds: the sender is the debtor, 57a holds the account credited."""
    account = party(transfer.find("53B") or common.find("53B"))
    put_bic(into, "Dbtr", transfer.sender)
    put_account(into, "DbtrAcct", account.account if account else None)
    put_bic(into, "CdtrAgt", NOT_PROVIDED if transfer.find("56") else None)
    put_agent(into, "Cdtr", party(transfer.need("57")), account="CdtrAcct")


def put_notes(into: Mx, narrative: list[Coded]) -> None:
    """Field 72: /BNF/ is remittance information, other codes are for the agents."""
    for line in narrative:
        if line.code not in {"INS", "BNF", "INT", "REC"}:
            into.new("InstrForCdtrAgt").put("InstrInf", line.whole)
    for line in narrative:
        if line.code in {"INT", "REC"}:
            into.new("InstrForNxtAgt").put("InstrInf", line.whole)
    told = " ".join(line.whole for line in narrative if line.code == "BNF")
    for start in range(0, len(told), REMITTANCE_LENGTH):
        into.put("RmtInf/Ustrd", told[start : start + REMITTANCE_LENGTH])


def put_cover(into: Mx, cover: FinMessage, transfer: FinMessage) -> None:
    """`UndrlygCstmrCdtTrf` of sequence B.

    Its 52a is the one of sequence A or the sender where absent, its 57a the 58a of sequence A.
    """
    debtor = party(cover.need("50"))
    put_party(into, "Dbtr", debtor, unidentified="TXID")
    put_account(into, "DbtrAcct", debtor.account if debtor else None)
    ordering = party(cover.find("52") or transfer.find("52"))
    put_agent(into, "DbtrAgt", ordering or PartyField(bic=transfer.sender), account="DbtrAgtAcct")
    put_agent(into, "IntrmyAgt1", party(cover.find("56")), account="IntrmyAgt1Acct")
    account_with = party(cover.find("57") or transfer.find("58"))
    put_agent(into, "CdtrAgt", account_with, account="CdtrAgtAcct")
    creditor = party(cover.need("59"))
    put_party(into, "Cdtr", creditor, unidentified="NONE")
    put_account(into, "CdtrAcct", creditor.account if creditor else None)
    into.put("RmtInf/Ustrd", remittance(cover.find("70")))
    instructed: Field | None = cover.find("33B")
    put_money(into, "InstdAmt", money(instructed) if instructed else None)
