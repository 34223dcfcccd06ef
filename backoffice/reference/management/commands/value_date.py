"""When a trade settles, and on what that rests."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.frame.arguments import day
from backoffice.kernel import thai
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.refusals import Refused
from backoffice.reference import queries


class Command(BaseCommand):
    help = "The settlement date of a trade date, with the calendar versions it rests on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--trade-date", required=True, type=day)
        parser.add_argument("--cycle", default="", help="T+2; without it the market's own cycle")
        parser.add_argument(
            "--calendar", action="append", required=True, help="code; repeat for joint calendars"
        )
        parser.add_argument("--asset-class", default="equity", help="default %(default)s")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = queries.value_date(
                trade_date=options["trade_date"],
                calendars=options["calendar"],
                cycle=options["cycle"],
                asset_class=options["asset_class"],
                known_at=timezone.now(),
            )
        except Refused as refused:
            raise CommandError(f"{refused.sentence('en')}\n{refused.sentence('th')}") from refused
        if options["json"]:
            self.stdout.write(json.dumps(jsonable(asdict(found)), ensure_ascii=False))
        else:
            self._tell(found)

    def _tell(self, found: queries.ValueDate) -> None:
        self.stdout.write(f"{found.value_date} ({thai.format_date(found.value_date)})")
        self.stdout.write(f"{found.cycle} from {found.trade_date}")
        for one in found.skipped:
            self.stdout.write(f"  {one.date} {one.calendar} {one.name_en} {one.name_th}".rstrip())
            if one.evidence:
                self.stdout.write(f"    {one.evidence}")
        for version in found.versions:
            self.stdout.write(f"  {version.calendar} version {version.number}: {version.notice}")
