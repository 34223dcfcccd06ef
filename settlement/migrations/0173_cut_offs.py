"""Until when an item for a value date may come: rows that are never changed."""

from django.db import migrations, models

from backoffice.frame.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('frame', '0001_initial'),
        ('settlement', '0172_references_by_statement'),
    ]

    operations = [
        migrations.CreateModel(
            name='CutOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('market', models.CharField(blank=True, max_length=4, verbose_name='market')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('type', models.CharField(blank=True, choices=[('DVP', 'delivery versus payment'), ('FOP', 'delivery free of payment'), ('PAYMENT', 'payment'), ('PVP', 'payment versus payment')], max_length=7, verbose_name='type')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('time', models.TimeField(null=True, verbose_name='cut-off time')),
                ('zone', models.CharField(default='Asia/Bangkok', max_length=40, verbose_name='time zone')),
                ('days_before', models.PositiveSmallIntegerField(default=0, verbose_name='business days before')),
                ('policy', models.CharField(choices=[('roll', 'to the next business day'), ('refuse', 'refused')], default='roll', max_length=6, verbose_name='what is late')),
                ('source', models.TextField(verbose_name='source')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('recorded_by', models.CharField(max_length=150, verbose_name='recorded by')),
            ],
            options={
                'verbose_name': 'cut-off time',
                'verbose_name_plural': 'cut-off times',
                'constraints': [models.CheckConstraint(condition=models.Q(('days_before__lte', 10)), name='cut_off_days_before'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='cut_off_has_source'), models.CheckConstraint(condition=models.Q(('type__in', ['', 'DVP', 'FOP', 'PAYMENT', 'PVP'])), name='cut_off_type'), models.CheckConstraint(condition=models.Q(('policy__in', ['roll', 'refuse'])), name='cut_off_policy')],
            },
        ),
        append_only("settlement_cutoff"),
    ]
