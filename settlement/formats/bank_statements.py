"""Statements for reconciliation, one form for camt.053, MT940 and MT535."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from backoffice.kernel import money
from backoffice.kernel.refusals import Place, Refused
from settlement.formats import camt
from settlement.formats.camt_items import Entry, Kind, Message, Statement, StatementEnd
from settlement.formats.lines import Source, name_of, opened
from settlement.messages.fin.reading import MAX_BYTES
from settlement.messages.statements import mt535, mt940
from settlement.rules.reconciliation import references_in

TEXT_MAX: Final = 2_000
REFERENCE_MAX: Final = 80
IDENTITY_MAX: Final = 120
FIN_MAX: Final = MAX_BYTES + 1
"""One byte more than the reader takes, so that it refuses what is too large."""


class NotReconcilable(Refused):
    """A message that is no statement of a whole period: it has no balances to prove."""

    code = "statement-not-reconcilable"
    en = "{kind} is no end-of-day statement; reconciliation takes camt.053."
    th = "{kind} ไม่ใช่ใบแจ้งยอดสิ้นวัน การกระทบยอดใช้ camt.053"


class BalancesMissing(Refused):
    """A statement without opening or closing booked balance in one currency."""

    code = "statement-balances-missing"
    en = "Statement {statement} has no opening and closing booked balance in one currency."
    th = "ใบแจ้งยอด {statement} ไม่มียอดยกมาและยอดคงเหลือในสกุลเงินเดียว"


class PagesMissing(Refused):
    """A statement of holdings whose pages are not all there."""

    code = "statement-pages-missing"
    en = "Statement {statement}: page {page} does not fit, pages are missing."
    th = "ใบแจ้งยอด {statement}: หน้า {page} ไม่ต่อเนื่อง ยังขาดบางหน้า"


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One booking, or one holding; the amount signed as the account's balance moves."""

    file_line: int
    value_date: date
    booked_on: date
    amount: Decimal
    asset: str
    reference: str
    references: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """A statement; `currency` is empty for holdings, whose balances are None.

    Attributes:
        account: as the bank wrote it.
        identity: tells it from the account's other statements.
        opened_on, closed_on: the days of opening and closing balance.
    """

    account: str
    currency: str
    identity: str
    file_line: int
    opened_on: date
    closed_on: date
    opening: Decimal | None
    closing: Decimal | None
    lines: tuple[LineDraft, ...]


def read_camt(source: Source, *, name: str | None = None) -> Iterator[StatementDraft]:
    """The statements of a camt.053; booked entries only.

    Raises:
        Refused: as `camt.read_valid`; NotReconcilable for camt.052 and camt.054.
    """
    file = name_of(source, name)
    head: Statement | None = None
    entries: list[Entry] = []
    for item in camt.read_valid(source, name=file):
        match item:
            case Message() if item.kind is not Kind.STATEMENT:
                raise NotReconcilable(Place(file, 1), kind=item.kind)
            case Statement():
                head, entries = item, []
            case Entry() if item.is_booked:
                entries.append(item)
            case StatementEnd() if head is not None:
                yield _camt_statement(head, entries, item, file)


def _camt_statement(
    head: Statement, entries: list[Entry], end: StatementEnd, file: str
) -> StatementDraft:
    if end.opening is None or end.closing is None or end.closing.when is None:
        raise BalancesMissing(Place(file, head.line_no, "Bal"), statement=head.statement_id)
    closed_on = end.closing.when.day
    days = [entry.booking.day for entry in entries if entry.booking]
    # The opening balance is often dated with the day before: the period says more.
    began = head.period_from.day if head.period_from else min([*days, closed_on])
    sequence = head.electronic_sequence or head.legal_sequence
    return StatementDraft(
        account=head.account.number,
        currency=end.closing.money.currency,
        identity=_identity(head.statement_id, sequence, closed_on),
        file_line=head.line_no,
        opened_on=min(began, closed_on),
        closed_on=closed_on,
        opening=end.opening.money.amount,
        closing=end.closing.money.amount,
        lines=tuple(_camt_line(entry, closed_on) for entry in entries),
    )


def _camt_line(entry: Entry, closed_on: date) -> LineDraft:
    told = [entry.reference, entry.servicer_reference]
    texts = [entry.additional_info]
    for batch in entry.batches:
        told += [batch.message_id, batch.payment_information_id]
    for detail in entry.details:
        told += [value for _name, value in detail.references]
        told += detail.structured
        texts += [*detail.unstructured, detail.additional_info]
    booked = entry.booking.day if entry.booking else closed_on
    return _line(
        file_line=entry.line_no,
        value_date=entry.value.day if entry.value else booked,
        booked_on=booked,
        amount=entry.money.amount,
        asset=entry.money.currency,
        told=told,
        texts=texts,
    )


def read_mt940(source: Source, *, name: str | None = None) -> Iterator[StatementDraft]:
    """The statements of an MT940 or MT950, each proven to agree with itself.

    Raises:
        Refused: as `mt940.read_balanced`; AmountTooFine for what the currency does not have.
    """
    file = name_of(source, name)
    with opened(source) as stream:
        statements = mt940.read_balanced(stream.read(FIN_MAX), file=file)
    for one in statements:
        _require_whole_units(one, file)
        yield _mt940_statement(one)


def _require_whole_units(one: mt940.Statement, file: str) -> None:
    """FIN writes up to fourteen decimals; the tables would round what no currency has."""
    currency = one.closing.currency
    try:
        money.exponent_of(currency)
    except Refused:
        return  # gold, or what no list knows: it has no smallest unit to hold it to
    told = [(one.opening.amount, one.line, "60"), (one.closing.amount, one.number_of_closing, "62")]
    told += [(entry.line.amount, entry.number, "61") for entry in one.entries]
    for amount, line, field in told:
        try:
            money.to_minor(amount, currency)
        except Refused as refused:
            raise refused.at(file=file, line=line, field=field) from None


def _mt940_statement(one: mt940.Statement) -> StatementDraft:
    number = "/".join(part for part in (one.number, one.sequence) if part)
    closed_on = one.closing.day
    lines = tuple(
        _line(
            file_line=entry.number,
            value_date=entry.line.value_date,
            booked_on=entry.line.entry_date or entry.line.value_date,
            amount=entry.line.signed,
            asset=one.closing.currency,
            told=[entry.line.reference, entry.line.bank_reference or ""],
            texts=[entry.line.details or "", entry.narrative],
        )
        for entry in one.entries
    )
    return StatementDraft(
        account=one.account,
        currency=one.closing.currency,
        identity=_identity(one.reference, number, closed_on),
        file_line=one.line,
        opened_on=min([one.opening.day, closed_on, *(line.booked_on for line in lines)]),
        closed_on=closed_on,
        opening=one.opening.amount,
        closing=one.closing.amount,
        lines=lines,
    )


def read_mt535(source: Source, *, name: str | None = None) -> Iterator[StatementDraft]:
    """Statements of holdings, a draft for each safekeeping account; all pages must be there.

    Raises:
        Refused: as `mt535.read`; PagesMissing.
    """
    file = name_of(source, name)
    with opened(source) as stream:
        pages = mt535.read(stream.read(FIN_MAX), file=file)
    _require_all_pages(pages, file)
    drafts: dict[tuple[str, date], StatementDraft] = {}
    for page in pages:
        accounts = {page.account, *(holding.account for holding in page.holdings)}
        for account in sorted(accounts):
            held = [one for one in page.holdings if one.account == account]
            if not held and (len(accounts) > 1 or (account, page.as_of) in drafts):
                continue
            lines = tuple(_holding(one, page.as_of) for one in held)
            known = drafts.get((account, page.as_of))
            drafts[account, page.as_of] = (
                replace(known, lines=known.lines + lines)
                if known
                else StatementDraft(
                    account=account,
                    currency="",
                    identity=_identity(page.reference, account, page.as_of),
                    file_line=lines[0].file_line if lines else 1,
                    opened_on=page.as_of,
                    closed_on=page.as_of,
                    opening=None,
                    closing=None,
                    lines=lines,
                )
            )
    yield from drafts.values()


def _require_all_pages(pages: list[mt535.HoldingsStatement], file: str) -> None:
    """A statement begins with page 1; each page but its last says that more follow."""
    expected = 1
    for page in pages:
        number, _, more = page.page.partition("/")
        if not number.isdecimal() or int(number) != expected:
            raise _missing(page, file)
        expected = expected + 1 if more == "MORE" else 1
    if expected > 1:
        raise _missing(pages[-1], file)


def _missing(page: mt535.HoldingsStatement, file: str) -> PagesMissing:
    return PagesMissing(Place(file, field="28E"), statement=page.reference, page=page.page)


def _holding(one: mt535.Holding, as_of: date) -> LineDraft:
    return _line(
        file_line=one.line,
        value_date=as_of,
        booked_on=as_of,
        amount=one.quantity,
        asset=one.isin or one.description[:35],
        told=[one.isin or ""],
        texts=[one.description],
    )


def _line(
    *,
    file_line: int,
    value_date: date,
    booked_on: date,
    amount: Decimal,
    asset: str,
    told: list[str],
    texts: list[str],
) -> LineDraft:
    named = [one for one in dict.fromkeys(told) if one]
    text = "\n".join(one for one in dict.fromkeys(texts) if one)
    return LineDraft(
        file_line=file_line,
        value_date=value_date,
        booked_on=booked_on,
        amount=amount,
        asset=asset,
        reference=(named[0] if named else "")[:REFERENCE_MAX],
        references=tuple(sorted(references_in([*named, text]))),
        text=text[:TEXT_MAX],
    )


def _identity(reference: str, number: str, closed_on: date) -> str:
    told = " ".join(part for part in (reference, number, closed_on.isoformat()) if part)
    return told[-IDENTITY_MAX:]


READERS: Final[Mapping[str, Callable[..., Iterator[StatementDraft]]]] = {
    "camt": read_camt,
    "mt940": read_mt940,
    "mt535": read_mt535,
}
