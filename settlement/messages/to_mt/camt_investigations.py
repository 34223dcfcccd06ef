"""camt.056 and camt.058 → MTn92, camt.029 → MTn96, camt.057 → MT210."""

import re

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.mx_tree import at, every, text_at, texts_at
from settlement.messages.to_mt.drafting import (
    NOT_PROVIDED,
    Draft,
    day,
    fold,
    message,
    money,
    need,
    need_day,
    need_money,
    reference,
    wrap,
)
from settlement.messages.to_mt.limits import require_alike
from settlement.messages.to_mt.pacs_returns import is_customer
from settlement.messages.to_mt.parties import account, agent, bic, ordering
from settlement.messages.xml_door import Document

_NUMBERS = (
    ("pacs.008", "103"),
    ("pacs.003", "104"),
    ("pacs.009", "202"),
    ("pacs.010", "204"),
    ("camt.057", "210"),
    ("pain.001", "101"),
)
_END = "\x1e\x1f"
"""A line end while text is folded: two characters, as on the wire, that text cannot hold."""
_SUMMARY = 200
"""Characters of an answer that field 76 takes; the rest goes on in 77A."""


def spoken_of(name: str | None) -> str:
    """The three digits that a message name stands for; 202 where it tells nothing known."""
    text = name or ""
    known = next((number for prefix, number in _NUMBERS if prefix in text), None)
    digits = re.search(r"(?:MT)?([0-9]{3})$", text)
    return known or (digits.group(1) if digits else "202")


def _original(transaction: etree._Element | None) -> str:
    """Field 11: type and date of the message spoken of."""
    group = at(transaction, "OrgnlGrpInf")
    number = spoken_of(text_at(group, "OrgnlMsgNmId"))
    when = day(group, "OrgnlCreDtTm")
    return f"{number}\n{when}" if when else number


def _parties(document: Document) -> tuple[str | None, str | None]:
    return bic(document.body, "Assgnmt/Assgnr/Agt"), bic(document.body, "Assgnmt/Assgne/Agt")


def _category(transaction: etree._Element | None) -> str:
    name = text_at(transaction, "OrgnlGrpInf/OrgnlMsgNmId")
    return "1" if is_customer(name) else "2"


def cancellation(document: Document) -> FinMessage:
    """The MTn92 of a camt.056.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    transaction = at(document.body, "Undrlyg/TxInf")
    draft = Draft()
    case = text_at(transaction, "Case/Id") or need(document.body, "Assgnmt/Id")
    draft.add("20", reference(case))
    draft.add("21", reference(text_at(transaction, "OrgnlInstrId")))
    draft.add("11S", _original(transaction))
    uetr = text_at(transaction, "OrgnlUETR")
    reason = text_at(transaction, "CxlRsnInf/Rsn/Cd")
    told = "".join(texts_at(transaction, "CxlRsnInf/AddtlInf"))
    detail = "" if told == NOT_PROVIDED else fold(told)
    draft.add("79", _withdrawn(reason, detail, uetr))
    amount = money(transaction, "OrgnlIntrBkSttlmAmt")
    value_date = day(transaction, "OrgnlIntrBkSttlmDt", "OrgnlGrpInf/OrgnlCreDtTm")
    if amount and value_date:
        draft.add("32A", value_date + amount)
    elif amount:
        draft.add("32B", amount)
    mt = f"{_category(transaction)}92"
    return message(document, mt, draft, uetr=uetr, parties=_parties(document))


def _withdrawn(reason: str | None, detail: str, uetr: str | None) -> str:
    """Field 79 (35 lines of 50): why, and which payment.

    The reference mapping folds both together, the line end between them counting two
    characters, so that a UETR may go on after "//". Where that would tear the line end or the
    code word, each is folded for itself.
    """
    why = f"/{reason}/{detail}" if reason else ""
    which = f"/UETR/{uetr}" if uetr else ""
    parts = [part for part in (why, which) if part]
    folded = wrap(_END.join(parts), width=50, lines=35)
    if f"{_END}/UETR/" in folded and f"//{_END}" not in folded:
        return folded.replace(_END, "\n")
    return "\n".join(wrap(part, width=50, lines=17) for part in parts)


def notice_cancellation(document: Document) -> FinMessage:
    """The MT292 of a camt.058: a notice to receive is withdrawn.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    original = at(document.body, "OrgnlNtfctn")
    item = at(original, "OrgnlNtfctnRef/OrgnlItm")
    draft = Draft()
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    draft.add("21", reference(text_at(item, "OrgnlItmId")))
    when = day(original, "OrgnlCreDtTm")
    draft.add("11S", f"210\n{when}" if when else "210")
    reason = text_at(document.body, "CxlRsn/Rsn/Cd")
    draft.add("79", f"/{reason}/" if reason else None)
    draft.add("30", day(item, "XpctdValDt"))
    draft.add("32B", money(item, "Amt"))
    return message(document, "292", draft)


def resolution(document: Document) -> FinMessage:
    """The MTn96 of a camt.029.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    details = at(document.body, "CxlDtls/TxInfAndSts")
    draft = Draft()
    told = text_at(details, "CxlStsId") or need(document.body, "Assgnmt/Id")
    draft.add("20", reference(told))
    draft.add("21", reference(text_at(details, "RslvdCase/Id")))
    answer = _answer(document, details)
    uetr = text_at(details, "OrgnlUETR")
    draft.add("76", wrap(answer[:_SUMMARY]))
    rest = answer[_SUMMARY:] + (f"/UETR/{uetr}" if uetr else "")
    draft.add("77A", wrap(rest, lines=20) if rest else None)
    draft.add("11R", _original(details))
    mt = f"{_category(details)}96"
    return message(document, mt, draft, uetr=uetr, parties=_parties(document))


def _answer(document: Document, details: etree._Element | None) -> str:
    """`/CONFIRMATION/reason/text`."""
    confirmation = text_at(document.body, "Sts/Conf") or ""
    reason = text_at(details, "CxlStsRsnInf/Rsn/Cd") or ""
    text = "".join(texts_at(details, "CxlStsRsnInf/AddtlInf"))
    return f"/{confirmation}/" + "/".join(part for part in (reason, fold(text)) if part)


def notice(document: Document) -> FinMessage:
    """The MT210 of a camt.057: one repetition for each item.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    notification = at(document.body, "Ntfctn")
    items = every(notification, "Itm")
    first = items[0] if items else document.body
    draft = Draft()
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    number = account(notification, "Acct") or account(first, "Acct") or NOT_PROVIDED
    draft.add("25", number)
    require_alike(items, "XpctdValDt")
    told = day(first, "XpctdValDt") or day(notification, "XpctdValDt")
    draft.add("30", told or need_day(first, "XpctdValDt"))
    for item in items or [first]:
        draft.add("21", reference(text_at(item, "EndToEndId") or text_at(item, "Id")))
        draft.add("32B", need_money(item, "Amt"))
        _sender(draft, notification, item)
    return message(document, "210", draft, uetr=text_at(first, "UETR"))


def _sender(draft: Draft, notification: etree._Element | None, item: etree._Element) -> None:
    """Who will send the money: of the item, or of the whole notice.

    MT210 has the ordering customer or the ordering institution, never both (network rule C06):
    a debtor that is a party goes before the bank it pays through.
    """
    told = [element for element in (item, notification) if element is not None]
    debtor = next((found for element in told if (found := _debtor(element))), None)
    banks = (agent(element, "DbtrAgt", "52") for element in told)
    bank = next((found for found in banks if found and found.value != NOT_PROVIDED), None)
    draft.add_field(debtor or bank)
    draft.add_field(agent(item, "IntrmyAgt", "56") or agent(notification, "IntrmyAgt", "56"))


def _debtor(element: etree._Element) -> Field | None:
    """The debtor that one element names: a party (50a), else an institution (52a)."""
    party = ordering(element, "Dbtr/Pty", letters="CF.", lines_as_f=True)
    return party or agent(element, "Dbtr/Agt", "52")
