from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from backoffice.frame.append_only import append_only
from backoffice.kernel.iso4217 import CURRENT, WITHDRAWN


def seed_currencies(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    del editor
    currency = apps.get_model("reference", "Currency")
    currency.objects.bulk_create(
        currency(
            code=row.code,
            numeric=row.numeric or "",
            exponent=row.exponent,
            name_en=row.name_en,
            name_th=row.name_th,
            withdrawn=row.withdrawn or "",
        )
        for row in (*CURRENT.values(), *WITHDRAWN.values())
        if row.exponent is not None
    )


class Migration(migrations.Migration):
    dependencies = [("reference", "0001_initial"), ("frame", "0001_initial")]

    operations = [
        append_only(
            "reference_calendarversion", "reference_holiday", "reference_settlementcycle"
        ),
        migrations.RunPython(seed_currencies, migrations.RunPython.noop),
    ]
