from django.db import migrations, models


class Migration(migrations.Migration):
    """A source of 40 signs, a space and a reference of 80: the longest payment bears its fee too."""

    dependencies = [("settlement", "0173_cut_offs")]

    operations = [
        migrations.AlterField(
            model_name="fee",
            name="reference",
            field=models.CharField(max_length=121, verbose_name="reference"),
        )
    ]
