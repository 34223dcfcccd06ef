"""Two reactions moved into packages: deliveries that still wait for them are told their new names.

A delivery keeps its subscriber as module and function; under the old name nobody would answer.
"""

from django.db import migrations

MOVED = {
    "settlement.gating.hold_released": "settlement.trades.gating.hold_released",
    "settlement.redating.calendar_changed": "settlement.trades.redating.calendar_changed",
}


def renamed(names: dict[str, str]) -> str:
    return "".join(
        f"UPDATE outbox_delivery SET subscriber = '{after}' WHERE subscriber = '{before}';"
        for before, after in names.items()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0001_initial"),
        ("settlement", "0091_open_charges"),
    ]

    operations = [
        migrations.RunSQL(renamed(MOVED), renamed({after: was for was, after in MOVED.items()}))
    ]
