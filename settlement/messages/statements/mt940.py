"""MT940 and MT950: statements of account, every entry kept, the balances proven to agree.

Source: SWIFT User Handbook category 9; leniency of form beyond it is in `lines.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from backoffice.kernel.refusals import Place, Refused, Said
from settlement.messages.fin.model import Field
from settlement.messages.fin.statement_line import (
    Balance,
    StatementLine,
    balance,
    statement_line,
)
from settlement.messages.refusals import BalancesDisagree, BrokenField, MissingField
from settlement.messages.statements.lines import Message, cut

_ORDER = {"20": 0, "21": 1, "25": 2, "28": 3, "60": 4, "61": 5, "62": 6, "64": 7, "65": 8}
_ONCE = frozenset({"20", "21", "25", "28", "60", "62"})
REFERENCE_LENGTH = 16
TWICE = Said("it stands twice", "ปรากฏสองครั้ง")
MISPLACED = Said("it does not belong at this place of an MT940", "ไม่ควรอยู่ตรงนี้ของ MT940")


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked line with what the bank wrote about it.

    Attributes:
        line: field 61.
        narrative: the fields 86 that follow it, joined by line feeds; empty where there is none.
        number: 1-based line of field 61 in the file.
    """

    line: StatementLine
    narrative: str
    number: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of account.

    Attributes:
        reference, related: fields 20 and 21.
        account: field 25 as the bank wrote it.
        number, sequence: field 28 (statement number / page), None where not told.
        opening, closing: signed balances; `interim` where the statement goes on on another page.
        entries: every field 61, in order.
        available: fields 64; forward: fields 65.
        information: field 86 of the statement as a whole.
        number_of_closing: the line of field 62 in the file.
    """

    reference: str
    related: str | None
    account: str
    number: str | None
    sequence: str | None
    opening: Balance
    opening_interim: bool
    closing: Balance
    closing_interim: bool
    entries: tuple[Entry, ...]
    available: tuple[Balance, ...]
    forward: tuple[Balance, ...]
    information: str
    line: int
    number_of_closing: int

    @property
    def movement(self) -> Decimal:
        """The sum of the entries, signed."""
        return sum((entry.line.signed for entry in self.entries), start=Decimal(0))

    @property
    def difference(self) -> Decimal:
        """Closing minus opening minus entries: zero in a statement that agrees with itself."""
        return self.closing.amount - self.opening.amount - self.movement


def read(data: str | bytes, *, file: str | None = None) -> list[Statement]:
    """Every statement in the file; balances are read, not yet compared.

    Raises:
        MessageRefused: with file, line and field; nothing of the file is kept.
    """
    try:
        return [_statement(message) for message in cut(data, file=file)]
    except Refused as refusal:
        raise refusal.at(file=file) from None


def read_balanced(data: str | bytes, *, file: str | None = None) -> list[Statement]:
    """`read`, refusing a statement whose balances disagree with its entries.

    Raises:
        BalancesDisagree: opening plus entries is not the closing.
        MessageRefused: as `read`.
    """
    statements = read(data, file=file)
    for statement in statements:
        require_balanced(statement, file=file)
    return statements


def require_balanced(statement: Statement, *, file: str | None = None) -> None:
    """Refuse a statement whose opening plus entries is not its closing.

    Raises:
        BalancesDisagree: with the line of the closing balance and the four figures.
    """
    same_currency = statement.opening.currency == statement.closing.currency
    if same_currency and statement.difference == 0:
        return
    raise BalancesDisagree(
        Place(file, statement.number_of_closing, "62"),
        opening=_shown(statement.opening),
        entries=f"{statement.movement:f}",
        computed=f"{statement.opening.amount + statement.movement:f}",
        closing=_shown(statement.closing),
    )


def _shown(told: Balance) -> str:
    return f"{told.currency} {told.amount:f}"


def _statement(message: Message) -> Statement:
    _require_order(message)
    first = {item.number: item for item in reversed(message.fields)}
    for number in ("20", "25", "60", "62"):
        if number not in first:
            place = Place(line=message.line, field=number)
            raise MissingField(place, tag=number, mt="940")
    page, cut_at, sequence = (first["28"].value if "28" in first else "").partition("/")
    related = first.get("21")
    opening, closing = first["60"], first["62"]
    return Statement(
        reference=first["20"].value,
        related=related.value if related else None,
        account=first["25"].value,
        number=page.strip() or None,
        sequence=sequence.strip() if cut_at else None,
        opening=balance(opening),
        opening_interim=opening.option == "M",
        closing=balance(closing),
        closing_interim=closing.option == "M",
        entries=tuple(entries(message.fields)),
        available=tuple(balance(item) for item in message.fields if item.number == "64"),
        forward=tuple(balance(item) for item in message.fields if item.number == "65"),
        information=_information(message.fields),
        line=message.line,
        number_of_closing=closing.line,
    )


def _require_order(message: Message) -> None:
    """Refuse a field that the message does not know, that is out of place or stands twice."""
    rank = -1
    seen: set[str] = set()
    for item in message.fields:
        if item.number == "86":
            continue
        here = _ORDER.get(item.number)
        twice = item.number in _ONCE and item.number in seen
        if here is None or here < rank or twice:
            place = Place(line=item.line, field=item.tag)
            reason = TWICE if twice else MISPLACED
            raise BrokenField(place, tag=item.tag, reason=reason)
        rank = here
        seen.add(item.number)


def entries(fields: list[Field]) -> Iterator[Entry]:
    """Every field 61 with the fields 86 that follow it.

    Raises:
        BrokenField: a line that cannot be read.
    """
    current: Entry | None = None
    for item in fields:
        if item.number == "61":
            if current:
                yield current
            current = Entry(_line(item), "", item.line)
        elif item.number == "86" and current:
            told = f"{current.narrative}\n{item.value}" if current.narrative else item.value
            current = replace(current, narrative=told)
        elif current:
            yield current
            current = None
    if current:
        yield current


def _line(item: Field) -> StatementLine:
    """Field 61; what runs past the reference's sixteen characters is supplementary."""
    line = statement_line(item)
    if line.bank_reference is not None or len(line.reference) <= REFERENCE_LENGTH:
        return line
    rest = line.reference[REFERENCE_LENGTH:]
    told = rest if line.details is None else f"{rest}\n{line.details}"
    return replace(line, reference=line.reference[:REFERENCE_LENGTH].rstrip(), details=told)


def _information(fields: list[Field]) -> str:
    """Field 86 after the closing balance."""
    closed = False
    told: list[str] = []
    for item in fields:
        closed = closed or item.number == "62"
        if closed and item.number == "86":
            told.append(item.value)
    return "\n".join(told)
