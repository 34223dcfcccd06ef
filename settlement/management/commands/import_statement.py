"""Take in a bank's or custodian's statement and reconcile it."""

import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from backoffice.reference.days import HOUSE
from settlement import books
from settlement.formats.bank_statements import READERS
from settlement.reconciliation import reconciling


class Command(BaseCommand):
    help = "Import a statement (camt.053, MT940, MT535), match it, and put breaks on the desk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the statement file")
        parser.add_argument("--format", required=True, choices=sorted(READERS))
        parser.add_argument("--book", default=HOUSE, help="book and ledger entity (%(default)s)")
        parser.add_argument(
            "--ledger",
            default="",
            metavar="ACCOUNT",
            help="enter an unknown account as mirrored by this ledger account",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            books.require_known(book=options["book"])
            imported = reconciling.import_file(
                statements=READERS[options["format"]](path),
                file_name=path.name,
                sha256=sha256,
                format_=options["format"],
                book=options["book"],
                ledger_account=options["ledger"],
                actor=Actor.system("import_statement"),
                at=timezone.now(),
            )
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        except Refused as refused:
            both = f"{refused.sentence('en')}\n{refused.sentence('th')}"
            raise CommandError(both) from refused
        self._tell(imported, as_json=options["json"])

    def _tell(self, imported: reconciling.Imported, *, as_json: bool) -> None:
        done = imported.reconciled
        if as_json:
            found = {
                "statements": imported.statements,
                "lines": imported.lines,
                "matched": done.matched,
                "breaks": done.breaks,
                "closed": done.closed,
                "open": done.open,
            }
            self.stdout.write(json.dumps(found))
            return
        ways = ", ".join(f"{count:,} {way}" for way, count in sorted(done.matched.items()))
        self.stdout.write(
            f"{imported.statements:,} statements, {imported.lines:,} lines; "
            f"matched: {ways or 'none'}; {done.breaks:,} breaks opened, {done.closed:,} closed, "
            f"{done.open:,} open"
        )
