"""pacs.008 and pacs.009 into facts."""

import datetime as dt

from lxml import etree

from settlement.messages.facts import BankTransfer, CreditTransfer, Header
from settlement.messages.mx_tree import at, every, text_at, texts_at
from settlement.messages.readers.elements import (
    day,
    header,
    money,
    need_money,
    opened,
    party,
)
from settlement.messages.readers.naming import naming
from settlement.messages.to_mt.drafting import need
from settlement.messages.to_mt.parties import account, bic


def pacs008(
    data: bytes, *, file: str | None = None, validated: bool = True
) -> list[CreditTransfer]:
    """Every customer credit transfer of a pacs.008.

    Args:
        validated: hold the document to its schema first.

    Raises:
        MessageRefused: with file, line, field and rule.
    """
    document = opened(data, "FIToFICstmrCdtTrf", file=file, validated=validated)
    with naming(file):
        head = header(document)
        transfers = every(document.body, "CdtTrfTxInf")
        return [_credit_transfer(head, one) for one in transfers]


def _credit_transfer(head: Header, one: etree._Element) -> CreditTransfer:
    return CreditTransfer(
        header=head,
        instruction_id=text_at(one, "PmtId/InstrId") or head.message_id,
        end_to_end_id=need(one, "PmtId/EndToEndId"),
        uetr=text_at(one, "PmtId/UETR"),
        settled=need_money(one, "IntrBkSttlmAmt"),
        value_date=_value_date(one),
        charge_bearer=need(one, "ChrgBr"),
        debtor=party(one, "Dbtr"),
        debtor_account=account(one, "DbtrAcct"),
        debtor_agent=bic(one, "DbtrAgt"),
        creditor_agent=bic(one, "CdtrAgt"),
        creditor=party(one, "Cdtr"),
        creditor_account=account(one, "CdtrAcct"),
        instructed=money(one, "InstdAmt"),
        intermediary=bic(one, "IntrmyAgt1"),
        remittance=" ".join(texts_at(one, "RmtInf/Ustrd")) or None,
    )


def pacs009(data: bytes, *, file: str | None = None, validated: bool = True) -> list[BankTransfer]:
    """Every transfer between institutions of a pacs.009.

    Args:
        validated: hold the document to its schema first.

    Raises:
        MessageRefused: with file, line, field and rule.
    """
    document = opened(data, "FICdtTrf", file=file, validated=validated)
    with naming(file):
        head = header(document)
        transfers = every(document.body, "CdtTrfTxInf")
        return [_bank_transfer(head, one) for one in transfers]


def _bank_transfer(head: Header, one: etree._Element) -> BankTransfer:
    return BankTransfer(
        header=head,
        instruction_id=text_at(one, "PmtId/InstrId") or head.message_id,
        end_to_end_id=need(one, "PmtId/EndToEndId"),
        uetr=text_at(one, "PmtId/UETR"),
        settled=need_money(one, "IntrBkSttlmAmt"),
        value_date=_value_date(one),
        debtor=need(one, "Dbtr/FinInstnId/BICFI"),
        creditor=need(one, "Cdtr/FinInstnId/BICFI"),
        debtor_account=account(one, "DbtrAcct"),
        creditor_agent=bic(one, "CdtrAgt"),
        creditor_account=account(one, "CdtrAcct"),
        intermediary=bic(one, "IntrmyAgt1"),
        remittance=" ".join(texts_at(one, "RmtInf/Ustrd")) or None,
    )


def _value_date(one: etree._Element) -> dt.date:
    """The transaction's settlement date, else the group's."""
    group = at(one.getparent(), "GrpHdr")
    common = text_at(one, "IntrBkSttlmDt") is None and text_at(group, "IntrBkSttlmDt")
    return day(group if common else one, "IntrBkSttlmDt")
