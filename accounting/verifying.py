"""Verifying: every invariant of the books, recomputed from the lines by plain SQL."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import batched
from typing import Final

from django.db import connection

from accounting import chart, proof
from accounting.models import LogLeaf, LogSeal, LogTile
from accounting.rules import merkle

SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: its name, how much was looked at, and the first things found wrong."""

    name: str
    examined: int
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """True if nothing was found wrong."""
        return not self.problems


# What a month adds to the one before is held against the month's own days, and the differences
# are added up: each day is looked at once, however many month ends come after it.
MONTH_ENDS: Final = """
    WITH marks AS MATERIALIZED (
        SELECT min(month_end) AS first, max(month_end) AS last
          FROM accounting_monthendmark WHERE entity_id = %(entity)s),
    parts AS (
        SELECT account_id, month_end, currency, dimension_set_id, debits, credits, value,
               true AS is_kept
          FROM accounting_monthend
         UNION ALL
        SELECT account_id, (date_trunc('month', month_end + 1) + interval '1 month -1 day')::date,
               currency, dimension_set_id, -debits, -credits, -value, false
          FROM accounting_monthend CROSS JOIN marks WHERE month_end < last
         UNION ALL
        SELECT account_id,
               greatest((date_trunc('month', day) + interval '1 month -1 day')::date, first),
               currency, dimension_set_id, -debits, -credits, -value, false
          FROM accounting_daymovement CROSS JOIN marks WHERE day <= last),
    months AS MATERIALIZED (
        SELECT account_id, month_end, currency, dimension_set_id, sum(debits) AS debits,
               sum(credits) AS credits, sum(value) AS value, bool_or(is_kept) AS is_kept
          FROM parts GROUP BY account_id, month_end, currency, dimension_set_id),
    apart AS (
        SELECT account_id, month_end, currency, is_kept, sum(debits) OVER upto AS debits,
               sum(credits) OVER upto AS credits, sum(value) OVER upto AS value
          FROM months
         WHERE (SELECT entity_id FROM accounting_account WHERE id = account_id) = %(entity)s
        WINDOW upto AS (
               PARTITION BY account_id, currency, dimension_set_id ORDER BY month_end))
    SELECT format('account %%s %%s %%s: the month end is not the sum of its days',
                  (SELECT code FROM accounting_account WHERE id = account_id), month_end, currency)
      FROM apart
     WHERE debits <> 0 OR credits <> 0 OR value <> 0
        OR is_kept AND NOT EXISTS (
           SELECT FROM accounting_monthendmark k
            WHERE k.entity_id = %(entity)s AND k.month_end = apart.month_end)
"""
# Each statement gives the problems as text; %(entity)s is the entity's id. What is wrong is found
# first, and whose it is then: of books that were filled a moment ago the planner knows nothing, and
# would go through all their lines again for each account.
CHECKS: Final[dict[str, tuple[str, str]]] = {
    "zero_sums": (
        "SELECT count(*) FROM accounting_entry WHERE entity_id = %(entity)s",
        """
        SELECT format('entry %%s: %%s sums to %%s', l.entry_id, l.currency, sum(l.amount))
          FROM accounting_line l JOIN accounting_entry e ON e.id = l.entry_id
         WHERE e.entity_id = %(entity)s
         GROUP BY l.entry_id, l.currency HAVING sum(l.amount) <> 0
         UNION ALL
        SELECT format('entry %%s: values sum to %%s', l.entry_id, sum(l.value))
          FROM accounting_line l JOIN accounting_entry e ON e.id = l.entry_id
         WHERE e.entity_id = %(entity)s
         GROUP BY l.entry_id HAVING sum(l.value) <> 0
         UNION ALL
        SELECT format('pending entry %%s: %%s sums to %%s', l.entry_id, l.currency, sum(l.amount))
          FROM accounting_pendingline l JOIN accounting_entry e ON e.id = l.entry_id
         WHERE e.entity_id = %(entity)s
         GROUP BY l.entry_id, l.currency HAVING sum(l.amount) <> 0
        """,
    ),
    "whole_entries": (
        (
            "SELECT count(*) FROM accounting_line l"
            " JOIN accounting_account a ON a.id = l.account_id WHERE a.entity_id = %(entity)s"
        ),
        """
        WITH gone AS MATERIALIZED (
            SELECT DISTINCT t.entry_id, t.account_id
              FROM (SELECT entry_id, account_id FROM accounting_line
                     UNION ALL
                    SELECT entry_id, account_id FROM accounting_pendingline) t
              LEFT JOIN accounting_entry e ON e.id = t.entry_id
             WHERE e.id IS NULL)
        SELECT format('entry %%s: %%s of %%s lines', e.id, count(t.line_no), e.line_count)
          FROM accounting_entry e
          LEFT JOIN (SELECT entry_id, line_no, 'posted' AS phase, date, account_id
                       FROM accounting_line
                      UNION ALL
                     SELECT entry_id, line_no, 'pending', date, account_id
                       FROM accounting_pendingline) t ON t.entry_id = e.id
          LEFT JOIN accounting_account a ON a.id = t.account_id
         WHERE e.entity_id = %(entity)s
         GROUP BY e.id
        HAVING count(t.line_no) <> e.line_count OR bool_or(t.phase <> e.phase)
            OR bool_or(t.date <> e.date)
            OR bool_or(t.line_no IS NOT NULL AND a.entity_id IS DISTINCT FROM e.entity_id)
            OR (e.line_count = 0) <> (e.phase = 'void')
         UNION ALL
        SELECT format('entry %%s: it is gone, its lines are there', g.entry_id)
          FROM gone g JOIN accounting_account a ON a.id = g.account_id
         WHERE a.entity_id = %(entity)s
         GROUP BY g.entry_id
        """,
    ),
    "balances": (
        (
            "SELECT count(*) FROM accounting_accountbalance b"
            " JOIN accounting_account a ON a.id = b.account_id WHERE a.entity_id = %(entity)s"
        ),
        """
        WITH wrong AS MATERIALIZED (
            SELECT account_id, currency
              FROM (SELECT account_id, currency, debits_posted AS dp, credits_posted AS cp,
                           debits_pending AS dr, credits_pending AS cr, value
                      FROM accounting_accountbalance
                     UNION ALL
                    SELECT account_id, currency, -greatest(amount, 0), least(amount, 0), 0, 0,
                           -coalesce(value, 0)
                      FROM accounting_line
                     UNION ALL
                    SELECT l.account_id, l.currency, 0, 0, -greatest(l.amount, 0),
                           least(l.amount, 0), 0
                      FROM accounting_pendingline l
                      JOIN accounting_pending p ON p.entry_id = l.entry_id AND p.state = 'open') t
             GROUP BY account_id, currency
            HAVING sum(dp) <> 0 OR sum(cp) <> 0 OR sum(dr) <> 0 OR sum(cr) <> 0
                OR sum(value) <> 0)
        SELECT format('account %%s %%s: totals are not the sums of the lines', a.code, w.currency)
          FROM wrong w JOIN accounting_account a ON a.id = w.account_id
         WHERE a.entity_id = %(entity)s
        """,
    ),
    "movements": (
        (
            "SELECT count(*) FROM accounting_daymovement m"
            " JOIN accounting_account a ON a.id = m.account_id WHERE a.entity_id = %(entity)s"
        ),
        """
        WITH wrong AS MATERIALIZED (
            SELECT account_id, day, currency
              FROM (SELECT account_id, day, currency, dimension_set_id, debits, credits, value
                      FROM accounting_daymovement
                     UNION ALL
                    SELECT account_id, date, currency, dimension_set_id, -greatest(amount, 0),
                           least(amount, 0), -coalesce(value, 0)
                      FROM accounting_line) t
             GROUP BY account_id, day, currency, dimension_set_id
            HAVING sum(debits) <> 0 OR sum(credits) <> 0 OR sum(value) <> 0)
        SELECT format('account %%s %%s %%s: the day is not the sum of its lines', a.code, w.day,
                      w.currency)
          FROM wrong w JOIN accounting_account a ON a.id = w.account_id
         WHERE a.entity_id = %(entity)s
        """,
    ),
    "month_ends": (
        (
            "SELECT count(*) FROM accounting_monthend m"
            " JOIN accounting_account a ON a.id = m.account_id WHERE a.entity_id = %(entity)s"
        ),
        MONTH_ENDS,
    ),
    "numbering": (
        "SELECT count(*) FROM accounting_journal WHERE entity_id = %(entity)s AND is_gapless",
        """
        SELECT format('journal %%s: %%s numbers up to %%s, last given %%s', j.code,
                      count(DISTINCT e.number), max(e.number), j.last_number)
          FROM accounting_journal j
          LEFT JOIN accounting_entry e ON e.journal_id = j.id
         WHERE j.entity_id = %(entity)s AND j.is_gapless
         GROUP BY j.id, j.code, j.last_number
        HAVING count(DISTINCT e.number) <> j.last_number OR count(e.id) <> j.last_number
            OR coalesce(max(e.number), 0) <> j.last_number OR min(e.number) < 1
        """,
    ),
    "period_locks": (
        "SELECT count(*) FROM accounting_period WHERE entity_id = %(entity)s AND state = 'hard'",
        """
        SELECT format('entry %%s: recorded in %%s after it was closed', e.id, p.name)
          FROM accounting_period p
          JOIN accounting_entry e
            ON e.entity_id = p.entity_id AND e.date BETWEEN p.start AND p."end"
         WHERE p.entity_id = %(entity)s AND p.state = 'hard' AND e.recorded_at > p.changed_at
        """,
    ),
    "pending": (
        (
            "SELECT count(*) FROM accounting_pending p JOIN accounting_entry e ON e.id = p.entry_id"
            " WHERE e.entity_id = %(entity)s"
        ),
        """
        SELECT format('pending entry %%s: state %%s does not fit what settled it', e.id, p.state)
          FROM accounting_entry e
          LEFT JOIN accounting_pending p ON p.entry_id = e.id
          LEFT JOIN accounting_entry s ON s.pending_id = e.id
         WHERE e.entity_id = %(entity)s AND e.phase = 'pending'
           AND (p.entry_id IS NULL OR p.settled_by_id IS DISTINCT FROM s.id
                OR p.state IS DISTINCT FROM CASE
                     WHEN s.phase = 'posted' THEN 'posted' WHEN s.phase = 'void' THEN 'voided'
                     WHEN p.settled_at IS NOT NULL THEN 'expired' ELSE 'open' END)
        """,
    ),
}


def verify(*, entity: str) -> list[Check]:
    """Check every invariant of an entity's books; one `Check` each.

    Zero sums, whole entries, balances, day movements and month ends against the lines, gapless
    numbers, period locks, pending entries, and the log: every sealed entry hashed again and every
    seal's root recomputed.

    Raises:
        EntityUnknown.
    """
    owner = chart.entity_id(entity)
    checks = [_sql_check(name, owner) for name in CHECKS]
    checks.append(_log_check(owner))
    return checks


def _sql_check(name: str, owner: int) -> Check:
    count, problems = CHECKS[name]
    with connection.cursor() as cursor:
        cursor.execute(count, {"entity": owner})
        examined = int(cursor.fetchone()[0])
        cursor.execute(f"{problems} LIMIT {SHOWN}", {"entity": owner})
        return Check(name, examined, [row[0] for row in cursor.fetchall()])


def _log_check(owner: int) -> Check:
    seals = dict(
        LogSeal.objects.filter(entity_id=owner).order_by("size").values_list("size", "root")
    )
    tiles = {
        tile: bytes(digest)
        for tile, digest in LogTile.objects.filter(entity_id=owner).values_list("tile", "hash")
    }
    problems: list[str] = []
    peaks: list[tuple[int, bytes]] = []
    inside: list[tuple[int, bytes]] = []
    size = 0
    for number, stored, computed in _log(owner):
        size += 1
        merkle.push(inside, computed)
        if size % merkle.TILE == 0:
            if tiles.get(size // merkle.TILE - 1) != merkle.fold(inside):
                problems.append(f"tile before {size}: it is not the root of its leaves")
            inside = []
        if stored != computed:
            problems.append(f"entry {number}: it is not what was sealed")
        merkle.push(peaks, computed)
        wanted = seals.pop(size, None)
        if wanted is not None and merkle.fold(peaks).hex() != wanted:
            problems.append(f"seal at {size}: another root comes out")
        if len(problems) >= SHOWN:
            break
    else:
        problems += [f"seal at {size}: entries are missing" for size in seals]
    return Check("log", size, problems[:SHOWN])


def _log(owner: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Entry id, hash in the log, and hash of what the book says now, in log order."""
    leaves = LogLeaf.objects.filter(entity_id=owner).order_by("position")
    for part in batched(leaves.values_list("entry_id", "hash").iterator(), proof.BATCH):
        stored = {number: bytes(digest) for number, digest in part}
        for number, text in proof.entries(stored):
            yield number, stored[number], merkle.leaf_hash(text)
