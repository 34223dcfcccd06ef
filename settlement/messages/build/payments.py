"""pacs.008, pacs.009 and pacs.002 out of facts."""

import re
from decimal import Decimal

from settlement.messages.build.envelope import Draft, begin, finish, group_header, put_money
from settlement.messages.facts import BankTransfer, CreditTransfer, Money, Party, PaymentStatus
from settlement.messages.mx_tree import Mx

CBPR = "swift.cbprplus.03"
REMITTANCE_LENGTH = 140
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def pacs008(fact: CreditTransfer) -> bytes:
    """A customer credit transfer, pacs.008.001.08.

    Raises:
        SchemaBroken, UsageRuleBroken: a fact does not fit the message.
    """
    draft = begin(fact.header, "pacs.008.001.08", "FIToFICstmrCdtTrf", service=CBPR)
    group_header(draft, fact.header, transactions=1).put("SttlmInf/SttlmMtd", "INDA")
    into = _transaction(draft, fact)
    put_money(into, "InstdAmt", fact.instructed)
    into.put("ChrgBr", fact.charge_bearer)
    if fact.charge_bearer == "CRED":
        # The creditor bears charges: what was taken is told, and the house takes nothing (CBPR+).
        charged = into.new("ChrgsInf")
        put_money(charged, "Amt", Money(fact.settled.currency, Decimal(0)))
        put_agent(charged, "Agt", fact.header.sender)
    _agents(into, fact)
    put_party(into, "Dbtr", fact.debtor)
    put_account(into, "DbtrAcct", fact.debtor_account)
    put_agent(into, "DbtrAgt", fact.debtor_agent or fact.header.sender)
    put_agent(into, "CdtrAgt", fact.creditor_agent or fact.header.receiver)
    put_party(into, "Cdtr", fact.creditor)
    put_account(into, "CdtrAcct", fact.creditor_account)
    put_remittance(into, fact.remittance)
    return finish(draft)


def pacs009(fact: BankTransfer) -> bytes:
    """A transfer between institutions, pacs.009.001.08.

    Raises:
        SchemaBroken: a fact does not fit the message.
    """
    draft = begin(fact.header, "pacs.009.001.08", "FICdtTrf", service=CBPR)
    group_header(draft, fact.header, transactions=1).put("SttlmInf/SttlmMtd", "INDA")
    into = _transaction(draft, fact)
    _agents(into, fact)
    put_agent(into, "Dbtr", fact.debtor)
    put_account(into, "DbtrAcct", fact.debtor_account)
    put_agent(into, "CdtrAgt", fact.creditor_agent)
    put_agent(into, "Cdtr", fact.creditor)
    put_account(into, "CdtrAcct", fact.creditor_account)
    put_remittance(into, fact.remittance)
    return finish(draft)


def pacs002(fact: PaymentStatus) -> bytes:
    """The status of a payment, pacs.002.001.10.

    Raises:
        SchemaBroken: a fact does not fit the message.
    """
    draft = begin(fact.header, "pacs.002.001.10", "FIToFIPmtStsRpt", service=CBPR)
    group_header(draft, fact.header)
    into = draft.body.new("TxInfAndSts")
    into.put("OrgnlGrpInf/OrgnlMsgId", fact.original_message_id)
    into.put("OrgnlGrpInf/OrgnlMsgNmId", fact.original_definition)
    into.put("OrgnlInstrId", fact.original_instruction_id)
    into.put("OrgnlEndToEndId", fact.original_end_to_end_id)
    into.put("OrgnlUETR", fact.original_uetr)
    into.put("TxSts", fact.status)
    into.put("StsRsnInf/Rsn/Cd", fact.reason)
    into.put("StsRsnInf/AddtlInf", fact.detail)
    put_agent(into, "InstgAgt", fact.header.sender)
    put_agent(into, "InstdAgt", fact.header.receiver)
    return finish(draft)


def _transaction(draft: Draft, fact: CreditTransfer | BankTransfer) -> Mx:
    into = draft.body.new("CdtTrfTxInf")
    into.put("PmtId/InstrId", fact.instruction_id)
    into.put("PmtId/EndToEndId", fact.end_to_end_id)
    into.put("PmtId/UETR", fact.uetr)
    put_money(into, "IntrBkSttlmAmt", fact.settled)
    into.put("IntrBkSttlmDt", fact.value_date.isoformat())
    return into


def _agents(into: Mx, fact: CreditTransfer | BankTransfer) -> None:
    put_agent(into, "InstgAgt", fact.header.sender)
    put_agent(into, "InstdAgt", fact.header.receiver)
    put_agent(into, "IntrmyAgt1", fact.intermediary)


def put_agent(into: Mx, name: str, bic: str | None) -> None:
    """An agent by its BIC."""
    if bic:
        into.put(f"{name}/FinInstnId/BICFI", bic)


def put_account(into: Mx, name: str, account: str | None) -> None:
    """An account: IBAN where it has that form, otherwise another identification."""
    if account:
        kind = "IBAN" if _IBAN.fullmatch(account) else "Othr/Id"
        into.put(f"{name}/Id/{kind}", account)


def put_party(into: Mx, name: str, party: Party) -> None:
    """A customer; one known by its BIC carries neither name nor address (CBPR+)."""
    group = into.new(name)
    if party.bic is None:
        group.put("Nm", party.name)
        group.put("PstlAdr/TwnNm", party.town)
        group.put("PstlAdr/Ctry", party.country)
        for row in party.address:
            group.put("PstlAdr/AdrLine", row)
    group.put("Id/OrgId/AnyBIC", party.bic)
    group.put("Id/OrgId/LEI", party.lei)


def put_remittance(into: Mx, text: str | None) -> None:
    """Unstructured remittance, cut to the 140 characters that CBPR+ carries."""
    into.put("RmtInf/Ustrd", text[:REMITTANCE_LENGTH] if text else None)
