"""`manage.py resolve_queue FILE.json`: which queued obligations settle together; no database."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import get_language

from backoffice.kernel.refusals import Refused
from settlement.resolving import Mode, Objective, as_document, as_lines, read_queue, resolve
from settlement.resolving.amounts import show_amount
from settlement.resolving.resolution import DEFAULT_DEADLINE

LONGEST = 86_400.0


def _seconds(text: str) -> float:
    """A deadline of more than nothing and at most a day."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds up to {LONGEST:.0f}")
    return seconds


class Command(BaseCommand):
    """Shell around `settlement.resolving.resolve`."""

    help = "Resolve a settlement queue: balances, limits and obligations in, settled set out."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, the mode, the objective and the deadline."""
        parser.add_argument("file", type=Path, metavar="FILE.json")
        parser.add_argument("--mode", choices=[mode.value for mode in Mode], default="fifo")
        parser.add_argument("--by", choices=[by.value for by in Objective], default="value")
        parser.add_argument(
            "--deadline",
            type=_seconds,
            default=DEFAULT_DEADLINE,
            metavar="S",
            help="seconds that the optimal mode may take",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, **options: Any) -> None:
        """Read, resolve, print; a refused file ends with status 2 and its place."""
        try:
            problem = read_queue(options["file"])
        except Refused as refusal:
            raise CommandError(refusal.sentence(get_language() or "en"), returncode=2) from refusal
        watched = sys.stderr.isatty()
        by = Objective(options["by"])
        decimals = problem.value_decimals if by is Objective.VALUE else 0
        resolution = resolve(
            problem,
            mode=Mode(options["mode"]),
            by=by,
            deadline=options["deadline"],
            progress=partial(self._show, decimals) if watched else None,
        )
        if watched:
            self.stderr.write("\r\x1b[K", ending="")
        if options["json"]:
            document = as_document(problem, resolution)
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=1))
            return
        for line in as_lines(problem, resolution):
            self.stdout.write(line)

    def _show(self, decimals: int, stage: str, reached: int, bound: int | None) -> None:
        share = f" = {reached / bound:.1%} of the bound" if bound else ""
        shown = show_amount(reached, decimals)
        self.stderr.write(f"\r\x1b[K{stage}: {shown}{share}", ending="")
        self.stderr.flush()
