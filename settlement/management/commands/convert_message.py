"""Translate a message between SWIFT MT and ISO 20022; no database is asked."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel.refusals import Refused
from settlement.messages import converting


class Command(BaseCommand):
    help = (
        "Translate SWIFT FIN messages to ISO 20022 (--to mx), or a document back (--to mt). Several"
        " messages of a file become as many documents, in order: all of them or none."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="FIN text, or one XML document")
        parser.add_argument("--to", choices=("mx", "mt"), required=True)
        parser.add_argument(
            "--json", action="store_true", help="a JSON object a message, each on its line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            data = path.read_bytes()
            if options["to"] == "mx":
                found = converting.all_to_iso20022(data, at=timezone.now(), file=path.name)
            else:
                found = [converting.to_fin(data, file=path.name)]
        except Refused as refused:
            raise CommandError(f"{refused.sentence('en')}\n{refused.sentence('th')}") from refused
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        for converted in found:
            self._tell(converted, as_json=options["json"])

    def _tell(self, converted: converting.Converted, *, as_json: bool) -> None:
        if as_json:
            told = {"from": converted.source, "to": converted.target, "message": converted.text}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write(converted.text, ending="" if converted.text.endswith("\n") else "\n")
