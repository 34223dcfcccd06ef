"""Reads of positions, limits and cover, and the one lock that settlement runs of a book take."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from settlement.rules.windows import Cover

Account = tuple[int | None, str]
"""(participant's id or None for the house's own side, asset)."""
type Limited = tuple[int, int | None, str]
"""(participant's id, counterparty's or None, asset)."""

# The last sheet, and what moved since.
POSITIONS = """
    SELECT participant_id, asset, sum(quantity)
      FROM (SELECT participant_id, asset, quantity FROM settlement_positionsheet
             WHERE book = %(book)s AND business_date =
                   (SELECT max(business_date) FROM settlement_positionsheet WHERE book = %(book)s)
             UNION ALL
            SELECT m.participant_id, m.asset, m.quantity
              FROM settlement_settlementrun r JOIN settlement_movement m ON m.run_id = r.id
             WHERE r.book = %(book)s AND r.number >
                   coalesce((SELECT max(through) FROM settlement_positionsheet
                              WHERE book = %(book)s), 0)) parts
     GROUP BY 1, 2
"""
LIMITS = """
    SELECT DISTINCT ON (participant_id, counterparty_id, asset, kind)
           participant_id, counterparty_id, asset, kind, amount
      FROM settlement_accountlimit
     WHERE book = %(book)s AND valid_from <= %(day)s
     ORDER BY participant_id, counterparty_id, asset, kind, valid_from DESC, id DESC
"""
# What the day's runs have moved so far: a cap is the day's, not each run's.
SPENT = """
    SELECT m.participant_id, m.asset, sum(m.quantity)
      FROM settlement_settlementrun r JOIN settlement_movement m ON m.run_id = r.id
     WHERE r.book = %(book)s AND r.business_date = %(day)s AND r.kind = 'settlement'
       AND EXISTS (SELECT FROM settlement_accountlimit a
                    WHERE a.book = r.book AND a.participant_id = m.participant_id
                      AND a.asset = m.asset AND a.kind = 'net_debit_cap')
     GROUP BY 1, 2
"""
# What the day's runs sent between pairs that a bilateral limit stands between, either way.
SENT = """
    SELECT l.debtor_id, l.creditor_id, l.asset, sum(s.quantity)
      FROM settlement_settlementrun r
      JOIN settlement_settlement s ON s.run_id = r.id
      JOIN settlement_leg l ON l.id = s.leg_id
      JOIN (SELECT DISTINCT least(participant_id, counterparty_id) AS one,
                   greatest(participant_id, counterparty_id) AS other, asset
              FROM settlement_accountlimit WHERE book = %(book)s AND kind = 'bilateral') a
        ON a.one = least(l.debtor_id, l.creditor_id)
       AND a.other = greatest(l.debtor_id, l.creditor_id) AND a.asset = l.asset
     WHERE r.book = %(book)s AND r.business_date = %(day)s AND r.kind = 'settlement'
     GROUP BY 1, 2, 3
"""
PLEDGED = """
    SELECT participant_id, asset, currency, sum(quantity), sum(credit)
      FROM settlement_pledge WHERE book = %(book)s GROUP BY 1, 2, 3
"""
# Net owed in each window: what the participant is still to give less what is still to come.
OWED = """
    SELECT l.window_id,
           sum((l.quantity - coalesce(s.done, 0))
               * CASE WHEN l.debtor_id = %(who)s THEN 1 ELSE -1 END)
      FROM settlement_leg l
      LEFT JOIN LATERAL (
            SELECT sum(quantity) AS done
              FROM (SELECT quantity FROM settlement_settlement WHERE leg_id = l.id
                     UNION ALL
                    SELECT quantity FROM settlement_boughtinleg WHERE leg_id = l.id) x) s ON true
     WHERE l.book = %(book)s AND l.asset = %(asset)s
       AND %(who)s IN (l.debtor_id, l.creditor_id)
       AND NOT EXISTS (SELECT FROM settlement_withdrawntrade x WHERE x.trade_id = l.trade_id)
     GROUP BY 1
"""
SHEET = f"""
    INSERT INTO settlement_positionsheet
        (book, business_date, through, participant_id, asset, quantity)
    SELECT %(book)s, %(day)s, %(through)s, participant_id, asset, sum
      FROM ({POSITIONS}) p WHERE sum <> 0 ORDER BY participant_id, asset
"""  # noqa: S608 - the query above


def take_turn(*, book: str) -> int:
    """Wait for the book's other runs, hold the next until commit; the number of the run to come."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"settlement_runs:{book}"]
        )
        cursor.execute(
            "SELECT coalesce(max(number), 0) + 1 FROM settlement_settlementrun WHERE book = %s",
            [book],
        )
        return int(cursor.fetchone()[0])


def positions(*, book: str) -> dict[Account, Decimal]:
    """Every position of the book now, in units of its asset; those of an asset sum to zero."""
    with connection.cursor() as cursor:
        cursor.execute(POSITIONS, {"book": book})
        return {(who, asset): quantity for who, asset, quantity in cursor.fetchall()}


def limits(*, book: str, on: date) -> dict[Limited, dict[str, Decimal]]:
    """(participant, counterparty or None, asset) → kind → amount, as in force on the day.

    A net debit cap and a bilateral limit are what is left of them after the day's earlier runs.
    Pledged collateral counts: its credit widens the credit line, its quantity must stay.
    """
    found: dict[Limited, dict[str, Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(LIMITS, {"book": book, "day": on})
        for who, counterparty, asset, kind, amount in cursor.fetchall():
            if amount is not None:
                found.setdefault((who, counterparty, asset), {})[kind] = amount
        _take_spent(cursor, found, {"book": book, "day": on})
        cursor.execute(PLEDGED, {"book": book})
        for who, asset, currency, quantity, credit in cursor.fetchall():
            if credit:
                _add(found.setdefault((who, None, currency), {}), "credit_line", credit)
            if quantity:
                _add(found.setdefault((who, None, asset), {}), "minimum_balance", quantity)
    return found


def cover(*, book: str, participant_id: int, asset: str, on: date) -> Cover:
    """How far the participant is covered in the asset, over all windows of the book."""
    with connection.cursor() as cursor:
        cursor.execute(OWED, {"book": book, "who": participant_id, "asset": asset})
        owed = dict(cursor.fetchall())
    stated = limits(book=book, on=on).get((participant_id, None, asset), {})
    return Cover(
        position=positions(book=book).get((participant_id, asset), Decimal(0)),
        credit=floor_of(stated) * -1,
        owed=owed,
    )


def floor_of(stated: Mapping[str, Decimal]) -> Decimal:
    """The lowest balance that limits allow: a minimum that must stay, else the credit line."""
    if "minimum_balance" in stated:
        return stated["minimum_balance"]
    return -stated.get("credit_line", Decimal(0))


def write_sheet(*, book: str, business_date: date) -> int:
    """Write the day's sheet of positions, up to the last run; returns its number of rows."""
    names: dict[str, Any] = {"book": book, "day": business_date}
    names["through"] = take_turn(book=book) - 1
    if not names["through"]:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(SHEET, names)
        return int(cursor.rowcount)


def _take_spent(cursor: Any, found: Mapping[Limited, dict[str, Decimal]], names: Any) -> None:
    """Take what the day's runs moved from caps and bilateral limits; what came back makes room."""
    net: dict[tuple[Limited, str], Decimal] = {}
    cursor.execute(SPENT, names)
    for who, asset, change in cursor.fetchall():
        net[(who, None, asset), "net_debit_cap"] = change
    if any(counterparty is not None for _who, counterparty, _asset in found):
        cursor.execute(SENT, names)
        for debtor, creditor, asset, quantity in cursor.fetchall():
            for key, change in (
                (((debtor, creditor, asset), "bilateral"), -quantity),
                (((creditor, debtor, asset), "bilateral"), quantity),
            ):
                net[key] = net.get(key, Decimal(0)) + change
    for (limited, kind), change in net.items():
        stated = found.get(limited, {})
        if kind in stated:
            stated[kind] = max(stated[kind] + change, Decimal(0))


def _add(kinds: dict[str, Decimal], kind: str, amount: Decimal) -> None:
    kinds[kind] = kinds.get(kind, Decimal(0)) + amount
