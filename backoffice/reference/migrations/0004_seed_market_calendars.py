from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from backoffice.reference.seed_calendars.planting import plant

MARKETS = ["XNYS", "XLON", "XHKG", "XSES", "XTKS", "EUTA"]
# A seed was known before anything was reckoned with it.
KNOWN_SINCE = datetime(1970, 1, 1, tzinfo=UTC)


def seed(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    del editor
    plant(apps.get_model, MARKETS, KNOWN_SINCE)


class Migration(migrations.Migration):
    dependencies = [("reference", "0003_seed_thai_calendar")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
