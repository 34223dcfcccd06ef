from django.db import migrations, models

import accounting.models.fields
from backoffice.frame.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("accounting", "0005_proof"), ("frame", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=20, verbose_name='source')),
                ('kind', models.CharField(choices=[('mid', 'mid rate'), ('buying', 'buying rate'), ('selling', 'selling rate')], default='mid', max_length=7, verbose_name='kind of rate')),
                ('base', models.CharField(max_length=24, verbose_name='base currency')),
                ('quote', models.CharField(max_length=24, verbose_name='quote currency')),
                ('date', models.DateField(verbose_name='date')),
                ('rate', accounting.models.fields.AmountField(verbose_name='rate')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('recorded_by', models.CharField(max_length=150, verbose_name='recorded by')),
            ],
            options={
                'verbose_name': 'exchange rate',
                'verbose_name_plural': 'exchange rates',
                'indexes': [models.Index(models.F('base'), models.F('quote'), models.F('kind'), models.OrderBy(models.F('date'), descending=True), models.OrderBy(models.F('id'), descending=True), name='rate_of_pair')],
                'constraints': [models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='rate_positive'), models.CheckConstraint(condition=models.Q(('base', models.F('quote')), _negated=True), name='rate_of_two_currencies')],
            },
        ),
        append_only("accounting_rate"),
    ]
