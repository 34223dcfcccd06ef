"""MT540 to MT543 into facts."""

import datetime as dt
import re
from decimal import Decimal

from backoffice.kernel.refusals import Said
from settlement.messages.facts import Header, Movement, SecuritiesInstruction, SettlementParty
from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.sequences import Sequence, sequences
from settlement.messages.fin.values import Money, amount, money, no_day, refuse
from settlement.messages.identifiers import require
from settlement.messages.readers.mt_payments import opened
from settlement.messages.readers.naming import naming
from settlement.messages.refusals import MissingField
from settlement.messages.to_mx.envelope import created

MOVEMENTS = {
    "540": (Movement.RECEIVE, False),
    "541": (Movement.RECEIVE, True),
    "542": (Movement.DELIVER, False),
    "543": (Movement.DELIVER, True),
}
"""Message type → movement, and whether against payment."""
_ISIN = re.compile(r"ISIN ([A-Z0-9]{12})(?:\n(.*))?", re.DOTALL)
_QUANTITY = re.compile(r"(UNIT|FAMT)/([0-9,]+)")


def mt540_to_543(data: bytes, *, at: dt.datetime, file: str | None = None) -> SecuritiesInstruction:
    """The instruction, its ISIN with the right check digit.

    Args:
        at: aware moment; creation time of an input message, which FIN does not time.

    Raises:
        MessageRefused, IdentifierRefused: with file, line and field.
    """
    message = opened(data, frozenset(MOVEMENTS), file=file)
    with naming(file, line=message.line):
        return _instruction(message, at)


def _instruction(message: FinMessage, at: dt.datetime) -> SecuritiesInstruction:
    root = sequences(message.fields)
    movement, paid = MOVEMENTS[message.mt]
    general, trade = _block(message, root, "GENL"), _block(message, root, "TRADDET")
    held, settled = _block(message, root, "FIAC"), _block(message, root, "SETDET")
    own, other, client = (
        ("REAG", "DEAG", "SELL") if movement is Movement.RECEIVE else ("DEAG", "REAG", "BUYR")
    )
    isin, described = _instrument(message, trade)
    quantity, face = _quantity(message, held)
    counterparty = _party(settled, other) or _party(settled, client)
    if counterparty is None:
        raise MissingField(tag=f"95P::{other}", mt=message.mt).at(
            line=settled.line, field=f"95P::{other}"
        )
    reference = _told(message, general, "20C", "SEME")
    return SecuritiesInstruction(
        header=Header(
            reference,
            message.sender,
            message.receiver,
            dt.datetime.fromisoformat(created(message, at)),
        ),
        transaction_id=reference,
        movement=movement,
        isin=isin,
        description=described,
        quantity=quantity,
        face=face,
        trade_date=_day(message, trade, "TRAD"),
        settlement_date=_day(message, trade, "SETT"),
        account=_told(message, held, "97", "SAFE"),
        owner=held.text("95P", "ACOW"),
        depository=_told_in(message, settled, "PSET"),
        counterparty=counterparty,
        counterparty_client=_party(settled, client) if _party(settled, other) else None,
        agent=_party(settled, own),
        amount=_amount(message, settled, paid=paid),
        common_id=_linked(general, "COMM"),
        previous_id=_linked(general, "PREV"),
    )


def _block(message: FinMessage, root: Sequence, name: str) -> Sequence:
    found = root.first(name)
    if found is None:
        raise MissingField(tag=f"16R {name}", mt=message.mt).at(line=message.line, field=name)
    return found


def _told(message: FinMessage, block: Sequence, tag: str, qualifier: str) -> str:
    found = block.text(tag, qualifier)
    if found is None:
        field = f"{tag}::{qualifier}"
        raise MissingField(tag=field, mt=message.mt).at(line=block.line, field=field)
    return found


def _linked(general: Sequence, qualifier: str) -> str | None:
    links = (link.text("20C", qualifier) for link in general.every("LINK"))
    return next((told for told in links if told), None)


def _day(message: FinMessage, trade: Sequence, qualifier: str) -> dt.date:
    text = _told(message, trade, "98", qualifier)
    item = trade.qualified("98", qualifier) or Field("98A", text)
    try:
        return dt.datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise no_day(item, text) from None


def _instrument(message: FinMessage, trade: Sequence) -> tuple[str, str | None]:
    item = trade.plain("35B")
    if item is None:
        raise MissingField(tag="35B", mt=message.mt).at(line=trade.line, field="35B")
    found = _ISIN.fullmatch(item.value)
    if found is None:
        raise refuse(
            item, Said("ISIN and twelve characters expected", "ต้องเป็น ISIN ตามด้วยสิบสองตัวอักษร")
        )
    isin = require("ISIN", found.group(1), line=item.line, field="35B")
    return isin, " ".join(found.group(2).split()) if found.group(2) else None


def _quantity(message: FinMessage, held: Sequence) -> tuple[Decimal, bool]:
    text = _told(message, held, "36B", "SETT")
    item = held.qualified("36B", "SETT") or Field("36B", text)
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise refuse(
            item, Said("UNIT or FAMT and a quantity expected", "ต้องเป็น UNIT หรือ FAMT ตามด้วยปริมาณ")
        )
    return amount(found.group(2), item), found.group(1) == "FAMT"


def _party(settled: Sequence, qualifier: str) -> SettlementParty | None:
    for block in settled.every("SETPRTY"):
        bic = block.text("95P", qualifier)
        if bic:
            return SettlementParty(bic, block.text("97", "SAFE"))
    return None


def _told_in(message: FinMessage, settled: Sequence, qualifier: str) -> str:
    found = _party(settled, qualifier)
    if found is None:
        field = f"95P::{qualifier}"
        raise MissingField(tag=field, mt=message.mt).at(line=settled.line, field=field)
    return found.bic


def _amount(message: FinMessage, settled: Sequence, *, paid: bool) -> Money | None:
    """The settlement amount: mandatory against payment, ignored in a free movement."""
    if not paid:
        return None
    for block in settled.every("AMT"):
        item = block.qualified("19A", "SETT")
        if item:
            return money(item, item.value.partition("//")[2])
    raise MissingField(tag="19A::SETT", mt=message.mt).at(line=settled.line, field="19A::SETT")
