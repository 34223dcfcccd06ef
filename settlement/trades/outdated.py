"""Value dates that a calendar's new version outdates, and what is to become of each of them.

They lie in one temporary table, `redating_found`, which one transaction works on: from `find` until
`forget`, or its end.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from backoffice.reference import days
from backoffice.reference import queries as reference
from settlement.rules import dating as rules

BOOKS = """
    WITH RECURSIVE books AS (
        (SELECT book FROM settlement_trade ORDER BY book LIMIT 1)
         UNION ALL
        SELECT (SELECT t.book FROM settlement_trade t WHERE t.book > b.book
                 ORDER BY t.book LIMIT 1)
          FROM books b WHERE b.book IS NOT NULL)
    SELECT book FROM books WHERE book IS NOT NULL
"""
# What a date is derived from: T+n from the trade date, or the day that an entry was sent for; what
# came after its cut-off goes from that day to the first business day for which it was in time. A
# side that waits for its other one keeps the day as agreed.
LATE = "CASE WHEN t.locked_in THEN t.detail -> 'late' END"
SENT_FOR = f"""coalesce(t.detail ->> 'effective',
        CASE WHEN t.cycle = '' THEN {LATE} ->> 'agreed' END, '')"""
NOT_BEFORE = f"coalesce({LATE} ->> 'not_before', '')"
# In force, resting on an earlier version, and near a day that is another one now.
TOUCHED = """
      FROM settlement_trade t
     WHERE t.book = %(book)s AND t.calendar_version_id = ANY(%(older)s) AND t.action <> 'cancel'
       AND t.value_date >= %(first)s AND t.trade_date <= %(last)s
       AND NOT EXISTS (SELECT FROM settlement_trade x WHERE x.amends_id = t.id)
       AND NOT EXISTS (SELECT FROM settlement_trade x WHERE x.block_id = t.id)
"""
ASKED = f"""
    SELECT DISTINCT t.trade_date, t.cycle, {SENT_FOR}, {NOT_BEFORE} {TOUCHED}
       AND (t.cycle <> '' OR {SENT_FOR} <> '')
"""
# `carrier` is the fact that the legs hang on, `other` the other side of a match.
FOUND = f"""
    CREATE TEMP TABLE redating_found ON COMMIT DROP AS
    WITH derived AS MATERIALIZED (
        SELECT * FROM unnest(%(traded)s::date[], %(cycles)s::text[], %(effective)s::text[],
                             %(not_before)s::text[], %(after)s::date[])
                   AS d (traded, cycle, effective, not_before, after)
    ), touched AS MATERIALIZED (
        SELECT t.*, {SENT_FOR} AS sent_for, {NOT_BEFORE} AS not_before,
               t.cycle = '' AND {SENT_FOR} = '' AS agreed {TOUCHED}
    )
    SELECT t.id AS trade_id, t.value_date AS before, t.agreed, d.after,
           coalesce(b.sell_id, t.id) AS carrier, coalesce(b.sell_id, s.buy_id) AS other,
           s.id IS NOT NULL OR t.locked_in AND NOT t.is_block AS carries, '' AS outcome
      FROM touched t
      LEFT JOIN derived d ON d.traded = t.trade_date AND d.cycle = t.cycle
           AND d.effective = t.sent_for AND d.not_before = t.not_before
      LEFT JOIN settlement_tradematch b ON b.buy_id = t.id
      LEFT JOIN settlement_tradematch s ON s.sell_id = t.id
     WHERE CASE WHEN t.agreed THEN t.value_date = ANY(%(closed)s)
                ELSE d.traded IS NOT NULL AND d.after IS DISTINCT FROM t.value_date END
       AND NOT EXISTS (SELECT FROM settlement_withdrawntrade w
                        WHERE w.trade_id = coalesce(b.sell_id, t.id))
"""  # noqa: S608 - the condition above
JUDGE = """
    UPDATE redating_found f SET outcome =
           CASE WHEN EXISTS (SELECT FROM settlement_leg l
                               JOIN settlement_settlement x ON x.leg_id = l.id
                              WHERE l.trade_id = a.carrier) THEN 'settled'
                WHEN EXISTS (SELECT FROM settlement_leg l
                              WHERE l.trade_id = a.carrier AND NOT EXISTS (
                                    SELECT FROM settlement_windowpointer p
                                     WHERE p.window_id = l.window_id)) THEN 'closed'
                WHEN a.agreed THEN 'agreed'
                WHEN a.after IS NULL THEN 'unknown'
                WHEN a.after <= %(sealed)s OR a.after = ANY(%(over)s) THEN 'over'
                WHEN a.other IS NOT NULL
                 AND (NOT o.agreed AND o.after = a.after) IS NOT TRUE THEN 'apart'
                ELSE 'moved' END
      FROM redating_found a LEFT JOIN redating_found o ON o.trade_id = a.other
     WHERE a.trade_id = f.trade_id
"""
FACTS = """
    SELECT t.source, t.source_ref, f.before, f.after, f.outcome
      FROM redating_found f JOIN settlement_trade t ON t.id = f.trade_id
     ORDER BY f.outcome, t.value_date, t.id
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What would become of a trade's value date; `outcome` is one of Redating.Outcome."""

    book: str
    source: str
    source_ref: str
    before: date
    after: date | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Basis:
    """The version in force, the earlier ones that differ from it, and the days that do."""

    version: reference.Version
    older: list[int]
    changed: dict[date, bool]

    def names(self, book: str) -> dict[str, Any]:
        """What the statements know the version by."""
        return {
            "book": book,
            "older": self.older,
            "first": min(self.changed),
            "last": max(self.changed),
            "closed": [day for day, is_open in self.changed.items() if not is_open],
            "version": self.version.id,
        }


def basis_of(*, calendar: str, at: datetime) -> Basis:
    """The latest version and what it changes of those before. Raises CalendarUnknown."""
    latest = reference.version_on(calendar, known_at=at)
    older: list[int] = []
    changed: dict[date, bool] = {}
    for one in reference.versions_before(latest):
        if found := reference.changed_days(before_version=one.id, after_version=latest.id):
            older.append(one.id)
            changed |= found
    return Basis(latest, older, changed)


def books() -> list[str]:
    """Every book with trades, by a walk over the index."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKS)
        return [row[0] for row in cursor.fetchall()]


def dates(*, book: str, basis: Basis) -> dict[str, Any]:
    """The names of the statements, with each derivation as the latest version gives it.

    Days that a date would move to are held open until this commits.
    """
    names = basis.names(book)
    calendar = reference.calendar_of_version(basis.version.id)
    with connection.cursor() as cursor:
        cursor.execute(ASKED, names)
        asked = cursor.fetchall()
    after = [
        rules.derived(
            trade_date=traded,
            cycle=cycle,
            effective=effective,
            not_before=not_before,
            calendar=calendar,
        )
        for traded, cycle, effective, not_before in asked
    ]
    return {
        **names,
        "traded": [row[0] for row in asked],
        "cycles": [row[1] for row in asked],
        "effective": [row[2] for row in asked],
        "not_before": [row[3] for row in asked],
        "after": after,
        "over": sorted(days.not_taking(dates={day for day in after if day}, book=book)),
        "sealed": reference.last_sealed(book=book),
    }


def find(names: dict[str, Any]) -> bool:
    """Collect what the version touches into `redating_found`; True if there is any."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND, names)
        if not cursor.rowcount:
            return False
        # Its sides are joined to each other: the planner must know how many they are.
        cursor.execute("ANALYZE redating_found")
        cursor.execute(JUDGE, names)
        return True


def changes(*, book: str) -> list[Change]:
    """What was found, and its outcome as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS)
        return [Change(book, *row) for row in cursor.fetchall()]


def forget() -> None:
    """Drop the table."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE redating_found")
