"""pacs.008 and pacs.009 into facts."""

from settlement.messages.facts import BankTransfer, CreditTransfer
from settlement.messages.mx_tree import every, text_at
from settlement.messages.readers.elements import (
    day,
    header,
    money,
    need_money,
    opened,
    party,
)
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
    head = header(document)
    return [
        CreditTransfer(
            header=head,
            instruction_id=text_at(one, "PmtId/InstrId") or head.message_id,
            end_to_end_id=need(one, "PmtId/EndToEndId"),
            uetr=text_at(one, "PmtId/UETR"),
            settled=need_money(one, "IntrBkSttlmAmt"),
            value_date=day(one, "IntrBkSttlmDt"),
            charge_bearer=need(one, "ChrgBr"),
            debtor=party(one, "Dbtr"),
            debtor_account=account(one, "DbtrAcct"),
            debtor_agent=bic(one, "DbtrAgt"),
            creditor_agent=bic(one, "CdtrAgt"),
            creditor=party(one, "Cdtr"),
            creditor_account=account(one, "CdtrAcct"),
            instructed=money(one, "InstdAmt"),
            intermediary=bic(one, "IntrmyAgt1"),
            remittance=text_at(one, "RmtInf/Ustrd"),
        )
        for one in every(document.body, "CdtTrfTxInf")
    ]


def pacs009(data: bytes, *, file: str | None = None, validated: bool = True) -> list[BankTransfer]:
    """Every transfer between institutions of a pacs.009.

    Args:
        validated: hold the document to its schema first.

    Raises:
        MessageRefused: with file, line, field and rule.
    """
    document = opened(data, "FICdtTrf", file=file, validated=validated)
    head = header(document)
    return [
        BankTransfer(
            header=head,
            instruction_id=text_at(one, "PmtId/InstrId") or head.message_id,
            end_to_end_id=need(one, "PmtId/EndToEndId"),
            uetr=text_at(one, "PmtId/UETR"),
            settled=need_money(one, "IntrBkSttlmAmt"),
            value_date=day(one, "IntrBkSttlmDt"),
            debtor=need(one, "Dbtr/FinInstnId/BICFI"),
            creditor=need(one, "Cdtr/FinInstnId/BICFI"),
            debtor_account=account(one, "DbtrAcct"),
            creditor_agent=bic(one, "CdtrAgt"),
            creditor_account=account(one, "CdtrAcct"),
            intermediary=bic(one, "IntrmyAgt1"),
            remittance=text_at(one, "RmtInf/Ustrd"),
        )
        for one in every(document.body, "CdtTrfTxInf")
    ]
