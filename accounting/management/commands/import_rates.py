"""Take down exchange rates from a file as a central bank publishes it."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounting import rates
from accounting.rules import rate_files
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Import exchange rates (CSV), all or none; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, choices=sorted(rate_files.READERS))
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path, source = options["file"], options["source"]
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                done = rates.record_rates(
                    rates=rate_files.read(stream, name=path.name, source=source),
                    source=source,
                    actor=Actor.system("import_rates"),
                    at=timezone.now(),
                )
        except Refused as refused:
            refused.at(file=path.name)
            raise CommandError(
                f"{refused.sentence('en')}\n{refused.sentence('th')}\nNothing was kept."
            ) from refused
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        if options["json"]:
            self.stdout.write(json.dumps({"recorded": done.recorded, "known": done.known}))
        else:
            self.stdout.write(f"{done.recorded:,} recorded, {done.known:,} known already")
