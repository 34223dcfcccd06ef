"""MT942: interim transactions of the day, with the counts and sums the bank tells of them."""

import re
from dataclasses import dataclass
from decimal import Decimal

from backoffice.kernel.refusals import Place, Refused, Said
from settlement.messages.fin.model import Field
from settlement.messages.fin.values import amount, moment, refuse
from settlement.messages.refusals import BrokenField, MissingField
from settlement.messages.statements.lines import Message, cut
from settlement.messages.statements.mt940 import Entry, entries

_TOTAL = re.compile(r"([0-9]{1,5})([A-Z]{3})([0-9,]+)")
_FLOOR = re.compile(r"([A-Z]{3})[DC]?[0-9,]+")
_KNOWN = frozenset({"13", "20", "21", "25", "28", "34", "61", "86", "90"})


@dataclass(frozen=True, slots=True)
class InterimReport:
    """One interim report.

    Attributes:
        currency: of the floor limit, hence of the account.
        told_at: ISO 8601 text of field 13D, None where not told.
        entries: every field 61, in order.
    """

    reference: str
    account: str
    number: str
    currency: str
    told_at: str | None
    entries: tuple[Entry, ...]
    line: int


def read(data: str | bytes, *, file: str | None = None) -> list[InterimReport]:
    """Every report in the file; told counts and sums must be those of the entries.

    Raises:
        MessageRefused: with file, line and field.
    """
    try:
        return [_report(message) for message in cut(data, file=file)]
    except Refused as refusal:
        raise refusal.at(file=file) from None


def _report(message: Message) -> InterimReport:
    first = {item.number: item for item in reversed(message.fields)}
    for item in message.fields:
        if item.number not in _KNOWN:
            place = Place(line=item.line, field=item.tag)
            raise BrokenField(
                place,
                tag=item.tag,
                reason=Said("it does not belong to an MT942", "ไม่ใช่ฟิลด์ของ MT942"),
            )
    for number in ("20", "25", "28", "34"):
        if number not in first:
            raise MissingField(Place(line=message.line, field=number), tag=number, mt="942")
    floor = _FLOOR.fullmatch(first["34"].value)
    if floor is None:
        raise refuse(
            first["34"],
            Said("currency, D or C, and amount expected", "ต้องเป็นสกุลเงิน D หรือ C และจำนวน"),
        )
    found = tuple(entries(message.fields))
    for item in message.fields:
        if item.tag in {"90C", "90D"}:
            _require_total(item, found)
    told = first.get("13")
    return InterimReport(
        reference=first["20"].value,
        account=first["25"].value,
        number=first["28"].value,
        currency=floor.group(1),
        told_at=moment(told.value, told) if told else None,
        entries=found,
        line=message.line,
    )


def _require_total(item: Field, found: tuple[Entry, ...]) -> None:
    """The count and sum of field 90 must be those of the entries on its side."""
    told = _TOTAL.fullmatch(item.value)
    if told is None:
        raise refuse(
            item, Said("number, currency and sum expected", "ต้องเป็นจำนวนรายการ สกุลเงิน และยอดรวม")
        )
    credit = item.option == "C"
    side = [entry.line for entry in found if (entry.line.signed >= 0) is credit]
    total = sum((line.amount for line in side), start=Decimal(0))
    count, _, text = told.groups()
    if int(count) != len(side) or amount(text, item) != total:
        raise refuse(
            item,
            Said(
                f"{len(side)} entries of {total:f} stand in the report",
                f"ในรายงานมี {len(side)} รายการ รวม {total:f}",
            ),
        )
