"""The day's report: the same bytes whenever it is made from the same books."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from accounting import queries as ledger
from backoffice.kernel import money
from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import canonical_json
from backoffice.kernel.refusals import Refused
from records import filing
from settlement import queries
from settlement.reports import charge_report, trade_report

RECORD_CLASS = "RPT"
FORMAT = 4
BY_OPERATION = """
    SELECT t.currency, t.operation, t.direction, count(*), sum(t.amount)
      FROM settlement_clearedtransaction c JOIN settlement_transaction t ON t.id = c.transaction_id
     WHERE t.book = %s AND c.business_date = %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
OBLIGATIONS = """
    SELECT p.code, o.currency, o.value_date, o.gross_in, o.gross_out, o.net, o.transactions,
           o.kind, i.reference, i.direction,
           CASE WHEN i.id IS NULL THEN 'nothing to settle'
                ELSE coalesce((SELECT s.status FROM settlement_instructionstatus s
                                WHERE s.instruction_id = i.id AND s.business_date <= %(day)s
                                ORDER BY s.business_date DESC, s.status DESC LIMIT 1), 'pending')
           END
      FROM settlement_obligation o
      JOIN settlement_participant p ON p.id = o.participant_id
      LEFT JOIN settlement_instruction i ON i.obligation_id = o.id
     WHERE o.book = %(book)s AND o.business_date = %(day)s
     ORDER BY p.code, o.currency, o.value_date, o.kind DESC
"""
HELD = """
    SELECT t.source, t.source_ref, h.held_on
      FROM settlement_heldtransaction h JOIN settlement_transaction t ON t.id = h.transaction_id
     WHERE t.book = %s AND h.held_on <= %s AND (h.released_on IS NULL OR h.released_on > %s)
     ORDER BY t.source, length(t.source_ref), t.source_ref
"""


@dataclass(frozen=True, slots=True)
class FiledReport:
    """Where the day's report lies: document number and SHA-256 of its bytes."""

    number: str
    sha256: str


def report(*, book: str, business_date: date) -> dict[str, Any]:
    """What the day came to, from the books alone: no clock, no surrogate key stands in it."""
    with connection.cursor() as cursor:
        cursor.execute(BY_OPERATION, [book, business_date])
        operations = _rows(cursor, "currency", "operation", "direction", "count", "amount")
        cursor.execute(OBLIGATIONS, {"book": book, "day": business_date})
        obligations = _rows(
            cursor,
            *("participant", "currency", "value_date", "gross_in", "gross_out", "net"),
            *("transactions", "kind", "instruction", "direction", "status"),
        )
        cursor.execute(HELD, [book, business_date, business_date])
        held = _rows(cursor, "source", "reference", "held_on")
    totals = ledger.trial_totals(entity=book, as_of=business_date)
    return {
        "format": FORMAT,
        "book": book,
        "business_date": business_date,
        "transactions": operations,
        "obligations": obligations,
        "held": held,
        "trial_balance": [
            {
                "currency": currency,
                "debit": _spelled(debit, currency),
                "credit": _spelled(credit, currency),
            }
            for currency, (debit, credit) in sorted(totals.items())
        ],
        **_what_followed(book, business_date),
    }


def _what_followed(book: str, day: date) -> dict[str, Any]:
    """Trades, charges, messages and breaks; what the book never had is not asked for."""
    there = queries.present(book=book)
    told: dict[str, Any] = {"messages": [], "breaks": []}
    if there.legs or there.readers or there.statements:
        told = charge_report.after(book=book, business_date=day)
    if there.legs:
        told["trades"] = trade_report.trades(book=book, business_date=day)
        told["charges"] = charge_report.charges(book=book, business_date=day)
    return told


def file_report(*, book: str, business_date: date, actor: Actor, at: datetime) -> FiledReport:
    """File the day's report in records; filing it again finds the one that is there."""
    filed = filing.file(
        record_class=RECORD_CLASS,
        title=f"Settlement report {book} {business_date.isoformat()}",
        content=canonical_json(report(book=book, business_date=business_date)),
        media_type="application/json",
        source_key=f"{book}/{business_date.isoformat()}",
        actor=actor,
        at=at,
    )
    return FiledReport(number=filed.number, sha256=filed.sha256)


def _rows(cursor: Any, *names: str) -> list[dict[str, Any]]:
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        for name, value in row.items():
            if isinstance(value, Decimal):
                row[name] = _spelled(value, row["currency"])
    return rows


def _spelled(amount: Decimal, currency: str) -> str:
    """With the currency's own decimals; a commodity's amount as it stands."""
    try:
        return money.format_amount(amount, currency)
    except Refused:
        return f"{amount.normalize():f}"
