"""camt.053 → MT940, camt.052 → MT942, camt.054 → MT900 or MT910, camt.060 → MT920."""

import re

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.values import comma
from settlement.messages.mx_tree import at, every, text_at, texts_at
from settlement.messages.refusals import MissingElement
from settlement.messages.to_mt.drafting import (
    NOT_PROVIDED,
    Draft,
    day,
    decimal,
    message,
    money,
    need,
    need_day,
    need_money,
    place,
    reference,
)
from settlement.messages.to_mt.narratives import narrative
from settlement.messages.to_mt.parties import account, agent, ordering
from settlement.messages.xml_door import Document

_OPENING = ("OPBD", "PRCD")
_OFFSET = re.compile(
    r"[0-9]{2}([0-9]{2})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})"
    r"(?::[0-9.]+)?(?:Z|([+-][0-9]{2}):([0-9]{2}))?"
)
_NO_CURRENCY = "NPV"
"""What stands for a currency that is not provided, in a field that must have one."""
_LIMITS = {"DEBT": "D", "CRED": "C", "BOTH": ""}


def statement(document: Document) -> FinMessage:
    """The MT940 of a camt.053; interim balances where it is one of several pages.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    told = at(document.body, "Stmt")
    draft = Draft()
    draft.add("20", reference(need(told, "Id")))
    _owned_account(draft, told)
    draft.add("28C", _number(told, "StmtPgntn"))
    opening, closing = _ends(told)
    draft.add(*opening)
    _entries(draft, told)
    draft.add(*closing)
    for code, tag in (("CLAV", "64"), ("FWAV", "65")):
        for balance in _balances(told, code):
            draft.add(tag, _side_day_amount(told, balance, code))
    return message(document, "940", draft)


def _owned_account(draft: Draft, told: etree._Element | None) -> None:
    """Field 25, or 25P with the owner's BIC."""
    number = account(told, "Acct") or NOT_PROVIDED
    owner = text_at(told, "Acct/Ownr/Id/OrgId/AnyBIC")
    draft.add("25P" if owner else "25", f"{number}\n{owner}" if owner else number)


def _number(told: etree._Element | None, pages: str) -> str:
    """Statement number (at most five digits) and page."""
    legal = text_at(told, "LglSeqNb") or ""
    number = legal if 0 < len(legal) < 6 else text_at(told, "ElctrncSeqNb") or "1"
    number = (number.lstrip("0") or "0")[:5]
    page = (text_at(told, f"{pages}/PgNb") or "").lstrip("0")
    return f"{number}/{page}" if page else number


def _balances(told: etree._Element | None, *codes: str) -> list[etree._Element]:
    found = every(told, "Bal")
    return [one for one in found if text_at(one, "Tp/CdOrPrtry/Cd") in codes]


def _ends(told: etree._Element | None) -> tuple[tuple[str, str], tuple[str, str]]:
    """Opening and closing balance with their tags: 60F and 62F, or 60M and 62M.

    The first interim balance opens where none does, the last closes where none does.

    Raises:
        MissingElement: there is no opening or no closing balance.
    """
    opening, closing = _balances(told, *_OPENING), _balances(told, "CLBD")
    interim = _balances(told, "ITBD")
    first = opening[0] if opening else interim[0] if interim else None
    left = interim[0 if opening else 1 :]
    last = closing[0] if closing else left[-1] if left else None
    return (
        ("60F" if opening else "60M", _side_day_amount(told, first, "OPBD")),
        ("62F" if closing else "62M", _side_day_amount(told, last, "CLBD")),
    )


def _side_day_amount(told: etree._Element | None, balance: etree._Element | None, code: str) -> str:
    """A balance as FIN tells it.

    Raises:
        MissingElement: there is none of this code.
    """
    if balance is None:
        path = f"Bal/Tp/CdOrPrtry/Cd={code}"
        raise MissingElement(place(told, path), path=path)
    side = "D" if text_at(balance, "CdtDbtInd") == "DBIT" else "C"
    when = need_day(balance, "Dt/Dt", "Dt/DtTm")
    return side + when + need_money(balance, "Amt")


def _entries(draft: Draft, told: etree._Element | None) -> None:
    """Field 61 for every entry."""
    for entry in every(told, "Ntry"):
        draft.add("61", _entry(entry))


def _entry(entry: etree._Element) -> str:
    """Value date, entry date, mark, amount, type, reference."""
    booked = day(entry, "BookgDt/Dt", "BookgDt/DtTm")
    valued = day(entry, "ValDt/Dt", "ValDt/DtTm") or booked or need_day(entry, "ValDt/Dt")
    side = need(entry, "CdtDbtInd")
    mark = "D" if side == "DBIT" else "C"
    if text_at(entry, "RvslInd") in {"true", "1"}:
        mark = "RC" if mark == "D" else "RD"
    amount = need_money(entry, "Amt")[3:]
    path = "InstrId" if side == "DBIT" else "EndToEndId"
    said = text_at(entry, f"NtryDtls/TxDtls/Refs/{path}")
    told = reference(said)
    owner = "NONREF" if told == NOT_PROVIDED != said else told
    return f"{valued}{booked[2:]}{mark}{amount}NTRF{owner}"


def report(document: Document) -> FinMessage:
    """The MT942 of a camt.052.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    told = at(document.body, "Rpt")
    draft = Draft()
    draft.add("20", reference(need(told, "Id")))
    draft.add("25", account(told, "Acct") or NOT_PROVIDED)
    number = _number(told, "RptPgntn")
    draft.add("28C", number if "/" in number else f"{number}/1")
    currency = text_at(told, "Acct/Ccy") or _currency(told)
    draft.add("34F", f"{currency}0," if currency else None)
    draft.add("13D", _moment(text_at(told, "CreDtTm") or need(document.body, "GrpHdr/CreDtTm")))
    _entries(draft, told)
    for tag, name in (("90D", "TtlDbtNtries"), ("90C", "TtlCdtNtries")):
        total = at(told, f"TxsSummry/{name}/Sum")
        if total is not None:
            count = text_at(told, f"TxsSummry/{name}/NbOfNtries") or "0"
            draft.add(tag, f"{count}{currency or _NO_CURRENCY}{comma(decimal(total, 'Sum'))}")
    return message(document, "942", draft)


def _currency(told: etree._Element | None) -> str | None:
    """The currency of the first entry, else of the first balance."""
    amounts = every(told, "Ntry/Amt") + every(told, "Bal/Amt")
    return amounts[0].get("Ccy") if amounts else None


def _moment(text: str) -> str | None:
    """YYMMDDHHMM and offset, as the sender's clock showed it."""
    found = _OFFSET.match(text)
    if found is None:
        return None
    *digits, hours, minutes = found.groups()
    return "".join(digits) + (hours or "+00") + (minutes or "00")


def notification(document: Document) -> FinMessage:
    """The MT900 (debit) or MT910 (credit) of a camt.054.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    told = at(document.body, "Ntfctn")
    entry = at(told, "Ntry")
    details = at(entry, "NtryDtls/TxDtls")
    credit = text_at(entry, "CdtDbtInd") == "CRDT"
    draft = Draft()
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    draft.add("21", reference(_related(details)))
    _owned_account(draft, told)
    booked = text_at(entry, "BookgDt/DtTm")
    draft.add("13D", _moment(booked) if booked else None)
    draft.add("32A", _value_date(entry, details) + need_money(entry, "Amt"))
    if credit:
        _payer(draft, details)
    else:
        draft.add_field(_debited_institution(details))
    draft.add("72", narrative(texts_at(details, "AddtlTxInf")))
    return message(document, "910" if credit else "900", draft)


def _related(details: etree._Element | None) -> str | None:
    references = at(details, "Refs")
    names = ("InstrId", "EndToEndId", "TxId", "MsgId")
    return next((told for name in names if (told := text_at(references, name))), None)


def _value_date(entry: etree._Element | None, details: etree._Element | None) -> str:
    return (
        day(entry, "ValDt/Dt", "ValDt/DtTm")
        or day(details, "RltdDts/IntrBkSttlmDt")
        or day(entry, "BookgDt/Dt", "BookgDt/DtTm")
        or need_day(entry, "ValDt/Dt")
    )


def _debited_institution(details: etree._Element | None) -> Field | None:
    return agent(details, "RltdPties/Dbtr/Agt", "52", account_path="RltdPties/DbtrAcct")


def _payer(draft: Draft, details: etree._Element | None) -> None:
    """Ordering customer and institution; NOTPROVIDED stands in for an unknown institution."""
    if at(details, "RltdPties/Dbtr/Pty") is not None:
        draft.add_field(ordering(details, "RltdPties/Dbtr/Pty", account_path="RltdPties/DbtrAcct"))
    institution = agent(details, "RltdAgts/DbtrAgt", "52") or _debited_institution(details)
    draft.add_field(institution or Field("52D", NOT_PROVIDED))
    draft.add_field(agent(details, "RltdAgts/IntrmyAgt1", "56"))


def asked_report(document: Document) -> FinMessage:
    """The MT920 of a camt.060.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    draft = Draft()
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    for asked in every(document.body, "RptgReq"):
        draft.add("12", _number_asked(need(asked, "ReqdMsgNmId")))
        draft.add("25", account(asked, "Acct") or NOT_PROVIDED)
        limits = every(asked, "ReqdTxTp/FlrLmt")
        for limit in limits:
            side = _LIMITS.get(text_at(limit, "CdtDbtInd") or "", "")
            amount = money(limit, "Amt")
            draft.add("34F", f"{amount[:3]}{side}{amount[3:]}" if amount else None)
    return message(document, "920", draft)


def _number_asked(name: str) -> str:
    """The MT number of the statement asked for."""
    numbers = {"camt.052": "942", "camt.053": "940"}
    return next((mt for prefix, mt in numbers.items() if name.startswith(prefix)), name)
