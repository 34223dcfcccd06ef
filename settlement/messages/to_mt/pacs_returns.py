"""pacs.004 → MT103 RETN, MT202 RETN, MT205 RETN; pacs.002 → MT199, MT299 REJT."""

import re

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.mx_tree import at, text_at
from settlement.messages.refusals import NoTranslation
from settlement.messages.to_mt.drafting import (
    LINE,
    NOT_PROVIDED,
    Draft,
    message,
    money,
    need,
    need_day,
    need_money,
    place,
    rate,
    reference,
)
from settlement.messages.to_mt.narratives import (
    add_charges,
    add_times,
    bank_operation,
    rejected,
    returned,
)
from settlement.messages.to_mt.parties import agent, beneficiary, bic, ordering
from settlement.messages.xml_door import Document

_CUSTOMER = re.compile(r"(?:pacs\.008|pacs\.003|MT10[0-9])")
_BANK = re.compile(r"(?:pacs\.009|pacs\.010|MT20[0-9])")


def is_customer(name: str | None) -> bool:
    """Whether a message name is one of customer payments (category 1)."""
    return bool(name and _CUSTOMER.search(name))


def is_bank(name: str | None) -> bool:
    """Whether a message name is one of bank payments (category 2)."""
    return bool(name and _BANK.search(name))


def payment_return(document: Document) -> FinMessage:
    """The RETN message of a pacs.004.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    transaction = at(document.body, "TxInf")
    if transaction is None:
        need(document.body, "TxInf/RtrId")
        transaction = document.body
    name = text_at(transaction, "OrgnlGrpInf/OrgnlMsgNmId") or ""
    between_banks = (
        at(transaction, "RtrChain/Dbtr/Agt") is not None
        and at(transaction, "RtrChain/Cdtr/Agt") is not None
    )
    draft = Draft()
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    if is_customer(name) or (not is_bank(name) and not between_banks):
        mt = "103"
        _customer(draft, document, transaction)
    else:
        mt = "205" if name.startswith("MT205") else "202"
        _bank(draft, document, transaction)
    group = at(document.body, "GrpHdr")
    return message(
        document,
        mt,
        draft,
        uetr=text_at(transaction, "OrgnlUETR"),
        parties=(
            bic(group, "InstgAgt") or bic(transaction, "InstgAgt"),
            bic(group, "InstdAgt") or bic(transaction, "InstdAgt"),
        ),
    )


def _settled(transaction: etree._Element) -> str:
    amount = need_money(transaction, "RtrdIntrBkSttlmAmt")
    return need_day(transaction, "IntrBkSttlmDt") + amount


def _account(document: Document) -> str | None:
    group = at(document.body, "GrpHdr/SttlmInf/SttlmAcct/Id")
    number = text_at(group, "IBAN") or text_at(group, "Othr/Id")
    return f"/{number}" if number else None


def _customer(draft: Draft, document: Document, transaction: etree._Element) -> None:
    chain = at(transaction, "RtrChain")
    add_times(draft, transaction)
    draft.add("23B", bank_operation(transaction))
    draft.add("32A", _settled(transaction))
    draft.add("33B", money(transaction, "RtrdInstdAmt"))
    draft.add("36", rate(transaction, "XchgRate"))
    draft.add_field(_debtor(chain))
    draft.add_field(agent(chain, "DbtrAgt", "52", account_path="DbtrAgtAcct"))
    draft.add("53B", _account(document))
    draft.add_field(agent(chain, "IntrmyAgt1", "56", account_path="IntrmyAgt1Acct", options="C"))
    draft.add_field(agent(chain, "CdtrAgt", "57", account_path="CdtrAgtAcct", options="CB"))
    draft.add_field(_creditor(chain))
    add_charges(draft, transaction)
    draft.add("72", returned(transaction, charges=False))
    draft.add("77B", _residence(chain))


def _debtor(chain: etree._Element | None) -> Field | None:
    """The debtor of the return; an institution stands as an ordering customer."""
    found = agent(chain, "Dbtr/Agt", "50")
    if found and found.tag == "50A":
        return found
    named = ordering(chain, "Dbtr/Agt/FinInstnId", lines_as_f=True)
    if named:
        return Field("50F", f"/{NOT_PROVIDED}\n{_numbered(named)}")
    if found:
        return Field("50K", found.value)
    return ordering(chain, "Dbtr/Pty", lines_as_f=True)


def _numbered(named: Field) -> str:
    """The lines of option F of a named institution, also where a name is all there is."""
    rows = [row for row in named.lines if row != f"/{NOT_PROVIDED}"]
    first = rows[0] if rows[0].startswith("1/") else f"1/{rows[0]}"
    return "\n".join([first[:LINE], *rows[1:]])


def _creditor(chain: etree._Element | None) -> Field | None:
    """The creditor of the return; an institution stands as a beneficiary."""
    found = agent(chain, "Cdtr/Agt", "59")
    if found and found.tag == "59A":
        return found
    named = beneficiary(chain, "Cdtr/Agt/FinInstnId")
    if named:
        return Field("59F", _numbered(named))
    if found:
        return Field("59", found.value)
    return beneficiary(chain, "Cdtr/Pty")


def _residence(chain: etree._Element | None) -> str | None:
    """Field 77B: the creditor's, else the debtor's country of residence."""
    if country := text_at(chain, "Cdtr/Pty/CtryOfRes"):
        return f"/BENEFRES/{country}"
    country = text_at(chain, "Dbtr/Pty/CtryOfRes")
    return f"/ORDERRES/{country}" if country else None


def _bank(draft: Draft, document: Document, transaction: etree._Element) -> None:
    chain = at(transaction, "RtrChain")
    draft.add("21", reference(text_at(transaction, "OrgnlEndToEndId")))
    add_times(draft, transaction)
    draft.add("32A", _settled(transaction))
    draft.add_field(agent(chain, "Dbtr/Agt", "52"))
    draft.add("53B", _account(document))
    draft.add_field(agent(chain, "IntrmyAgt1", "56", account_path="IntrmyAgt1Acct"))
    draft.add_field(agent(chain, "CdtrAgt", "57", account_path="CdtrAgtAcct", options="B"))
    draft.add_field(agent(chain, "Cdtr/Agt", "58"))
    draft.add("72", returned(transaction, charges=True))


def status(document: Document) -> FinMessage:
    """The MT199 (customer payments) or MT299 of a rejecting pacs.002.

    Raises:
        NoTranslation: the status is no rejection; FIN has no field for another one.
        MissingElement: something mandatory is absent.
    """
    transaction = at(document.body, "TxInfAndSts")
    told = text_at(transaction, "TxSts")
    if transaction is None or (told and told != "RJCT"):
        raise NoTranslation(
            place(document.body, "TxSts"), kind=f"pacs.002 with status {told}", target="MTn99"
        )
    draft = Draft()
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    draft.add("21", reference(text_at(transaction, "OrgnlInstrId")))
    draft.add("79", rejected(transaction))
    group = at(document.body, "GrpHdr")
    name = text_at(transaction, "OrgnlGrpInf/OrgnlMsgNmId")
    one = bool(is_customer(name) or re.fullmatch(r"MT1[0-9]{2}", name or ""))
    return message(
        document,
        "199" if one else "299",
        draft,
        uetr=text_at(transaction, "OrgnlUETR"),
        parties=(
            bic(group, "InstgAgt") or bic(transaction, "InstgAgt"),
            bic(group, "InstdAgt") or bic(transaction, "InstdAgt"),
        ),
    )
