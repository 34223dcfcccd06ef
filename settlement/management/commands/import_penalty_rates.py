"""Propose the penalty rates of a file: a second person approves them at the desk."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from settlement.charges import rating
from settlement.formats import rates_csv


class Command(BaseCommand):
    help = "Propose rates of penalties (CSV) for approval at the desk; what is known is left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="tariff,category,valid_from,source,… (CSV)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            rates = rates_csv.read(path)
            item = rating.propose(
                rates=rates, actor=Actor.system("import_penalty_rates"), at=timezone.now()
            )
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        except rating.RatesKnown as known:
            self._tell({"rates": 0, "item": None}, known.text(), as_json=options["json"])
            return
        except Refused as refused:
            both = f"{refused.sentence('en')}\n{refused.sentence('th')}"
            raise CommandError(both) from refused
        found = {"rates": len(rates), "item": item}
        told = f"{len(rates)} rates read; work item {item} waits for approval"
        self._tell(found, told, as_json=options["json"])

    def _tell(self, found: dict[str, Any], told: str, *, as_json: bool) -> None:
        self.stdout.write(json.dumps(found) if as_json else told)
