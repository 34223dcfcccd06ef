"""Close or open single days of a calendar, as a notice says: the calendar's next version."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.frame.arguments import day
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from backoffice.reference import calendaring
from backoffice.reference.seed_calendars.seed import SeedDay

ACTOR = Actor.system("apply_notice")


class Command(BaseCommand):
    help = "Apply a notice: days become holidays (--close) or business days (--open)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--calendar", required=True, help="the calendar's code, such as XBKK")
        parser.add_argument("--close", nargs="+", type=day, default=[])
        parser.add_argument("--open", nargs="+", type=day, default=[])
        parser.add_argument("--name", default="", help="what the day is called, in English")
        parser.add_argument("--name-th", default="", help="and in Thai")
        parser.add_argument("--source", required=True, help="the notice: title, number, text")
        parser.add_argument("--source-url", default="", help="where the notice can be read")
        parser.add_argument("--source-date", type=day, help="its date")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        days = [(day, False) for day in options["close"]] + [(day, True) for day in options["open"]]
        if not days:
            raise CommandError("Name days to --close or to --open.")
        names = (options["name"], options["name_th"])
        try:
            version = calendaring.apply_notice(
                code=options["calendar"],
                changes=[SeedDay(day, *names, "", is_open) for day, is_open in days],
                notice=calendaring.Notice(
                    options["source"], options["source_url"], options["source_date"]
                ),
                actor=ACTOR,
                at=timezone.now(),
            )
        except Refused as refused:
            raise CommandError(f"{refused.sentence('en')}\n{refused.sentence('th')}") from refused
        found = {"calendar": version.calendar_id, "version": version.number}
        told = f"{found['calendar']} version {found['version']}"
        self.stdout.write(json.dumps(found) if options["json"] else told)
