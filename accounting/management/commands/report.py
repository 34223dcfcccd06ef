"""`manage.py report`: a statement of an entity's books on the terminal, as CSV or JSON."""

import json
from argparse import ArgumentParser
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from accounting import reporting
from accounting.rules.reports import Interval, Kind, Report, table
from backoffice.frame.arguments import day
from backoffice.frame.exports import csv_rows
from backoffice.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Print a balance sheet, income statement, cash flow, net changes or end balances."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=[kind.value for kind in Kind])
        parser.add_argument("--entity", required=True)
        parser.add_argument("--from", dest="from_", type=day, required=True)
        parser.add_argument("--to", type=day, required=True)
        parser.add_argument(
            "--interval", choices=[interval.value for interval in Interval], default="month"
        )
        parser.add_argument("--known-at", type=_moment, help="the books as they stood then")
        parser.add_argument(
            "--dimension", action="append", default=[], metavar="NAME=VALUE", type=_dimension
        )
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--json", action="store_true", help="print one JSON object")
        how.add_argument("--csv", action="store_true", help="print CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = reporting.report(
                kind=Kind(options["kind"]),
                entity=options["entity"],
                from_=options["from_"],
                to=options["to"],
                interval=Interval(options["interval"]),
                known_at=options["known_at"],
                dimensions=dict(options["dimension"]),
            )
        except Refused as refused:
            raise CommandError(f"{refused.sentence('en')}\n{refused.sentence('th')}") from refused
        if options["json"]:
            self.stdout.write(json.dumps(_plain(report), ensure_ascii=False))
        elif options["csv"]:
            for line in csv_rows(_header(report), map(_cells, table(report))):
                self.stdout.write(line, ending="")
        else:
            self._show(report)

    def _show(self, report: Report) -> None:
        shown = Table(title=report.kind.value)
        for number, name in enumerate(_header(report)):
            shown.add_column(name, justify="left" if number < 4 else "right")
        for row in table(report):
            shown.add_row(*_cells(row), style="bold" if not row[1] else None)
        drawn = Console(width=max(80, 60 + 16 * len(report.spans)), file=StringIO())
        drawn.print(shown)
        self.stdout.write(drawn.file.getvalue())  # type: ignore[attr-defined]


def _header(report: Report) -> list[str]:
    return ["section", "account", "name", "currency", *(str(s.last) for s in report.spans)]


def _cells(row: tuple[str, str, str, str, tuple[Decimal, ...]]) -> list[str]:
    return [*row[:4], *(format(amount, "f") for amount in row[4])]


def _plain(report: Report) -> dict[str, Any]:
    return {
        "kind": report.kind.value,
        "columns": [{"first": str(s.first), "last": str(s.last)} for s in report.spans],
        "rows": [
            {
                "section": section,
                "account": account or None,
                "currency": currency,
                "amounts": [format(amount, "f") for amount in amounts],
            }
            for section, account, _name, currency, amounts in table(report)
        ],
    }


def _dimension(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()
