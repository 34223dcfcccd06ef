from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0170_reactions_moved'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='tradeenrichment',
            index=models.Index(fields=['enriched_at'], name='trade_enriched'),
        ),
    ]
