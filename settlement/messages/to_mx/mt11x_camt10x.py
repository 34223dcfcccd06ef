"""Cheques: MT110 → camt.107 (advice), MT111 → camt.108 (stop request), MT112 → camt.109."""

import datetime as dt

from lxml import etree

from settlement.messages.fin.model import FinMessage
from settlement.messages.fin.narrative import Coded, coded
from settlement.messages.fin.parties import party
from settlement.messages.fin.values import date, dated_money, money
from settlement.messages.mx_tree import Mx
from settlement.messages.to_mx.envelope import Envelope, envelope, group_header
from settlement.messages.to_mx.mt210_camt057 import split_items
from settlement.messages.to_mx.parts import (
    NOT_PROVIDED,
    put_account,
    put_agent,
    put_money,
    put_party,
)

_LINE_CODE = "2/"
"""Address lines of a payee keep the line code of the structured option (CBPR+ cheque messages)."""
REASONS = {
    "RequestedByCustomer": "CUST",
    "DuplicateCheque": "DUPL",
    "FraudulentOrigin": "FRAD",
    "ChequeLost": "LOST",
    "Narrative": "NARR",
}
"""Words of field 75 → external cheque cancellation reason."""
STATUSES = {"Accepted": "ACCR", "Rejected": "RJCR"}


def advice(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.107.001.01 of an MT110, each cheque its own.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    cheques = split_items(message)
    made = _envelope(message, "camt.107.001.01", "ChqPresntmntNtfctn", len(cheques), at)
    for cheque in cheques:
        into = made.body.new("Chq")
        into.put("InstrId", message.need("20").value)
        put_cheque(into, cheque)
        payer = party(cheque.find("50"))
        put_party(into, "Pyer", payer)
        put_account(into, "PyerAcct", payer.account if payer else None)
        put_agent(into, "DrwrAgt", party(cheque.find("52")))
        put_payee(into, cheque, prefix="")
    return made.root


def stop_request(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.108.001.01 of an MT111.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = _envelope(message, "camt.108.001.01", "ChqCxlOrStopReq", 1, at)
    into = put_stopped(made, message)
    reason = _first(coded(message.find("75")))
    code = REASONS.get(reason.code or reason.text.strip("/"), reason.code)
    into.put("ChqCxlOrStopRsn/Rsn/Cd", code or "CUST")
    into.put("ChqCxlOrStopRsn/AddtlInf", reason.text if reason.code else None)
    return made.root


def stop_report(message: FinMessage, *, at: dt.datetime) -> etree._Element:
    """camt.109.001.01 of an MT112.

    Raises:
        MissingField, BrokenField: a mandatory field is absent, or one cannot be read.
    """
    made = _envelope(message, "camt.109.001.01", "ChqCxlOrStopRpt", 1, at)
    into = put_stopped(made, message)
    answer = _first(coded(message.need("76")))
    code = STATUSES.get(answer.code, answer.code)
    into.put("ChqCxlOrStopSts/Sts/Cd", code or NOT_PROVIDED)
    into.put("ChqCxlOrStopSts/AddtlInf", answer.text)
    return made.root


def _envelope(
    message: FinMessage, definition: str, element: str, cheques: int, at: dt.datetime
) -> Envelope:
    made = envelope(message, definition=definition, element=element, at=at)
    group_header(made, message).put("NbOfChqs", cheques)
    return made


def _first(lines: list[Coded]) -> Coded:
    return lines[0] if lines else Coded("", "")


def put_stopped(made: Envelope, message: FinMessage) -> Mx:
    """`Chq` of a stop request or of its answer, up to the payee."""
    into = made.body.new("Chq")
    into.put("InstrId", message.need("20").value)
    into.put("OrgnlInstrId", NOT_PROVIDED)
    put_cheque(into, message)
    put_agent(into, "DrwrAgt", party(message.find("52")))
    put_payee(into, message, prefix=_LINE_CODE)
    return into


def put_cheque(into: Mx, cheque: FinMessage) -> None:
    """Number, day of issue, amount."""
    issued = cheque.need("30")
    into.put("ChqNb", cheque.need("21").value)
    into.put("IsseDt", date(issued.value, issued).isoformat())
    amount = cheque.need("32")
    value = dated_money(amount)[1] if amount.option == "A" else money(amount)
    put_money(into, "Amt", value)


def put_payee(into: Mx, cheque: FinMessage, *, prefix: str) -> None:
    """The payee and its account."""
    payee = party(cheque.find("59"))
    put_party(into, "Pyee", payee, unidentified="NONE", prefix=prefix)
    put_account(into, "PyeeAcct", payee.account if payee else None)
