"""Goods, price lists and stock; prices and movements only grow."""

import django.db.models.deletion
from django.db import migrations, models

from backoffice.frame.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounting', '0003_posting'),
        ('frame', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Good',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True, verbose_name='code')),
                ('name_en', models.CharField(max_length=160, verbose_name='name (English)')),
                ('name_th', models.CharField(max_length=160, verbose_name='name (Thai)')),
                ('unit_en', models.CharField(max_length=40, verbose_name='unit (English)')),
                ('unit_th', models.CharField(max_length=40, verbose_name='unit (Thai)')),
            ],
            options={
                'verbose_name': 'good',
                'verbose_name_plural': 'goods',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='PriceList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True, verbose_name='code')),
                ('name_en', models.CharField(max_length=120, verbose_name='name (English)')),
                ('name_th', models.CharField(max_length=120, verbose_name='name (Thai)')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
            ],
            options={
                'verbose_name': 'price list',
                'verbose_name_plural': 'price lists',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='StockMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('location', models.CharField(max_length=60, verbose_name='location')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=24, verbose_name='quantity')),
                ('moved_at', models.DateTimeField(verbose_name='moved at')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('source_key', models.CharField(max_length=120, unique=True, verbose_name='source')),
                ('good', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounting.good', verbose_name='good')),
            ],
            options={
                'verbose_name': 'stock movement',
                'verbose_name_plural': 'stock movements',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('min_quantity', models.DecimalField(decimal_places=6, default=1, max_digits=24, verbose_name='from quantity')),
                ('amount', models.DecimalField(blank=True, decimal_places=10, max_digits=30, null=True, verbose_name='price per unit')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('recorded_by', models.CharField(max_length=150, verbose_name='recorded by')),
                ('good', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounting.good', verbose_name='good')),
                ('price_list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounting.pricelist', verbose_name='price list')),
            ],
            options={
                'verbose_name': 'price',
                'verbose_name_plural': 'prices',
                'indexes': [models.Index(models.F('good'), models.F('price_list'), models.F('min_quantity'), models.OrderBy(models.F('valid_from'), descending=True), models.OrderBy(models.F('id'), descending=True), name='price_valid')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gte', 0), _connector='OR'), name='price_not_negative'), models.CheckConstraint(condition=models.Q(('min_quantity__gt', 0)), name='price_quantity_positive')],
            },
        ),
        migrations.CreateModel(
            name='StockLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('location', models.CharField(max_length=60, verbose_name='location')),
                ('quantity', models.DecimalField(decimal_places=6, default=0, max_digits=24, verbose_name='quantity')),
                ('moved_at', models.DateTimeField(verbose_name='last moved at')),
                ('good', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounting.good', verbose_name='good')),
            ],
            options={
                'verbose_name': 'stock level',
                'verbose_name_plural': 'stock levels',
                'ordering': ['good', 'location'],
                'constraints': [models.UniqueConstraint(fields=('good', 'location'), name='stock_level_once'), models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='stock_not_negative')],
            },
        ),
        append_only("accounting_price", "accounting_stockmovement"),
    ]
