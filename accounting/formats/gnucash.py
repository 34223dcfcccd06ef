"""Reads a GnuCash book (XML, plain or gzip) as a stream: accounts first, then transactions.

Format: GnuCash's `libgnucash/doc/xml/gnucash-v2.rnc`. Accounts form a tree below a root; a split
has a quantity in its account's commodity and a value in its transaction's currency, both as exact
fractions. Scheduled transactions stand in a template section and are no part of the books.
"""

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import IO, Any, Final

from lxml import etree

from accounting.rules.drafts import EntryDraft, LineDraft
from backoffice.kernel.refusals import Place, Refused

NS: Final = "{http://www.gnucash.org/XML/%s}"
TYPES: Final = {
    "ASSET": "asset", "BANK": "asset", "CASH": "asset", "STOCK": "asset", "MUTUAL": "asset",
    "RECEIVABLE": "asset", "CREDIT": "liability", "LIABILITY": "liability",
    "PAYABLE": "liability", "EQUITY": "equity", "TRADING": "equity", "INCOME": "income",
    "EXPENSE": "expense",
}  # fmt: skip
CASH: Final = frozenset({"BANK", "CASH"})
CURRENCY_SPACES: Final = frozenset({"ISO4217", "CURRENCY"})
ROOTS: Final = frozenset({"gnc-v2", NS % "gnc" + "book"})
TEMPLATE: Final = NS % "gnc" + "template-transactions"
MOST_BYTES: Final = 2 * 1024**3
FRACTION: Final = re.compile(r"(-?[0-9]{1,40})/([1-9][0-9]{0,20})", re.ASCII)


class NotGnuCash(Refused):
    """The file is no GnuCash book, or not a whole one."""

    code = "gnucash-not-a-book"
    en = "This is no GnuCash book: {reason}."
    th = "ไฟล์นี้ไม่ใช่สมุดบัญชี GnuCash: {reason}"


class BadElement(Refused):
    """An element is missing, or says what it cannot."""

    code = "gnucash-element"
    en = "{element} is missing or does not read: {text!r}."
    th = "ไม่มี {element} หรืออ่านไม่ได้: {text!r}"


class TooLong(Refused):
    """More bytes than any book; also what a small file unpacks to."""

    code = "gnucash-too-long"
    status = 413
    en = "The book has more than {limit} bytes."
    th = "สมุดบัญชีมีขนาดเกิน {limit} ไบต์"


@dataclass(frozen=True, slots=True)
class Commodity:
    """A currency, or a commodity with the fraction that it is counted in."""

    code: str
    exponent: int
    is_currency: bool


@dataclass(frozen=True, slots=True)
class BookAccount:
    """An account: its path of names, its type in our terms, and whether it is cash."""

    code: str
    type: str
    cash: bool
    commodity: str


@dataclass(frozen=True, slots=True)
class BookSplit:
    """A line: quantity in `commodity`, value in the transaction's currency."""

    account: str
    commodity: str
    quantity: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class BookTransaction:
    """A transaction; its splits' values sum to zero in `currency`."""

    id: str
    date: date
    currency: str
    number: str
    description: str
    splits: tuple[BookSplit, ...]


Record = Commodity | BookAccount | BookTransaction


class _Bounded:
    """A stream that refuses to grow past MOST_BYTES."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, name: str) -> None:
        self._stream, self._name, self._seen = stream, name, 0

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(size)
        except (OSError, EOFError) as error:
            raise NotGnuCash(Place(self._name), reason=str(error)) from error
        self._seen += len(data)
        if self._seen > MOST_BYTES:
            raise TooLong(Place(self._name), limit=MOST_BYTES)
        return data


def read(stream: IO[bytes], *, name: str) -> Iterator[Record]:
    """Yield commodities, accounts and transactions in the file's order, in flat memory.

    Args:
        stream: the file; gzip is known by its first bytes, so it must be able to seek.
        name: the file's name, shown in refusals.

    Raises:
        NotGnuCash, BadElement, TooLong: with file and line.
    """
    packed = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    source = _Bounded(gzip.GzipFile(fileobj=stream) if packed else stream, name)
    paths: dict[str, BookAccount | None] = {}
    try:
        events = etree.iterparse(
            source, events=("start", "end"), resolve_entities=False, no_network=True,
            load_dtd=False, huge_tree=False,
        )  # fmt: skip
        yield from _records(events, paths, name)
    except etree.XMLSyntaxError as error:
        raise NotGnuCash(Place(name, error.lineno), reason=error.msg) from error


def _records(
    events: Iterable[tuple[str, Any]], paths: dict[str, BookAccount | None], name: str
) -> Iterator[Record]:
    for element in _elements(events, name):
        try:
            record = READERS[element.tag](element, paths)
        except Refused as refused:
            raise refused.at(file=name, line=element.sourceline) from None
        if record is not None:
            yield record
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _elements(events: Iterable[tuple[str, Any]], name: str) -> Iterator[Any]:
    """Whole elements that are read, outside the template section."""
    root: Any = None
    in_template = False
    for event, element in events:
        root = element if root is None else root
        if root.tag not in ROOTS:
            place = Place(name, root.sourceline)
            raise NotGnuCash(place, reason=f"it begins with {root.tag}")
        if element.tag == TEMPLATE:
            in_template = event == "start"
        if event == "end" and element.tag in READERS and not in_template:
            yield element


def _commodity(element: Any, _paths: dict[str, BookAccount | None]) -> Commodity | None:
    space = _text(element, "cmdty:space")
    if space == "template":
        return None
    fraction = element.findtext(NS % "cmdty" + "fraction", "1")
    is_currency = space in CURRENCY_SPACES
    exponent = len(fraction) - 1 if fraction.strip("0") == "1" else 10
    return Commodity(_text(element, "cmdty:id"), exponent, is_currency)


def _account(element: Any, paths: dict[str, BookAccount | None]) -> BookAccount | None:
    guid, kind = _text(element, "act:id"), _text(element, "act:type")
    if kind == "ROOT":
        paths[guid] = None
        return None
    if kind not in TYPES:
        raise BadElement(element="act:type", text=kind)
    parent_id = element.findtext(NS % "act" + "parent", "")
    if parent_id not in paths:
        raise BadElement(element="act:parent", text=parent_id)
    parent = paths[parent_id]
    part = _text(element, "act:name").replace(":", "-")
    code = f"{parent.code}:{part}" if parent else part
    commodity = element.findtext(f"{NS % 'act'}commodity/{NS % 'cmdty'}id", "")
    account = BookAccount(code, TYPES[kind], kind in CASH, commodity)
    paths[guid] = account
    return account


def _transaction(element: Any, paths: dict[str, BookAccount | None]) -> BookTransaction:
    splits = element.findall(f"{NS % 'trn'}splits/{NS % 'trn'}split")
    return BookTransaction(
        id=_text(element, "trn:id"),
        date=_day(element),
        currency=_text(element, "trn:currency", "cmdty:id"),
        number=element.findtext(NS % "trn" + "num", ""),
        description=element.findtext(NS % "trn" + "description", ""),
        splits=tuple(_split(split, paths) for split in splits),
    )


def _split(element: Any, paths: dict[str, BookAccount | None]) -> BookSplit:
    guid = _text(element, "split:account")
    account = paths.get(guid)
    if account is None:
        raise BadElement(element="split:account", text=guid)
    return BookSplit(
        account.code,
        account.commodity,
        _fraction(element, "split:quantity"),
        _fraction(element, "split:value"),
    )


def _day(element: Any) -> date:
    """The day without a clock, where the book has it; else the local day of the posting time."""
    for slot in element.iterfind(f"{NS % 'trn'}slots/slot"):
        if slot.findtext(NS % "slot" + "key") == "date-posted":
            text = slot.findtext(f"{NS % 'slot'}value/gdate", "")
            break
    else:
        text = _text(element, "trn:date-posted", "ts:date")[:10]
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadElement(element="trn:date-posted", text=text) from None


def _fraction(element: Any, name: str) -> Decimal:
    text = _text(element, name)
    found = FRACTION.fullmatch(text)
    if found is None:
        raise BadElement(element=name, text=text)
    exact = Fraction(int(found[1]), int(found[2]))
    digits = len(found[2]) - 1
    while (exact * 10**digits).denominator != 1:
        digits += 1
        if digits > 18:
            raise BadElement(element=name, text=text)
    return Decimal(int(exact * 10**digits)).scaleb(-digits)


def _text(element: Any, *names: str) -> str:
    path = "/".join(NS % name.split(":")[0] + name.split(":")[1] for name in names)
    text: str = element.findtext(path, "")
    if not text.strip():
        raise BadElement(element="/".join(names), text=text)
    return text.strip()


READERS: Final = {
    NS % "gnc" + "commodity": _commodity,
    NS % "gnc" + "account": _account,
    NS % "gnc" + "transaction": _transaction,
}


def draft(
    transaction: BookTransaction,
    *,
    entity: str,
    functional: str,
    trading: str,
    journal: str = "GEN",
    codes: Mapping[str, str] | None = None,
) -> EntryDraft:
    """A transaction as an entry that balances in each commodity.

    Args:
        transaction: as read.
        entity, journal: where it is posted.
        functional: the entity's currency; splits of transactions in it are valued by their value.
        trading: the account that takes what a transaction moves from one commodity to another.
        codes: the house's codes for commodities that are called differently here.
    """
    valued = transaction.currency == functional
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    lines = []
    for split in transaction.splits:
        code = (codes or {}).get(split.commodity, split.commodity)
        worth = split.value if valued and code != functional else None
        lines.append(LineDraft(split.account, split.quantity, code, worth))
        amount, value = sums.get(code, (Decimal(0), Decimal(0)))
        sums[code] = (amount + split.quantity, value + split.value)
    for code, (amount, value) in sums.items():
        if amount:
            worth = -value if valued and code != functional else None
            lines.append(LineDraft(trading, -amount, code, worth))
    memo = "".join(c if c.isprintable() else " " for c in transaction.description)
    return EntryDraft(
        key=f"gnucash:{transaction.id}",
        date=transaction.date,
        journal=journal,
        entity=entity,
        memo=memo[:500],
        lines=tuple(lines),
        source=f"gnucash {transaction.number}".strip()[:200],
    )
