"""Post entries from a file of JSON Lines."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from accounting import importing
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Post entries from JSON Lines, all or nothing or each for itself; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="path, or - for standard input")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--atomic", action="store_true", help="all or nothing (the default)")
        how.add_argument("--best-effort", action="store_true", help="keep every right entry")
        parser.add_argument("--entity", default="", help="for entries that name none")
        parser.add_argument(
            "--create-accounts",
            action="store_true",
            help="by their prefix, in entities that are there; an entity only in an empty ledger",
        )
        parser.add_argument("--results", type=Path, help="write a JSON line a result")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            stream = sys.stdin.buffer
            if options["file"] != "-":
                stream = stack.enter_context(_opened(Path(options["file"]), "rb"))
            results = None
            if options["results"]:
                results = stack.enter_context(_opened(options["results"], "w", encoding="utf-8"))
            counts = self._post(stream, results, options)
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write(
                f"{counts['posted']:,} posted, {counts['existing']:,} known already, "
                f"{counts['refused']:,} refused"
            )
        if counts["refused"]:
            raise CommandError(f"{counts['refused']} refused", returncode=3)

    def _post(
        self, stream: IO[bytes], results: IO[str] | None, options: dict[str, Any]
    ) -> dict[str, int]:
        name = "standard input" if options["file"] == "-" else Path(options["file"]).name
        post = importing.post_each if options["best_effort"] else importing.post_all
        counts: Counter[str] = Counter()
        columns = (TextColumn(name), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(name, total=_size(options["file"]))
            try:
                for result in post(
                    lines=importing.read(stream, name=name, entity=options["entity"]),
                    name=name,
                    actor=Actor.system("post_entries"),
                    at=timezone.now(),
                    create_accounts=options["create_accounts"],
                ):
                    counts[result.status] += 1
                    self._tell(result, results)
                    if sum(counts.values()) % 1000 == 0 and stream.seekable():
                        bar.update(task, completed=stream.tell())
            except Refused as refused:
                bar.stop()
                self._take_back(refused, results)
                raise CommandError(
                    f"{refused.sentence('en')}\n{refused.sentence('th')}\nNothing was kept."
                ) from refused
        return {status: counts[status] for status in ("posted", "existing", "refused")}

    def _take_back(self, refused: Refused, results: IO[str] | None) -> None:
        """Of all or nothing it was nothing: no line before the refused one was posted either."""
        if results is not None:
            results.seek(0)
            results.truncate()
            line = importing.LineResult(refused.place.line or 0, None, refused)
            results.write(json.dumps(_plain(line), ensure_ascii=False) + "\n")

    def _tell(self, result: importing.LineResult, results: IO[str] | None) -> None:
        if result.refusal is not None:
            self.stderr.write(result.refusal.sentence("en"))
        if results is not None:
            results.write(json.dumps(_plain(result), ensure_ascii=False) + "\n")


def _opened(path: Path, mode: str, encoding: str | None = None) -> IO[Any]:
    try:
        return path.open(mode, encoding=encoding)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _plain(result: importing.LineResult) -> dict[str, Any]:
    found: dict[str, Any] = {"line": result.line, "status": result.status}
    if result.outcome is not None:
        found["key"] = result.outcome.key
        if result.outcome.posted is not None:
            found["entry"] = result.outcome.posted.id
            found["number"] = result.outcome.posted.number
    if result.refusal is not None:
        found |= {
            "rule": result.refusal.code,
            "field": result.refusal.place.field,
            "en": result.refusal.text("en"),
            "th": result.refusal.text("th"),
        }
    return found


def _size(file: str) -> int | None:
    return None if file == "-" else Path(file).stat().st_size
