"""The guards of 0010 with fewer lookups; no rule is weaker.

- The entries of a statement nearly always have ids that lie together. They, and their first lines,
  are then read as one stretch of an index and hashed, not looked up one by one: half the time. Ids
  that lie apart are looked up as before. Only a FULL JOIN is never planned as a nested loop, which
  over a stretch would take the square of the time. A few are looked up: a hash costs more.
- Entries that refer to nothing are judged by that stretch and by their journals, each once; any
  doubt calls the look at every entry that names what is wrong.
- Accounts are looked up once, for their rules and for whether they have a limit at all. What an
  account allows does not change while a posting is under way: who changes it waits for the
  entity's lock, which the entries' guard took before.
"""

from importlib import import_module

from django.db import migrations

from backoffice.frame.rights import as_owner

FIRST_GUARDS = import_module("accounting.migrations.0002_guards")
FASTER = import_module("accounting.migrations.0010_faster_posting")

ENTRY_GUARD = """
CREATE OR REPLACE FUNCTION accounting_entry_guard() RETURNS trigger LANGUAGE plpgsql
    <settings> AS $$
DECLARE
    bad record;
    bad_period text;
    v_low bigint;
    v_high bigint;
    v_entries bigint;
    v_doubtful boolean;
BEGIN
    -- Few entries are looked at one by one, in one statement with their counting.
    SELECT count(*), bool_or(<journal_wrong> OR <refers_wrong> OR <whole> IS NOT TRUE)
      INTO v_entries, v_doubtful
      FROM (SELECT * FROM fresh LIMIT <few> + 1) e
      LEFT JOIN accounting_journal j ON j.id = e.journal_id;
    IF v_entries > <few> THEN
        SELECT min(id), max(id), count(*) INTO v_low, v_high, v_entries FROM fresh;
        SELECT bool_or(e.phase <> 'posted' OR e.pending_id IS NOT NULL
                       OR e.reversal_of_id IS NOT NULL OR l.entry_id IS NULL)
                   FILTER (WHERE e.id IS NOT NULL)
               OR EXISTS (
                    SELECT FROM (SELECT DISTINCT f.journal_id, f.entity_id,
                                        f.number IS NOT NULL AS is_numbered FROM fresh f) d
                      LEFT JOIN accounting_journal j ON j.id = d.journal_id
                     WHERE j.entity_id IS DISTINCT FROM d.entity_id
                        OR j.is_gapless IS DISTINCT FROM d.is_numbered)
          INTO v_doubtful
          FROM fresh e
          FULL JOIN (SELECT x.entry_id FROM accounting_line x
                      WHERE v_high - v_low < <near> * v_entries
                        AND x.entry_id BETWEEN v_low AND v_high AND x.line_no = 1) l
            ON l.entry_id = e.id;
    END IF;
    IF v_doubtful THEN
        SELECT f.id,
               CASE WHEN f.journal_wrong THEN 'ledger_journal'
                    WHEN f.refers_wrong THEN 'ledger_refers'
                    ELSE 'ledger_entry_has_lines' END AS rule
          INTO bad
          FROM (
                SELECT e.id, <journal_wrong> AS journal_wrong, <refers_wrong> AS refers_wrong,
                       <whole> AS whole
                  FROM fresh e
                  LEFT JOIN accounting_journal j ON j.id = e.journal_id
               ) f
         WHERE f.journal_wrong OR f.refers_wrong OR f.whole IS NOT TRUE
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'entry %: %', bad.id,
                    CASE bad.rule
                        WHEN 'ledger_journal'
                            THEN 'names a journal of another entity, or breaks its numbering'
                        WHEN 'ledger_refers' THEN 'settles or reverses what is not in its books'
                        ELSE 'came without its lines in the same statement' END
                USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
        END IF;
    END IF;

    PERFORM pg_advisory_xact_lock_shared(7301, d.entity_id::int)
       FROM (SELECT DISTINCT entity_id FROM fresh ORDER BY 1) d;
    PERFORM 1
       FROM accounting_period p
       JOIN (SELECT entity_id, min(date) AS first, max(date) AS last FROM fresh GROUP BY 1) d
         ON d.entity_id = p.entity_id AND p.start <= d.last AND p."end" >= d.first
      ORDER BY p.id
        FOR SHARE OF p;
    IF FOUND THEN
        SELECT p.name INTO bad_period
          FROM fresh f
          JOIN accounting_period p
            ON p.entity_id = f.entity_id AND f.date BETWEEN p.start AND p."end"
         WHERE p.state = 'hard'
            OR (p.state = 'soft'
                AND coalesce(current_setting('accounting.soft_closed_ok', true), '') <> 'on')
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'period % is closed', bad_period
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_period_open';
        END IF;
    END IF;
    RETURN NULL;
END $$;
"""

# Scalar subqueries stay index lookups, and only those that a row needs are made.
ENTRY_GUARD = (
    ENTRY_GUARD.replace(
        "<journal_wrong>",
        """(j.entity_id IS DISTINCT FROM e.entity_id
                    OR j.is_gapless IS DISTINCT FROM (e.number IS NOT NULL))""",
    )
    .replace(
        "<refers_wrong>",
        """((e.pending_id IS NOT NULL AND e.entity_id IS DISTINCT FROM (
                        SELECT p.entity_id FROM accounting_entry p
                         WHERE p.id = e.pending_id AND p.phase = 'pending'))
                    OR (e.reversal_of_id IS NOT NULL AND e.entity_id IS DISTINCT FROM (
                        SELECT r.entity_id FROM accounting_entry r
                         WHERE r.id = e.reversal_of_id AND r.phase = 'posted')))""",
    )
    .replace(
        "<whole>",
        """CASE e.phase
                        WHEN 'posted' THEN (SELECT true FROM accounting_line l
                                             WHERE l.entry_id = e.id AND l.line_no = 1)
                        WHEN 'pending' THEN (SELECT true FROM accounting_pendingline l
                                              WHERE l.entry_id = e.id AND l.line_no = 1)
                        WHEN 'void' THEN e.pending_id IS NOT NULL AND e.line_count = 0
                    END""",
    )
)

# Filled in for posted and for pending lines below.
LINE_GUARD = """
CREATE OR REPLACE FUNCTION <table>_guard() RETURNS trigger LANGUAGE plpgsql
    <settings> AS $$
DECLARE
    bad record;
    broken record;
    v_low bigint;
    v_high bigint;
    v_lines bigint;
    v_entity bigint;
BEGIN
    -- Line numbers are unique within an entry: n of them from 1 to n leave no hole.
    -- Where no value differs from its amount, as in one's own currency, one sum tells of both.
    -- Few lines are looked at in one statement with their counting.
    SELECT bool_or(<doubt>) AS doubtful, min(e.entity_id) AS first_entity,
           max(e.entity_id) AS last_entity, sum(g.n)::bigint AS n
      INTO bad
      FROM (<sums> FROM (SELECT * FROM fresh LIMIT <few> + 1) f GROUP BY entry_id, currency) g
      LEFT JOIN accounting_entry e ON e.id = g.entry_id AND e.phase = '<phase>';
    IF bad.n > <few> THEN
        SELECT min(entry_id), max(entry_id), count(*) INTO v_low, v_high, v_lines FROM fresh;
        IF v_high - v_low < <near> * v_lines THEN
            SELECT bool_or(<doubt>) FILTER (WHERE g.entry_id IS NOT NULL) AS doubtful,
                   min(e.entity_id) FILTER (WHERE g.entry_id IS NOT NULL) AS first_entity,
                   max(e.entity_id) FILTER (WHERE g.entry_id IS NOT NULL) AS last_entity
              INTO bad
              FROM (<sums> FROM fresh GROUP BY entry_id, currency) g
              FULL JOIN (SELECT x.id, x.entity_id, x.date, x.line_count FROM accounting_entry x
                          WHERE x.id BETWEEN v_low AND v_high AND x.phase = '<phase>') e
                ON e.id = g.entry_id;
        ELSE
            SELECT bool_or(<doubt>) AS doubtful, min(e.entity_id) AS first_entity,
                   max(e.entity_id) AS last_entity
              INTO bad
              FROM (<sums> FROM fresh GROUP BY entry_id, currency) g
              LEFT JOIN accounting_entry e ON e.id = g.entry_id AND e.phase = '<phase>';
        END IF;
    END IF;
    v_entity := CASE WHEN bad.first_entity = bad.last_entity THEN bad.first_entity END;
    IF bad.doubtful THEN
        SELECT min(x.entry_id) FILTER (WHERE e.id IS NULL) AS lost,
               min(x.entry_id) FILTER (WHERE x.unbalanced OR x.value <> 0 OR x.half_valued)
                   AS unbalanced,
               min(x.entry_id) FILTER (WHERE e.line_count <> x.n OR x.lo <> 1 OR x.hi <> x.n
                                          OR x.first <> e.date OR x.last <> e.date) AS partial
          INTO bad
          FROM (
                SELECT g.entry_id, sum(g.n) AS n, min(g.lo) AS lo, max(g.hi) AS hi,
                       bool_or(g.amount <> 0) AS unbalanced,
                       bool_or(g.valued <> 0 AND g.valued <> g.n) AS half_valued,
                       sum(g.value) AS value, min(g.first) AS first, max(g.last) AS last
                  FROM (
                        SELECT entry_id, currency, count(*) AS n, min(line_no) AS lo,
                               max(line_no) AS hi, sum(amount) AS amount, count(value) AS valued,
                               coalesce(sum(value), 0) AS value, min(date) AS first,
                               max(date) AS last
                          FROM fresh GROUP BY entry_id, currency
                       ) g
                 GROUP BY g.entry_id
               ) x
          LEFT JOIN accounting_entry e ON e.id = x.entry_id AND e.phase = '<phase>';
        IF coalesce(bad.lost, bad.unbalanced, bad.partial) IS NOT NULL THEN
            RAISE EXCEPTION 'entry %: its lines are not whole or not balanced',
                    coalesce(bad.lost, bad.unbalanced, bad.partial)
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = CASE WHEN bad.lost IS NOT NULL THEN 'ledger_entry_exists'
                                        WHEN bad.unbalanced IS NOT NULL THEN 'ledger_zero_sum'
                                        ELSE 'ledger_entry_whole' END;
        END IF;
    END IF;

    -- Counting reads `moved` to its end before `days`, which nobody reads, begins: the house's
    -- order of locks. Of the accounts, a broken rule comes before a mere limit, which is judged
    -- below, on totals that are ours by then.
    WITH sums AS MATERIALIZED (
        SELECT account_id, date, currency, dimension_set_id,
               coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debits,
               coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS credits,
               coalesce(sum(value), 0) AS value
          FROM fresh
         GROUP BY account_id, date, currency, dimension_set_id
    ), moved AS (
        INSERT INTO accounting_accountbalance AS b
               (account_id, currency, debits_posted, credits_posted,
                debits_pending, credits_pending, value)
        SELECT account_id, currency, <totals>
          FROM sums
         GROUP BY account_id, currency
         ORDER BY account_id, currency
            ON CONFLICT (account_id, currency) DO UPDATE
           SET <set>
        RETURNING 1
    )<days>
    SELECT x.code, x.account_id, x.rule
      INTO broken
      FROM (
            -- OFFSET 0: the rule is asked once, not again where it is looked for.
            SELECT a.code, f.account_id, a.limit_kind,
                   CASE WHEN a.id IS NULL OR a.entity_id <> v_entity
                        THEN 'ledger_account_of_entity'
                        WHEN <closed> THEN 'ledger_account_open'
                        WHEN a.currency <> '' AND a.currency <> f.currency
                        THEN 'ledger_account_currency'
                        WHEN (f.dimension_set_id <> 0 AND s.id IS NULL)
                          OR (a.mandatory_dimensions <> '{}'
                              AND NOT coalesce(s.dimensions, '{}') ?& a.mandatory_dimensions::text[])
                        THEN 'ledger_dimensions' END AS rule
              FROM (SELECT count(*) AS n FROM moved) m
             CROSS JOIN LATERAL (SELECT * FROM sums WHERE m.n > 0) f
              LEFT JOIN accounting_account a ON a.id = f.account_id
              LEFT JOIN accounting_dimensionset s
                     ON s.id = f.dimension_set_id AND f.dimension_set_id <> 0
            OFFSET 0
           ) x
     WHERE x.rule IS NOT NULL OR x.limit_kind <> 'none'
     ORDER BY x.rule, x.code
     LIMIT 1;
    IF FOUND THEN
        SELECT a.code, m.currency INTO bad
          FROM (SELECT DISTINCT account_id, currency FROM fresh) m
         CROSS JOIN LATERAL (SELECT x.code, x.limit_kind, x.credit_line FROM accounting_account x
                              WHERE x.id = m.account_id AND x.limit_kind <> 'none' OFFSET 0) a
         CROSS JOIN LATERAL (SELECT x.* FROM accounting_accountbalance x
                              WHERE x.account_id = m.account_id AND x.currency = m.currency
                             OFFSET 0) b
         WHERE accounting_over_limit(a.limit_kind, a.credit_line, b.debits_posted,
                                     b.credits_posted, b.debits_pending, b.credits_pending)
           AND (SELECT sum(<worse>) FROM fresh f
                  WHERE f.account_id = m.account_id AND f.currency = m.currency) > 0
         ORDER BY a.code, m.currency
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'account % is over its limit in %', bad.code, bad.currency
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_limit',
                      DETAIL = bad.code;
        END IF;
        IF broken.rule IS NOT NULL THEN
            RAISE EXCEPTION 'account %: % broken',
                    coalesce(broken.code, broken.account_id::text), broken.rule
                USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule,
                      DETAIL = broken.code;
        END IF;
    END IF;
    IF v_entity IS NULL THEN
        -- Several entities in one statement: each entry keeps to its own.
        SELECT a.code INTO bad
          FROM fresh f
          JOIN accounting_entry e ON e.id = f.entry_id
          JOIN accounting_account a ON a.id = f.account_id
         WHERE a.entity_id <> e.entity_id
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'account %: ledger_account_of_entity broken', bad.code
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_account_of_entity',
                      DETAIL = bad.code;
        END IF;
    END IF;
    <after>
    RETURN NULL;
END $$;
"""


DOUBT = """e.id IS NULL OR g.amount <> 0 OR g.drift <> 0 OR g.valued NOT IN (0, g.n)
                       OR g.n <> e.line_count OR g.lo <> 1 OR g.hi <> g.n
                       OR g.first <> e.date OR g.last <> e.date"""
SUMS = """SELECT entry_id, count(*) AS n, min(line_no) AS lo, max(line_no) AS hi,
                       sum(amount) AS amount, count(value) AS valued,
                       sum(value - amount) FILTER (WHERE value <> amount) AS drift,
                       min(date) AS first, max(date) AS last"""
LINE_GUARD = LINE_GUARD.replace("<doubt>", DOUBT).replace("<sums>", SUMS)

POSTED_LINES = (
    LINE_GUARD.replace("<table>", "accounting_line")
    .replace("<phase>", "posted")
    .replace("<totals>", "sum(debits), sum(credits), 0, 0, sum(value)")
    .replace(
        "<set>",
        "debits_posted = b.debits_posted + excluded.debits_posted,"
        " credits_posted = b.credits_posted + excluded.credits_posted,"
        " value = b.value + excluded.value",
    )
    .replace("<days>", FASTER.DAYS)
    # What was reserved before an account closed may still be posted to it.
    .replace("<closed>", FASTER.CLOSED)
    .replace("<worse>", FIRST_GUARDS.WORSE)
    # What follows the day movements there: the month ends that are already kept.
    .replace("<after>", "-- " + FIRST_GUARDS.MOVEMENTS.partition("-- ")[2])
)
PENDING_LINES = (
    LINE_GUARD.replace("<table>", "accounting_pendingline")
    .replace("<phase>", "pending")
    .replace("<totals>", "0, 0, sum(debits), sum(credits), 0")
    .replace(
        "<set>",
        "debits_pending = b.debits_pending + excluded.debits_pending,"
        " credits_pending = b.credits_pending + excluded.credits_pending",
    )
    .replace("<days>", "")
    .replace("<closed>", "a.is_closed")
    .replace("<worse>", f"greatest({FIRST_GUARDS.WORSE}, 0)")
    .replace("<after>", "")
)
GUARDS = (
    (ENTRY_GUARD + POSTED_LINES + PENDING_LINES)
    .replace("<settings>", FASTER.SETTINGS)
    .replace("<few>", "8")
    .replace("<near>", "2")
)
BEFORE = (FASTER.ENTRY_GUARD + FASTER.POSTED_LINES + FASTER.PENDING_LINES).replace(
    "<settings>", FASTER.SETTINGS
)
# A function that is replaced runs as its caller again until this is said anew.
OWNER = as_owner(
    "accounting_entry_guard", "accounting_line_guard", "accounting_pendingline_guard"
).sql


class Migration(migrations.Migration):
    dependencies = [("accounting", "0020_totals_closed")]

    operations = [migrations.RunSQL(f"{GUARDS};{OWNER}", f"{BEFORE};{OWNER}")]
