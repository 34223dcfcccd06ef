"""Put the standing instructions to the trades that they apply to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from backoffice.desk import queueing
from backoffice.kernel.actors import Actor, Department

NO_INSTRUCTION = "settlement.no_standing_instruction"
# Of each scope the latest version whose span holds the day; of the scopes the narrowest.
FITTING = """
    SELECT k.*, (
        SELECT id FROM (
            SELECT DISTINCT ON (s.asset_class, s.market, s.currency) s.*
              FROM settlement_standinginstruction s
             WHERE s.participant_id = k.participant_id
               AND s.asset_class IN ('', k.asset_class) AND s.market IN ('', k.market)
               AND s.currency IN ('', k.currency) AND s.effective_from <= k.value_date
               AND (s.effective_to IS NULL OR s.effective_to >= k.value_date)
             ORDER BY s.asset_class, s.market, s.currency, s.version DESC) scope
         WHERE scope.active
         ORDER BY (asset_class <> '')::int + (market <> '')::int + (currency <> '')::int DESC,
                  asset_class DESC, market DESC, currency DESC
         LIMIT 1) AS instruction_id
      FROM keys k
"""
KEYS = """
    asked AS MATERIALIZED (
        SELECT t.id, t.buyer_id, t.seller_id, t.market, t.currency, t.value_date,
               coalesce(i.asset_class, 'cash') AS asset_class
          FROM settlement_trade t LEFT JOIN settlement_instrument i ON i.id = t.instrument_id
         WHERE {which}
           AND NOT EXISTS (SELECT 1 FROM settlement_tradeenrichment e WHERE e.trade_id = t.id)),
    keys AS (
        SELECT buyer_id AS participant_id, asset_class, market, currency, value_date FROM asked
         UNION
        SELECT seller_id, asset_class, market, currency, value_date FROM asked),
    fitting AS MATERIALIZED (""" + FITTING + ")"  # fmt: skip  # noqa: S608
SIDES = """
      FROM asked a
      JOIN fitting b ON b.participant_id = a.buyer_id
      JOIN fitting s ON s.participant_id = a.seller_id
     WHERE (b.asset_class, b.market, b.currency, b.value_date)
           = (a.asset_class, a.market, a.currency, a.value_date)
       AND (s.asset_class, s.market, s.currency, s.value_date)
           = (a.asset_class, a.market, a.currency, a.value_date)
"""
ENRICH = (
    "WITH " + KEYS.format(which="t.id = ANY(%(ids)s)") + """
    INSERT INTO settlement_tradeenrichment
        (trade_id, buyer_instruction_id, seller_instruction_id, enriched_at)
    SELECT a.id, b.instruction_id, s.instruction_id, %(at)s""" + SIDES + """
       AND b.instruction_id IS NOT NULL AND s.instruction_id IS NOT NULL
     ORDER BY a.id
    ON CONFLICT (trade_id) DO NOTHING
"""
)  # fmt: skip
WAITING = """t.book = %(book)s AND t.action <> 'cancel' AND NOT t.is_block
       AND NOT EXISTS (SELECT 1 FROM settlement_trade n WHERE n.amends_id = t.id)"""
MISSING = (
    "WITH " + KEYS.format(which=WAITING) + """
    SELECT p.code, f.asset_class, f.market, f.currency, min(f.value_date)
      FROM fitting f JOIN settlement_participant p ON p.id = f.participant_id
     WHERE f.instruction_id IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""  # noqa: S608
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Missing:
    """A participant without an instruction for something that it has traded."""

    participant: str
    asset_class: str
    market: str
    currency: str
    first_needed: str


def enrich(*, trade_ids: Iterable[int], at: datetime) -> int:
    """Note the instructions of both sides where both have one; one statement; returns how many.

    A trade that finds none now is asked about again by `enrich_waiting`.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENRICH, {"ids": list(trade_ids), "at": at})
        return int(cursor.rowcount)


def enrich_waiting(*, book: str, at: datetime) -> int:
    """Enrich every trade in force that has no instructions yet; returns how many."""
    statement = ENRICH.replace("t.id = ANY(%(ids)s)", WAITING)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"book": book, "at": at})
        return int(cursor.rowcount)


def missing(*, book: str) -> list[Missing]:
    """Which instructions trades in force wait for, one a participant and scope."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING, {"book": book})
        return [
            Missing(participant, asset_class, market, currency, first.isoformat())
            for participant, asset_class, market, currency, first in cursor.fetchall()
        ]


def ask_for_missing(*, book: str, actor: Actor, at: datetime) -> Sequence[int]:
    """Put a work item on the desk for each participant whose instructions are missing."""
    wanted: dict[str, list[Missing]] = {}
    for one in missing(book=book):
        wanted.setdefault(one.participant, []).append(one)
    return [
        queueing.open_item(
            kind=NO_INSTRUCTION,
            department=Department.SETTLEMENT.value,
            subject_kind="settlement.participant",
            subject_ref=participant,
            title_en=f"Standing settlement instruction missing: {participant}",
            title_th=f"ไม่มีคำสั่งชำระราคาประจำของ {participant}",
            payload={
                "scopes": [
                    {
                        "asset_class": one.asset_class,
                        "market": one.market,
                        "currency": one.currency,
                        "first_needed": one.first_needed,
                    }
                    for one in found
                ]
            },
            actor=actor,
            at=at,
        )
        for participant, found in wanted.items()
    ]
