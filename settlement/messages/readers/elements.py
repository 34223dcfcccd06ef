"""Reading elements into values, each refusal with its line and path."""

import datetime as dt

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages import schemas
from settlement.messages.facts import Header, Money, Party
from settlement.messages.mx_tree import at, text_at, texts_at
from settlement.messages.refusals import BrokenElement, MissingElement, NoTranslation
from settlement.messages.to_mt.drafting import decimal, instant, need, place
from settlement.messages.xml_door import Document, open_message

STREET = ("StrtNm", "BldgNb", "BldgNm", "Flr", "PstBx", "Room", "PstCd")


def opened(data: bytes, element: str, *, file: str | None, validated: bool) -> Document:
    """The document, of the message asked for, valid against its schema where asked.

    Raises:
        NoTranslation: another message; MessageRefused: as the door and the schema refuse.
    """
    document = open_message(data, file=file)
    name = etree.QName(document.body).localname
    if name != element:
        raise NoTranslation(place(document.body, name), kind=name, target=element).at(file=file)
    if validated:
        schemas.require_valid(document, file=file)
    return document


def header(document: Document) -> Header:
    """Sender, receiver and creation out of the application header, else of the group header."""
    top, body = document.header, document.body
    sender = text_at(top, "Fr/FIId/FinInstnId/BICFI") or _agent(body, "InstgAgt")
    receiver = text_at(top, "To/FIId/FinInstnId/BICFI") or _agent(body, "InstdAgt")
    created = text_at(body, "GrpHdr/CreDtTm") or text_at(top, "CreDt")
    identification = text_at(body, "GrpHdr/MsgId") or text_at(top, "BizMsgIdr")
    if identification is None:
        raise MissingElement(place(body, "BizMsgIdr"), path="BizMsgIdr")
    if created is None:
        raise MissingElement(place(body, "CreDtTm"), path="CreDtTm")
    return Header(identification, sender or "", receiver or "", instant(created, body))


def _agent(body: etree._Element, name: str) -> str | None:
    first = text_at(body, f"GrpHdr/{name}/FinInstnId/BICFI")
    return first or text_at(body, f"CdtTrfTxInf/{name}/FinInstnId/BICFI")


def money(element: etree._Element | None, path: str) -> Money | None:
    """An amount with its currency, None where absent.

    Raises:
        BrokenElement: not an amount, or no currency.
    """
    found = at(element, path)
    if found is None:
        return None
    currency = found.get("Ccy")
    if not currency:
        raise BrokenElement(place(found, path), path=path, reason=Said("no currency", "ไม่มีสกุลเงิน"))
    return Money(currency, decimal(found, path))


def need_money(element: etree._Element | None, path: str) -> Money:
    """`money`, refusing its absence."""
    found = money(element, path)
    if found is None:
        raise MissingElement(place(element, path), path=path)
    return found


def day(element: etree._Element | None, path: str) -> dt.date:
    """A date.

    Raises:
        MissingElement, BrokenElement: absent, or no day of the calendar.
    """
    text = need(element, path).strip()
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise BrokenElement(
            place(at(element, path), path),
            path=path,
            reason=Said(f"{text!r} is no date", f"{text!r} ไม่ใช่วันที่"),
        ) from None


def party(element: etree._Element | None, path: str) -> Party:
    """A customer; structured streets become address lines."""
    found = at(element, path)
    address = at(found, "PstlAdr")
    street = [text for name in STREET if (text := text_at(address, name))]
    lines = ([",".join(street)] if street else []) + texts_at(address, "AdrLine")
    return Party(
        name=text_at(found, "Nm"),
        bic=text_at(found, "Id/OrgId/AnyBIC"),
        lei=text_at(found, "Id/OrgId/LEI"),
        address=tuple(lines),
        town=text_at(address, "TwnNm"),
        country=text_at(address, "Ctry"),
    )
