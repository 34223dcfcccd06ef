"""Field 61, one line of a statement, and the balance fields 60, 62, 64, 65.

Source: SWIFT User Handbook category 9. Accepted beyond the book, because banks write them:
an entry date of blanks, an amount without its comma, an empty reference.
"""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from backoffice.kernel.refusals import Said
from settlement.messages.fin.model import Field
from settlement.messages.fin.values import amount, date, refuse

_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}| {4})?(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?"
    r"(?P<amount>[0-9]+(?:,[0-9]*)?|,[0-9]+)(?P<type>[NFS][A-Z0-9]{3})(?P<rest>.*)"
)
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]+(?:,[0-9]*)?|,[0-9]+)")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry.

    Attributes:
        value_date: the day the money counts from.
        entry_date: the day it was booked, None where the line does not tell.
        mark: "C" or "D", "RC" (a credit reversed) or "RD" (a debit reversed), "EC", "ED" expected.
        funds_code: third letter of the currency, or None.
        amount: positive, in the account's currency.
        kind: type letter and three characters: "NTRF".
        reference: for the account's owner, up to the double slash.
        bank_reference: the account servicer's, or None.
        details: the supplementary second line, or None.
    """

    value_date: dt.date
    entry_date: dt.date | None
    mark: str
    funds_code: str | None
    amount: Decimal
    kind: str
    reference: str
    bank_reference: str | None
    details: str | None

    @property
    def signed(self) -> Decimal:
        """The effect on the balance: a reversed credit takes away, a reversed debit adds."""
        adds = self.mark in {"C", "RD", "EC"}
        return self.amount if adds else -self.amount


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance with its day; `amount` is signed, negative where the account is in debit."""

    day: dt.date
    currency: str
    amount: Decimal

    @property
    def side(self) -> str:
        """CRDT or DBIT; a balance of zero is a credit one."""
        return "DBIT" if self.amount < 0 else "CRDT"


def statement_line(item: Field) -> StatementLine:
    """Read field 61.

    Raises:
        BrokenField: with the line and what is wrong.
    """
    first, _, details = item.value.partition("\n")
    found = _LINE.fullmatch(first)
    if found is None:
        raise refuse(
            item,
            Said(
                "value date, C or D, amount and transaction type expected",
                "ต้องเป็นวันที่มีผล C หรือ D จำนวน และประเภทรายการ",
            ),
        )
    value_date = date(found["value"], item)
    reference, cut, bank_reference = found["rest"].partition("//")
    return StatementLine(
        value_date=value_date,
        entry_date=_entry_date(found["entry"], value_date, item),
        mark=found["mark"],
        funds_code=found["funds"],
        amount=amount(found["amount"], item),
        kind=found["type"],
        reference=reference,
        bank_reference=bank_reference if cut else None,
        details=details or None,
    )


def _entry_date(text: str | None, value_date: dt.date, item: Field) -> dt.date | None:
    """MMDD in the year that lies nearest to the value date."""
    if not text or not text.strip():
        return None
    days: list[dt.date] = []
    for year in (value_date.year - 1, value_date.year, value_date.year + 1):
        try:
            days.append(dt.date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    if not days:
        raise refuse(
            item, Said(f"entry date {text} is no day of the calendar", f"ไม่มีวันที่บันทึก {text} ในปฏิทิน")
        )
    return min(days, key=lambda day: abs(day - value_date))


def balance(item: Field) -> Balance:
    """Read a balance field: C or D, YYMMDD, currency, amount.

    Raises:
        BrokenField: another form.
    """
    found = _BALANCE.fullmatch(item.value.strip())
    if found is None:
        raise refuse(
            item,
            Said(
                "C or D, date, currency and amount expected", "ต้องเป็น C หรือ D วันที่ สกุลเงิน และจำนวน"
            ),
        )
    side, day, currency, value = found.groups()
    magnitude = amount(value, item)
    return Balance(date(day, item), currency, magnitude if side == "C" else -magnitude)
