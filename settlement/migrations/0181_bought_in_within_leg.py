"""What is settled of a leg and what was bought in stay within it; an execution opens its charges."""

from django.db import migrations

from backoffice.frame.append_only import append_only

# Subqueries, not joins: each leg is looked up by its key, whatever the planner knows.
WITHIN = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    v_leg bigint;
BEGIN
    SELECT a.leg_id INTO v_leg FROM added a
     WHERE (SELECT coalesce(sum(s.quantity), 0) FROM settlement_settlement s
             WHERE s.leg_id = a.leg_id)
         + (SELECT coalesce(sum(b.quantity), 0) FROM settlement_boughtinleg b
             WHERE b.leg_id = a.leg_id)
         > (SELECT l.quantity FROM settlement_leg l WHERE l.id = a.leg_id)
     LIMIT 1;
    IF v_leg IS NOT NULL THEN
        RAISE EXCEPTION 'leg % would settle more than it owes', v_leg
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'settlement_within_leg';
    END IF;
    RETURN NULL;
END $$;
"""
BEFORE = """
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
SETTLED = "settlement_settlement_within"
BOUGHT = "settlement_boughtinleg_within"
GUARD = f"""
CREATE TRIGGER {BOUGHT} AFTER INSERT ON settlement_boughtinleg
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION {BOUGHT}();
"""
GUARD_BACK = f"DROP TRIGGER {BOUGHT} ON settlement_boughtinleg; DROP FUNCTION {BOUGHT}();"
CHARGES = """
CREATE FUNCTION settlement_buyinexecution_opens_charges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO settlement_opencharge
        (book, charged_on, participant_id, currency, pays, receives)
    SELECT book, booked_on, payer_id, currency, amount, 0 FROM fresh WHERE amount > 0
     UNION ALL
    SELECT book, booked_on, payee_id, currency, 0, amount FROM fresh WHERE amount > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_buyinexecution_opens_charges AFTER INSERT ON settlement_buyinexecution
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_buyinexecution_opens_charges();
"""
CHARGES_BACK = """
DROP TRIGGER settlement_buyinexecution_opens_charges ON settlement_buyinexecution;
DROP FUNCTION settlement_buyinexecution_opens_charges();
"""


class Migration(migrations.Migration):
    """Triggers only; the tables are there."""

    dependencies = [("settlement", "0180_buy_ins_executed"), ("frame", "0001_initial")]

    operations = [
        migrations.RunSQL(WITHIN.format(name=SETTLED), BEFORE),
        migrations.RunSQL(WITHIN.format(name=BOUGHT) + GUARD, GUARD_BACK),
        migrations.RunSQL(CHARGES, CHARGES_BACK),
        append_only("settlement_buyinexecution", "settlement_boughtinleg"),
    ]
