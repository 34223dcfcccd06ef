"""Capture a bank's transaction register."""

import hashlib
import json
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
from settlement.clearing import capturing
from settlement.formats import register

READ_SIZE = 1 << 20


class Command(BaseCommand):
    help = "Capture a bank's transaction register; a second run takes nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the register (;-separated)")
        parser.add_argument("--book", default=HOUSE, help="book and ledger entity (%(default)s)")
        parser.add_argument("--currency", default=register.CURRENCY, help="default %(default)s")
        parser.add_argument("--skip-bad", action="store_true", help="keep the good lines")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            lines, sha256 = _measure(path)
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        with bar:
            task = bar.add_task(path.name, total=lines)
            try:
                books.require_known(book=options["book"])
                captured = capturing.capture_register(
                    lines=register.read(path),
                    file_name=path.name,
                    sha256=sha256,
                    book=options["book"],
                    currency=options["currency"],
                    actor=Actor.system("import_register"),
                    at=timezone.now(),
                    skip_bad=options["skip_bad"],
                    on_lines=lambda count: bar.advance(task, count),
                    on_refused=lambda bad: self.stderr.write(bad.sentence("en")),
                )
            except Refused as refused:
                bar.stop()
                raise CommandError(_both(refused)) from refused
        self._tell(captured, as_json=options["json"])

    def _tell(self, captured: capturing.Captured, *, as_json: bool) -> None:
        found = {
            "taken": captured.taken,
            "known": captured.known,
            "refused": captured.refused,
            "first": captured.first and captured.first.isoformat(),
            "last": captured.last and captured.last.isoformat(),
        }
        if as_json:
            self.stdout.write(json.dumps(found))
            return
        self.stdout.write(
            f"{captured.taken:,} transactions taken, {captured.known:,} known already, "
            f"{captured.refused:,} refused; {captured.first} to {captured.last}"
        )


def _both(refused: Refused) -> str:
    return f"{refused.sentence('en')}\n{refused.sentence('th')}"


def _measure(path: Path) -> tuple[int, str]:
    """Data lines and SHA-256 of a file, in constant memory."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(READ_SIZE):
            digest.update(block)
            lines += block.count(b"\n")
    return max(lines - 1, 0), digest.hexdigest()
