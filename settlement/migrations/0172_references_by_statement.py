"""What trades and legs refer to is asked once for a whole statement, not once for each row and key.

Ten foreign keys took half of the database's time when a file is captured. The guards below refuse
what the keys refused, with the keys' own SQLSTATE, and lock what a trade names as a key would: who
deletes it waits, and then finds the trade. Of a leg they ask more than its keys did: that its
parties are the two of its trade. Trades and legs are never changed or deleted (0002 and later), so
nothing has to be asked again when they are.
"""

import django.db.models.deletion
from django.db import migrations, models

from backoffice.frame.rights import as_owner

GUARDS = """
CREATE FUNCTION settlement_trade_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_parties bigint[];
    v_instruments bigint[];
    v_files bigint[];
    v_calendars bigint[];
    v_trades bigint[];
    v_missing text;
BEGIN
    SELECT array_agg(id) INTO v_parties
      FROM (SELECT buyer_id AS id FROM added UNION SELECT seller_id FROM added) named;
    SELECT array_agg(DISTINCT instrument_id) FILTER (WHERE instrument_id IS NOT NULL),
           array_agg(DISTINCT file_id) FILTER (WHERE file_id IS NOT NULL),
           array_agg(DISTINCT calendar_version_id) FILTER (WHERE calendar_version_id IS NOT NULL),
           array_agg(DISTINCT amends_id) FILTER (WHERE amends_id IS NOT NULL)
           || array_agg(DISTINCT block_id) FILTER (WHERE block_id IS NOT NULL)
      INTO v_instruments, v_files, v_calendars, v_trades
      FROM added;
    IF (SELECT count(*) FROM (SELECT FROM settlement_participant
                               WHERE id = ANY(v_parties) FOR KEY SHARE) held)
       < cardinality(v_parties) THEN
        v_missing := 'participant';
    ELSIF v_instruments IS NOT NULL
       AND (SELECT count(*) FROM (SELECT FROM settlement_instrument
                                   WHERE id = ANY(v_instruments) FOR KEY SHARE) held)
           < cardinality(v_instruments) THEN
        v_missing := 'instrument';
    ELSIF v_files IS NOT NULL
       AND (SELECT count(*) FROM (SELECT FROM settlement_importfile
                                   WHERE id = ANY(v_files) FOR KEY SHARE) held)
           < cardinality(v_files) THEN
        v_missing := 'file';
    ELSIF v_calendars IS NOT NULL
       AND (SELECT count(*) FROM (SELECT FROM reference_calendarversion
                                   WHERE id = ANY(v_calendars) FOR KEY SHARE) held)
           < cardinality(v_calendars) THEN
        v_missing := 'calendar version';
    ELSIF v_trades IS NOT NULL
       AND EXISTS (SELECT FROM unnest(v_trades) named(id)
                    WHERE NOT EXISTS (SELECT FROM settlement_trade t WHERE t.id = named.id)) THEN
        v_missing := 'trade';
    END IF;
    IF v_missing IS NOT NULL THEN
        RAISE EXCEPTION 'a trade refers to a % that does not exist', v_missing
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'trade_refers';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_trade_refers AFTER INSERT ON settlement_trade
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_trade_refers();

CREATE FUNCTION settlement_leg_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_trade bigint;
BEGIN
    SELECT a.trade_id INTO v_trade
      FROM added a LEFT JOIN settlement_trade t ON t.id = a.trade_id
     WHERE ((a.debtor_id = t.buyer_id AND a.creditor_id = t.seller_id)
         OR (a.debtor_id = t.seller_id AND a.creditor_id = t.buyer_id)) IS NOT TRUE
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a leg of trade % is not between its two parties, or it has none', v_trade
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'leg_refers';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_leg_refers AFTER INSERT ON settlement_leg
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_leg_refers();

-- The other side of the keys: what a trade names stays, under the id that it has.
CREATE FUNCTION settlement_named_by_trade() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_named boolean;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'settlement_participant' THEN
            v_named := EXISTS (SELECT FROM settlement_trade WHERE buyer_id = OLD.id)
                    OR EXISTS (SELECT FROM settlement_trade WHERE seller_id = OLD.id);
        WHEN 'settlement_instrument' THEN
            v_named := EXISTS (SELECT FROM settlement_trade WHERE instrument_id = OLD.id);
        WHEN 'settlement_importfile' THEN
            v_named := EXISTS (SELECT FROM settlement_trade WHERE file_id = OLD.id);
        ELSE
            v_named := EXISTS (SELECT FROM settlement_trade WHERE calendar_version_id = OLD.id);
    END CASE;
    IF v_named THEN
        RAISE EXCEPTION 'a trade refers to row % of %', OLD.id, TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'trade_refers';
    END IF;
    RETURN NULL;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_named AFTER DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION settlement_named_by_trade();
CREATE TRIGGER {table}_renamed AFTER UPDATE OF id ON {table}
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION settlement_named_by_trade();
"""
    for table in (
        "settlement_participant",
        "settlement_instrument",
        "settlement_importfile",
        "reference_calendarversion",
    )
)
TAKE_BACK = """
DROP FUNCTION settlement_named_by_trade() CASCADE;
DROP FUNCTION settlement_leg_refers() CASCADE;
DROP FUNCTION settlement_trade_refers() CASCADE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('reference', '0004_seed_market_calendars'),
        ('settlement', '0171_enriched_since'),
    ]

    operations = [
        migrations.RunSQL(GUARDS, TAKE_BACK),
        # What is named is locked, which takes more than reading; and no name is shadowed.
        as_owner(
            "settlement_trade_refers()",
            "settlement_leg_refers()",
            "settlement_named_by_trade()",
        ),
        migrations.AlterField(
            model_name='leg',
            name='creditor',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.participant', verbose_name='receives'),
        ),
        migrations.AlterField(
            model_name='leg',
            name='debtor',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.participant', verbose_name='owes'),
        ),
        migrations.AlterField(
            model_name='leg',
            name='trade',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='legs', to='settlement.trade', verbose_name='trade'),
        ),
        migrations.AlterField(
            model_name='trade',
            name='amends',
            field=models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amended_by', to='settlement.trade', verbose_name='amends'),
        ),
        migrations.AlterField(
            model_name='trade',
            name='block',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='settlement.trade', verbose_name='block trade'),
        ),
        migrations.AlterField(
            model_name='trade',
            name='buyer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.participant', verbose_name='buyer'),
        ),
        migrations.AlterField(
            model_name='trade',
            name='calendar_version',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.calendarversion', verbose_name='calendar version'),
        ),
        migrations.AlterField(
            model_name='trade',
            name='file',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.importfile', verbose_name='file'),
        ),
        migrations.AlterField(
            model_name='trade',
            name='instrument',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.instrument', verbose_name='instrument'),
        ),
        migrations.AlterField(
            model_name='trade',
            name='seller',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.participant', verbose_name='seller'),
        ),
    ]
