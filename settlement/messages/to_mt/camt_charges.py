"""camt.105 → MTn90, camt.106 → MTn91; cheques: camt.107, 108, 109 → MT110, 111, 112."""

import re

from lxml import etree

from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.mx_tree import at, every, text_at
from settlement.messages.to_mt.drafting import (
    LINE,
    NOT_PROVIDED,
    Draft,
    day,
    fold,
    message,
    need,
    need_day,
    need_money,
    reference,
    wrap,
)
from settlement.messages.to_mt.pacs_returns import is_customer
from settlement.messages.to_mt.parties import account, agent, beneficiary, bic, numbered, ordering
from settlement.messages.xml_door import Document

_CODES = {"CFEE": "CANF", "DEBT": "OURC"}
"""Charge types that FIN spells otherwise; the rest are the same."""
_UNDERLYING = ("InstrId", "EndToEndId", "MsgId", "AcctSvcrRef")
REASONS = {
    "CUST": "RequestedByCustomer",
    "DUPL": "DuplicateCheque",
    "FRAD": "FraudulentOrigin",
    "LOST": "ChequeLost",
    "NARR": "Narrative",
}
STATUSES = {"ACCP": "Accepted", "ACCR": "Accepted", "REJT": "Rejected", "RJCR": "Rejected"}


def notification(document: Document) -> FinMessage:
    """The MTn90 of a camt.105.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    record, draft = _head(document)
    draft.add("25", account(document.body, "GrpHdr/ChrgsAcct") or NOT_PROVIDED)
    side = "C" if text_at(record, "TtlChrgsPerRcrd/CdtDbtInd") == "CRDT" else "D"
    draft.add(f"32{side}", need_day(record, "ValDt/Dt") + _total(document, record))
    draft.add_field(agent(record, "DbtrAgt", "52", account_path="DbtrAgtAcct"))
    return _charged(document, record, draft, "90")


def request(document: Document) -> FinMessage:
    """The MTn91 of a camt.106.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    record, draft = _head(document)
    draft.add("32B", _total(document, record))
    payer = agent(record, "DbtrAgt", "52", account_path="DbtrAgtAcct")
    holder = agent(document.body, "GrpHdr/ChrgsAcctAgt", "52")
    draft.add_field(payer or holder)
    draft.add_field(agent(record, "CdtrAgt", "57", account_path="CdtrAgtAcct"))
    return _charged(document, record, draft, "91")


def _head(document: Document) -> tuple[etree._Element | None, Draft]:
    per = at(document.body, "Chrgs/PerTx")
    record = at(per, "Rcrd")
    draft = Draft()
    draft.add("20", reference(need(per, "ChrgsId")))
    names = (text_at(record, f"UndrlygTx/{name}") for name in _UNDERLYING)
    draft.add("21", reference(next((told for told in names if told), None)))
    return record, draft


def _total(document: Document, record: etree._Element | None) -> str:
    """All charges together: of the one record, or of the head where there are several."""
    several = at(document.body, "GrpHdr/TtlChrgs")
    if several is not None and at(several, "TtlChrgsAmt") is not None:
        return need_money(several, "TtlChrgsAmt")
    return need_money(record, "TtlChrgsPerRcrd/TtlChrgsAmt")


def _charged(
    document: Document, record: etree._Element | None, draft: Draft, group: str
) -> FinMessage:
    """Breakdown, requestor and the message around them."""
    rows = [_charge(item) for item in every(document.body, "Chrgs/PerTx/Rcrd/ChrgsBrkdwn")]
    draft.add("71B", "\n".join(rows) or f"/{NOT_PROVIDED}/")
    asked_by = bic(document.body, "GrpHdr/ChrgsRqstr") or bic(record, "ChrgsRqstr")
    lines = _instruction(record) + ([f"/CHRQ/{asked_by}"] if asked_by else [])
    draft.add("72", "\n".join(lines))
    name = text_at(record, "UndrlygTx/MsgNmId")
    category = "1" if is_customer(name) else "2"
    return message(document, category + group, draft, uetr=text_at(record, "UndrlygTx/UETR"))


def _charge(item: etree._Element) -> str:
    code = text_at(item, "Tp/Cd") or NOT_PROVIDED
    side = {"DBIT": "D", "CRDT": "C"}.get(text_at(item, "CdtDbtInd") or "", "")
    return wrap(f"/{_CODES.get(code, code)}/{need_money(item, 'Amt')}/{side}")


def _instruction(record: etree._Element | None) -> list[str]:
    told = at(record, "InstrForInstdAgt")
    code, text = text_at(told, "Cd"), text_at(told, "InstrInf") or ""
    return wrap(f"/{code}/{fold(text)}", lines=5).split("\n") if code else []


def cheque_advice(document: Document) -> FinMessage:
    """The MT110 of a camt.107: every cheque.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    draft = Draft()
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    held = account(at(document.body, "Chq"), "DrwrAgtAcct")
    draft.add("53B", f"/{held}" if held else None)
    for cheque in every(document.body, "Chq"):
        _cheque(draft, cheque, "ValDt/Dt")
        draft.add_field(ordering(cheque, "Pyer", account_path="PyerAcct"))
        draft.add_field(agent(cheque, "DrwrAgt", "52", account_path="DrwrAgtAcct", options="B"))
        draft.add_field(beneficiary(cheque, "Pyee", account_path="PyeeAcct"))
    return message(document, "110", draft)


def _cheque(draft: Draft, cheque: etree._Element | None, value_date: str) -> None:
    """Number, day of issue, amount (32A where a value date is known)."""
    draft.add("21", reference(need(cheque, "ChqNb")))
    draft.add("30", need_day(cheque, "IsseDt"))
    valued = day(cheque, value_date)
    draft.add("32A" if valued else "32B", valued + need_money(cheque, "Amt"))


def _stopped(document: Document) -> tuple[etree._Element | None, Draft]:
    cheque = at(document.body, "Chq")
    draft = Draft()
    draft.add("20", reference(need(document.body, "GrpHdr/MsgId")))
    _cheque(draft, cheque, "FctvDt/Dt")
    draft.add_field(agent(cheque, "DrwrAgt", "52", account_path="DrwrAgtAcct", options="B"))
    draft.add_field(_payee(cheque))
    return cheque, draft


def _payee(cheque: etree._Element | None) -> Field | None:
    """The payee under no option letter; a structured one keeps its line codes."""
    payee = at(cheque, "Pyee")
    if text_at(payee, "PstlAdr/Ctry") is None:
        found = beneficiary(cheque, "Pyee", account_path="PyeeAcct", option_f=False)
        return Field("59", re.sub(r"(?m)^2/(?=[23]/)", "", found.value)) if found else None
    number = account(cheque, "PyeeAcct")
    rows = ([f"/{number}"] if number else []) + numbered(payee)
    return Field("59", "\n".join(rows))


def stop_request(document: Document) -> FinMessage:
    """The MT111 of a camt.108.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    cheque, draft = _stopped(document)
    reason = REASONS.get(text_at(cheque, "ChqCxlOrStopRsn/Rsn/Cd") or "")
    detail = fold(text_at(cheque, "ChqCxlOrStopRsn/AddtlInf") or "")
    draft.add("75", wrap(f"/{reason}/{detail}") if reason else None)
    return message(document, "111", draft)


def stop_report(document: Document) -> FinMessage:
    """The MT112 of a camt.109.

    Raises:
        MissingElement, BrokenElement: something mandatory is absent, or cannot be read.
    """
    cheque, draft = _stopped(document)
    status = STATUSES.get(text_at(cheque, "ChqCxlOrStopSts/Sts/Cd") or "", NOT_PROVIDED)
    detail = fold(text_at(cheque, "ChqCxlOrStopSts/AddtlInf") or "")
    draft.add("76", wrap(f"/{status}/{detail}")[: 6 * (LINE + 1)])
    return message(document, "112", draft)
