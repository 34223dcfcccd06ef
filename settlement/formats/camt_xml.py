"""XML from outside, read as a stream and never trusted: no DOCTYPE, no entities, a size cap.

Source: OWASP XML External Entity Prevention. Elements are found by local name, so that any
namespace of any version reads alike.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import BinaryIO, cast

from lxml import etree

from backoffice.kernel import money
from backoffice.kernel.refusals import Place, Refused
from settlement.formats.camt_items import Money, When
from settlement.formats.camt_refusals import (
    AmountMalformed,
    DoctypeForbidden,
    ElementMissing,
    FileTooLarge,
    IndicatorUnknown,
    WhenMalformed,
    XmlMalformed,
)
from settlement.messages.xml_door import binary, broken

MAX_BYTES = 1 << 30
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OVERLAP = 16
# ISO 20022 ActiveOrHistoricCurrencyAndAmount: 18 digits in all, 5 of them after the point.
_AMOUNT = re.compile(r"\+?[0-9]{1,18}(?:\.[0-9]{0,10})?\Z", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z", re.ASCII)
_SIGNS = {"CRDT": 1, "DBIT": -1}

type Element = etree._Element  # noqa: SLF001 - its public name in annotations


class _Guarded:
    """A stream that refuses a document type declaration and too many bytes as they pass."""

    def __init__(self, stream: BinaryIO, *, name: str, limit: int) -> None:
        self._stream, self._name, self._limit = stream, name, limit
        self._count = 0
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size if size > 0 else 1 << 16)
        if not self._count and b"\x00" in chunk[:16]:
            raise XmlMalformed(Place(self._name, 1), reason=binary(chunk))
        self._count += len(chunk)
        if self._count > self._limit:
            raise FileTooLarge(Place(self._name), limit=self._limit)
        if _FORBIDDEN.search(self._tail + chunk):
            raise DoctypeForbidden(Place(self._name))
        self._tail = chunk[-_OVERLAP:]
        return chunk


def events(
    stream: BinaryIO, *, name: str, tags: tuple[str, ...], limit: int = MAX_BYTES
) -> Iterator[tuple[str, Element]]:
    """Yield ("start" or "end", element) for elements of these local names in any namespace.

    Raises:
        DoctypeForbidden, FileTooLarge, XmlMalformed: with file and line.
    """
    parser = etree.iterparse(
        _Guarded(stream, name=name, limit=limit),
        events=("start", "end"),
        tag=tuple(f"{{*}}{tag}" for tag in tags),
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for event, element in parser:
            if element.getroottree().docinfo.internalDTD is not None:
                raise DoctypeForbidden(Place(name))
            yield event, element
    except etree.XMLSyntaxError as error:
        raise XmlMalformed(Place(name, error.lineno or 1), reason=broken(error)) from None


def line_of(element: Element) -> int:
    """Line of the element in the file; 0 when the parser does not know."""
    line = cast("int | None", element.sourceline)
    return line or 0


def local(element: Element) -> str:
    """Tag without namespace."""
    return element.tag.rpartition("}")[2]


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(f"{{*}}{name}" for name in path.split("/"))


def all_of(element: Element | None, path: str) -> list[Element]:
    """Every element under `path`, local names with slashes."""
    found = [] if element is None else [element]
    for step in _steps(path):
        found = [child for parent in found for child in parent.iterchildren(step)]
    return found


def first_of(element: Element | None, *paths: str) -> Element | None:
    """The first element under the first path that leads anywhere; versions differ in paths."""
    for path in paths:
        found = all_of(element, path)
        if found:
            return found[0]
    return None


def text_of(element: Element | None, *paths: str) -> str:
    """Text of `first_of`, blanks around it dropped; empty when absent."""
    found = first_of(element, *paths)
    return "" if found is None else (found.text or "").strip()


def required_text(element: Element, *paths: str) -> str:
    """Like `text_of`, but refuses an absent or empty one."""
    text = text_of(element, *paths)
    if not text:
        raise ElementMissing(place_of(element, paths[0]))
    return text


def place_of(element: Element, field: str) -> Place:
    """Line of the element, field as a path from it."""
    return Place(line=line_of(element), field=f"{local(element)}/{field}" if field else None)


def money_of(element: Element, path: str = "Amt", *, sign: int | None = None) -> Money:
    """The amount under `path`, signed by the element's CdtDbtInd, or by `sign` when given."""
    found = first_of(element, path)
    place = place_of(element, path)
    if found is None:
        raise ElementMissing(place)
    text, currency = (found.text or "").strip(), found.get("Ccy") or ""
    if not _AMOUNT.match(text):
        raise AmountMalformed(place, value=repr(text))
    exact = Decimal(text)
    try:
        amount = money.parse_amount(_without_idle_zeros(exact), currency)
    except Refused as refused:
        raise refused.at(line=place.line, field=place.field) from None
    return Money(amount * (sign if sign is not None else sign_of(element)), currency)


def _without_idle_zeros(exact: Decimal) -> str:
    # Banks pad amounts to five decimals whatever the currency; padding says nothing.
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def sign_of(element: Element) -> int:
    """+1 for CRDT, -1 for DBIT [CdtDbtInd]."""
    word = required_text(element, "CdtDbtInd")
    if word not in _SIGNS:
        raise IndicatorUnknown(place_of(element, "CdtDbtInd"), value=repr(word))
    return _SIGNS[word]


def when_of(element: Element | None, path: str) -> When | None:
    """The day or moment under `path`, stated directly or as Dt or DtTm; None when absent."""
    found = first_of(element, path)
    if element is None or found is None:
        return None
    text = text_of(found, "Dt", "DtTm") or (found.text or "").strip()
    try:
        if _DAY.match(text):
            return When(date.fromisoformat(text[:10]))
        at = datetime.fromisoformat(text)
    except ValueError:
        raise WhenMalformed(place_of(element, path), value=repr(text)) from None
    return When(at.date(), at)


def drop(element: Element, *, before: str) -> None:
    """Free an element that was read, and its earlier siblings named `before` (empty: all)."""
    element.clear()
    parent, previous = element.getparent(), element.getprevious()
    while parent is not None and previous is not None and before in {"", local(previous)}:
        parent.remove(previous)
        previous = element.getprevious()
