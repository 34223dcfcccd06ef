"""`manage.py export_ledger`: an entity's books for other programs, people and auditors."""

import os
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounting.exporting import FORMATS, Selection, export
from backoffice.frame.arguments import day
from backoffice.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Write an entity's books as ledger, beancount, csv, xlsx or saft, in flat memory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--entity", required=True)
        parser.add_argument("--format", choices=FORMATS, default="ledger")
        parser.add_argument("--from", dest="from_", type=day, metavar="DATE")
        parser.add_argument("--to", type=day, metavar="DATE")
        parser.add_argument(
            "--known-at", type=_moment, metavar="TIME", help="the books as they stood then"
        )
        parser.add_argument("--output", type=Path, help="by default standard output")
        parser.add_argument("--country", default="TH", help="whose tax authority SAF-T is for")

    def handle(self, *args: Any, **options: Any) -> None:
        selection = Selection(
            options["entity"], options["from_"], options["to"], options["known_at"]
        )
        output: Path | None = options["output"]
        if output is None and options["format"] == "xlsx":
            raise CommandError("xlsx needs --output FILE.")
        try:
            if output is None:
                self._export(selection, options, sys.stdout.buffer)
                return
            part = output.with_name(output.name + ".part")
            with part.open("w+b") as stream:
                self._export(selection, options, stream)
            part.replace(output)
        except Refused as refused:
            raise CommandError(f"{refused.sentence('en')}\n{refused.sentence('th')}") from refused
        except BrokenPipeError:
            # Who reads has enough, as `head` has; nor may Python's last flush complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            where = output or "standard output"
            raise CommandError(f"{where}: {error.strerror}") from error

    def _export(self, selection: Selection, options: dict[str, Any], stream: Any) -> None:
        export(
            selection=selection,
            format_name=options["format"],
            out=stream,
            at=timezone.now(),
            country=options["country"],
        )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()
