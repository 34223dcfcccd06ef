"""A bank's transaction register in the layout of the PKDD'99 financial data set.

`;`-separated, one header line, text in double quotes, numbers bare:
trans_id;account_id;date YYMMDD;type;operation;amount;balance;k_symbol;bank;account.
Source of the layout: P. Berka and M. Sochorova, PKDD'99 Discovery Challenge, file trans.asc.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.dates import yymmdd
from settlement.formats.lines import Source, name_of, opened, text_lines
from settlement.formats.seen import SeenNumbers

CURRENCY = "CZK"
COLUMNS = (
    "trans_id",
    "account_id",
    "date",
    "type",
    "operation",
    "amount",
    "balance",
    "k_symbol",
    "bank",
    "account",
)


class Direction(StrEnum):
    """Which way the customer's account moves."""

    CREDIT = "credit"
    DEBIT = "debit"


class Operation(StrEnum):
    """How the money moved."""

    CASH_IN = "cash-in"
    CASH_OUT = "cash-out"
    CARD_OUT = "card-out"
    TRANSFER_IN = "transfer-in"
    TRANSFER_OUT = "transfer-out"
    INTEREST = "interest"

    @property
    def is_interbank(self) -> bool:
        """True for transfers with another bank, the ones that are netted."""
        return self in {Operation.TRANSFER_IN, Operation.TRANSFER_OUT}


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One booked transaction.

    Attributes:
        line_no: 1-based line in the file, the header being line 1.
        trans_id: the bank's number of the transaction, unique in the file.
        account: the customer's account number.
        business_date: the day it was booked on.
        direction: credit raises the balance, debit lowers it.
        operation: how the money moved.
        amount: positive, CZK with at most two decimals.
        balance: what the bank printed after the transaction; may be negative.
        purpose: the k_symbol, such as SIPO (household), UROK (interest); empty when none.
        partner_bank: two letters on transfers with another bank, else None.
        partner_account: the account at the other bank, as printed, else None.
    """

    line_no: int
    trans_id: int
    account: str
    business_date: date
    direction: Direction
    operation: Operation
    amount: Decimal
    balance: Decimal
    purpose: str
    partner_bank: str | None
    partner_account: str | None

    @property
    def signed_amount(self) -> Decimal:
        """The amount with the sign of its effect on the account."""
        return self.amount if self.direction is Direction.CREDIT else -self.amount


class NotARegister(Refused):
    """The first line is not the header of a register; nothing of the file can be read."""

    code = "not-a-register"
    en = "The first line is not the header of a register: expected {expected}."
    th = "บรรทัดแรกไม่ใช่หัวตารางของทะเบียนรายการ ต้องเป็น {expected}"


class WrongFieldCount(Refused):
    """A line does not have one field per column."""

    code = "wrong-field-count"
    en = "The line has {found} fields instead of {expected}."
    th = "บรรทัดนี้มี {found} ช่อง แต่ต้องมี {expected} ช่อง"


class BrokenQuotes(Refused):
    """A text is opened by a quotation mark and not closed, or holds one."""

    code = "broken-quotes"
    en = "The quotation marks do not match in {value}."
    th = "เครื่องหมายคำพูดไม่ครบคู่ใน {value}"


class NotANumber(Refused):
    """An identifier is not made of 1 to 18 ASCII digits."""

    code = "not-a-number"
    en = "{value} is not a number of 1 to 18 digits."
    th = "{value} ไม่ใช่ตัวเลข 1 ถึง 18 หลัก"


class NotADate(Refused):
    """A date is not a day of the calendar written YYMMDD."""

    code = "not-a-date"
    en = "{value} is not a date in the form YYMMDD."
    th = "{value} ไม่ใช่วันที่ในรูปแบบ YYMMDD"


class NotAnAmount(Refused):
    """An amount is not a plain decimal of at most 15 digits with at most two decimals."""

    code = "not-an-amount"
    en = "{value} is not an amount: digits, at most two decimals, no exponent."
    th = "{value} ไม่ใช่จำนวนเงิน ต้องเป็นตัวเลข ทศนิยมไม่เกินสองตำแหน่ง และไม่ใช้เลขยกกำลัง"


class NotPositive(Refused):
    """A transaction over zero moves nothing."""

    code = "amount-not-positive"
    en = "The amount {value} is not above zero."
    th = "จำนวนเงิน {value} ต้องมากกว่าศูนย์"


class UnknownWord(Refused):
    """A type or an operation is not one of the register's words."""

    code = "unknown-word"
    en = "{value} is not known here; expected one of: {expected}."
    th = "ไม่รู้จัก {value} ต้องเป็นหนึ่งใน {expected}"


class OperationAgainstType(Refused):
    """Money came in by an operation that pays out, or the reverse."""

    code = "operation-against-type"
    en = "The operation {operation} cannot be a {direction}."
    th = "รายการ {operation} เป็น {direction} ไม่ได้"


class PartnerMissing(Refused):
    """An interbank transfer does not name the other bank in two letters."""

    code = "partner-bank-missing"
    en = "A transfer with another bank names it by two letters A-Z, not {value}."
    th = "การโอนระหว่างธนาคารต้องระบุธนาคารคู่โอนด้วยอักษร A-Z สองตัว ไม่ใช่ {value}"


class TransactionTwice(Refused):
    """The same transaction number stands on an earlier line of the file."""

    code = "transaction-twice"
    en = "The transaction {value} stands in the file already."
    th = "รายการเลขที่ {value} มีอยู่ในไฟล์แล้ว"


_NUMBER = re.compile(r"[0-9]{1,18}\Z", re.ASCII)
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?\Z", re.ASCII)
_BANK = re.compile(r"[A-Z]{2}\Z", re.ASCII)

_TYPES = {"PRIJEM": Direction.CREDIT, "VYDAJ": Direction.DEBIT, "VYBER": Direction.DEBIT}
_INTEREST = ("", "UROK")
_OPERATIONS = {
    "VKLAD": (Operation.CASH_IN, Direction.CREDIT),
    "VYBER": (Operation.CASH_OUT, Direction.DEBIT),
    "VYBER KARTOU": (Operation.CARD_OUT, Direction.DEBIT),
    "PREVOD Z UCTU": (Operation.TRANSFER_IN, Direction.CREDIT),
    "PREVOD NA UCET": (Operation.TRANSFER_OUT, Direction.DEBIT),
}


def read(source: Source, *, name: str | None = None) -> Iterator[RegisterLine | Refused]:
    """Read a register line by line with flat memory.

    Args:
        source: a path, or a binary stream (left open).
        name: the file's name as the sender knows it, shown in refusals.

    Yields:
        RegisterLine for a good line, the Refused (not raised) for a bad one, in file order, so
        that the caller may raise the first or go on without it. Blank lines are passed over.

    Raises:
        NotARegister: the header line is absent or another one.
    """
    file = name_of(source, name)
    with opened(source) as stream:
        numbered = text_lines(stream, name=file)
        _require_header(next(numbered, (1, ""))[1], file=file)
        seen = SeenNumbers()
        for line_no, text in numbered:
            if isinstance(text, Refused):
                yield text
            elif text:
                yield _read_or_refuse(text, line_no=line_no, file=file, seen=seen)


def _require_header(text: str | Refused, *, file: str) -> None:
    names = () if isinstance(text, Refused) else tuple(f.strip('"') for f in text.split(";"))
    if names != COLUMNS:
        raise NotARegister(Place(file, 1), expected=";".join(COLUMNS))


def _read_or_refuse(
    text: str, *, line_no: int, file: str, seen: SeenNumbers
) -> RegisterLine | Refused:
    try:
        line = parse_line(text, line_no=line_no)
        if not seen.add(line.trans_id):
            raise TransactionTwice(Place(field="trans_id"), value=line.trans_id)
    except Refused as refused:
        return refused.at(file=file, line=line_no)
    return line


def parse_line(text: str, *, line_no: int) -> RegisterLine:
    """Parse one line of the register; raises the Refused of the first rule it breaks."""
    fields = text.split(";")
    if len(fields) != len(COLUMNS):
        raise WrongFieldCount(found=len(fields), expected=len(COLUMNS))
    row = dict(zip(COLUMNS, map(_unquote, fields, COLUMNS), strict=True))
    direction = _known(row["type"], _TYPES, field="type")
    operation = _operation(row["operation"], row["k_symbol"], direction)
    bank = row["bank"] or None
    if operation.is_interbank and not (bank and _BANK.match(bank)):
        raise PartnerMissing(Place(field="bank"), value=repr(row["bank"]))
    return RegisterLine(
        line_no=line_no,
        trans_id=int(_number(row, "trans_id")),
        account=_number(row, "account_id"),
        business_date=_date(row["date"]),
        direction=direction,
        operation=operation,
        amount=_positive(row["amount"]),
        balance=_amount(row["balance"], field="balance"),
        purpose=row["k_symbol"],
        partner_bank=bank if operation.is_interbank else None,
        partner_account=(row["account"] or None) if operation.is_interbank else None,
    )


def _unquote(field: str, column: str) -> str:
    bare = field[1:-1] if len(field) >= 2 and field[0] == field[-1] == '"' else field
    if '"' in bare:
        raise BrokenQuotes(Place(field=column), value=field)
    return bare.strip(" ")


def _known[T](word: str, known: dict[str, T], *, field: str) -> T:
    try:
        return known[word]
    except KeyError:
        expected = ", ".join(known)
        raise UnknownWord(Place(field=field), value=repr(word), expected=expected) from None


def _operation(word: str, symbol: str, direction: Direction) -> Operation:
    if (word, symbol) == _INTEREST:
        operation, needed = Operation.INTEREST, Direction.CREDIT
    else:
        operation, needed = _known(word, _OPERATIONS, field="operation")
    if direction is not needed:
        raise OperationAgainstType(Place(field="operation"), operation=word, direction=direction)
    return operation


def _number(row: dict[str, str], column: str) -> str:
    value = row[column]
    if not _NUMBER.match(value):
        raise NotANumber(Place(field=column), value=repr(value))
    return value


def _date(value: str) -> date:
    day = yymmdd(value)
    if day is None:
        raise NotADate(Place(field="date"), value=repr(value))
    return day


def _amount(value: str, *, field: str) -> Decimal:
    if not _AMOUNT.match(value):
        raise NotAnAmount(Place(field=field), value=repr(value))
    return Decimal(value)


def _positive(value: str) -> Decimal:
    amount = _amount(value, field="amount")
    if amount <= 0:
        raise NotPositive(Place(field="amount"), value=value)
    return amount
