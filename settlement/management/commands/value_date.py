"""When a trade settles, and on what that rests: calendars, the cycle, and the cut-off."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.frame.arguments import day, moment
from backoffice.kernel import thai
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.refusals import Refused
from backoffice.reference import queries
from settlement.rules import cut_offs
from settlement.rules.trades import TradeType
from settlement.trades import dating


class Command(BaseCommand):
    help = (
        "The settlement date of a trade date, with the calendar versions it rests on; with --at"
        " also whether it came in time for its cut-off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--trade-date", required=True, type=day)
        parser.add_argument("--cycle", default="", help="T+2; without it the market's own cycle")
        parser.add_argument(
            "--calendar", action="append", required=True, help="code; repeat for joint calendars"
        )
        parser.add_argument("--asset-class", default="equity", help="default %(default)s")
        parser.add_argument(
            "--at",
            type=moment,
            metavar="TIME",
            help="when the trade came, 2026-02-05T17:00+07:00: after its cut-off it settles later",
        )
        parser.add_argument("--currency", default="", help="whose cut-off is asked, with --at")
        parser.add_argument(
            "--type",
            choices=[one.value for one in TradeType],
            default=TradeType.DVP.value,
            help="whose cut-off is asked, with --at (%(default)s)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        late: dict[str, Any] | None = None
        try:
            found = queries.value_date(
                trade_date=options["trade_date"],
                calendars=options["calendar"],
                cycle=options["cycle"],
                asset_class=options["asset_class"],
                known_at=now,
            )
            if options["at"]:
                late = self._late(found, options, now)
        except Refused as refused:
            raise CommandError(f"{refused.sentence('en')}\n{refused.sentence('th')}") from refused
        told = asdict(found) | ({"value_date": late["settles"]} if late else {})
        if options["at"]:
            told["late"] = late
        if options["json"]:
            self.stdout.write(json.dumps(jsonable(told), ensure_ascii=False))
        else:
            self._tell(found, late)

    def _late(
        self, found: queries.ValueDate, options: dict[str, Any], now: datetime
    ) -> dict[str, Any] | None:
        """What the cut-off did to the date, in both languages; None if it came in time."""
        late = dating.late_for(
            value_date=found.value_date,
            markets=options["calendar"],
            currency=options["currency"].upper(),
            type_=options["type"],
            came_at=options["at"],
            known_at=now,
        )
        if late is None:
            return None
        return {**late, **{code: cut_offs.explained(late, code) for code in ("en", "th")}}

    def _tell(self, found: queries.ValueDate, late: dict[str, Any] | None) -> None:
        shown = date.fromisoformat(late["settles"]) if late else found.value_date
        self.stdout.write(f"{shown} ({thai.format_date(shown)})")
        if late:
            self.stdout.write(f"{late['en']}\n{late['th']}")
        self.stdout.write(f"{found.cycle} from {found.trade_date}")
        for one in found.skipped:
            self.stdout.write(f"  {one.date} {one.calendar} {one.name_en} {one.name_th}".rstrip())
            if one.evidence:
                self.stdout.write(f"    {one.evidence}")
        for version in found.versions:
            self.stdout.write(f"  {version.calendar} version {version.number}: {version.notice}")
