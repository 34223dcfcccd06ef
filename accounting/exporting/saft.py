"""SAF-T: the OECD's Standard Audit File for Tax, version 2.0 (2010), general ledger part.

Profile: Header, MasterFiles/GeneralLedgerAccounts and GeneralLedgerEntries in the OECD's order and
names, kept so that with another namespace the file is valid by the Norwegian schema 1.10 too, which
"is based on OECD Standard Audit File - Taxation 2.00". Customers, suppliers, tax tables and source
documents are not part of it. Namespace `urn:OECD:StandardAuditFile-Taxation/2.00`.

Amounts are in the entity's functional currency, above zero, on the side that their sign says; an
ISO currency's own amount stands beside it as CurrencyAmount, a commodity's as Quantity. Balances of
accounts are brought forward from before the first day. Text is cut at the schema's lengths (18, 35,
70, 256); accounts' ids stay distinct.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import IO, Any, Final

from django.db import connection
from lxml import etree

from accounting import currencies
from accounting.exporting.naming import Names
from accounting.exporting.reading import Account, Book, Entry, Line, entries
from backoffice.kernel.refusals import Refused

NAMESPACE: Final = "urn:OECD:StandardAuditFile-Taxation/2.00"
SOFTWARE: Final = ("Backoffice", "Backoffice accounting", "1")
_ZERO: Final = Decimal(0)


class Unvalued(Refused):
    """Lines without a value in the functional currency cannot stand in an audit file."""

    code = "export-unvalued"
    status = 409
    en = "{count} lines have no value in {currency}; SAF-T states every amount in it."
    th = "มี {count} บรรทัดที่ไม่มีมูลค่าเป็น {currency} แต่ SAF-T ต้องแสดงทุกจำนวนในสกุลเงินนี้"


TOTALS: Final = """
SELECT count(DISTINCT e.id), coalesce(sum(l.value) FILTER (WHERE l.value > 0), 0),
       coalesce(-sum(l.value) FILTER (WHERE l.value < 0), 0),
       count(*) FILTER (WHERE l.value IS NULL), min(e.date), max(e.date)
  FROM accounting_entry e
  JOIN accounting_line l ON l.entry_id = e.id
 WHERE e.entity_id = %(entity)s AND e.date BETWEEN %(first)s AND %(last)s
   AND e.recorded_at <= %(known_at)s
"""
BALANCES: Final = """
SELECT a.code, sum(t.value) FILTER (WHERE t.day < %(first)s), sum(t.value)
  FROM (
        SELECT m.account_id, m.day, m.value
          FROM accounting_daymovement m
          JOIN accounting_account a ON a.id = m.account_id AND a.entity_id = %(entity)s
         WHERE m.day <= %(last)s
        UNION ALL
        SELECT l.account_id, l.date, -coalesce(l.value, 0)
          FROM accounting_entry e
          JOIN accounting_line l ON l.entry_id = e.id
         WHERE e.entity_id = %(entity)s AND e.recorded_at > %(known_at)s AND l.date <= %(last)s
       ) t
  JOIN accounting_account a ON a.id = t.account_id
 GROUP BY a.code
"""
JOURNALS: Final = """
SELECT code, CASE WHEN name_en <> '' THEN name_en ELSE code END FROM accounting_journal
 WHERE entity_id = %(entity)s
"""


def write(book: Book, out: IO[bytes], *, at: datetime, country: str) -> None:
    """Write the file, an element at a time.

    Raises:
        Unvalued.
    """
    entries_, debit, credit, unvalued, first, last = _read(book, TOTALS)[0]
    if unvalued:
        raise Unvalued(count=unvalued, currency=book.functional)
    names = Names((account.code for account in book.accounts), str, longest=70)
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with file.element("AuditFile", nsmap={None: NAMESPACE}):
            _header(
                file,
                book,
                at=at,
                country=country,
                first=first or at.date(),
                last=last or at.date(),
            )
            _accounts(file, book, names)
            with file.element("GeneralLedgerEntries"):
                _texts(file, NumberOfEntries=entries_, TotalDebit=debit, TotalCredit=credit)
                _journals(file, book, names)


def _read(book: Book, sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"entity": book.id, **book.selection.parameters})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _texts(file: Any, **texts: object) -> None:
    for name, text in texts.items():
        with file.element(name):
            file.write(format(text, "f") if isinstance(text, Decimal) else str(text))


def _header(file: Any, book: Book, *, at: datetime, country: str, first: date, last: date) -> None:
    selection = book.selection
    with file.element("Header"):
        _texts(
            file,
            AuditFileVersion="2.00",
            AuditFileCountry=country,
            AuditFileDateCreated=at.astimezone(UTC).date(),
            SoftwareCompanyName=SOFTWARE[0],
            SoftwareID=SOFTWARE[1],
            SoftwareVersion=SOFTWARE[2],
        )
        with file.element("Company"):
            _texts(file, RegistrationNumber=book.code[:35], Name=book.name_en[:70])
            with file.element("Address"):
                _texts(file, Country=country)
            with file.element("Contact"), file.element("ContactPerson"):
                # The schema demands a person; the books know none.
                _texts(file, FirstName="NotUsed", LastName="NotUsed")
        _texts(file, DefaultCurrencyCode=book.functional)
        with file.element("SelectionCriteria"):
            _texts(
                file,
                SelectionStartDate=selection.from_ or first,
                SelectionEndDate=selection.to or last,
            )
        _texts(file, TaxAccountingBasis="A", TaxEntity=book.code[:70])


def _accounts(file: Any, book: Book, names: Names) -> None:
    balances = {
        code: (opening or _ZERO, end or _ZERO) for code, opening, end in _read(book, BALANCES)
    }
    with file.element("MasterFiles"):
        if not book.accounts:
            return
        with file.element("GeneralLedgerAccounts"):
            for account in book.accounts:
                with file.element("Account"):
                    _account(file, account, names, *balances.get(account.code, (_ZERO, _ZERO)))


def _account(file: Any, account: Account, names: Names, opening: Decimal, end: Decimal) -> None:
    _texts(
        file,
        AccountID=names[account.code],
        AccountDescription=(account.name_en or account.code)[:256],
    )
    if account.number:
        _texts(file, StandardAccountID=account.number[:35])
    _texts(file, GroupingCategory=account.type, GroupingCode=account.code.split(":")[0][:35])
    _texts(file, AccountType="GL", AccountCreationDate=account.created)
    for moment, balance in (("Opening", opening), ("Closing", end)):
        side = "Credit" if balance < 0 else "Debit"
        _texts(file, **{f"{moment}{side}Balance": balance.copy_abs()})


def _journals(file: Any, book: Book, names: Names) -> None:
    titles = dict(_read(book, JOURNALS))
    by_journal = groupby(entries(book, by_journal=True), key=lambda entry: entry.journal)
    for code, found in by_journal:
        with file.element("Journal"):
            title = titles.get(code, code)[:256]
            _texts(file, JournalID=code[:18], Description=title, Type=code[:9])
            for entry in found:
                with file.element("Transaction"):
                    _transaction(file, entry, names, book)


def _transaction(file: Any, entry: Entry, names: Names, book: Book) -> None:
    description = (entry.memo or entry.key)[:256]
    recorded = entry.recorded_at.date() if entry.recorded_at else entry.date
    _texts(
        file,
        TransactionID=entry.id,
        Period=entry.date.month,
        PeriodYear=entry.date.year,
        TransactionDate=entry.date,
        SourceID=entry.actor[:35],
        Description=description,
    )
    if entry.source:
        _texts(file, BatchID=entry.source[:35])
    _texts(file, SystemEntryDate=recorded, GLPostingDate=entry.date)
    _texts(file, SystemID=entry.number if entry.number is not None else entry.id)
    for line in entry.lines:
        with file.element("Line"):
            _line(file, line, names, book.functional, description)


def _line(file: Any, line: Line, names: Names, functional: str, description: str) -> None:
    value = line.value or _ZERO
    _texts(file, RecordID=line.number, AccountID=names[line.account])
    for name, dimension in line.dimensions.items():
        with file.element("Analysis"):
            _texts(file, AnalysisType=name[:9], AnalysisID=dimension[:256])
    _texts(file, Description=description)
    foreign = line.currency != functional
    commodity = foreign and currencies.find(line.currency).is_commodity
    with file.element("CreditAmount" if value < 0 else "DebitAmount"):
        _texts(file, Amount=value.copy_abs())
        if foreign and not commodity and line.amount * value >= 0:
            _texts(file, **dict(_in_currency(line, value)))
    if commodity:
        _texts(file, Quantity=line.amount.copy_abs())


def _in_currency(line: Line, value: Decimal) -> Iterator[tuple[str, object]]:
    yield "CurrencyCode", line.currency
    yield "CurrencyAmount", line.amount.copy_abs()
    if line.amount:
        yield "ExchangeRate", round(abs(value / line.amount), 8)
