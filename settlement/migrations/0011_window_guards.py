"""The database sees to it: every leg in an open window, sums of zero, nothing settled twice."""

from django.db import migrations

from backoffice.frame.append_only import append_only

# The open window of a market, held FOR SHARE until commit. The first leg of a market opens its
# first window. Waiting for a close under way, the lock reads the pointer anew: the next window.
TAKE = """
CREATE FUNCTION settlement_take_window(p_book text, p_market text, p_at timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_window bigint;
BEGIN
    SELECT window_id INTO v_window FROM settlement_windowpointer
     WHERE book = p_book AND market = p_market FOR SHARE;
    IF v_window IS NOT NULL THEN
        RETURN v_window;
    END IF;
    INSERT INTO settlement_window (book, market, sequence, opened_at)
    VALUES (p_book, p_market, 1, p_at) ON CONFLICT (book, market, sequence) DO NOTHING;
    INSERT INTO settlement_windowpointer (book, market, window_id)
    SELECT book, market, id FROM settlement_window
     WHERE book = p_book AND market = p_market AND sequence = 1
    ON CONFLICT (book, market) DO NOTHING;
    SELECT window_id INTO v_window FROM settlement_windowpointer
     WHERE book = p_book AND market = p_market FOR SHARE;
    RETURN v_window;
END $$;

CREATE FUNCTION settlement_leg_takes_window() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.window_id := settlement_take_window(
        NEW.book, (SELECT market FROM settlement_trade WHERE id = NEW.trade_id), NEW.opened_at);
    RETURN NEW;
END $$;
CREATE TRIGGER settlement_leg_window BEFORE INSERT ON settlement_leg
    FOR EACH ROW WHEN (NEW.window_id IS NULL) EXECUTE FUNCTION settlement_leg_takes_window();

-- A window that was named by the caller must be open, and stays so until this commits.
CREATE FUNCTION settlement_leg_window_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_windows bigint[];
    v_open bigint[];
BEGIN
    SELECT array_agg(DISTINCT window_id) INTO v_windows FROM added;
    SELECT array_agg(window_id) INTO v_open FROM (
        SELECT window_id FROM settlement_windowpointer WHERE window_id = ANY(v_windows) FOR SHARE
    ) held;
    IF cardinality(v_windows) > coalesce(cardinality(v_open), 0) THEN
        RAISE EXCEPTION 'a leg would land in a window that is closed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leg_window_open';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_leg_window_open AFTER INSERT ON settlement_leg
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_leg_window_open();
"""
TAKE_BACK = """
DROP TRIGGER settlement_leg_window_open ON settlement_leg;
DROP TRIGGER settlement_leg_window ON settlement_leg;
DROP FUNCTION settlement_leg_window_open();
DROP FUNCTION settlement_leg_takes_window();
DROP FUNCTION settlement_take_window(text, text, timestamptz);
"""

SUMS = (
    ("settlement_windownet", "net", "window_id, asset, value_date", "window_net_zero"),
    ("settlement_movement", "quantity", "run_id, asset", "movement_zero"),
    ("settlement_positionsheet", "quantity", "book, business_date, asset", "position_sheet_zero"),
)
SUM_SQL = """
CREATE FUNCTION {table}_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_wrong text;
BEGIN
    SELECT concat_ws(' ', {keys}, 'sums to', sum({column})) INTO v_wrong
      FROM added GROUP BY {keys} HAVING sum({column}) <> 0 LIMIT 1;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION 'rows of {table} do not sum to zero: %', v_wrong
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_sums AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_sums();
"""
SUM_BACK = "DROP TRIGGER {table}_sums ON {table}; DROP FUNCTION {table}_sums();"

FINAL = """
CREATE FUNCTION settlement_settlement_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_leg bigint;
BEGIN
    SELECT a.leg_id INTO v_leg
      FROM added a JOIN settlement_leg l ON l.id = a.leg_id
      JOIN settlement_settlement s ON s.leg_id = a.leg_id
     GROUP BY a.leg_id, a.run_id, l.quantity HAVING sum(s.quantity) > l.quantity LIMIT 1;
    IF v_leg IS NOT NULL THEN
        RAISE EXCEPTION 'leg % would settle more than it owes', v_leg
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'settlement_within_leg';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_settlement_within AFTER INSERT ON settlement_settlement
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_settlement_within();
"""
FINAL_BACK = """
DROP TRIGGER settlement_settlement_within ON settlement_settlement;
DROP FUNCTION settlement_settlement_within();
"""


def sums_to_zero(table: str, column: str, keys: str, name: str) -> migrations.RunSQL:
    """Each statement's rows must sum to zero per `keys`, or are refused."""
    words = {"table": table, "column": column, "keys": keys, "name": name}
    return migrations.RunSQL(SUM_SQL.format(**words), SUM_BACK.format(**words))


class Migration(migrations.Migration):
    """Triggers only; the tables are there."""

    dependencies = [("settlement", "0010_windows"), ("frame", "0001_initial")]

    operations = [
        migrations.RunSQL(TAKE, TAKE_BACK),
        *(sums_to_zero(*words) for words in SUMS),
        migrations.RunSQL(FINAL, FINAL_BACK),
        append_only(
            "settlement_accountlimit",
            "settlement_failedleg",
            "settlement_marketrule",
            "settlement_movement",
            "settlement_paymentrelease",
            "settlement_pledge",
            "settlement_positionsheet",
            "settlement_releaselimit",
            "settlement_settlement",
            "settlement_settlementrun",
            "settlement_unsettledtrade",
            "settlement_window",
            "settlement_windowclosing",
            "settlement_windownet",
            "settlement_windownetting",
        ),
    ]
