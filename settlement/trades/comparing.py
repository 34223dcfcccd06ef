"""Why a side is not matched: its nearest other side, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from settlement.models import Trade
from settlement.rules.matching import Difference, SaidTrade, differences, fields

# Of the market's tolerances for the currency: the latest in force, its highest band.
TOLERANCE = """(
    SELECT m.tolerance FROM settlement_matchingtolerance m
     WHERE m.market = w.market AND m.currency = w.currency AND m.valid_from <= w.trade_date
       AND m.above <= w.amount
     ORDER BY m.valid_from DESC, m.above DESC LIMIT 1)"""
REPORTER = "(CASE {t}.side WHEN 'BUY' THEN {t}.buyer_id ELSE {t}.seller_id END)"
COUNTERPARTY = "(CASE {t}.side WHEN 'BUY' THEN {t}.seller_id ELSE {t}.buyer_id END)"
OURS, THEIRS = REPORTER.format(t="w"), REPORTER.format(t="c")
OUR_OTHER, THEIR_OTHER = COUNTERPARTY.format(t="w"), COUNTERPARTY.format(t="c")
# The other side that agrees on most. Agreeing on fewer than two of instrument, quantity, amount
# and day, and on no reference, it is another trade. So sides meet in groups of what they say of
# two of the four, and of a party: looking at every other side would take the square of the queue,
# and so may any join of the queue with itself, of which the planner knows nothing when it is new.
NEAREST = f"""
    WITH waiting AS MATERIALIZED (
        SELECT w.id, w.book, {OURS} AS reporter, {OUR_OTHER} AS counterparty, w.instrument_id,
               w.quantity, w.amount, w.value_date, w.common_ref, w.id = ANY(%(ids)s) AS is_asked
          FROM settlement_unmatchedtrade u JOIN settlement_trade w ON w.id = u.trade_id),
    parties AS MATERIALIZED (
        SELECT reporter AS id FROM waiting WHERE is_asked
         UNION
        SELECT counterparty FROM waiting WHERE is_asked),
    said AS (
        SELECT w.id, w.book, two.fields, two.said, party.role, party.id AS party, party.asks
          FROM waiting w
         CROSS JOIN LATERAL (VALUES
               ('iq', concat_ws(' ', w.instrument_id, w.quantity)),
               ('ia', concat_ws(' ', w.instrument_id, w.amount)),
               ('id', concat_ws(' ', w.instrument_id, w.value_date)),
               ('qa', concat_ws(' ', w.quantity, w.amount)),
               ('qd', concat_ws(' ', w.quantity, w.value_date)),
               ('ad', concat_ws(' ', w.amount, w.value_date))) AS two (fields, said)
         CROSS JOIN LATERAL (VALUES
               ('reports', w.reporter, false), ('is other', w.counterparty, false),
               ('reports', w.counterparty, true), ('is other', w.reporter, true))
               AS party (role, id, asks)
         WHERE (w.is_asked OR NOT party.asks) AND party.id IN (SELECT id FROM parties)
         UNION ALL
        SELECT w.id, w.book, 'ref', w.common_ref, '', 0, half.asks
          FROM waiting w CROSS JOIN (VALUES (true), (false)) AS half (asks)
         WHERE w.common_ref <> '' AND (w.is_asked OR NOT half.asks)),
    pairs AS (
        SELECT DISTINCT ours.id, other.id AS other
          FROM (SELECT array_agg(id) FILTER (WHERE asks) AS asking,
                       array_agg(id) FILTER (WHERE NOT asks) AS others
                  FROM said GROUP BY book, fields, said, role, party HAVING bool_or(asks)) met
         CROSS JOIN LATERAL unnest(met.asking) AS ours (id)
         CROSS JOIN LATERAL unnest(met.others) AS other (id)),
    nearest AS (
        SELECT DISTINCT ON (w.id) w.id, c.id AS other
          FROM pairs p
          JOIN settlement_trade w ON w.id = p.id JOIN settlement_trade c ON c.id = p.other
         WHERE {THEIRS} <> {OURS}
         ORDER BY w.id,
               (c.common_ref <> '' AND c.common_ref = w.common_ref) DESC,
               (c.instrument_id = w.instrument_id)::int + (c.quantity = w.quantity)::int
               + (c.amount = w.amount)::int + (c.value_date = w.value_date)::int
               + (c.side <> w.side)::int + ({THEIRS} = {OUR_OTHER})::int
               + ({THEIR_OTHER} = {OURS})::int + (c.type = w.type)::int
               + (c.currency = w.currency)::int DESC,
               abs(c.amount - w.amount), c.id)
    SELECT w.id, found.other, {TOLERANCE}
      FROM (SELECT id, max(other) AS other
              FROM (SELECT id, NULL::bigint AS other FROM waiting WHERE is_asked
                     UNION ALL SELECT id, other FROM nearest) each
             GROUP BY id) found
      JOIN settlement_trade w ON w.id = found.id
     ORDER BY w.id
"""  # noqa: S608 - the tolerance and the expressions above


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
    """Each unmatched side among `trade_ids` beside its nearest other side; two queries."""
    with connection.cursor() as cursor:
        cursor.execute(NEAREST, {"ids": list(trade_ids)})
        rows = cursor.fetchall()
    wanted = {pk for row in rows for pk in row[:2] if pk is not None}
    trades = Trade.objects.select_related("buyer", "seller", "instrument").in_bulk(wanted)
    return [
        _compared(trades[ours], trades.get(theirs), tolerance or Decimal(0))
        for ours, theirs, tolerance in rows
    ]


def beside(one: Compared, language: str = "en") -> list[tuple[str, str, str, bool]]:
    """Every field that is matched on: its name, as both sides said it, and whether they agree.

    Args:
        one: a side that has a nearest other side; else there is nothing beside it.
    """
    if one.nearest is None:
        return []
    differing = {difference.field for difference in one.differences}
    return [
        (label, ours, theirs, name not in differing)
        for name, label, ours, theirs in fields(said(one.trade), said(one.nearest), language)
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
