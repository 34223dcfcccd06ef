"""Why a side is not matched: its nearest other side, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from settlement.models import Trade
from settlement.rules.matching import Difference, SaidTrade, differences

# Of the market's tolerances for the currency: the latest in force, its highest band.
TOLERANCE = """(
    SELECT m.tolerance FROM settlement_matchingtolerance m
     WHERE m.market = w.market AND m.currency = w.currency AND m.valid_from <= w.trade_date
       AND m.above <= w.amount
     ORDER BY m.valid_from DESC, m.above DESC LIMIT 1)"""
# The other side that agrees on most. Agreeing on fewer than two of instrument, quantity, amount
# and day, and on no reference, it is another trade. Who agrees on two is found by what they agree
# on: looking at every other side would take the square of the queue.
NEAREST = f"""
    WITH waiting AS MATERIALIZED (
        SELECT t.*, CASE t.side WHEN 'BUY' THEN t.buyer_id ELSE t.seller_id END AS reporter,
               CASE t.side WHEN 'BUY' THEN t.seller_id ELSE t.buyer_id END AS counterparty
          FROM settlement_unmatchedtrade u JOIN settlement_trade t ON t.id = u.trade_id),
    asked AS MATERIALIZED (SELECT * FROM waiting WHERE id = ANY(%(ids)s)),
    twos AS MATERIALIZED (
        SELECT w.id, w.book, w.reporter, w.counterparty, two.fields, two.said
          FROM (SELECT * FROM waiting
                 WHERE reporter IN (SELECT reporter FROM asked UNION SELECT counterparty FROM asked)
                    OR counterparty IN (SELECT reporter FROM asked)) w
         CROSS JOIN LATERAL (VALUES
               ('iq', concat_ws(' ', w.instrument_id, w.quantity)),
               ('ia', concat_ws(' ', w.instrument_id, w.amount)),
               ('id', concat_ws(' ', w.instrument_id, w.value_date)),
               ('qa', concat_ws(' ', w.quantity, w.amount)),
               ('qd', concat_ws(' ', w.quantity, w.value_date)),
               ('ad', concat_ws(' ', w.amount, w.value_date))) AS two (fields, said)),
    pairs AS (
        SELECT w.id, c.id AS other
          FROM twos w JOIN twos c ON c.book = w.book AND c.fields = w.fields AND c.said = w.said
                                 AND c.reporter = w.counterparty
         WHERE w.id = ANY(%(ids)s)
         UNION
        SELECT w.id, c.id
          FROM twos w JOIN twos c ON c.book = w.book AND c.fields = w.fields AND c.said = w.said
                                 AND c.counterparty = w.reporter
         WHERE w.id = ANY(%(ids)s)
         UNION
        SELECT w.id, c.id
          FROM asked w JOIN waiting c ON c.book = w.book AND c.common_ref = w.common_ref
         WHERE w.common_ref <> ''),
    nearest AS (
        SELECT DISTINCT ON (w.id) w.id, c.id AS other
          FROM pairs p JOIN asked w ON w.id = p.id JOIN waiting c ON c.id = p.other
         WHERE c.reporter <> w.reporter
         ORDER BY w.id,
               (c.common_ref <> '' AND c.common_ref = w.common_ref) DESC,
               (c.instrument_id = w.instrument_id)::int + (c.quantity = w.quantity)::int
               + (c.amount = w.amount)::int + (c.value_date = w.value_date)::int
               + (c.side <> w.side)::int + (c.reporter = w.counterparty)::int
               + (c.counterparty = w.reporter)::int + (c.type = w.type)::int
               + (c.currency = w.currency)::int DESC,
               abs(c.amount - w.amount), c.id)
    SELECT w.id, n.other, {TOLERANCE}
      FROM asked w LEFT JOIN nearest n ON n.id = w.id
     ORDER BY w.id
"""  # noqa: S608 - the tolerance above


@dataclass(frozen=True, slots=True)
class Compared:
    """An unmatched side, the nearest other side (None: nobody alleges it), and what differs.

    Sides that differ in nothing wait for the next matching run.
    """

    trade: Trade
    nearest: Trade | None
    differences: tuple[Difference, ...]

    def reasons(self, language: str = "en") -> list[str]:
        """Why it is unmatched, one sentence a field."""
        if self.nearest is None:
            if language.startswith("th"):
                return ["อีกฝ่ายยังไม่ส่งรายการ"]
            return ["the other side has not alleged the trade"]
        return [one.sentence(language) for one in self.differences]

    def facts(self) -> dict[str, Any]:
        """The same as JSON, for a work item."""
        return {
            "source": self.trade.source,
            "reference": self.trade.source_ref,
            "nearest": self.nearest.source_ref if self.nearest else None,
            "differences": [
                {"field": one.field, "ours": one.ours, "theirs": one.theirs}
                for one in self.differences
            ],
            "reasons_en": self.reasons("en"),
            "reasons_th": self.reasons("th"),
        }


def compare(*, trade_ids: Sequence[int]) -> list[Compared]:
    """Each unmatched side among `trade_ids` beside its nearest other side; a few queries."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Of a queue that came a moment ago the planner knows nothing, and would loop in loops.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(NEAREST, {"ids": list(trade_ids)})
        rows = cursor.fetchall()
        cursor.execute("RESET enable_nestloop")
    wanted = {pk for row in rows for pk in row[:2] if pk is not None}
    trades = Trade.objects.select_related("buyer", "seller", "instrument").in_bulk(wanted)
    return [
        _compared(trades[ours], trades.get(theirs), tolerance or Decimal(0))
        for ours, theirs, tolerance in rows
    ]


def _compared(ours: Trade, theirs: Trade | None, tolerance: Decimal) -> Compared:
    if theirs is None:
        return Compared(ours, None, ())
    found = differences(said(ours), said(theirs), tolerance=tolerance)
    return Compared(ours, theirs, tuple(found))


def said(trade: Trade) -> SaidTrade:
    """What a fact says, free of the database; its parties and instrument read along."""
    buys = trade.side == Trade.Side.BUY
    buyer, seller = trade.buyer.code, trade.seller.code
    return SaidTrade(
        reporter=buyer if buys else seller,
        counterparty=seller if buys else buyer,
        buys=buys,
        type=trade.type,
        market=trade.market,
        value_date=trade.value_date,
        instrument=trade.instrument.code if trade.instrument else "",
        quantity=trade.quantity,
        currency=trade.currency,
        amount=trade.amount,
        common_ref=trade.common_ref,
    )
