"""What a FIN message cannot tell: a second statement, payments that differ where it tells one.

An element beyond the limit is refused, never left out.
"""

from decimal import Decimal

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages.fin.values import Money
from settlement.messages.mx_tree import at, children, every, local_name
from settlement.messages.refusals import BrokenElement, MissingElement
from settlement.messages.to_mt.drafting import (
    AMOUNT_LENGTH,
    day,
    decimal,
    need_day,
    place,
    require_short,
)
from settlement.messages.xml_door import Document

ONE: dict[str, tuple[str, ...]] = {
    "PmtRtr": ("TxInf",),
    "FIToFIPmtStsRpt": ("TxInfAndSts",),
    "FIDrctDbt": ("CdtInstr",),
    "FIToFIPmtCxlReq": ("Undrlyg/TxInf",),
    "RsltnOfInvstgtn": ("CxlDtls/TxInfAndSts",),
    "NtfctnToRcv": ("Ntfctn",),
    "NtfctnToRcvCxlAdvc": ("OrgnlNtfctn",),
    "BkToCstmrAcctRpt": ("Rpt",),
    "BkToCstmrStmt": ("Stmt",),
    "BkToCstmrDbtCdtNtfctn": ("Ntfctn", "Ntfctn/Ntry"),
}
"""Message element → what may stand in it only once for FIN to tell it."""
_NEEDED = frozenset({"TxInf", "CdtInstr", "Ntfctn", "Rpt", "Stmt", "Ntfctn/Ntry"})


def require_one(document: Document) -> None:
    """Refuse a document that holds more, or less, than one FIN message tells.

    Raises:
        MissingElement, BrokenElement: with the line of the first element too many.
    """
    for path in ONE.get(local_name(document.body), ()):
        found = every(document.body, path)
        if not found and path in _NEEDED:
            raise MissingElement(place(document.body, path), path=path)
        if len(found) > 1:
            reason = Said(
                "one FIN message tells only one of them", "ข้อความ FIN หนึ่งข้อความบอกได้เพียงหนึ่งรายการ"
            )
            raise BrokenElement(place(found[1], path), path=path, reason=reason)


def require_alike(elements: list[etree._Element], *paths: str) -> None:
    """Refuse payments that differ in what FIN tells once for all of them.

    Raises:
        BrokenElement: with the line of the first that differs.
    """
    for path in paths:
        expected = _told(at(elements[0], path)) if elements else ()
        for element in elements[1:]:
            found = at(element, path)
            if _told(found) != expected:
                where = element if found is None else found
                reason = Said(
                    "one FIN message tells it once for all payments, and they differ",
                    "ข้อความ FIN บอกค่านี้ครั้งเดียวสำหรับทุกรายการ แต่แต่ละรายการต่างกัน",
                )
                raise BrokenElement(place(where, path), path=path, reason=reason)


def are_alike(elements: list[etree._Element], *paths: str) -> bool:
    """Whether all elements tell the same at each of `paths`."""
    return all(len({_told(at(element, path)) for element in elements}) <= 1 for path in paths)


def total(elements: list[etree._Element], path: str, *, longest: int = AMOUNT_LENGTH) -> Money:
    """The sum of the amounts at `path`, all in one currency.

    Args:
        longest: signs that the sum's field has.

    Raises:
        MissingElement, BrokenElement: an amount is absent, no number, or in another currency, or
            the sum is longer than its field.
    """
    amounts = [item for element in elements for item in every(element, path)]
    if not amounts:
        raise MissingElement(place(elements[0] if elements else None, path), path=path)
    currency = amounts[0].get("Ccy") or ""
    for item in amounts:
        if item.get("Ccy") != currency:
            reason = Said("the amounts are in several currencies", "จำนวนเงินมีหลายสกุล")
            raise BrokenElement(place(item, path), path=path, reason=reason)
    summed = sum((decimal(item, path) for item in amounts), start=Decimal(0))
    require_short(summed, amounts[0], path, longest=longest)
    return Money(currency, summed)


def value_day(transaction: etree._Element, document: Document) -> str:
    """YYMMDD of the settlement of a transaction, else of the whole group.

    Raises:
        MissingElement, BrokenElement: neither tells it, or it is no date.
    """
    told = day(transaction, "IntrBkSttlmDt") or day(document.body, "GrpHdr/IntrBkSttlmDt")
    return told or need_day(transaction, "IntrBkSttlmDt")


def _told(element: etree._Element | None) -> tuple[str, ...]:
    """Every name and text of a subtree, for comparison."""
    if element is None:
        return ()
    inner = [part for child in children(element) for part in _told(child)]
    return (local_name(element), (element.text or "").strip(), *inner)
