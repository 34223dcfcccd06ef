"""Nothing settles twice: each leg is looked up by its key, whatever the planner knows."""

from django.db import migrations

# Subqueries, not joins: after an insert of many rows a join may read them all for each of them.
BY_KEY = """
CREATE OR REPLACE FUNCTION settlement_settlement_within() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    v_leg bigint;
BEGIN
    SELECT a.leg_id INTO v_leg FROM added a
     WHERE (SELECT sum(s.quantity) FROM settlement_settlement s WHERE s.leg_id = a.leg_id)
         > (SELECT l.quantity FROM settlement_leg l WHERE l.id = a.leg_id)
     LIMIT 1;
    IF v_leg IS NOT NULL THEN
        RAISE EXCEPTION 'leg % would settle more than it owes', v_leg
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'settlement_within_leg';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """The trigger's function only."""

    dependencies = [("settlement", "0021_after_settlement")]

    operations = [migrations.RunSQL(BY_KEY, migrations.RunSQL.noop)]
