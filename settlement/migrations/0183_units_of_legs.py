"""A leg's quantity as a machine integer beside it, wherever one holds it exactly: netting sums it."""

import django.db.models.expressions
import django.db.models.functions.comparison
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0182_tariff_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='leg',
            name='units',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(quantity=models.Func(models.F('quantity'), models.Value(4), function='TRUNC'), quantity__lt=models.Value(Decimal('100000000000000')), then=django.db.models.functions.comparison.Cast(django.db.models.expressions.CombinedExpression(models.F('quantity'), '*', models.Value(10000)), models.BigIntegerField()))), output_field=models.BigIntegerField(null=True), verbose_name='units'),
        ),
    ]
