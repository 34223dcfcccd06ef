"""The totals are written by the ledger's own functions alone: the application has no right to.

They run as the tables' owner; whoever calls them needs none of their rights. What they use inside
(accounting_touch, accounting_release) does not, so called by itself it writes nothing.
"""

from django.db import migrations

from backoffice.frame.rights import AS_OWNER, as_owner, kept_by_triggers

# Carried forward from the month end before and the days since; once, in order.
KEEP = f"""
CREATE FUNCTION accounting_keep_month_end(p_entity bigint, p_month_end date, p_at timestamptz)
RETURNS boolean LANGUAGE plpgsql {AS_OWNER} AS $$
DECLARE
    v_before date;
BEGIN
    -- The posters' lock, exclusively: who posts meanwhile would find no mark to correct.
    PERFORM pg_advisory_xact_lock(7301, p_entity::int);
    SELECT max(k.month_end) INTO v_before FROM accounting_monthendmark k
     WHERE k.entity_id = p_entity;
    IF v_before >= p_month_end THEN
        RETURN false;
    END IF;
    INSERT INTO accounting_monthend
           (account_id, month_end, currency, dimension_set_id, debits, credits, value)
    SELECT t.account_id, p_month_end, t.currency, t.dimension_set_id, sum(t.debits),
           sum(t.credits), sum(t.value)
      FROM (SELECT m.account_id, m.currency, m.dimension_set_id, m.debits, m.credits, m.value
              FROM accounting_monthend m
              JOIN accounting_account a ON a.id = m.account_id
             WHERE a.entity_id = p_entity AND m.month_end = v_before
             UNION ALL
            SELECT d.account_id, d.currency, d.dimension_set_id, d.debits, d.credits, d.value
              FROM accounting_daymovement d
              JOIN accounting_account a ON a.id = d.account_id
             WHERE a.entity_id = p_entity AND d.day > coalesce(v_before, '-infinity')
               AND d.day <= p_month_end) t
     GROUP BY t.account_id, t.currency, t.dimension_set_id;
    INSERT INTO accounting_monthendmark (entity_id, month_end, taken_at)
    VALUES (p_entity, p_month_end, p_at);
    RETURN true;
END $$;
"""
NOT_KEPT = "DROP FUNCTION IF EXISTS accounting_keep_month_end(bigint, date, timestamptz)"


class Migration(migrations.Migration):
    dependencies = [("accounting", "0010_faster_posting"), ("frame", "0010_holding_rows")]

    operations = [
        migrations.RunSQL(KEEP, NOT_KEPT),
        as_owner(
            "accounting_post",
            "accounting_expire",
            "accounting_entry_guard",
            "accounting_line_guard",
            "accounting_pendingline_guard",
        ),
        kept_by_triggers(
            "accounting_accountbalance",
            "accounting_daymovement",
            "accounting_monthend",
            "accounting_monthendmark",
        ),
    ]
