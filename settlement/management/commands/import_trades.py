"""Capture a file of trades or payments."""

import hashlib
import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from backoffice.reference.days import HOUSE
from settlement import books
from settlement.formats import sizing
from settlement.trades import importing, matching


class Command(BaseCommand):
    help = "Capture a file of trades or payments: all of it, or nothing, and nothing twice."
    # They would load every page of the house first; `make lint` and the services run them.
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file")
        parser.add_argument("--format", choices=importing.FORMATS, required=True)
        parser.add_argument("--book", default=HOUSE, help="book (%(default)s)")
        parser.add_argument(
            "--source", default="", help="whose trade numbers these are (default: the format)"
        )
        parser.add_argument(
            "--locked-in", action="store_true", help="the trades are matched already (csv)"
        )
        parser.add_argument(
            "--enter-unknown", action="store_true", help="enter banks when first met"
        )
        parser.add_argument("--match", action="store_true", help="match the book afterwards")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        started = time.monotonic()
        try:
            sha256 = _hash(path)
            count = sizing.expected(path, options["format"])
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        source = importing.Source(
            path=path,
            format=options["format"],
            sha256=sha256,
            sender=options["source"] or options["format"],
            locked_in=options["locked_in"],
            enter_unknown=options["enter_unknown"],
        )
        imported = self._import(source, options["book"], count)
        found: dict[str, Any] = {
            "taken": imported.taken,
            "known": imported.known,
            "cancelled": imported.cancelled,
            "legs": imported.legs,
            "held": imported.held,
            "caught_up": imported.caught_up,
            "totals": {code: f"{total:f}" for code, total in imported.totals.items()},
        }
        if options["match"]:
            found["matched"] = self._match(options["book"])
        found["seconds"] = round(time.monotonic() - started, 3)
        self._tell(found, as_json=options["json"])

    def _import(self, source: importing.Source, book: str, count: int | None) -> importing.Imported:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        with bar:
            task = bar.add_task(source.path.name, total=count)
            try:
                books.require_known(book=book)
                found = importing.import_file(
                    source=source,
                    book=book,
                    actor=Actor.system("import_trades"),
                    at=timezone.now(),
                    on_lines=lambda count: bar.advance(task, count),
                    on_refused=lambda refused: self.stderr.write(refused.sentence("en")),
                )
            except Refused as refused:
                bar.stop()
                both = f"{refused.sentence('en')}\n{refused.sentence('th')}"
                raise CommandError(both) from refused
            bar.update(task, total=bar.tasks[task].completed)
        return found

    def _match(self, book: str) -> int:
        found = matching.match(book=book, actor=Actor.system("import_trades"), at=timezone.now())
        return found.equal + found.near

    def _tell(self, found: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(found))
            return
        totals = ", ".join(f"{code} {total}" for code, total in found["totals"].items()) or "-"
        self.stdout.write(
            f"{found['taken']:,} taken, {found['known']:,} known already,"
            f" {found['cancelled']:,} cancelled, {found['legs']:,} legs opened,"
            f" {found['held']:,} held; amounts {totals}; {found['seconds']:.1f} s"
        )


def _hash(path: Path) -> str:
    """SHA-256 of a file, in constant memory."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
