"""Enter the demo firm once; show its accounts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.demo import firm, seeding
from backoffice.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Enter the demo firm; a second run enters nothing twice. Refused in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="print the demo accounts only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["accounts"]:
                self._accounts()
            else:
                self._seed()
        except Refused as refused:
            raise CommandError(f"{refused.sentence('en')}\n{refused.sentence('th')}") from refused

    def _seed(self) -> None:
        done = seeding.seed(clock=timezone.now, tell=lambda step: self.stderr.write(f"… {step}"))
        self.stdout.write(
            f"Siam Varee: {done.people} people, {done.parties} parties, {done.goods} goods, "
            f"{done.trades} new trades, {done.days_closed} days closed now, {done.papers} papers, "
            f"{done.requests} requests"
        )

    def _accounts(self) -> None:
        self.stdout.write(f"Demo accounts, password of each: {firm.password()}\n")
        for row in firm.rows("staff.csv"):
            duty = f"{row['role'].replace('_', ' ')}, {row['department'].replace('_', ' ')}"
            name = f"{row['first_name']} {row['last_name']} / {row['name_th']}"
            self.stdout.write(f"  {row['username']:<9} {duty:<26} {row['site']:<11} {name}")
