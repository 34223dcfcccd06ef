"""The book's own guards: what no SQL, however it arrives, can break.

Statement triggers with transition tables look at all lines of a statement at once: every entry
comes whole (its lines in the same statement as itself), sums to zero in each currency and in value,
names accounts of its own entity, and moves the totals in the same breath. Totals are written by
these triggers and by nothing else, so they are the sums of the lines by construction.

A session plans each statement once, perhaps while the tables are small, and keeps the plan: so the
functions may only use index lookups, which stay right at any size.

Locks are taken in one order: entity (advisory, shared), periods, numbering, keys, balances by
(account, currency), day movements, month ends.
"""

from django.db import migrations

from backoffice.frame.append_only import append_only

ENTRY_GUARD = """
CREATE FUNCTION accounting_entry_guard() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET enable_material = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    bad bigint;
    bad_period text;
BEGIN
    SELECT f.id INTO bad
      FROM fresh f
      LEFT JOIN accounting_journal j ON j.id = f.journal_id
     WHERE j.entity_id IS DISTINCT FROM f.entity_id
        OR j.is_gapless IS DISTINCT FROM (f.number IS NOT NULL)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % names a journal of another entity, or breaks its numbering', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_journal';
    END IF;

    SELECT f.id INTO bad
      FROM fresh f
      LEFT JOIN accounting_entry p ON p.id = f.pending_id AND p.phase = 'pending'
      LEFT JOIN accounting_entry r ON r.id = f.reversal_of_id AND r.phase = 'posted'
     WHERE (f.pending_id IS NOT NULL AND p.entity_id IS DISTINCT FROM f.entity_id)
        OR (f.reversal_of_id IS NOT NULL AND r.entity_id IS DISTINCT FROM f.entity_id)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % settles or reverses what is not in its books', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_refers';
    END IF;

    SELECT f.id INTO bad
      FROM fresh f
      LEFT JOIN accounting_line l ON l.entry_id = f.id AND l.line_no = 1
      LEFT JOIN accounting_pendingline r ON r.entry_id = f.id AND r.line_no = 1
     WHERE (l.entry_id IS NOT NULL) <> (f.phase = 'posted')
        OR (r.entry_id IS NOT NULL) <> (f.phase = 'pending')
        OR (f.phase = 'void' AND (f.pending_id IS NULL OR f.line_count <> 0))
        OR f.phase NOT IN ('posted', 'pending', 'void')
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % came without its lines in the same statement', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_has_lines';
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
CREATE TRIGGER accounting_entry_guard AFTER INSERT ON accounting_entry
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION accounting_entry_guard();
"""

# Filled in for posted and for pending lines below.
LINE_GUARD = """
CREATE FUNCTION <table>_guard() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET enable_material = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    bad record;
    v_entity bigint;
BEGIN
    SELECT min(x.entry_id) FILTER (WHERE e.id IS NULL) AS lost,
           min(x.entry_id) FILTER (WHERE x.unbalanced OR x.value <> 0 OR x.half_valued)
               AS unbalanced,
           min(x.entry_id) FILTER (WHERE e.line_count <> x.n OR x.lo <> 1 OR x.hi <> x.n
                                      OR x.first <> e.date OR x.last <> e.date) AS partial,
           min(e.entity_id) AS first_entity, max(e.entity_id) AS last_entity
      INTO bad
      FROM (
            SELECT g.entry_id, sum(g.n) AS n, min(g.lo) AS lo, max(g.hi) AS hi,
                   bool_or(g.amount <> 0) AS unbalanced,
                   bool_or(g.valued <> 0 AND g.valued <> g.n) AS half_valued,
                   sum(g.value) AS value, min(g.first) AS first, max(g.last) AS last
              FROM (
                    SELECT entry_id, currency, count(*) AS n, min(line_no) AS lo,
                           max(line_no) AS hi, sum(amount) AS amount, count(value) AS valued,
                           coalesce(sum(value), 0) AS value, min(date) AS first, max(date) AS last
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
    v_entity := CASE WHEN bad.first_entity = bad.last_entity THEN bad.first_entity END;

    WITH moved AS (
        INSERT INTO accounting_accountbalance AS b
               (account_id, currency, debits_posted, credits_posted,
                debits_pending, credits_pending, value)
        SELECT account_id, currency, <totals>
          FROM fresh
         GROUP BY account_id, currency
         ORDER BY account_id, currency
            ON CONFLICT (account_id, currency) DO UPDATE
           SET <set>
        RETURNING b.*
    )
    SELECT a.code, m.currency INTO bad
      FROM moved m
      JOIN accounting_account a ON a.id = m.account_id AND a.limit_kind <> 'none'
     WHERE accounting_over_limit(a.limit_kind, a.credit_line, m.debits_posted, m.credits_posted,
                                 m.debits_pending, m.credits_pending)
       AND (SELECT sum(<worse>) FROM fresh f
              WHERE f.account_id = m.account_id AND f.currency = m.currency) > 0
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % is over its limit in %', bad.code, bad.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_limit', DETAIL = bad.code;
    END IF;

    SELECT d.account_id, a.code,
           CASE WHEN a.entity_id IS DISTINCT FROM d.entity_id THEN 'ledger_account_of_entity'
                WHEN a.is_closed THEN 'ledger_account_open'
                WHEN a.currency <> '' AND a.currency <> d.currency THEN 'ledger_account_currency'
                ELSE 'ledger_dimensions' END AS rule
      INTO bad
      FROM (
            -- One entity in the whole statement, as nearly always, needs no look at each entry.
            SELECT DISTINCT f.account_id, f.currency, f.dimension_set_id, v_entity AS entity_id
              FROM fresh f WHERE v_entity IS NOT NULL
             UNION ALL
            SELECT DISTINCT f.account_id, f.currency, f.dimension_set_id, e.entity_id
              FROM fresh f JOIN accounting_entry e ON e.id = f.entry_id WHERE v_entity IS NULL
           ) d
      LEFT JOIN accounting_account a ON a.id = d.account_id
      LEFT JOIN accounting_dimensionset s ON s.id = d.dimension_set_id AND d.dimension_set_id <> 0
     WHERE a.entity_id IS DISTINCT FROM d.entity_id
        OR <closed>
        OR (a.currency <> '' AND a.currency <> d.currency)
        OR (d.dimension_set_id <> 0 AND s.id IS NULL)
        OR (a.mandatory_dimensions <> '{}'
            AND NOT coalesce(s.dimensions, '{}') ?& a.mandatory_dimensions::text[])
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account %: % broken', coalesce(bad.code, bad.account_id::text), bad.rule
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule, DETAIL = bad.code;
    END IF;
    <after>
    RETURN NULL;
END $$;
CREATE TRIGGER <table>_guard AFTER INSERT ON <table>
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION <table>_guard();
"""

MOVEMENTS = """
    INSERT INTO accounting_daymovement AS m
           (account_id, day, currency, dimension_set_id, debits, credits, value)
    SELECT account_id, date, currency, dimension_set_id,
           sum(CASE WHEN amount > 0 THEN amount ELSE 0 END),
           sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END),
           coalesce(sum(value), 0)
      FROM fresh
     GROUP BY account_id, date, currency, dimension_set_id
     ORDER BY account_id, date, currency, dimension_set_id
        ON CONFLICT (account_id, day, currency, dimension_set_id) DO UPDATE
       SET debits = m.debits + excluded.debits, credits = m.credits + excluded.credits,
           value = m.value + excluded.value;

    -- Back-dated lines correct every month end that is already kept.
    IF EXISTS (SELECT FROM accounting_monthendmark k
                WHERE k.month_end >= (SELECT min(date) FROM fresh)) THEN
        INSERT INTO accounting_monthend AS m
               (account_id, month_end, currency, dimension_set_id, debits, credits, value)
        SELECT f.account_id, k.month_end, f.currency, f.dimension_set_id,
               sum(CASE WHEN f.amount > 0 THEN f.amount ELSE 0 END),
               sum(CASE WHEN f.amount < 0 THEN -f.amount ELSE 0 END),
               coalesce(sum(f.value), 0)
          FROM fresh f
          JOIN accounting_account a ON a.id = f.account_id
          JOIN accounting_monthendmark k ON k.entity_id = a.entity_id AND k.month_end >= f.date
         GROUP BY 1, 2, 3, 4
         ORDER BY 1, 2, 3, 4
            ON CONFLICT (account_id, month_end, currency, dimension_set_id) DO UPDATE
           SET debits = m.debits + excluded.debits, credits = m.credits + excluded.credits,
               value = m.value + excluded.value;
    END IF;
"""

OVER_LIMIT = """
CREATE FUNCTION accounting_over_limit(
    kind text, credit_line numeric, debits_posted numeric, credits_posted numeric,
    debits_pending numeric, credits_pending numeric
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind
        WHEN 'debits_must_not_exceed_credits'
            THEN debits_posted + debits_pending > credits_posted + credit_line
        WHEN 'credits_must_not_exceed_debits'
            THEN credits_posted + credits_pending > debits_posted + credit_line
        ELSE false END
$$;
"""

DEBITS = "sum(CASE WHEN amount > 0 THEN amount ELSE 0 END)"
CREDITS = "sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END)"
WORSE = "CASE a.limit_kind WHEN 'debits_must_not_exceed_credits' THEN f.amount ELSE -f.amount END"

POSTED_LINES = (
    LINE_GUARD.replace("<table>", "accounting_line")
    .replace("<phase>", "posted")
    .replace("<totals>", f"{DEBITS}, {CREDITS}, 0, 0, coalesce(sum(value), 0)")
    .replace(
        "<set>",
        "debits_posted = b.debits_posted + excluded.debits_posted,"
        " credits_posted = b.credits_posted + excluded.credits_posted,"
        " value = b.value + excluded.value",
    )
    # What was reserved before an account closed may still be posted to it.
    .replace(
        "<closed>",
        "(a.is_closed AND EXISTS (SELECT FROM fresh f JOIN accounting_entry e ON e.id = f.entry_id"
        " WHERE f.account_id = a.id AND e.pending_id IS NULL))",
    )
    # In one entry, posted debits make up for posted credits; what is only reserved never does.
    .replace("<worse>", WORSE)
    .replace("<after>", MOVEMENTS)
)
PENDING_LINES = (
    LINE_GUARD.replace("<table>", "accounting_pendingline")
    .replace("<phase>", "pending")
    .replace("<totals>", f"0, 0, {DEBITS}, {CREDITS}, 0")
    .replace(
        "<set>",
        "debits_pending = b.debits_pending + excluded.debits_pending,"
        " credits_pending = b.credits_pending + excluded.credits_pending",
    )
    .replace("<closed>", "a.is_closed")
    .replace("<worse>", f"greatest({WORSE}, 0)")
    .replace("<after>", "")
)

DROP = """
DROP TRIGGER IF EXISTS accounting_pendingline_guard ON accounting_pendingline;
DROP TRIGGER IF EXISTS accounting_line_guard ON accounting_line;
DROP TRIGGER IF EXISTS accounting_entry_guard ON accounting_entry;
DROP FUNCTION IF EXISTS accounting_pendingline_guard();
DROP FUNCTION IF EXISTS accounting_line_guard();
DROP FUNCTION IF EXISTS accounting_entry_guard();
DROP FUNCTION IF EXISTS accounting_over_limit(text, numeric, numeric, numeric, numeric, numeric);
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0001_initial"), ("frame", "0001_initial")]

    operations = [
        migrations.RunSQL(OVER_LIMIT + ENTRY_GUARD + POSTED_LINES + PENDING_LINES, DROP),
        append_only(
            "accounting_entry",
            "accounting_line",
            "accounting_pendingline",
            "accounting_dimensionset",
            "accounting_failedkey",
        ),
    ]
