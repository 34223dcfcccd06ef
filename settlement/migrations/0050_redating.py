"""Value dates that follow their calendar: facts that differ from the one before in that alone."""

import django.db.models.deletion
from django.db import migrations, models

from backoffice.frame.append_only import append_only

# Captures pay nothing for it: the condition is asked before the function is.
REDATES = """
CREATE FUNCTION settlement_trade_redates() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_may text[] := '{id,version,action,amends_id,value_date,calendar_version_id,'
                 || 'captured_at,captured_by}';
BEGIN
    IF NOT EXISTS (SELECT FROM settlement_trade o
                    WHERE o.id = NEW.amends_id AND o.version + 1 = NEW.version
                      AND o.action <> 'cancel' AND o.value_date <> NEW.value_date
                      AND to_jsonb(o) - v_may = to_jsonb(NEW) - v_may) THEN
        RAISE EXCEPTION 'a redated trade differs from the one before in its value date alone'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'trade_redated';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_trade_redates AFTER INSERT ON settlement_trade
    FOR EACH ROW WHEN (NEW.action = 'redate') EXECUTE FUNCTION settlement_trade_redates();
"""
REDATES_BACK = """
DROP TRIGGER settlement_trade_redates ON settlement_trade;
DROP FUNCTION settlement_trade_redates();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('reference', '0004_seed_market_calendars'),
        ('frame', '0001_initial'),
        ('settlement', '0022_settled_within_leg'),
    ]

    operations = [
        migrations.CreateModel(
            name='Redating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.DateField(verbose_name='value date before')),
                ('after', models.DateField(null=True, verbose_name='value date after')),
                ('outcome', models.CharField(choices=[('moved', 'moved'), ('agreed', 'agreed for a day that is a holiday now'), ('apart', 'the two sides would part'), ('over', 'the day is over'), ('closed', 'in a closed window'), ('settled', 'settled already'), ('unknown', 'the calendar does not reach')], max_length=7, verbose_name='outcome')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
            ],
            options={
                'verbose_name': 'value date after a calendar change',
                'verbose_name_plural': 'value dates after calendar changes',
            },
        ),
        migrations.RemoveConstraint(
            model_name='trade',
            name='trade_version_chain',
        ),
        migrations.AlterField(
            model_name='trade',
            name='action',
            field=models.CharField(choices=[('new', 'new trade'), ('amend', 'amendment'), ('cancel', 'cancellation'), ('redate', 'value date moved by the calendar')], default='new', max_length=6, verbose_name='action'),
        ),
        migrations.AddConstraint(
            model_name='trade',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('action', 'new'), ('amends__isnull', True), ('version', 1)), models.Q(('action__in', ['amend', 'cancel', 'redate']), ('amends__isnull', False), ('version__gt', 1)), _connector='OR'), name='trade_version_chain'),
        ),
        migrations.AddField(
            model_name='redating',
            name='calendar_version',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reference.calendarversion', verbose_name='calendar version'),
        ),
        migrations.AddField(
            model_name='redating',
            name='trade',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.trade', verbose_name='trade'),
        ),
        migrations.AddIndex(
            model_name='redating',
            index=models.Index(fields=['calendar_version', 'outcome'], name='redating_version'),
        ),
        migrations.AddConstraint(
            model_name='redating',
            constraint=models.UniqueConstraint(fields=('trade', 'calendar_version'), name='redating_once'),
        ),
        migrations.AddConstraint(
            model_name='redating',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'moved'), _negated=True), models.Q(('after__isnull', False), models.Q(('after', models.F('before')), _negated=True)), _connector='OR'), name='redating_moves'),
        ),
        migrations.RunSQL(REDATES, REDATES_BACK),
        append_only("settlement_redating"),
    ]
