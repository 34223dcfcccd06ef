"""Take a calendar from a file or from the seeds as its next version."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.frame.arguments import day
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from backoffice.reference import calendar_files, calendaring
from backoffice.reference.models import CalendarVersion
from backoffice.reference.seed_calendars import registry

ACTOR = Actor.system("import_calendar")


class Command(BaseCommand):
    help = "Import a calendar (sessions or holidays, CSV) with the notice it rests on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="CSV; not with --seed")
        parser.add_argument("--calendar", required=True, help="the calendar's code")
        parser.add_argument("--source", default="", help="the notice: title, number, text")
        parser.add_argument("--source-url", default="", help="where the notice can be read")
        parser.add_argument("--source-date", type=day, help="its date")
        parser.add_argument("--name", default="", help="name in English, of a new calendar")
        parser.add_argument("--name-th", default="", help="name in Thai, of a new calendar")
        parser.add_argument("--time-zone", default="Asia/Bangkok", help="of a new calendar")
        parser.add_argument("--covers-from", type=day)
        parser.add_argument("--covers-until", type=day)
        parser.add_argument("--seed", action="store_true", help="take the seed of this code")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["file"]) is options["seed"]:
            raise CommandError("Name a file, or --seed.")
        try:
            version = self._seed(options) if options["seed"] else self._file(options)
        except Refused as refused:
            raise CommandError(f"{refused.sentence('en')}\n{refused.sentence('th')}") from refused
        except OSError as error:
            raise CommandError(f"{options['file'].name}: {error.strerror}") from error
        self._tell(version, as_json=options["json"])

    def _seed(self, options: dict[str, Any]) -> CalendarVersion:
        code = options["calendar"]
        if code not in registry.BUILDERS:
            raise CommandError(f"Seeds: {', '.join(sorted(registry.BUILDERS))}.")
        return calendaring.import_seed(seed=registry.get(code), actor=ACTOR, at=timezone.now())

    def _file(self, options: dict[str, Any]) -> CalendarVersion:
        path, code, at = options["file"], options["calendar"], timezone.now()
        with path.open(encoding="utf-8-sig", newline="") as stream:
            read = calendar_files.read(stream, file=path.name, calendar=code)
        return calendaring.import_calendar(
            names=calendaring.Names(
                code, options["name"] or code, options["name_th"] or code, options["time_zone"]
            ),
            days=read.days,
            span=calendaring.Span(
                options["covers_from"] or read.first, options["covers_until"] or read.last
            ),
            notice=calendaring.Notice(
                options["source"], options["source_url"], options["source_date"]
            ),
            weekend=read.weekend,
            actor=ACTOR,
            at=at,
        )

    def _tell(self, version: CalendarVersion, *, as_json: bool) -> None:
        found = {
            "calendar": version.calendar_id,
            "version": version.number,
            "covers_from": version.covers_from.isoformat(),
            "covers_until": version.covers_until.isoformat(),
            "days": version.days.count(),
            "fingerprint": version.fingerprint,
        }
        if as_json:
            self.stdout.write(json.dumps(found))
        else:
            self.stdout.write(
                f"{found['calendar']} version {found['version']}: {found['days']} days,"
                f" {found['covers_from']} to {found['covers_until']}"
            )
