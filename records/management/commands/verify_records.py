"""Compute the hash of every stored content again: nothing filed has changed since."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backoffice.kernel.actors import Actor
from records import verifying


class Command(BaseCommand):
    help = "Prove every stored content against the hash it was filed with; fails when one differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        with bar:
            task = bar.add_task("contents", total=None)
            done = verifying.verify_all(
                actor=Actor.system("verify_records"),
                at=timezone.now(),
                progress=lambda checked, total: bar.update(task, completed=checked, total=total),
            )
        result = {
            "contents": done.contents,
            "bytes": done.size,
            "damaged": list(done.damaged),
            "seconds": round(time.monotonic() - started, 3),
        }
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            self.stdout.write(
                f"{done.contents} contents, {done.size} bytes, {len(done.damaged)} damaged"
                f" / ตรวจ {done.contents} รายการ เสียหาย {len(done.damaged)}"
            )
        if done.damaged:
            raise CommandError("damaged / เสียหาย: " + ", ".join(done.damaged))
