"""`manage.py enter_terms FILE.jsonl`: funds, limits, pledges, rules, prices, tariffs and rates."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from backoffice.reference.days import HOUSE
from settlement import books, entering


class Command(BaseCommand):
    help = "Enter the terms that settlement works under (JSON Lines); all of a file, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help='{"kind": "funds", …} a line')
        parser.add_argument("--book", default=HOUSE, help="whose terms they are (%(default)s)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        wrong: list[Refused] = []
        try:
            books.require_known(book=options["book"])
            done = entering.enter(
                terms=entering.read(path, name=path.name),
                name=path.name,
                book=options["book"],
                actor=Actor.system("enter_terms"),
                at=timezone.now(),
                on_refused=wrong.append,
            )
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        except Refused as refused:
            told = wrong or [refused]
            both = [f"{one.sentence('en')}\n{one.sentence('th')}" for one in told[:20]]
            raise CommandError("\n".join(both)) from refused
        if options["json"]:
            self.stdout.write(json.dumps({"entered": done.entered, "known": done.known}))
        else:
            self.stdout.write(f"{done.entered:,} entered, {done.known:,} known already")
