"""The figures behind the pictures, each one query: flows, rate by hour, ages, liquidity."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from settlement.rules import ageing

HOUSE: Final = ""
"""The house's own side in flows."""

# What each pair owes each other of the day's netted legs, and participants against the house.
FLOWS = """
    WITH owed AS (
        SELECT d.code AS payer, c.code AS payee, l.quantity AS value
          FROM settlement_windowclosing w
          JOIN settlement_leg l ON l.window_id = w.window_id
          JOIN settlement_participant d ON d.id = l.debtor_id
          JOIN settlement_participant c ON c.id = l.creditor_id
         WHERE l.book = %(book)s AND w.business_date = %(day)s AND l.asset = %(asset)s
         UNION ALL
        SELECT CASE WHEN o.net > 0 THEN p.code ELSE '' END,
               CASE WHEN o.net > 0 THEN '' ELSE p.code END, abs(o.net)
          FROM settlement_obligation o JOIN settlement_participant p ON p.id = o.participant_id
         WHERE o.book = %(book)s AND o.business_date = %(day)s AND o.currency = %(asset)s
           AND o.net <> 0
    ), pairs AS (
        SELECT least(payer, payee) AS a, greatest(payer, payee) AS b,
               sum(CASE WHEN payer < payee THEN value ELSE -value END) AS net
          FROM owed GROUP BY 1, 2)
    SELECT CASE WHEN net > 0 THEN a ELSE b END, CASE WHEN net > 0 THEN b ELSE a END, abs(net)
      FROM pairs WHERE net <> 0 ORDER BY 3 DESC, 1, 2
"""
ASSETS = """
    SELECT asset, sum(n) FROM (
        SELECT l.asset, count(*) AS n FROM settlement_windowclosing w
          JOIN settlement_leg l ON l.window_id = w.window_id
         WHERE l.book = %(book)s AND w.business_date = %(day)s AND l.kind = 'cash' GROUP BY 1
         UNION ALL
        SELECT currency, count(*) FROM settlement_obligation
         WHERE book = %(book)s AND business_date = %(day)s GROUP BY 1
         UNION ALL
        SELECT asset, count(*) FROM settlement_failedleg f JOIN settlement_leg l ON l.id = f.leg_id
         WHERE l.book = %(book)s AND f.business_date = %(day)s AND l.kind = 'cash' GROUP BY 1) a
     GROUP BY 1 ORDER BY 2 DESC, 1
"""
BY_HOUR = """
    SELECT extract(hour FROM settled_at AT TIME ZONE %(zone)s)::int, count(*) FROM (
        SELECT s.settled_at FROM settlement_settlementrun r
          JOIN settlement_settlement s ON s.run_id = r.id
         WHERE r.book = %(book)s AND r.business_date = %(day)s
         UNION ALL
        SELECT s.recorded_at FROM settlement_instructionstatus s
          JOIN settlement_instruction i ON i.id = s.instruction_id
          JOIN settlement_obligation o ON o.id = i.obligation_id
         WHERE o.book = %(book)s AND s.business_date = %(day)s AND s.status = 'settled') x
     GROUP BY 1 ORDER BY 1
"""
LEFT = """
    SELECT (SELECT count(*) FROM settlement_failedleg f JOIN settlement_leg l ON l.id = f.leg_id
             WHERE l.book = %(book)s AND f.business_date = %(day)s)
         + (SELECT count(*) FROM settlement_instructionstatus s
              JOIN settlement_instruction i ON i.id = s.instruction_id
              JOIN settlement_obligation o ON o.id = i.obligation_id
             WHERE o.book = %(book)s AND s.business_date = %(day)s AND s.status <> 'settled')
"""
# A failing trade once, as old as its oldest leg, worth its cash in the currency.
FAILS = """
    SELECT max(age), coalesce(max(amount) FILTER (WHERE currency = %(asset)s), 0) FROM (
        SELECT t.id, t.amount, t.currency,
               (SELECT count(*) FROM settlement_failedleg x
                 WHERE x.leg_id = f.leg_id AND x.business_date <= %(day)s) AS age
          FROM settlement_failedleg f
          JOIN settlement_leg l ON l.id = f.leg_id
          JOIN settlement_trade t ON t.id = l.trade_id
         WHERE l.book = %(book)s AND f.business_date = %(day)s) x
     GROUP BY id
"""
# Where a position stood before the day's runs, and the lowest it came to after any of them; what it
# could draw on, as settling asks: down to a minimum that must stay, else the line with what pledges
# add to it, and never more than the net debit cap.
LIQUIDITY = """
    WITH sheet AS (
        SELECT max(business_date) AS day, max(through) AS through
          FROM settlement_positionsheet
         WHERE book = %(book)s AND business_date < %(day)s
    ), start AS (
        SELECT participant_id AS who, quantity FROM settlement_positionsheet
         WHERE book = %(book)s AND business_date = (SELECT day FROM sheet) AND asset = %(asset)s
         UNION ALL
        SELECT m.participant_id, m.quantity FROM settlement_settlementrun r
          JOIN settlement_movement m ON m.run_id = r.id AND m.asset = %(asset)s
         WHERE r.book = %(book)s AND r.number > coalesce((SELECT through FROM sheet), 0)
           AND (r.business_date < %(day)s OR r.kind = 'funding' AND r.business_date = %(day)s)
    ), opening AS (SELECT who, sum(quantity) AS quantity FROM start GROUP BY 1
    ), running AS (
        SELECT m.participant_id AS who,
               sum(sum(m.quantity)) OVER (PARTITION BY m.participant_id ORDER BY r.number) AS sofar
          FROM settlement_settlementrun r
          JOIN settlement_movement m ON m.run_id = r.id AND m.asset = %(asset)s
         WHERE r.book = %(book)s AND r.business_date = %(day)s AND r.kind = 'settlement'
         GROUP BY m.participant_id, r.number
    ), lowest AS (SELECT who, least(min(sofar), 0) AS change FROM running GROUP BY 1
    ), stated AS (
        SELECT DISTINCT ON (participant_id, kind) participant_id AS who, kind, amount
          FROM settlement_accountlimit
         WHERE book = %(book)s AND asset = %(asset)s AND valid_from <= %(day)s
           AND counterparty_id IS NULL
         ORDER BY participant_id, kind, valid_from DESC, id DESC
    ), pledged AS (
        SELECT participant_id AS who, 'credit_line' AS kind, sum(credit) AS amount
          FROM settlement_pledge WHERE book = %(book)s AND currency = %(asset)s GROUP BY 1
         UNION ALL
        SELECT participant_id, 'minimum_balance', sum(quantity)
          FROM settlement_pledge WHERE book = %(book)s AND asset = %(asset)s GROUP BY 1
    ), terms AS (
        SELECT who, sum(amount) FILTER (WHERE kind = 'credit_line') AS line,
               nullif(sum(amount) FILTER (WHERE kind = 'minimum_balance'), 0) AS least,
               sum(amount) FILTER (WHERE kind = 'net_debit_cap') AS cap
          FROM (SELECT * FROM stated UNION ALL SELECT * FROM pledged) every_one GROUP BY 1)
    SELECT p.code, -coalesce(l.change, 0),
           least(greatest(coalesce(o.quantity, 0) - coalesce(t.least, -t.line, 0), 0), t.cap)
      FROM settlement_participant p
      LEFT JOIN opening o ON o.who = p.id
      LEFT JOIN lowest l ON l.who = p.id
      LEFT JOIN terms t ON t.who = p.id
     WHERE coalesce(o.quantity, 0) <> 0 OR l.change IS NOT NULL
        OR coalesce(t.line, t.cap) IS NOT NULL
     ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class Flow:
    """What a participant owes another of the day, netted by pair; `HOUSE` is the house."""

    payer: str
    payee: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Hour:
    """Items settled in an hour of the day, and the share settled by its end, in percent."""

    hour: int
    settled: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Use:
    """The most that a participant drew on the day of what it could draw on."""

    participant: str
    used: Decimal
    available: Decimal

    @property
    def percent(self) -> int:
        """Drawn of what is available; above nothing everything is a hundred."""
        if not self.available:
            return 100 if self.used else 0
        return round(100 * self.used / self.available)


def assets(*, book: str, day: date) -> list[str]:
    """Currencies that were netted or failed on the day, the busiest first."""
    return [row[0] for row in _rows(ASSETS, book=book, day=day)]


def flows(*, book: str, day: date, asset: str) -> list[Flow]:
    """Net flows of the day between each pair, the largest first."""
    return [Flow(*row) for row in _rows(FLOWS, book=book, day=day, asset=asset)]


def by_hour(*, book: str, day: date, zone: str) -> list[Hour]:
    """Legs and instructions final in each hour in `zone`, with the share of what was due."""
    rows = _rows(BY_HOUR, book=book, day=day, zone=zone)
    left = int(_rows(LEFT, book=book, day=day)[0][0])
    due = sum(count for _hour, count in rows) + left
    settled = 0
    found = []
    for hour, count in rows:
        settled += count
        percent = (Decimal(100) * settled / due).quantize(Decimal("0.1"))
        found.append(Hour(hour, count, percent))
    return found


def fails(*, book: str, day: date, asset: str) -> tuple[ageing.Bucket, ...]:
    """Failing trades of the day by age in business days; values in `asset`."""
    return ageing.aged((age, value) for age, value in _rows(FAILS, book=book, day=day, asset=asset))


def liquidity(*, book: str, day: date, asset: str) -> list[Use]:
    """What each participant drew at most, of its funds, line and pledges within its cap."""
    return [Use(*row) for row in _rows(LIQUIDITY, book=book, day=day, asset=asset)]


def _rows(sql: str, **names: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, names)
        return list(cursor.fetchall())
