from datetime import UTC, date, datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from backoffice.reference.cycles import SEEDS
from backoffice.reference.seed_calendars.planting import plant

# A seed was known before anything was reckoned with it.
KNOWN_SINCE = datetime(1970, 1, 1, tzinfo=UTC)


def seed(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    del editor
    plant(apps.get_model, ["XBKK"], KNOWN_SINCE)
    cycle_row = apps.get_model("reference", "SettlementCycle")
    cycle_row.objects.bulk_create(
        cycle_row(
            market=market, asset_class="equity", cycle=cycle,
            valid_from=date.fromisoformat(valid_from), source=source,
            recorded_at=KNOWN_SINCE, recorded_by="seed",
        )
        for market, valid_from, cycle, source in SEEDS
    )


class Migration(migrations.Migration):
    dependencies = [("reference", "0002_append_only_and_currencies")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
