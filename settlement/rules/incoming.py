"""What messages of a file mean to capture: payments, instructions, cancellations.

A pacs message's number and sum of transactions are its control totals and must be those of its
transactions.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from lxml import etree

from backoffice.kernel.refusals import Place
from settlement.messages import readers
from settlement.messages.facts import BankTransfer, CreditTransfer, SecuritiesInstruction
from settlement.messages.fin.reading import parts
from settlement.messages.mx_tree import local_name, text_at
from settlement.messages.refusals import MessageRefused, MessageTooLarge
from settlement.messages.xml_door import MAX_BYTES, Document, open_message

type Fact = CreditTransfer | BankTransfer | SecuritiesInstruction


class WrongMessage(MessageRefused):
    """A message of a kind that trades or payments are not captured from."""

    code = "message-kind"
    en = "{kind} is not captured as {format}."
    th = "ไม่รับ {kind} ในรูปแบบ {format}"


class MessageTotalWrong(MessageRefused):
    """The group header's number or sum is not that of the transactions."""

    code = "message-control-total"
    en = "The transactions come to {counted}, the group header says {stated}."
    th = "รายการรวมได้ {counted} แต่ส่วนหัวระบุ {stated}"


@dataclass(frozen=True, slots=True)
class Told:
    """One fact of a message: its kind, and the line (FIN) or number (MX) of what tells it."""

    kind: str
    line: int
    fact: Fact


FIN_READERS: Final[Mapping[str, Callable[..., Fact]]] = {
    "103": readers.mt103,
    **dict.fromkeys(("202", "205"), readers.mt202),
    **dict.fromkeys(("540", "541", "542", "543"), readers.mt540_to_543),
}
CUSTOMER, BANK, SECURITIES = "FIToFICstmrCdtTrf", "FICdtTrf", "SctiesSttlmTxInstr"
KINDS: Final = {
    "pacs": frozenset({CUSTOMER, BANK}),
    "sese": frozenset({SECURITIES}),
    "mt": frozenset(FIN_READERS),
}


def read(path: Path, *, format_: str, at: datetime) -> Iterator[Told]:
    """Every fact of a file of messages.

    Args:
        format_: "pacs" or "sese" (one ISO 20022 document, valid against its schema), or "mt" (one
            or more FIN messages; acknowledgements are passed over).
        at: aware moment; creation time of FIN input messages, which do not tell it.

    Raises:
        MessageRefused: with file, line, field and rule.
    """
    if (size := path.stat().st_size) > MAX_BYTES:
        raise MessageTooLarge(Place(path.name), size=size, limit=MAX_BYTES)
    data = path.read_bytes()
    if format_ == "mt":
        return _fin(data, path.name, at)
    return _mx(data, path.name, format_)


def _mx(data: bytes, name: str, format_: str) -> Iterator[Told]:
    document = open_message(data, file=name)
    kind = local_name(document.body)
    if kind not in KINDS[format_]:
        raise WrongMessage(Place(name, _line(document.body), kind), kind=kind, format=format_)
    if kind == SECURITIES:
        yield Told(kind, _line(document.body), readers.sese023(data, file=name))
        return
    facts: list[CreditTransfer] | list[BankTransfer]
    if kind == CUSTOMER:
        facts = readers.pacs008(data, file=name)
    else:
        facts = readers.pacs009(data, file=name)
    _compare(document, facts, name)
    told: list[Fact] = [*facts]
    for number, fact in enumerate(told, start=1):
        yield Told(kind, number, fact)


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return int(line or 1)


def _compare(
    document: Document, facts: list[CreditTransfer] | list[BankTransfer], name: str
) -> None:
    sums = sum((fact.settled.amount for fact in facts), Decimal(0))
    counted = {"NbOfTxs": Decimal(len(facts)), "CtrlSum": sums, "TtlIntrBkSttlmAmt": sums}
    for path, found in counted.items():
        stated = text_at(document.body, f"GrpHdr/{path}")
        if stated is not None and Decimal(stated.strip()) != found:
            place = Place(name, _line(document.body), f"GrpHdr/{path}")
            raise MessageTotalWrong(place, stated=stated, counted=found)


def _fin(data: bytes, name: str, at: datetime) -> Iterator[Told]:
    for part in parts(data, file=name):
        message = part.message
        if message.mt not in FIN_READERS:
            kind = f"MT{message.mt}"
            raise WrongMessage(Place(name, message.line, "block 2"), kind=kind, format="mt")
        try:
            fact = FIN_READERS[message.mt](part.text.encode(), at=at, file=name)
        except MessageRefused as refused:
            raise part.in_file(refused) from None
        yield Told(message.mt, message.line, fact)
