"""Read camt.052, camt.053 and camt.054 of versions 1 to 13 as a stream of bookings.

Source: ISO 20022 message definitions BankToCustomerAccountReport, BankToCustomerStatement and
BankToCustomerDebitCreditNotification. Namespaces are looked at for the version only.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from backoffice.kernel.refusals import Place, Refused
from settlement.formats import camt_parts as parts
from settlement.formats.camt_items import (
    Balance,
    Detail,
    Entry,
    Item,
    Kind,
    Statement,
    StatementEnd,
)
from settlement.formats.camt_refusals import (
    BalancesDoNotAddUp,
    NoStatement,
    NotAStatement,
    SummaryDisagrees,
    VersionUnknown,
)
from settlement.formats.camt_xml import MAX_BYTES, Element, drop, events, line_of, local, sign_of
from settlement.formats.lines import Source, name_of, opened

LAST_VERSION = 13
_MESSAGES = {
    "BkToCstmrAcctRpt": Kind.REPORT,
    "BkToCstmrStmt": Kind.STATEMENT,
    "BkToCstmrDbtCdtNtfctn": Kind.NOTIFICATION,
}
_STATEMENTS = frozenset({"Rpt", "Stmt", "Ntfctn"})
_TAGS = ("GrpHdr", *sorted(_STATEMENTS), "Ntry", "TxDtls")
_SUFFIX = re.compile(r"V([0-9]{2})\Z", re.ASCII)
_NAMESPACE = re.compile(r"(camt\.05[234])\.001\.([0-9]{2})\Z", re.ASCII)
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def read(
    source: Source, *, name: str | None = None, max_bytes: int = MAX_BYTES
) -> Iterator[Item | Refused]:
    """Read a camt file; memory holds one entry with its payments at a time.

    Args:
        source: a path, or a binary stream (left open).
        name: the file's name as the sender knows it, shown in refusals.
        max_bytes: the longest file that is read.

    Yields:
        Message; for each statement its Statement, its Entry items and its StatementEnd; and the
        Refused (not raised) of an entry that cannot be read, of control totals [TxsSummry] that
        disagree, and of an opening balance that does not lead to the closing one: such a
        statement is for a clerk, not for automatic booking.

    Raises:
        Refused: no well-formed XML, a DOCTYPE, too large, no camt message, no statement, or a
            statement without its mandatory head; nothing of the file may be kept.
    """
    file = name_of(source, name)
    with opened(source) as stream:
        reading = _Reading()
        try:
            for event, element in events(stream, name=file, tags=_TAGS, limit=max_bytes):
                for item in reading.take(event, element):
                    yield item.at(file=file) if isinstance(item, Refused) else item
            reading.require_statement()
        except Refused as refused:
            raise refused.at(file=file) from None


def read_valid(
    source: Source, *, name: str | None = None, max_bytes: int = MAX_BYTES
) -> Iterator[Item]:
    """Like `read`, but raise every Refused; what was yielded before it must not be kept."""
    for item in read(source, name=name, max_bytes=max_bytes):
        if isinstance(item, Refused):
            raise item
        yield item


class _Reading:
    def __init__(self) -> None:
        self.has_message = False
        self.statements = 0
        self.open: _OpenStatement | None = None
        self.entry: Element | None = None
        self.details: list[Detail] = []
        self.broken: Refused | None = None

    def take(self, event: str, element: Element) -> Iterator[Item | Refused]:
        tag, parent = local(element), element.getparent()
        if tag == "GrpHdr" and event == "end" and parent is not None:
            yield from self._message(element, parent)
        elif tag in _STATEMENTS and parent is not None and _kind(parent):
            yield from self._statement(event, element)
        elif self.open and tag == "Ntry" and parent is self.open.element:
            yield from self._entry(event, element)
        elif tag == "TxDtls" and event == "end" and self._is_payment(element):
            self._detail(element)

    def _is_payment(self, element: Element) -> bool:
        # In version 1 payments stand in the entry itself, later one level down; elements of the
        # same name in a bank's supplementary data stand deeper.
        parent = element.getparent()
        above = parent.getparent() if parent is not None else None
        return self.entry is not None and (parent is self.entry or above is self.entry)

    def require_statement(self) -> None:
        if not self.has_message:
            raise NotAStatement(Place(line=1))
        if not self.statements:
            raise NoStatement

    def _message(self, header: Element, parent: Element) -> Iterator[Item]:
        kind = _kind(parent)
        if kind and not self.has_message:
            self.has_message = True
            yield parts.message(header, kind=kind, version=_version(parent, kind))

    def _statement(self, event: str, element: Element) -> Iterator[Item | Refused]:
        if not self.has_message:
            raise NotAStatement(Place(line=line_of(element)))
        if event == "start":
            self.statements += 1
            self.open = _OpenStatement(element)
        elif self.open:
            yield from self.open.begin()
            yield from self.open.end()
            self.open = None
            drop(element, before="")

    def _entry(self, event: str, element: Element) -> Iterator[Item | Refused]:
        if not self.open:
            return
        if event == "start":
            yield from self.open.begin()
            self.entry, self.details, self.broken = element, [], None
            return
        try:
            if self.broken:
                raise self.broken
            entry = parts.entry(element, tuple(self.details))
            self.open.add(entry)
            yield entry
        except Refused as refused:
            self.open.is_doubtful = True
            yield refused.at(line=line_of(element))
        self.open.entries += 1
        self.entry, self.details = None, []
        drop(element, before="")

    def _detail(self, element: Element) -> None:
        try:
            if self.entry is not None:
                self.details.append(parts.detail(element, sign=sign_of(self.entry)))
        except Refused as refused:
            self.broken = self.broken or refused.at(line=line_of(element))
        drop(element, before="TxDtls")


class _OpenStatement:
    """Running totals of the statement being read."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.head: Statement | None = None
        self.is_doubtful = False
        self.entries = 0
        self.counts = {1: 0, -1: 0}
        self.sums = {1: Decimal(0), -1: Decimal(0)}
        self.booked: dict[str, Decimal] = {}

    def begin(self) -> Iterator[Item]:
        """The head, once; it is complete when the first entry begins."""
        if not self.head:
            self.head = parts.statement(self.element)
            yield self.head

    def add(self, entry: Entry) -> None:
        amount, currency = entry.money.amount, entry.money.currency
        sign = -1 if amount < 0 else 1
        self.counts[sign] += 1
        self.sums[sign] += abs(amount)
        if entry.is_booked:
            self.booked[currency] = self.booked.get(currency, Decimal(0)) + amount

    def end(self) -> Iterator[Item | Refused]:
        if not self.head:
            return
        line = line_of(self.element)
        opening, closing = _pair(self.head.balances, self.booked)
        currency = opening.money.currency if opening else ""
        end = StatementEnd(
            line_no=line,
            entries=self.entries,
            credits_sum=self.sums[1],
            debits_sum=self.sums[-1],
            booked=self.booked.get(currency, Decimal(0)),
            opening=opening,
            closing=closing,
        )
        # A report may give balances and sums without the bookings behind them.
        is_sums_only = not self.entries and local(self.element) == "Rpt"
        if not (self.is_doubtful or is_sums_only):
            yield from self._disagreements(end)
        yield end

    def _disagreements(self, end: StatementEnd) -> Iterator[Refused]:
        if end.difference and end.opening and end.closing:
            yield BalancesDoNotAddUp(
                Place(line=end.line_no, field="Bal"),
                opening=end.opening.money.amount,
                booked=end.booked,
                closing=end.closing.money.amount,
                difference=end.difference,
            )
        summary = self.head.summary if self.head else None
        if not summary:
            return
        total = self.sums[1] + self.sums[-1]
        for field, stated, counted in (
            ("TtlNtries/NbOfNtries", summary.entries, self.entries),
            ("TtlNtries/Sum", summary.entries_sum, total),
            ("TtlCdtNtries/NbOfNtries", summary.credits, self.counts[1]),
            ("TtlCdtNtries/Sum", summary.credits_sum, self.sums[1]),
            ("TtlDbtNtries/NbOfNtries", summary.debits, self.counts[-1]),
            ("TtlDbtNtries/Sum", summary.debits_sum, self.sums[-1]),
        ):
            if stated is not None and stated != counted:
                place = Place(line=end.line_no, field=f"TxsSummry/{field}")
                yield SummaryDisagrees(place, stated=stated, counted=counted)


def _pair(
    balances: tuple[Balance, ...], booked: dict[str, Decimal]
) -> tuple[Balance | None, Balance | None]:
    """Opening and closing booked balance, when one currency holds all that they bound."""
    opening = _one(balances, _OPENING)
    closing = _one(balances, _CLOSING)
    currencies = {b.money.currency for b in (opening, closing) if b} | set(booked)
    return (opening, closing) if len(currencies) == 1 else (None, None)


def _one(balances: tuple[Balance, ...], wanted: tuple[str, ...]) -> Balance | None:
    for code in wanted:
        found = [b for b in balances if b.code == code]
        # Several of one kind bound several days; which of them fits is not ours to guess.
        if found:
            return found[0] if len({b.money for b in found}) == 1 else None
    return None


def _kind(element: Element) -> Kind | None:
    return _MESSAGES.get(_SUFFIX.sub("", local(element)))


def _version(element: Element, kind: Kind) -> int | None:
    namespace = element.tag.rpartition("}")[0]
    found, suffix = _NAMESPACE.search(namespace), _SUFFIX.search(local(element))
    if found and found[1] != kind:
        raise NotAStatement(Place(line=line_of(element)))
    version = int(found[2]) if found else int(suffix[1]) if suffix else None
    if version is not None and not 1 <= version <= LAST_VERSION:
        place = Place(line=line_of(element), field="xmlns")
        raise VersionUnknown(place, value=version, last=LAST_VERSION)
    return version
