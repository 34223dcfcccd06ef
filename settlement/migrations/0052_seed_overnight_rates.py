"""The euro's rate for lacking cash, since penalties are charged.

The Annex of Delegated Regulation (EU) 2017/389 asks for the official rate for overnight credit that
the central bank of the settlement currency charges, not less than zero. Overnight credit is what
the Eurosystem's marginal lending facility grants (the deposit facility takes deposits), so its rate
stands here, as the European Central Bank publishes it: 0.25 above the main refinancing rate.
Rates of later decisions, and of other currencies, are entered at the desk.
"""

from datetime import date
from decimal import Decimal

from django.db import migrations

SOURCE = (
    "European Central Bank, key interest rates: marginal lending facility"
    " (overnight credit; Delegated Regulation (EU) 2017/389, Annex)"
)
RATES = (
    ("2019-09-18", "0.25"), ("2022-07-27", "0.75"), ("2022-09-14", "1.50"),
    ("2022-11-02", "2.25"), ("2022-12-21", "2.75"), ("2023-02-08", "3.25"),
    ("2023-03-22", "3.75"), ("2023-05-10", "4.00"), ("2023-06-21", "4.25"),
    ("2023-08-02", "4.50"), ("2023-09-20", "4.75"), ("2024-06-12", "4.50"),
    ("2024-09-18", "3.90"), ("2024-10-23", "3.65"), ("2024-12-18", "3.40"),
    ("2025-02-05", "3.15"), ("2025-03-12", "2.90"), ("2025-04-23", "2.65"),
    ("2025-06-11", "2.40"),
)


def seed(apps, _schema_editor):
    """What a house entered itself stands."""
    rate = apps.get_model("settlement", "PenaltyRate")
    rate.objects.bulk_create(
        (
            rate(
                tariff="CSDR",
                category="lack_of_cash",
                currency="EUR",
                percent=Decimal(percent),
                day_count=360,
                valid_from=date.fromisoformat(first),
                source=SOURCE,
            )
            for first, percent in RATES
        ),
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    """Rows only."""

    dependencies = [("settlement", "0051_rates_entered")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
