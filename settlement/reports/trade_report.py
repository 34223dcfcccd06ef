"""What the day's report says of trades: nets, runs, what settled, what did not and why."""

import json
from datetime import date
from typing import Any

from django.db import connection

# Amounts as text, without the zeros that their column adds; no surrogate key stands in any row.
NETS = """
    SELECT w.market, w.sequence, p.code, coalesce(o.code, ''), n.asset, n.value_date,
           trim_scale(n.gross_in)::text, trim_scale(n.gross_out)::text, trim_scale(n.net)::text,
           n.legs
      FROM settlement_windowclosing c
      JOIN settlement_window w ON w.id = c.window_id
      JOIN settlement_windownet n ON n.window_id = w.id
      JOIN settlement_participant p ON p.id = n.participant_id
      LEFT JOIN settlement_participant o ON o.id = n.counterparty_id
     WHERE w.book = %(book)s AND c.business_date = %(day)s
     ORDER BY w.market, w.sequence, p.code, o.code, n.asset, n.value_date
"""
RUNS = """
    SELECT number, market, model, mode, by, items, settled, trim_scale(value)::text,
           trim_scale(bound)::text, proven
      FROM settlement_settlementrun
     WHERE book = %(book)s AND business_date = %(day)s AND kind = 'settlement' ORDER BY number
"""
SETTLED = """
    SELECT r.number, l.kind, l.asset, count(*), trim_scale(sum(s.quantity))::text
      FROM settlement_settlementrun r
      JOIN settlement_settlement s ON s.run_id = r.id
      JOIN settlement_leg l ON l.id = s.leg_id
     WHERE r.book = %(book)s AND r.business_date = %(day)s
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
UNSETTLED = """
    SELECT r.number, t.source, t.source_ref, u.reason, u.lots, u."of", u.shortages,
           coalesce(b.source_ref, '')
      FROM settlement_settlementrun r
      JOIN settlement_unsettledtrade u ON u.run_id = r.id
      JOIN settlement_trade t ON t.id = u.trade_id
      LEFT JOIN settlement_trade b ON b.id = u.behind_id
     WHERE r.book = %(book)s AND r.business_date = %(day)s
     ORDER BY r.number, t.source, t.source_ref
"""
FAILED = """
    SELECT p.code, f.cause, l.asset, count(*), trim_scale(sum(f.quantity))::text
      FROM settlement_failedleg f
      JOIN settlement_leg l ON l.id = f.leg_id
      JOIN settlement_participant p ON p.id = f.failing_id
     WHERE l.book = %(book)s AND f.business_date = %(day)s
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
POSITIONS = """
    SELECT coalesce(p.code, ''), s.asset, trim_scale(s.quantity)::text
      FROM settlement_positionsheet s
      LEFT JOIN settlement_participant p ON p.id = s.participant_id
     WHERE s.book = %(book)s AND s.business_date = %(day)s ORDER BY p.code, s.asset
"""
PARTS = {
    "nets": (
        NETS,
        *("market", "window", "participant", "counterparty", "asset", "value_date"),
        *("gross_in", "gross_out", "net", "legs"),
    ),
    "runs": (
        RUNS,
        *("run", "market", "model", "mode", "by", "items", "settled", "value", "bound", "proven"),
    ),
    "settled": (SETTLED, "run", "kind", "asset", "legs", "quantity"),
    "unsettled": (
        UNSETTLED,
        *("run", "source", "reference", "reason", "lots", "of", "shortages", "behind"),
    ),
    "failed": (FAILED, "failing", "cause", "asset", "legs", "quantity"),
    "positions": (POSITIONS, "participant", "asset", "quantity"),
}


def trades(*, book: str, business_date: date) -> dict[str, Any]:
    """The report's part on trades: part → rows; quantities and amounts as decimal text."""
    names = {"book": book, "day": business_date}
    with connection.cursor() as cursor:
        return {part: _rows(cursor, names, *told) for part, told in PARTS.items()}


def _rows(cursor: Any, names: dict[str, Any], query: str, *columns: str) -> list[dict[str, Any]]:
    cursor.execute(query, names)
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        if "shortages" in row:
            row["shortages"] = json.loads(row["shortages"])
    return rows
