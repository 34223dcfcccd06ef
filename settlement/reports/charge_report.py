"""What the day's report says of what followed settlement: charges, messages out, open breaks."""

from datetime import date
from typing import Any

from django.db import connection

# Amounts as text, without the zeros that their column adds; no surrogate key stands in any row.
PENALTIES = """
    SELECT p.code, q.code, n.kind, n.category, n.currency, count(*),
           trim_scale(sum(n.amount))::text
      FROM settlement_penalty n
      JOIN settlement_participant p ON p.id = n.payer_id
      JOIN settlement_participant q ON q.id = n.payee_id
     WHERE n.book = %(book)s AND n.charged_on = %(day)s
     GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
COLLECTED = """
    SELECT to_char(n.month, 'YYYY-MM'), n.market, p.code, n.currency, n.penalties,
           trim_scale(n.net)::text
      FROM settlement_penaltynet n JOIN settlement_participant p ON p.id = n.participant_id
     WHERE n.book = %(book)s AND n.collected_on = %(day)s ORDER BY 1, 2, 3, 4
"""
BUY_INS = """
    SELECT t.source, t.source_ref, i.code, trim_scale(b.quantity)::text, b.days
      FROM settlement_buyin b
      JOIN settlement_trade t ON t.id = b.trade_id
      LEFT JOIN settlement_instrument i ON i.id = t.instrument_id
     WHERE t.book = %(book)s AND b.business_date = %(day)s ORDER BY 1, 2
"""
BOUGHT_IN = """
    SELECT t.source, t.source_ref, e.kind, trim_scale(e.quantity)::text,
           trim_scale(e.price)::text, e.currency, p.code, q.code, trim_scale(e.costs)::text,
           trim_scale(e.amount)::text, e.reference
      FROM settlement_buyinexecution e
      JOIN settlement_buyin b ON b.id = e.buy_in_id
      JOIN settlement_trade t ON t.id = b.trade_id
      JOIN settlement_participant p ON p.id = e.payer_id
      JOIN settlement_participant q ON q.id = e.payee_id
     WHERE e.book = %(book)s AND e.booked_on = %(day)s ORDER BY 1, 2, e.number
"""
CLAIMS = """
    SELECT a.reference, p.code, q.code, m.currency, count(*), trim_scale(sum(m.amount))::text
      FROM settlement_marketclaim m
      JOIN settlement_corporateaction a ON a.id = m.action_id
      JOIN settlement_participant p ON p.id = m.payer_id
      JOIN settlement_participant q ON q.id = m.payee_id
     WHERE m.book = %(book)s AND m.claimed_on = %(day)s GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
FEES = """
    SELECT f.tariff, p.code, q.code, f.currency, count(*), trim_scale(sum(f.amount))::text
      FROM settlement_fee f
      JOIN settlement_participant p ON p.id = f.payer_id
      JOIN settlement_participant q ON q.id = f.payee_id
     WHERE f.book = %(book)s AND f.business_date = %(day)s GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
MARGIN_CALLS = """
    SELECT p.code, c.currency, trim_scale(c.variation)::text, trim_scale(c.initial)::text,
           trim_scale(c.covered)::text, trim_scale(c.amount)::text
      FROM settlement_margincall c JOIN settlement_participant p ON p.id = c.participant_id
     WHERE c.book = %(book)s AND c.business_date = %(day)s ORDER BY 1, 2
"""
PARTS = {
    "penalties": (
        PENALTIES,
        *("payer", "payee", "kind", "category", "currency", "count", "amount"),
    ),
    "collected": (COLLECTED, "month", "market", "participant", "currency", "penalties", "net"),
    "buy_ins": (BUY_INS, "source", "reference", "instrument", "quantity", "days"),
    "bought_in": (
        BOUGHT_IN,
        *("source", "reference", "kind", "quantity", "price", "currency", "payer", "payee"),
        *("costs", "amount", "purchase"),
    ),
    "claims": (CLAIMS, "action", "payer", "payee", "currency", "count", "amount"),
    "fees": (FEES, "tariff", "payer", "payee", "currency", "count", "amount"),
    "margin_calls": (
        MARGIN_CALLS,
        *("participant", "currency", "variation", "initial", "covered", "amount"),
    ),
}
# Both in one round trip. Open is what was open when the day was reconciled, whenever this is asked.
AFTER = """
    SELECT 'messages', m.definition, coalesce(p.code, ''), '', '', count(*)::text, NULL::date
      FROM settlement_outgoingmessage m
      LEFT JOIN settlement_participant p ON p.id = m.participant_id
     WHERE m.book = %(book)s AND m.business_date = %(day)s GROUP BY 2, 3
     UNION ALL
    SELECT 'breaks', b.kind, a.number, b.asset, coalesce(l.reference, h.key, ''),
           trim_scale(b.amount)::text, b.since
      FROM settlement_steprun r
      JOIN settlement_reconciledaccount a ON a.book = r.book
      JOIN settlement_break b ON b.account_id = a.id AND b.opened_at <= r.finished_at
           AND (b.closed_at IS NULL OR b.closed_at > r.finished_at)
      LEFT JOIN settlement_statementline l ON l.id = b.line_id
      LEFT JOIN settlement_houseline h ON h.id = b.house_line_id
     WHERE r.book = %(book)s AND r.business_date = %(day)s AND r.step = 'reconcile'
     ORDER BY 1, 2, 3, 4, 5, 7, 6
"""


def charges(*, book: str, business_date: date) -> dict[str, list[dict[str, Any]]]:
    """The report's part on what was charged: part → rows; amounts as decimal text."""
    names: dict[str, Any] = {"book": book, "day": business_date}
    found: dict[str, list[dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        for part, (query, *columns) in PARTS.items():
            cursor.execute(query, names)
            found[part] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return found


def after(*, book: str, business_date: date) -> dict[str, list[dict[str, Any]]]:
    """Messages that left on the day, and the breaks that were open when it was reconciled."""
    messages: list[dict[str, Any]] = []
    breaks: list[dict[str, Any]] = []
    with connection.cursor() as cursor:
        cursor.execute(AFTER, {"book": book, "day": business_date})
        for part, kind, whose, asset, reference, number, since in cursor.fetchall():
            if part == "messages":
                told = {"message": kind, "participant": whose, "count": int(number)}
                messages.append(told)
            else:
                breaks.append(
                    {
                        "kind": kind,
                        "account": whose,
                        "asset": asset,
                        "reference": reference,
                        "difference": number,
                        "since": since,
                    }
                )
    return {"messages": messages, "breaks": breaks}
