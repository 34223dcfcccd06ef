"""`manage.py enter_chart FILE.jsonl`: accounts, journals, limits, demanded dimensions, closings."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounting import chart_files
from accounting.management.books import one_entity
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Do what a chart file states (JSON Lines), line by line; all of it, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help='{"kind": "limit", …} a line')
        parser.add_argument("--entity", help="code (default: the only one, or HOUSE)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        wrong: list[Refused] = []
        try:
            with path.open("rb") as stream:
                count = chart_files.take(
                    stream=stream,
                    name=path.name,
                    entity=one_entity(options["entity"]),
                    actor=Actor.system("enter_chart"),
                    at=timezone.now(),
                    on_refused=wrong.append,
                )
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        except Refused as refused:
            told = [f"{one.sentence('en')}\n{one.sentence('th')}" for one in wrong or [refused]]
            raise CommandError("\n".join(told[:20])) from refused
        self.stdout.write(f"{count:,} lines stand")
