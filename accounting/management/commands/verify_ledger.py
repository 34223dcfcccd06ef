"""`manage.py verify_ledger`: every invariant of the books, recomputed."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from accounting import proof, queries, verifying


class Command(BaseCommand):
    """Verifies, seals and exports."""

    help = (
        "Check zero sums, balances, movements, numbering, period locks, pending entries and the"
        " log of an entity's books. Exit status 1 if anything does not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Entity, output, and what to do beside checking."""
        parser.add_argument("--entity", help="code of one entity; by default all")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--seal", action="store_true", help="seal what is new first")
        parser.add_argument(
            "--export", metavar="FILE", help="write the sealed log for offline_verify.py"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check each entity."""
        codes = [options["entity"]] if options["entity"] else queries.entities()
        strange = set(codes) - set(queries.entities())
        if strange:
            raise CommandError(f"There is no entity {strange.pop()}; nothing was verified.")
        if options["export"] and len(codes) != 1:
            raise CommandError("--export needs --entity: a log is one entity's.")
        result = {code: self._verify(code, options) for code in codes}
        holds = all(check["holds"] for checks in result.values() for check in checks)
        if options["json"]:
            self.stdout.write(json.dumps({"holds": holds, "entities": result}))
        if not holds:
            raise CommandError("The books do not hold.")

    def _verify(self, code: str, options: dict[str, Any]) -> list[dict[str, Any]]:
        if options["seal"]:
            while proof.seal(entity=code, at=now()):
                pass
        if options["export"]:
            try:
                with Path(options["export"]).open("w", encoding="utf-8") as out:
                    proof.export_log(entity=code, out=out)
            except OSError as error:
                raise CommandError(f"{options['export']}: {error.strerror}") from error
        checks = []
        for check in verifying.verify(entity=code):
            if not options["json"]:
                self._show(code, check)
            checks.append(
                {
                    "check": check.name,
                    "holds": check.holds,
                    "examined": check.examined,
                    "problems": check.problems,
                }
            )
        return checks

    def _show(self, code: str, check: verifying.Check) -> None:
        word = self.style.SUCCESS("holds ") if check.holds else self.style.ERROR("BROKEN")
        self.stdout.write(f"{code:<12} {word} {check.name:<14} {check.examined:>10}")
        for problem in check.problems:
            self.stdout.write(f"             {problem}")
