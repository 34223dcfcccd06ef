"""`manage.py trial_balance`: every account's totals at the end of a day."""

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localdate

from accounting import queries
from accounting.management.books import one_entity
from backoffice.frame.arguments import day, moment
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.money import WIDE
from backoffice.kernel.refusals import Refused


class Command(BaseCommand):
    """Prints a trial balance."""

    help = "Print the trial balance of an entity as of a date, as known at a moment."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which books, which day, which form."""
        parser.add_argument("--entity", help="code (default: the only one, or HOUSE)")
        parser.add_argument("--as-of", type=day, help="effective date, inclusive (default today)")
        parser.add_argument("--known-at", type=moment, help="the books as they stood then")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        as_of = options["as_of"] or localdate()
        try:
            entity = one_entity(options["entity"])
            rows = queries.trial_balance(entity=entity, as_of=as_of, known_at=options["known_at"])
        except Refused as refused:
            raise CommandError(refused.sentence()) from refused
        sums: dict[str, Decimal] = {}
        for row in rows:
            sums[row.currency] = WIDE.add(sums.get(row.currency, Decimal(0)), row.balance)
        if options["json"]:
            self.stdout.write(json.dumps(_told(entity, as_of, rows, sums)))
            return
        for row in rows:
            self.stdout.write(
                f"{row.account:<50} {row.currency:<5} {row.debit:>18,} {row.credit:>18,}"
                f" {row.balance:>18,}"
            )
        for currency, total in sorted(sums.items()):
            self.stdout.write(f"{'':<50} {currency:<5} {'':>18} {'':>18} {total:>18,}")


def _told(
    entity: str, as_of: date, rows: list[queries.BalanceRow], sums: dict[str, Decimal]
) -> Any:
    return jsonable(
        {
            "entity": entity,
            "as_of": as_of,
            "rows": [asdict(row) for row in rows],
            "sum": sums,
            "is_zero": not any(sums.values()),
        }
    )
