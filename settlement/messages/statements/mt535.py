"""MT535: statement of holdings of a custodian, for the reconciliation of positions."""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from backoffice.kernel.refusals import Place, Refused, Said
from settlement.messages.fin.model import Field, FinMessage
from settlement.messages.fin.reading import parse_all
from settlement.messages.fin.sequences import Sequence, sequences
from settlement.messages.fin.values import amount, no_day, refuse
from settlement.messages.refusals import BrokenBlock, MissingField

_QUANTITY = re.compile(
    r"(?:[A-Z]{4}/)?(?P<unit>UNIT|FAMT|AMOR|DIGI)/(?P<sign>N?)(?P<value>[0-9,]+)"
)
_ISIN = re.compile(r"ISIN ([A-Z]{2}[A-Z0-9]{9}[0-9])")
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Holding:
    """One position.

    Attributes:
        isin: ISIN, None where the custodian identifies the instrument otherwise.
        description: what follows the ISIN in field 35B.
        quantity: aggregate balance, negative for a short position.
        unit: "UNIT" or "FAMT" (face amount).
        line: 1-based line of the balance in the file.
    """

    account: str
    isin: str | None
    description: str
    quantity: Decimal
    unit: str
    line: int


@dataclass(frozen=True, slots=True)
class HoldingsStatement:
    """One page of a statement of holdings.

    Attributes:
        reference: the sender's message reference (20C SEME).
        as_of: the statement's day.
        page: field 28E, "1/ONLY".
        holdings: every block FIN, in order.
    """

    reference: str
    as_of: dt.date
    account: str
    page: str
    sender: str
    holdings: tuple[Holding, ...]


def read(data: str | bytes, *, file: str | None = None) -> list[HoldingsStatement]:
    """Every MT535 in the file; there is at least one.

    Raises:
        MessageRefused: with file, line and field.
    """
    try:
        found = [_statement(one) for one in parse_all(data, file=file) if one.mt == "535"]
    except Refused as refusal:
        raise refusal.at(file=file) from None
    if not found:
        raise BrokenBlock(
            Place(file, 1, "block 2"), block="2", reason=Said("no MT535 found", "ไม่พบ MT535")
        )
    return found


def _statement(message: FinMessage) -> HoldingsStatement:
    root = sequences(message.fields)
    general = root.first("GENL")
    if general is None:
        raise MissingField(tag="16R", mt="535").at(line=message.line, field="GENL")
    account = _told(message, general, "97", "SAFE")
    page = general.plain("28E")
    accounts = _accounts(root)
    holdings = [
        _holding(message, block, accounts.get(id(block)) or account) for block in root.every("FIN")
    ]
    told = [one for one in message.fields if one.value.startswith(":AGGR/")]
    if len(told) != len(holdings):
        raise refuse(
            told[-1],
            Said(
                "a balance outside a holding, or a second one in it",
                "ยอดคงเหลืออยู่นอกรายการถือครอง หรือมีสองยอดในรายการเดียว",
            ),
        )
    return HoldingsStatement(
        reference=_told(message, general, "20C", "SEME"),
        as_of=_day(message, general),
        account=account,
        page=page.value if page else "1/ONLY",
        sender=message.sender,
        holdings=tuple(holdings),
    )


def _told(message: FinMessage, block: Sequence, tag: str, qualifier: str) -> str:
    found = block.text(tag, qualifier)
    if found is None:
        raise MissingField(tag=f"{tag}::{qualifier}", mt=message.mt).at(
            line=block.line, field=f"{tag}::{qualifier}"
        )
    return found


def _day(message: FinMessage, general: Sequence) -> dt.date:
    text = _told(message, general, "98", "STAT")
    item = general.qualified("98", "STAT") or Field("98A", text)
    found = _DAY.match(text)
    if found is None:
        raise refuse(item, Said("YYYYMMDD expected", "ต้องเป็น YYYYMMDD"))
    try:
        return dt.date(*(int(part) for part in found.groups()))
    except ValueError:
        raise no_day(item, text) from None


def _accounts(root: Sequence) -> dict[int, str | None]:
    """Each holding's block → the safekeeping account of the sub-safekeeping block around it."""
    found: dict[int, str | None] = {}
    for outer in root.every("SUBSAFE"):
        account = outer.text("97", "SAFE")
        for inner in outer.every("FIN"):
            found.setdefault(id(inner), account)
    return found


def _holding(message: FinMessage, block: Sequence, account: str) -> Holding:
    named = block.plain("35B")
    if named is None:
        raise MissingField(tag="35B", mt=message.mt).at(line=block.line, field="35B")
    isin = _ISIN.match(named.value)
    told = _told(message, block, "93", "AGGR")
    item = block.qualified("93", "AGGR") or Field("93B", told)
    found = _QUANTITY.fullmatch(told)
    if found is None:
        raise refuse(
            item,
            Said(
                "quantity type and quantity expected, as in UNIT/100,",
                "ต้องเป็นชนิดปริมาณและปริมาณ เช่น UNIT/100,",
            ),
        )
    value = amount(found["value"], item)
    rest = named.value[isin.end() :] if isin else named.value
    return Holding(
        account=account,
        isin=isin.group(1) if isin else None,
        description=" ".join(rest.split()),
        quantity=-value if found["sign"] else value,
        unit=found["unit"],
        line=item.line,
    )
