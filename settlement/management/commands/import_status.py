"""Take in status messages: pacs.002, sese.024, sese.025, MT544 to MT548."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from backoffice.reference.days import HOUSE
from settlement import books
from settlement.correspondence import heeding


class Command(BaseCommand):
    help = "Import status messages; twice has no effect, out of order lies on the desk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the message")
        parser.add_argument("--book", default=HOUSE, help="book (%(default)s)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            books.require_known(book=options["book"])
            heeded = heeding.heed(
                data=path.read_bytes(),
                file_name=path.name,
                book=options["book"],
                actor=Actor.system("import_status"),
                at=timezone.now(),
            )
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        except Refused as refused:
            both = f"{refused.sentence('en')}\n{refused.sentence('th')}"
            raise CommandError(both) from refused
        if options["json"]:
            self.stdout.write(json.dumps(asdict(heeded)))
            return
        self.stdout.write(
            f"{heeded.taken} taken, {heeded.known} known, {heeded.unknown} of nothing sent, "
            f"{heeded.out_of_order} out of order"
        )
