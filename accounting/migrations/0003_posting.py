"""`accounting_post`: the one way in. Arrays in, one row per entry out.

Nothing is inserted while an entry is refused, unless `p_best_effort`. The result's `outcome` is
`posted`, `existing` (same key, same request), `differs` (same key, other request), `failed` (the
key failed before) or the rule that refuses the entry, with line number and detail.
"""

from django.db import migrations

POST = """
CREATE FUNCTION accounting_post(
    p_at timestamptz, p_actor text, p_soft_ok boolean, p_best_effort boolean,
    e_entity text[], e_journal text[], e_date date[], e_key text[], e_print text[], e_memo text[],
    e_source text[], e_attributes text[], e_reversal bigint[],
    e_phase text[], e_pending bigint[], e_expires timestamptz[], e_count int[],
    l_entry int[], l_no int[], l_account text[], l_amount numeric[], l_currency text[],
    l_value numeric[], l_dims text[]
) RETURNS TABLE (ord int, outcome text, entry_id bigint, number bigint, line int, detail text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off AS $$
#variable_conflict use_column
DECLARE
    v_entity bigint[];
    v_journal bigint[];
    v_gapless boolean;
    v_known boolean;
    v_outcome text[];
    v_id bigint[];
    v_number bigint[];
    v_line int[];
    v_detail text[];
    v_account bigint[];
    v_value numeric[];
    v_dims bigint[];
    v_suspect boolean;
    v_limited boolean;
    v_two_phase boolean := false;
    v_from bigint;
    v_row record;
BEGIN
    -- The transaction number first: the log's sealer goes by it.
    PERFORM pg_current_xact_id();
    PERFORM set_config('accounting.soft_closed_ok', CASE WHEN p_soft_ok THEN 'on' ELSE '' END, true);

    PERFORM accounting_enter(e_entity, e_date);

    -- Each join below takes all its keys from one row source: that keeps it an index lookup on
    -- the whole key even where the planner knows nothing of the tables.
    IF e_entity = array_fill(e_entity[1], ARRAY[cardinality(e_entity)]) THEN
        v_entity := array_fill((SELECT n.id FROM accounting_entity n WHERE n.code = e_entity[1]),
                               ARRAY[cardinality(e_entity)]);
    ELSE
        SELECT array_agg(n.id ORDER BY u.ord) INTO v_entity
          FROM unnest(e_entity) WITH ORDINALITY AS u(entity, ord)
          LEFT JOIN accounting_entity n ON n.code = u.entity;
    END IF;

    SELECT array_agg(j.id ORDER BY u.ord), bool_or(j.is_gapless),
           bool_or(x.id IS NOT NULL OR k.id IS NOT NULL OR j.id IS NULL),
           bool_or(u.phase <> 'posted' OR u.pending IS NOT NULL)
      INTO v_journal, v_gapless, v_known, v_two_phase
      FROM unnest(v_entity, e_journal, e_key, e_phase, e_pending) WITH ORDINALITY
           AS u(entity, journal, key, phase, pending, ord)
      LEFT JOIN accounting_journal j ON j.entity_id = u.entity AND j.code = u.journal
      LEFT JOIN accounting_entry x ON x.entity_id = u.entity AND x.key = u.key
      LEFT JOIN accounting_failedkey k ON k.entity_id = u.entity AND k.key = u.key;
    v_known := v_known OR EXISTS (
        SELECT FROM accounting_period p
         WHERE p.entity_id = ANY (v_entity) AND p.state <> 'open'
           AND p.start <= (SELECT max(d) FROM unnest(e_date) d)
           AND p."end" >= (SELECT min(d) FROM unnest(e_date) d));

    SELECT array_agg(a.id ORDER BY u.pos),
           array_agg(coalesce(u.value,
                              CASE WHEN u.currency = n.functional_currency THEN u.amount END)
                     ORDER BY u.pos),
           bool_or(a.id IS NULL OR a.is_closed
                   OR (a.currency <> '' AND a.currency <> u.currency)
                   OR a.mandatory_dimensions <> '{}'),
           bool_or(a.limit_kind <> 'none')
      INTO v_account, v_value, v_suspect, v_limited
      FROM unnest(l_entry, l_account, l_amount, l_currency, l_value) WITH ORDINALITY
           AS u(entry, account, amount, currency, value, pos)
      LEFT JOIN accounting_account a
             ON a.entity_id = v_entity[u.entry] AND a.code = u.account
      LEFT JOIN accounting_entity n ON n.id = a.entity_id;

    v_dims := accounting_dimension_sets(l_dims);

    IF v_known OR v_suspect THEN
        -- Slow path: name what is wrong, entry by entry; the first rule broken speaks.
        SELECT array_agg(r.outcome ORDER BY r.ord), array_agg(r.entry_id ORDER BY r.ord),
               array_agg(r.number ORDER BY r.ord), array_agg(r.line ORDER BY r.ord),
               array_agg(r.detail ORDER BY r.ord)
          INTO v_outcome, v_id, v_number, v_line, v_detail
          FROM accounting_diagnose(
                p_soft_ok, v_entity, v_journal, e_entity, e_journal, e_date, e_key, e_print,
                e_pending, l_entry, l_no, l_account, v_account, l_currency, v_dims) r;
    ELSE
        v_outcome := array_fill(NULL::text, ARRAY[cardinality(e_key)]);
        v_id := array_fill(NULL::bigint, ARRAY[cardinality(e_key)]);
        v_number := v_id;
        v_line := array_fill(NULL::int, ARRAY[cardinality(e_key)]);
        v_detail := v_outcome;
    END IF;

    -- Locks in the house's order: numbering, then balances.
    IF v_gapless THEN
        PERFORM 1 FROM accounting_journal j
          WHERE j.id = ANY (v_journal) AND j.is_gapless ORDER BY j.id FOR UPDATE;
    END IF;
    IF v_two_phase OR v_limited AND cardinality(e_key) > 1 THEN
        PERFORM accounting_touch(v_account, l_currency, e_pending);
    END IF;
    IF v_two_phase THEN
        FOR v_row IN SELECT * FROM accounting_settleable(p_at, v_entity, v_outcome, e_pending)
        LOOP
            v_outcome[v_row.ord] := v_row.outcome;
            v_detail[v_row.ord] := v_row.detail;
        END LOOP;
    END IF;
    IF v_limited AND cardinality(e_key) > 1
       AND (p_best_effort OR NOT EXISTS (
            SELECT FROM unnest(v_outcome) o WHERE o IS NOT NULL AND o <> 'existing')) THEN
        FOR v_row IN
            SELECT * FROM accounting_limits_in_order(
                v_outcome, e_phase, e_pending, l_entry, l_no, v_account, l_amount, l_currency)
        LOOP
            v_outcome[v_row.ord] := 'ledger_limit';
            v_line[v_row.ord] := v_row.line;
            v_detail[v_row.ord] := v_row.detail;
        END LOOP;
    END IF;

    IF p_best_effort OR NOT EXISTS (
            SELECT FROM unnest(v_outcome) o WHERE o IS NOT NULL AND o <> 'existing') THEN
        IF v_gapless THEN
            FOR v_row IN
                SELECT u.journal, array_agg(u.ord ORDER BY u.ord) AS ords
                  FROM unnest(v_journal, v_outcome) WITH ORDINALITY AS u(journal, outcome, ord)
                  JOIN accounting_journal j ON j.id = u.journal AND j.is_gapless
                 WHERE u.outcome IS NULL
                 GROUP BY u.journal ORDER BY u.journal
            LOOP
                UPDATE accounting_journal SET last_number = last_number + cardinality(v_row.ords)
                 WHERE id = v_row.journal
             RETURNING last_number - cardinality(v_row.ords) INTO v_from;
                FOR i IN 1 .. cardinality(v_row.ords) LOOP
                    v_number[v_row.ords[i]] := v_from + i;
                END LOOP;
            END LOOP;
        END IF;
        SELECT array_agg(CASE WHEN u.outcome IS NULL
                              THEN nextval('accounting_entry_id_seq')
                              ELSE u.id END ORDER BY u.ord)
          INTO v_id
          FROM unnest(v_outcome, v_id) WITH ORDINALITY AS u(outcome, id, ord);

        IF v_two_phase THEN
            PERFORM accounting_release(ARRAY(
                SELECT u.pending FROM unnest(e_pending, v_outcome) AS u(pending, outcome)
                 WHERE u.pending IS NOT NULL AND u.outcome IS NULL));
        END IF;

        WITH entries AS (
            INSERT INTO accounting_entry
                   (id, entity_id, journal_id, number, date, recorded_at, actor, phase, line_count,
                    key, fingerprint, memo, source, attributes, pending_id, reversal_of_id)
            SELECT u.id, u.entity, u.journal, u.number, u.date, p_at, p_actor, u.phase, u.count,
                   u.key, u.print, u.memo, u.source, u.attributes::jsonb, u.pending, u.reversal
              FROM unnest(v_id, v_entity, v_journal, v_number, e_date, e_phase, e_count, e_key,
                          e_print, e_memo, e_source, e_attributes, e_pending, e_reversal, v_outcome)
                   AS u(id, entity, journal, number, date, phase, count, key, print, memo, source,
                        attributes, pending, reversal, outcome)
             WHERE u.outcome IS NULL
             ORDER BY u.entity, u.key COLLATE "C"
            RETURNING id
        ), lines AS (
            INSERT INTO accounting_line
                   (entry_id, line_no, account_id, date, amount, currency, value, dimension_set_id)
            SELECT v_id[u.entry], u.no, u.account, e_date[u.entry], u.amount, u.currency, u.value,
                   u.dims
              FROM unnest(l_entry, l_no, v_account, l_amount, l_currency, v_value, v_dims)
                   AS u(entry, no, account, amount, currency, value, dims)
             WHERE v_known IS NOT TRUE AND v_suspect IS NOT TRUE AND v_limited IS NOT TRUE
                   AND v_two_phase IS NOT TRUE
                OR v_outcome[u.entry] IS NULL AND e_phase[u.entry] = 'posted'
            RETURNING 1
        ), reserved AS (
            INSERT INTO accounting_pendingline
                   (entry_id, line_no, account_id, date, amount, currency, value, dimension_set_id)
            SELECT v_id[u.entry], u.no, u.account, e_date[u.entry], u.amount, u.currency, u.value,
                   u.dims
              FROM unnest(l_entry, l_no, v_account, l_amount, l_currency, v_value, v_dims)
                   AS u(entry, no, account, amount, currency, value, dims)
             WHERE v_two_phase AND v_outcome[u.entry] IS NULL AND e_phase[u.entry] = 'pending'
            RETURNING 1
        )
        SELECT count(*) INTO v_from FROM entries;

        IF v_two_phase THEN
            INSERT INTO accounting_pending (entry_id, state, expires_at)
            SELECT u.id, 'open', u.expires
              FROM unnest(v_id, e_phase, e_expires, v_outcome) AS u(id, phase, expires, outcome)
             WHERE u.phase = 'pending' AND u.outcome IS NULL;
            UPDATE accounting_pending p
               SET settled_by_id = u.id, settled_at = p_at,
                   state = CASE u.phase WHEN 'void' THEN 'voided' ELSE 'posted' END
              FROM unnest(v_id, e_phase, e_pending, v_outcome) AS u(id, phase, pending, outcome)
             WHERE p.entry_id = u.pending AND u.outcome IS NULL;
        END IF;
    END IF;

    RETURN QUERY
        SELECT u.ord::int, coalesce(u.outcome, 'posted'), u.id, u.number, u.line, u.detail
          FROM unnest(v_outcome, v_id, v_number, v_line, v_detail) WITH ORDINALITY
               AS u(outcome, id, number, line, detail, ord)
         ORDER BY u.ord;
END $$;
"""

DIMENSIONS = """
CREATE FUNCTION accounting_dimension_sets(l_dims text[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM unnest(l_dims) d WHERE d <> '') THEN
        RETURN array_fill(0::bigint, ARRAY[cardinality(l_dims)]);
    END IF;
    INSERT INTO accounting_dimensionset (dimensions, canonical)
    SELECT d.text::jsonb, d.text
      FROM (SELECT DISTINCT u.text COLLATE "C" AS text FROM unnest(l_dims) AS u(text)
             WHERE u.text <> '') d
     WHERE NOT EXISTS (SELECT FROM accounting_dimensionset s WHERE s.canonical = d.text)
     ORDER BY d.text
        ON CONFLICT (canonical) DO NOTHING;
    SELECT array_agg(coalesce(s.id, 0) ORDER BY u.pos) INTO v_ids
      FROM unnest(l_dims) WITH ORDINALITY AS u(text, pos)
      LEFT JOIN accounting_dimensionset s ON s.canonical = u.text;
    RETURN v_ids;
END $$;
"""

DIAGNOSE = """
CREATE FUNCTION accounting_diagnose(
    p_soft_ok boolean, v_entity bigint[], v_journal bigint[], e_entity text[], e_journal text[],
    e_date date[], e_key text[], e_print text[], e_pending bigint[],
    l_entry int[], l_no int[], l_account text[], v_account bigint[], l_currency text[],
    v_dims bigint[]
) RETURNS TABLE (ord int, outcome text, entry_id bigint, number bigint, line int, detail text)
LANGUAGE sql SET enable_hashjoin = on AS $$
    SELECT u.ord::int,
           CASE WHEN x.id IS NOT NULL AND x.fingerprint = u.print THEN 'existing'
                WHEN x.id IS NOT NULL THEN 'differs'
                WHEN k.id IS NOT NULL THEN 'failed'
                WHEN u.entity_id IS NULL THEN 'entity_unknown'
                WHEN u.journal_id IS NULL THEN 'journal_unknown'
                WHEN p.state IS NOT NULL THEN 'ledger_period_open'
                ELSE l.rule END,
           x.id, x.number,
           CASE WHEN x.id IS NULL AND k.id IS NULL AND p.state IS NULL THEN l.no END,
           CASE WHEN x.id IS NOT NULL THEN NULL
                WHEN k.id IS NOT NULL THEN k.rule
                WHEN u.entity_id IS NULL THEN u.entity
                WHEN u.journal_id IS NULL THEN u.journal
                WHEN p.state IS NOT NULL THEN p.name
                ELSE l.detail END
      FROM unnest(v_entity, v_journal, e_entity, e_journal, e_date, e_key, e_print, e_pending)
           WITH ORDINALITY
           AS u(entity_id, journal_id, entity, journal, date, key, print, pending, ord)
      LEFT JOIN accounting_entry x ON x.entity_id = u.entity_id AND x.key = u.key
      LEFT JOIN accounting_failedkey k ON k.entity_id = u.entity_id AND k.key = u.key
      LEFT JOIN LATERAL (
            SELECT p.name, p.state FROM accounting_period p
             WHERE p.entity_id = u.entity_id AND u.date BETWEEN p.start AND p."end"
               AND (p.state = 'hard' OR (p.state = 'soft' AND NOT p_soft_ok))
             LIMIT 1
           ) p ON true
      LEFT JOIN (
            SELECT DISTINCT ON (q.entry) q.entry, q.no,
                   CASE WHEN a.id IS NULL THEN 'account_unknown'
                        WHEN a.is_closed AND e_pending[q.entry] IS NULL THEN 'ledger_account_open'
                        WHEN a.currency <> '' AND a.currency <> q.currency
                            THEN 'ledger_account_currency'
                        ELSE 'ledger_dimensions' END AS rule,
                   CASE WHEN a.id IS NULL OR a.is_closed THEN q.code
                        WHEN a.currency <> '' AND a.currency <> q.currency
                            THEN a.currency
                        ELSE array_to_string(ARRAY(
                                SELECT m FROM unnest(a.mandatory_dimensions::text[]) m
                                 WHERE NOT coalesce(s.dimensions, '{}') ? m), ', ') END AS detail
              FROM unnest(l_entry, l_no, l_account, v_account, l_currency, v_dims)
                   AS q(entry, no, code, account, currency, dims)
              LEFT JOIN accounting_account a ON a.id = q.account
              LEFT JOIN accounting_dimensionset s ON s.id = q.dims AND q.dims <> 0
             WHERE a.id IS NULL OR (a.is_closed AND e_pending[q.entry] IS NULL)
                OR (a.currency <> '' AND a.currency <> q.currency)
                OR (a.mandatory_dimensions <> '{}'
                    AND NOT coalesce(s.dimensions, '{}') ?& a.mandatory_dimensions::text[])
             ORDER BY q.entry, q.no
           ) l ON l.entry = u.ord
     ORDER BY u.ord
$$;
"""

# Several entries on a limited account in one batch are judged one after the other, as they came.
LIMITS = """
CREATE FUNCTION accounting_limits_in_order(
    v_outcome text[], e_phase text[], e_pending bigint[],
    l_entry int[], l_no int[], v_account bigint[], l_amount numeric[], l_currency text[]
) RETURNS TABLE (ord int, line int, detail text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_state jsonb := '{}';
    v_row record;
    v_hit record;
    v_entry int;
    v_slot text;
    v_totals numeric[];
    v_next jsonb;
BEGIN
    SELECT coalesce(jsonb_object_agg(b.account_id || ' ' || b.currency,
                    jsonb_build_array(b.debits_posted + b.debits_pending, b.credits_posted,
                                      b.credits_posted + b.credits_pending, b.debits_posted)), '{}')
      INTO v_state
      FROM accounting_accountbalance b
      JOIN accounting_account a ON a.id = b.account_id AND a.limit_kind <> 'none'
     WHERE b.account_id = ANY (v_account) AND b.currency = ANY (l_currency);

    FOR v_entry IN
        SELECT DISTINCT u.entry
          FROM unnest(l_entry, v_account) AS u(entry, account)
          JOIN accounting_account a ON a.id = u.account AND a.limit_kind <> 'none'
         WHERE v_outcome[u.entry] IS NULL AND e_pending[u.entry] IS NULL
         ORDER BY u.entry
    LOOP
        v_next := v_state;
        v_hit := NULL;
        FOR v_row IN
            SELECT u.account, u.currency, min(u.no) AS no, a.code, a.limit_kind, a.credit_line,
                   sum(CASE WHEN u.amount > 0 THEN u.amount ELSE 0 END) AS debits,
                   sum(CASE WHEN u.amount < 0 THEN -u.amount ELSE 0 END) AS credits
              FROM unnest(l_entry, l_no, v_account, l_amount, l_currency)
                   AS u(entry, no, account, amount, currency)
              JOIN accounting_account a ON a.id = u.account AND a.limit_kind <> 'none'
             WHERE u.entry = v_entry
             GROUP BY u.account, u.currency, a.code, a.limit_kind, a.credit_line
             ORDER BY min(u.no)
        LOOP
            v_slot := v_row.account || ' ' || v_row.currency;
            SELECT array_agg(t.amount::numeric ORDER BY t.pos) INTO v_totals
              FROM jsonb_array_elements_text(v_next -> v_slot) WITH ORDINALITY AS t(amount, pos);
            v_totals := ARRAY[
                v_totals[1] + v_row.debits,
                v_totals[2] + CASE e_phase[v_entry] WHEN 'posted' THEN v_row.credits ELSE 0 END,
                v_totals[3] + v_row.credits,
                v_totals[4] + CASE e_phase[v_entry] WHEN 'posted' THEN v_row.debits ELSE 0 END];
            v_next := jsonb_set(v_next, ARRAY[v_slot], to_jsonb(v_totals));
            IF v_row.limit_kind = 'debits_must_not_exceed_credits'
                    AND v_row.debits > (CASE e_phase[v_entry] WHEN 'posted' THEN v_row.credits
                                         ELSE 0 END)
                    AND v_totals[1] > v_totals[2] + v_row.credit_line
               OR v_row.limit_kind = 'credits_must_not_exceed_debits'
                    AND v_row.credits > (CASE e_phase[v_entry] WHEN 'posted' THEN v_row.debits
                                         ELSE 0 END)
                    AND v_totals[3] > v_totals[4] + v_row.credit_line THEN
                v_hit := v_row;
                EXIT;
            END IF;
        END LOOP;
        IF v_hit IS NULL THEN
            v_state := v_next;
        ELSE
            RETURN QUERY SELECT v_entry, v_hit.no, v_hit.code::text;
        END IF;
    END LOOP;
END $$;
"""

# What one call locks, it locks in order and before it looks.
LOCKS = """
CREATE FUNCTION accounting_enter(e_entity text[], e_date date[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7301, d.id::int)
       FROM (SELECT DISTINCT n.id FROM unnest(e_entity) AS u(entity)
               JOIN accounting_entity n ON n.code = u.entity ORDER BY 1) d;
    PERFORM 1
       FROM accounting_period p
       JOIN (SELECT n.id, min(u.date) AS first, max(u.date) AS last
               FROM unnest(e_entity, e_date) AS u(entity, date)
               JOIN accounting_entity n ON n.code = u.entity GROUP BY n.id) d
         ON d.id = p.entity_id AND p.start <= d.last AND p."end" >= d.first
      ORDER BY p.id
        FOR SHARE OF p;
END $$;

CREATE FUNCTION accounting_touch(v_account bigint[], l_currency text[], e_pending bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounting_pending p
      WHERE p.entry_id = ANY (e_pending) ORDER BY p.entry_id FOR UPDATE;
    INSERT INTO accounting_accountbalance AS b
           (account_id, currency, debits_posted, credits_posted, debits_pending, credits_pending,
            value)
    SELECT t.account, t.currency, 0, 0, 0, 0, 0
      FROM (SELECT u.account, u.currency FROM unnest(v_account, l_currency) AS u(account, currency)
             WHERE u.account IS NOT NULL
             UNION
            SELECT l.account_id, l.currency FROM accounting_pendingline l
             WHERE l.entry_id = ANY (e_pending)) t
     ORDER BY t.account, t.currency
        ON CONFLICT (account_id, currency) DO UPDATE SET value = b.value;
END $$;
"""

# A pending entry is settled once, while it is open; settling releases what was reserved.
SETTLE = """
CREATE FUNCTION accounting_settleable(
    p_at timestamptz, v_entity bigint[], v_outcome text[], e_pending bigint[]
) RETURNS TABLE (ord int, outcome text, detail text) LANGUAGE sql AS $$
    SELECT u.ord::int, 'ledger_pending_open',
           CASE WHEN p.entry_id IS NULL OR e.entity_id <> u.entity THEN 'unknown'
                WHEN p.state <> 'open' THEN p.state
                WHEN p.expires_at <= p_at THEN 'expired'
                ELSE 'settled in the same batch' END
      FROM unnest(v_entity, v_outcome, e_pending) WITH ORDINALITY
           AS u(entity, outcome, pending, ord)
      LEFT JOIN accounting_pending p ON p.entry_id = u.pending
      LEFT JOIN accounting_entry e ON e.id = u.pending
     WHERE u.pending IS NOT NULL AND u.outcome IS NULL
       AND (p.entry_id IS NULL OR e.entity_id <> u.entity OR p.state <> 'open'
            OR p.expires_at <= p_at
            OR EXISTS (SELECT FROM unnest(e_pending, v_outcome) WITH ORDINALITY
                              AS o(pending, outcome, ord)
                        WHERE o.pending = u.pending AND o.outcome IS NULL AND o.ord < u.ord))
$$;

CREATE FUNCTION accounting_release(p_pending bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO accounting_accountbalance AS b
           (account_id, currency, debits_posted, credits_posted, debits_pending, credits_pending,
            value)
    SELECT l.account_id, l.currency, 0, 0,
           -sum(CASE WHEN l.amount > 0 THEN l.amount ELSE 0 END),
           -sum(CASE WHEN l.amount < 0 THEN -l.amount ELSE 0 END), 0
      FROM accounting_pendingline l
     WHERE l.entry_id = ANY (p_pending)
     GROUP BY l.account_id, l.currency
     ORDER BY l.account_id, l.currency
        ON CONFLICT (account_id, currency) DO UPDATE
       SET debits_pending = b.debits_pending + excluded.debits_pending,
           credits_pending = b.credits_pending + excluded.credits_pending
$$;

CREATE FUNCTION accounting_expire(p_at timestamptz, p_most int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[];
BEGIN
    v_ids := ARRAY(
        SELECT p.entry_id FROM accounting_pending p
         WHERE p.state = 'open' AND p.expires_at <= p_at
         ORDER BY p.entry_id LIMIT p_most FOR UPDATE SKIP LOCKED);
    UPDATE accounting_pending SET state = 'expired', settled_at = p_at
     WHERE entry_id = ANY (v_ids);
    PERFORM accounting_release(v_ids);
    RETURN cardinality(v_ids);
END $$;
"""

DROP = """
DROP FUNCTION IF EXISTS accounting_post;
DROP FUNCTION IF EXISTS accounting_diagnose;
DROP FUNCTION IF EXISTS accounting_limits_in_order;
DROP FUNCTION IF EXISTS accounting_dimension_sets;
DROP FUNCTION IF EXISTS accounting_enter;
DROP FUNCTION IF EXISTS accounting_touch;
DROP FUNCTION IF EXISTS accounting_settleable;
DROP FUNCTION IF EXISTS accounting_release;
DROP FUNCTION IF EXISTS accounting_expire;
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0002_guards")]

    operations = [migrations.RunSQL(DIMENSIONS + DIAGNOSE + LIMITS + LOCKS + SETTLE + POST, DROP)]
