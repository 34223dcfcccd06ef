"""A FIN message in the making: headers out of the business header, fields in the order added."""

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from backoffice.kernel.refusals import Place, Said
from settlement.messages.fin.model import (
    ApplicationHeader,
    BasicHeader,
    Field,
    FinMessage,
    Tag,
)
from settlement.messages.fin.values import comma
from settlement.messages.mx_tree import at, local_name, text_at
from settlement.messages.refusals import BrokenElement, MissingElement
from settlement.messages.xml_door import Document

NOT_PROVIDED = "NOTPROVIDED"
LINE = 35
AMOUNT_LENGTH = 15
"""Signs of an amount, its comma counted; a sum of amounts (field 19) has two more."""
SUM_LENGTH = 17
_DAY = re.compile(r"[0-9]{2}([0-9]{2})-([0-9]{2})-([0-9]{2})(?:$|[TZ+-])")
_GPI = re.compile(r"G[0-9]{3}")
_UNKNOWN_BANK = "XXXXXXXX"
_OUTSIDE_X = re.compile(r"[^A-Za-z0-9/\-?:().,'+ \n]")
_FOLDED = str.maketrans({"_": " ", "&": "+", ";": ".", "@": "(", '"': "'", "!": ".", "%": "."})


@dataclass(slots=True)
class Draft:
    """Fields gathered one by one; an absent value adds nothing."""

    fields: list[Field] = field(default_factory=list)

    def add(self, tag: str, value: str | None) -> None:
        """Append a field unless there is no value."""
        if value:
            self.fields.append(Field(tag, value))

    def add_field(self, item: Field | None) -> None:
        """Append a finished field unless there is none."""
        if item is not None:
            self.fields.append(item)


def message(
    document: Document,
    mt: str,
    draft: Draft,
    *,
    uetr: str | None = None,
    flag: str | None = None,
    service: str | None = None,
    parties: tuple[str | None, str | None] = (None, None),
) -> FinMessage:
    """The FIN message as its receiver gets it (block 2 of the output kind).

    Args:
        uetr: tag 121 of block 3.
        flag: validation flag, tag 119 of block 3 (COV, STP, REMIT).
        service: service level of the payment; G001 (gpi) and its kind become tag 111.
        parties: BICs of sender and receiver that the message itself names; the header's
            stand in where it names none.
    """
    header = document.header
    sender = parties[0] or text_at(header, "Fr/FIId/FinInstnId/BICFI")
    receiver = parties[1] or text_at(header, "To/FIId/FinInstnId/BICFI")
    day, clock = creation(document)
    gpi = service[1:] if service and _GPI.fullmatch(service) else None
    told = (("119", flag), ("111", gpi), ("121", uetr))
    user = tuple(Tag(key, value) for key, value in told if value)
    return FinMessage(
        basic=BasicHeader("F", "01", terminal(receiver), "0000", "000000"),
        application=ApplicationHeader(
            "O", mt, terminal(sender), clock, day, "0" * 10, day, clock, "N"
        ),
        user=user,
        fields=tuple(sendable(item) for item in draft.fields),
    )


def sendable(item: Field) -> Field:
    """A field in the FIN character set, no line blank or opened by what opens a field or ends it.

    FIN forbids ":" and "-" as the first of a further line; a full stop stands in for it.
    """
    first, *rest = fold(item.value).split("\n")
    rows = [f".{row[1:]}" if row[0] in ":-" else row for row in rest if row.strip()]
    return Field(item.tag, "\n".join([first, *rows]))


def terminal(bic: str | None) -> str:
    """The logical terminal of a BIC: terminal letter X, branch XXX where there is none."""
    text = bic or _UNKNOWN_BANK
    return f"{text[:8]:X<8}X{text[8:11]:X<3}"


def creation(document: Document) -> tuple[str, str]:
    """YYMMDD and HHMM in UTC of the message's creation."""
    text = (
        text_at(document.body, "GrpHdr/CreDtTm")
        or text_at(document.body, "Assgnmt/CreDtTm")
        or text_at(document.header, "CreDt")
    )
    if text is None:
        raise MissingElement(place(document.body, "GrpHdr/CreDtTm"), path="GrpHdr/CreDtTm")
    moment = instant(text, document.body)
    return moment.strftime("%y%m%d"), moment.strftime("%H%M")


def instant(text: str, where: etree._Element) -> dt.datetime:
    """An ISO 8601 moment in UTC; a local time without offset is taken as UTC.

    Raises:
        BrokenElement: no such moment.
    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise BrokenElement(
            place(where, "CreDtTm"),
            path="CreDtTm",
            reason=Said(f"{text!r} is no moment", f"{text!r} ไม่ใช่วันเวลา"),
        ) from None
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def place(element: etree._Element | None, path: str) -> Place:
    """Where an element stands, for a refusal."""
    line: Any = element.sourceline if element is not None else None
    return Place(line=line, field=path)


def need(element: etree._Element | None, path: str) -> str:
    """The text at `path`.

    Raises:
        MissingElement: it is absent or blank.
    """
    found = text_at(element, path)
    if found is None:
        name = f"{local_name(element)}/{path}" if element is not None else path
        raise MissingElement(place(element, name), path=name)
    return found


def money(element: etree._Element | None, path: str) -> str | None:
    """An amount with its currency as FIN writes it, None where it is absent.

    Raises:
        BrokenElement: not a decimal, no currency, or longer than FIN takes.
    """
    found = at(element, path)
    if found is None:
        return None
    currency = found.get("Ccy")
    if currency is None or not re.fullmatch(r"[A-Z]{3}", currency):
        raise BrokenElement(place(found, path), path=path, reason=Said("no currency", "ไม่มีสกุลเงิน"))
    value = decimal(found, path)
    require_short(value, found, path)
    return currency + comma(value)


def require_short(
    value: Decimal, element: etree._Element, path: str, *, longest: int = AMOUNT_LENGTH
) -> None:
    """Refuse an amount that has more signs than its field, the comma counted.

    Raises:
        BrokenElement.
    """
    if len(comma(value)) > longest:
        reason = Said(
            f"FIN takes {longest} signs of an amount, its comma counted",
            f"FIN รับจำนวนเงินได้ {longest} อักขระ รวมจุลภาค",
        )
        raise BrokenElement(place(element, path), path=path, reason=reason)


def need_money(element: etree._Element | None, path: str) -> str:
    """`money`, or a refusal where it is absent."""
    found = money(element, path)
    if found is None:
        raise MissingElement(place(element, path), path=path)
    return found


def decimal(element: etree._Element, path: str) -> Decimal:
    """The decimal in an element.

    Raises:
        BrokenElement: not a plain decimal number.
    """
    text = (element.text or "").strip()
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or "E" in text.upper():
        raise BrokenElement(
            place(element, path),
            path=path,
            reason=Said(f"{text!r} is no amount", f"{text!r} ไม่ใช่จำนวนเงิน"),
        )
    return value


def rate(element: etree._Element | None, path: str) -> str | None:
    """A rate as FIN writes it, None where it is absent.

    Raises:
        BrokenElement: not a decimal.
    """
    found = at(element, path)
    return None if found is None else comma(decimal(found, path))


# As FIN reads YYMMDD: 80 to 99 are of the last century; 991231 is its far future.
FIRST_DAY, LAST_DAY, FAR_DAY = "1980-01-01", "2079-12-31", "2099-12-31"


def day(element: etree._Element | None, *paths: str) -> str:
    """The YYMMDD of the first ISO date or moment at `paths`, as written in it; else empty.

    Raises:
        BrokenElement: no day of the calendar, or one that two digits of a year cannot tell.
    """
    for path in paths:
        found = at(element, path)
        text = (text_at(element, path) or "").strip()
        if found is None or not text:
            continue
        told = _DAY.match(text)
        try:
            dt.date.fromisoformat(text[:10])
        except ValueError:
            told = None
        if told is None:
            raise BrokenElement(
                place(found, path),
                path=path,
                reason=Said(f"{text!r} is no date", f"{text!r} ไม่ใช่วันที่"),
            )
        if not FIRST_DAY <= text[:10] <= LAST_DAY and text[:10] != FAR_DAY:
            reason = Said(
                f"YYMMDD tells days from {FIRST_DAY} to {LAST_DAY}, not {text[:10]}",
                f"YYMMDD ระบุได้เฉพาะวันที่ {FIRST_DAY} ถึง {LAST_DAY} ไม่ใช่ {text[:10]}",
            )
            raise BrokenElement(place(found, path), path=path, reason=reason)
        return "".join(told.groups())
    return ""


def need_day(element: etree._Element | None, *paths: str) -> str:
    """`day`, or a refusal where there is none.

    Raises:
        MissingElement, BrokenElement: none of `paths` tells a day, or the first does not.
    """
    found = day(element, *paths)
    return found or need(element, paths[0])


def reference(text: str | None, *, length: int = 16) -> str:
    """A reference of at most `length` characters, a cut one ending in "+" (CBPR+ truncation).

    A reference that FIN forbids (slash at an end, two slashes within) is NOTPROVIDED.
    """
    if not text or text.startswith("/") or text.endswith("/") or "//" in text:
        return NOT_PROVIDED
    text = fold(text)
    return text if len(text) <= length else text[: length - 1] + "+"


def fold(text: str) -> str:
    """The text in the FIN X character set; characters outside it become their kin or a dot."""
    return _OUTSIDE_X.sub(".", text.translate(_FOLDED))


def wrap(text: str, *, width: int = LINE, lines: int = 6, mark: str = "//") -> str:
    """Break a coded text into lines, continuation lines opened by `mark`; cut after `lines`."""
    rows = [text[:width]]
    rest = text[width:]
    step = width - len(mark)
    while rest and len(rows) < lines:
        rows.append(mark + rest[:step])
        rest = rest[step:]
    if rest:
        rows[-1] = rows[-1][: width - 1] + "+"
    return "\n".join(rows)
