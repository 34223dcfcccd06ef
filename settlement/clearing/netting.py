"""Clear and net a day: one pass in the database, holds respected in the same transaction.

Charges of earlier days are netted beside it, so that they are instructed and settled like the rest.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from compliance import holds

CANDIDATES = """
    CREATE TEMP TABLE clearing_candidates ON COMMIT DROP AS
    SELECT t.id, t.account, t.source_ref, p.code AS participant
      FROM settlement_transaction t
      LEFT JOIN settlement_participant p ON p.id = t.participant_id
     WHERE t.book = %(book)s AND t.business_date = %(day)s
       AND NOT EXISTS (SELECT 1 FROM settlement_clearedtransaction c WHERE c.transaction_id = t.id)
    UNION ALL
    SELECT t.id, t.account, t.source_ref, p.code
      FROM settlement_heldtransaction h
      JOIN settlement_transaction t ON t.id = h.transaction_id
      LEFT JOIN settlement_participant p ON p.id = t.participant_id
     WHERE h.released_on IS NULL AND t.book = %(book)s AND t.business_date < %(day)s
"""
# A customer's account is its party's: the account number is the party's code.
SUBJECTS = """
    SELECT 'party', account FROM clearing_candidates
    UNION SELECT 'party', participant FROM clearing_candidates WHERE participant IS NOT NULL
    UNION SELECT 'trade', source_ref FROM clearing_candidates
"""
HOLD = """
    WITH stopped AS (
        DELETE FROM clearing_candidates c
         WHERE c.account = ANY(%(parties)s) OR c.participant = ANY(%(parties)s)
            OR c.source_ref = ANY(%(trades)s)
        RETURNING c.id
    )
    INSERT INTO settlement_heldtransaction (transaction_id, held_on)
    SELECT id, %(day)s FROM stopped ORDER BY id
    ON CONFLICT (transaction_id) DO NOTHING
"""
RELEASE = """
    UPDATE settlement_heldtransaction h SET released_on = %(day)s
      FROM clearing_candidates c WHERE h.transaction_id = c.id AND h.released_on IS NULL
"""
NET = """
    INSERT INTO settlement_obligation
        (book, kind, business_date, value_date, participant_id, currency,
         gross_in, gross_out, net, transactions)
    SELECT book, 'clearing', %(day)s, value_date, participant_id, currency, gross_in, gross_out,
           gross_in - gross_out, transactions
      FROM (SELECT t.book, GREATEST(t.value_date, %(day)s) AS value_date, t.participant_id,
                   t.currency, count(*) AS transactions,
                   coalesce(sum(t.amount) FILTER (WHERE t.direction = 'credit'), 0) AS gross_in,
                   coalesce(sum(t.amount) FILTER (WHERE t.direction = 'debit'), 0) AS gross_out
              FROM clearing_candidates c JOIN settlement_transaction t ON t.id = c.id
             WHERE t.participant_id IS NOT NULL
             GROUP BY 1, 2, 3, 4) sums
     ORDER BY participant_id, currency, value_date
"""
MARK = """
    INSERT INTO settlement_clearedtransaction (transaction_id, business_date, obligation_id)
    SELECT t.id, %(day)s, o.id
      FROM clearing_candidates c
      JOIN settlement_transaction t ON t.id = c.id
      LEFT JOIN settlement_obligation o
        ON o.book = t.book AND o.business_date = %(day)s AND o.participant_id = t.participant_id
       AND o.currency = t.currency AND o.value_date = GREATEST(t.value_date, %(day)s)
       AND o.kind = 'clearing'
     ORDER BY t.source, t.source_ref
"""
# What was charged before the day leaves its queue for the obligations, in one statement.
NET_CHARGES = """
    WITH taken AS (
        DELETE FROM settlement_opencharge WHERE book = %(book)s AND charged_on < %(day)s
        RETURNING participant_id, currency, pays, receives)
    INSERT INTO settlement_obligation
        (book, kind, business_date, value_date, participant_id, currency,
         gross_in, gross_out, net, transactions)
    SELECT %(book)s, 'charges', %(day)s, %(day)s, participant_id, currency,
           sum(pays), sum(receives), sum(pays) - sum(receives), count(*)
      FROM taken GROUP BY participant_id, currency ORDER BY participant_id, currency
"""


@dataclass(frozen=True, slots=True)
class Netted:
    """What a day's netting came to; `net` and `gross` in major units, all currencies together."""

    cleared: int
    held: int
    obligations: int


def net(*, book: str, business_date: date) -> Netted:
    """Clear the day's transactions and write its obligations, inside the caller's transaction.

    Held are those whose account or participant compliance holds at this moment: the check locks
    the subjects until commit, so a hold that is being placed either is seen or waits. Transactions
    held on earlier days and released since are cleared with this day.

    Returns:
        Netted: counts.
    """
    with connection.cursor() as cursor:
        names: dict[str, Any] = {"book": book, "day": business_date}
        cursor.execute(CANDIDATES, names)
        cursor.execute(SUBJECTS)
        held = holds.held(subjects=cursor.fetchall())
        names["parties"] = sorted(ref for kind, ref in held if kind == "party")
        names["trades"] = sorted(ref for kind, ref in held if kind == "trade")
        if held:
            cursor.execute(HOLD, names)
        cursor.execute(RELEASE, names)
        cursor.execute(NET, names)
        obligations = cursor.rowcount
        cursor.execute(MARK, names)
        cleared = cursor.rowcount
        cursor.execute("DROP TABLE clearing_candidates")
        cursor.execute(
            "SELECT count(*) FROM settlement_heldtransaction h JOIN settlement_transaction t"
            " ON t.id = h.transaction_id WHERE h.released_on IS NULL AND t.book = %(book)s",
            names,
        )
        return Netted(cleared=cleared, held=cursor.fetchone()[0], obligations=obligations)


def net_charges(*, book: str, business_date: date) -> int:
    """Net what was charged before the day for each participant and currency; returns how many.

    Fees, claims and collected penalties stand on the participants' clearing accounts; the
    obligations take them away from there. Inside the caller's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(NET_CHARGES, {"book": book, "day": business_date})
        return int(cursor.rowcount)
