"""Derive open value dates anew after a change of their calendar, or show what would move."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from settlement.trades import redating
from settlement.trades.outdated import Change


class Command(BaseCommand):
    help = "Move open value dates with the calendar's latest version; twice moves nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--calendar", required=True, help="its code, such as XBKK")
        parser.add_argument("--dry-run", action="store_true", help="show, and write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changes = redating.preview(calendar=options["calendar"], at=timezone.now())
            if not options["dry_run"]:
                done = redating.rederive(
                    calendar=options["calendar"],
                    actor=Actor.system("rederive_value_dates"),
                    at=timezone.now(),
                )
        except Refused as refused:
            both = f"{refused.sentence('en')}\n{refused.sentence('th')}"
            raise CommandError(both) from refused
        if options["json"]:
            told: dict[str, Any] = {"changes": [_facts(one) for one in changes]}
            if not options["dry_run"]:
                told |= {"told": done.outcomes, "legs": done.legs, "held": done.held}
            self.stdout.write(json.dumps(told))
            return
        for one in changes:
            self.stdout.write(
                f"{one.book} {one.source} {one.source_ref}:"
                f" {one.before} → {one.after or '-'} {one.outcome}"
            )
        moved = sum(one.outcome == "moved" for one in changes)
        if options["dry_run"]:
            self.stdout.write(f"{moved} would move, {len(changes) - moved} would stay")
        else:
            stayed = sum(done.outcomes.values()) - done.moved
            self.stdout.write(f"{done.moved} moved, {stayed} stay")


def _facts(one: Change) -> dict[str, Any]:
    return {
        "book": one.book,
        "source": one.source,
        "reference": one.source_ref,
        "before": one.before.isoformat(),
        "after": one.after.isoformat() if one.after else None,
        "outcome": one.outcome,
    }
