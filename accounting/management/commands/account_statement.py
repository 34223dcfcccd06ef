"""`manage.py account_statement ACCOUNT`: an account's lines with the running balance."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localdate

from accounting import queries
from accounting.management.books import one_entity
from backoffice.frame.arguments import day, moment
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.refusals import Refused


class Command(BaseCommand):
    """Prints an account's statement."""

    help = "Print an account's lines in a range of days, with the balance after each."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which account, which days, which form."""
        parser.add_argument("account", help="code path, or its last part where that is unique")
        parser.add_argument("--entity", help="code (default: the only one, or HOUSE)")
        parser.add_argument("--from", dest="from_", type=day, default=date.min)
        parser.add_argument("--to", type=day, help="inclusive (default today)")
        parser.add_argument("--known-at", type=moment, help="the books as they stood then")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        try:
            entity = one_entity(options["entity"])
            account = queries.account_code(entity=entity, text=options["account"])
            asked = {"entity": entity, "account": account, "known_at": options["known_at"]}
            first, last = options["from_"], options["to"] or localdate()
            opening = queries.brought_forward(**asked, before=first)
            lines = queries.statement_lines(**asked, from_=first, to=last)
        except Refused as refused:
            raise CommandError(refused.sentence()) from refused
        if options["json"]:
            told = {
                "entity": entity,
                "account": account,
                "opening": opening,
                "lines": [asdict(line) for line in lines],
            }
            self.stdout.write(json.dumps(jsonable(told), ensure_ascii=False))
            return
        for currency, amount in opening.items():
            self.stdout.write(f"{'':<10} {'brought forward':<40} {currency:<5} {amount:>37,}")
        for line in lines:
            self.stdout.write(
                f"{line.date} {(line.memo or line.key)[:40]:<40} {line.currency:<5}"
                f" {line.amount:>18,} {line.balance:>18,}"
            )
