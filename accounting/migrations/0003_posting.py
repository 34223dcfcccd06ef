"""`accounting_post`: the one way in. Arrays in, one row per entry out.

Nothing is inserted while an entry is refused, unless `p_best_effort`. The result's `outcome` is
`posted`, `existing` (same key, same request), `differs` (same key, other request), `failed` (the
key failed before) or the rule that refuses the entry, with line number and detail.
"""

from django.db import migrations

POST = """
CREATE FUNCTION accounting_post(
    p_at timestamptz, p_actor text, p_soft_ok boolean, p_best_effort boolean,
    b_entity text[], b_journal text[],
    e_book int[], e_date date[], e_key text[], e_print text[], e_memo text[], e_source text[],
    e_count int[], e_attributes text[], e_reversal bigint[], e_phase text[], e_pending bigint[],
    e_expires timestamptz[],
    s_book int[], s_account text[], s_currency text[],
    l_entry int[], l_no int[], l_slot int[], l_amount numeric[], l_value numeric[], l_dims text[]
) RETURNS TABLE (ord int, outcome text, entry_id bigint, number bigint, line int, detail text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    n_entries int := cardinality(e_key);
    v_book_entity bigint[];
    v_book_journal bigint[];
    v_slot_account bigint[];
    v_slot_home boolean[];
    v_entity bigint[];
    v_journal bigint[];
    v_gapless boolean;
    v_known boolean;
    v_suspect boolean;
    v_limited boolean;
    v_two_phase boolean;
    v_slow boolean;
    v_keep boolean := true;
    v_outcome text[];
    v_id bigint[];
    v_number bigint[];
    v_line int[];
    v_detail text[];
    v_account bigint[];
    v_code text[];
    v_currency text[];
    v_dims bigint[];
    v_from bigint;
    v_row record;
BEGIN
    -- The transaction number first: the log's sealer goes by it.
    PERFORM pg_current_xact_id(),
            set_config('accounting.soft_closed_ok', CASE WHEN p_soft_ok THEN 'on' ELSE '' END, true);
    v_two_phase := cardinality(e_phase) > 0;

    -- Each join below takes all its keys from one row source: that keeps it an index lookup on
    -- the whole key even where the planner knows nothing of the tables.
    SELECT array_agg(n.id ORDER BY u.ord) INTO v_book_entity
      FROM unnest(b_entity) WITH ORDINALITY AS u(entity, ord)
      LEFT JOIN accounting_entity n ON n.code = u.entity;
    SELECT array_agg(j.id ORDER BY u.ord), coalesce(bool_or(j.is_gapless), false)
      INTO v_book_journal, v_gapless
      FROM unnest(v_book_entity, b_journal) WITH ORDINALITY AS u(entity, journal, ord)
      LEFT JOIN accounting_journal j ON j.entity_id = u.entity AND j.code = u.journal;
    SELECT array_agg(a.id ORDER BY u.ord),
           array_agg(u.currency = n.functional_currency ORDER BY u.ord),
           coalesce(bool_or(a.id IS NULL OR a.is_closed
                            OR (a.currency <> '' AND a.currency <> u.currency)
                            OR a.mandatory_dimensions <> '{}'), false),
           coalesce(bool_or(a.limit_kind <> 'none'), false)
      INTO v_slot_account, v_slot_home, v_suspect, v_limited
      FROM unnest(s_book, s_account, s_currency) WITH ORDINALITY
           AS u(book, account, currency, ord)
      LEFT JOIN accounting_account a
             ON a.entity_id = v_book_entity[u.book] AND a.code = u.account
      LEFT JOIN accounting_entity n ON n.id = a.entity_id;
    -- The table's triggers take the same locks; here they come before all others, where it matters.
    v_slow := v_two_phase OR v_gapless OR (v_limited AND n_entries > 1);
    IF v_slow THEN
        PERFORM accounting_enter(v_book_entity, e_date);
    END IF;
    SELECT array_agg(v_book_entity[u.book] ORDER BY u.ord),
           array_agg(v_book_journal[u.book] ORDER BY u.ord),
           bool_or(x.id IS NOT NULL OR k.id IS NOT NULL OR v_book_journal[u.book] IS NULL)
      INTO v_entity, v_journal, v_known
      FROM unnest(e_book, e_key) WITH ORDINALITY AS u(book, key, ord)
      LEFT JOIN accounting_entry x ON x.entity_id = v_book_entity[u.book] AND x.key = u.key
      LEFT JOIN accounting_failedkey k ON k.entity_id = v_book_entity[u.book] AND k.key = u.key;
    v_known := v_known OR EXISTS (
        SELECT FROM accounting_period p
         WHERE p.entity_id = ANY (v_book_entity) AND p.state <> 'open'
           AND p.start <= (SELECT max(d) FROM unnest(e_date) d)
           AND p."end" >= (SELECT min(d) FROM unnest(e_date) d));
    IF cardinality(l_dims) > 0 THEN
        v_dims := accounting_dimension_sets(l_dims);
    END IF;

    v_slow := v_slow OR v_known OR v_suspect;
    IF v_slow THEN
        SELECT array_agg(v_slot_account[u.slot] ORDER BY u.pos),
               array_agg(s_account[u.slot] ORDER BY u.pos),
               array_agg(s_currency[u.slot] ORDER BY u.pos)
          INTO v_account, v_code, v_currency
          FROM unnest(l_slot) WITH ORDINALITY AS u(slot, pos);
        IF NOT v_two_phase THEN
            e_phase := array_fill('posted'::text, ARRAY[n_entries]);
            e_pending := array_fill(NULL::bigint, ARRAY[n_entries]);
        END IF;
        v_dims := coalesce(v_dims, array_fill(0::bigint, ARRAY[cardinality(l_slot)]));
    END IF;
    IF v_known OR v_suspect THEN
        -- Name what is wrong, entry by entry; the first rule broken speaks.
        SELECT array_agg(r.outcome ORDER BY r.ord), array_agg(r.entry_id ORDER BY r.ord),
               array_agg(r.number ORDER BY r.ord), array_agg(r.line ORDER BY r.ord),
               array_agg(r.detail ORDER BY r.ord)
          INTO v_outcome, v_id, v_number, v_line, v_detail
          FROM accounting_diagnose(
                p_soft_ok, v_entity, v_journal,
                ARRAY(SELECT b_entity[b] FROM unnest(e_book) WITH ORDINALITY AS u(b, o) ORDER BY o),
                ARRAY(SELECT b_journal[b] FROM unnest(e_book) WITH ORDINALITY AS u(b, o) ORDER BY o),
                e_date, e_key, e_print, e_pending, l_entry, l_no, v_code, v_account, v_currency,
                v_dims) r;
    ELSE
        v_outcome := array_fill(NULL::text, ARRAY[n_entries]);
        v_id := array_fill(NULL::bigint, ARRAY[n_entries]);
        v_number := v_id;
        v_line := array_fill(NULL::int, ARRAY[n_entries]);
        v_detail := v_outcome;
    END IF;

    -- Locks in the house's order: numbering, then balances.
    IF v_gapless THEN
        PERFORM 1 FROM accounting_journal j
          WHERE j.id = ANY (v_book_journal) AND j.is_gapless ORDER BY j.id FOR UPDATE;
    END IF;
    IF v_two_phase OR v_limited AND n_entries > 1 THEN
        PERFORM accounting_touch(v_account, v_currency, e_pending);
    END IF;
    IF v_two_phase THEN
        FOR v_row IN SELECT * FROM accounting_settleable(p_at, v_entity, v_outcome, e_pending)
        LOOP
            v_outcome[v_row.ord] := v_row.outcome;
            v_detail[v_row.ord] := v_row.detail;
        END LOOP;
    END IF;
    IF v_slow THEN
        v_keep := p_best_effort OR NOT EXISTS (
            SELECT FROM unnest(v_outcome) o WHERE o IS NOT NULL AND o <> 'existing');
    END IF;
    IF v_keep AND v_limited AND n_entries > 1 THEN
        FOR v_row IN
            SELECT * FROM accounting_limits_in_order(
                v_outcome, e_phase, e_pending, l_entry, l_no, v_account, l_amount, v_currency)
        LOOP
            v_outcome[v_row.ord] := 'ledger_limit';
            v_line[v_row.ord] := v_row.line;
            v_detail[v_row.ord] := v_row.detail;
            v_keep := p_best_effort;
        END LOOP;
    END IF;

    IF v_keep THEN
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
        SELECT array_agg(CASE WHEN u.outcome IS NULL THEN nextval('accounting_entry_id_seq')
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
            SELECT u.id, u.entity, u.journal, u.number, u.date, p_at, p_actor,
                   coalesce(u.phase, 'posted'), u.count, u.key, u.print, u.memo,
                   coalesce(u.source, ''), coalesce(u.attributes, '{}')::jsonb, u.pending,
                   u.reversal
              FROM unnest(v_id, v_entity, v_journal, v_number, e_date, e_phase, e_count, e_key,
                          e_print, e_memo, e_source, e_attributes, e_pending, e_reversal, v_outcome)
                   AS u(id, entity, journal, number, date, phase, count, key, print, memo, source,
                        attributes, pending, reversal, outcome)
             WHERE u.outcome IS NULL
             ORDER BY u.entity, u.key COLLATE "C"
            RETURNING 1
        ), lines AS (
            INSERT INTO accounting_line
                   (entry_id, line_no, account_id, date, amount, currency, value, dimension_set_id)
            SELECT v_id[u.entry], u.no, v_slot_account[u.slot], e_date[u.entry], u.amount,
                   s_currency[u.slot],
                   coalesce(u.value, CASE WHEN v_slot_home[u.slot] THEN u.amount END),
                   coalesce(u.dims, 0)
              FROM unnest(l_entry, l_no, l_slot, l_amount, l_value, v_dims)
                   AS u(entry, no, slot, amount, value, dims)
             WHERE NOT v_slow OR v_outcome[u.entry] IS NULL AND e_phase[u.entry] = 'posted'
        ), reserved AS (
            INSERT INTO accounting_pendingline
                   (entry_id, line_no, account_id, date, amount, currency, value, dimension_set_id)
            SELECT v_id[u.entry], u.no, v_slot_account[u.slot], e_date[u.entry], u.amount,
                   s_currency[u.slot],
                   coalesce(u.value, CASE WHEN v_slot_home[u.slot] THEN u.amount END),
                   coalesce(u.dims, 0)
              FROM unnest(l_entry, l_no, l_slot, l_amount, l_value, v_dims)
                   AS u(entry, no, slot, amount, value, dims)
             WHERE v_two_phase AND v_outcome[u.entry] IS NULL AND e_phase[u.entry] = 'pending'
        )
        -- Reading `entries` runs it first: the periods' locks come before the balances'.
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
CREATE FUNCTION accounting_enter(v_entity bigint[], e_date date[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7301, d.id::int)
       FROM (SELECT DISTINCT u.id FROM unnest(v_entity) AS u(id) WHERE u.id IS NOT NULL ORDER BY 1) d;
    PERFORM 1
       FROM accounting_period p
      WHERE p.entity_id = ANY (v_entity)
        AND p.start <= (SELECT max(d) FROM unnest(e_date) d)
        AND p."end" >= (SELECT min(d) FROM unnest(e_date) d)
      ORDER BY p.id
        FOR SHARE;
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
