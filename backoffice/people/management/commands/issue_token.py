"""issue_token: a token for a connected system, shown once."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel.actors import Actor
from backoffice.people import tokens
from backoffice.people.models import Staff

DAYS_MAX = 366


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= DAYS_MAX:
        raise argparse.ArgumentTypeError(f"1 to {DAYS_MAX} days")
    return days


class Command(BaseCommand):
    """The text goes to standard output alone, so that it can be piped into a secret store."""

    help = "Issue an API token for a member of staff; it is shown once and kept as a hash only."

    def add_arguments(self, parser: Any) -> None:
        """USERNAME [--label TEXT] [--days N]."""
        parser.add_argument("username")
        parser.add_argument("--label", default="command", help="what the token is for")
        parser.add_argument("--days", type=_days, default=90, help="how long it holds")

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue and print."""
        del args
        staff = Staff.objects.filter(username=options["username"], is_active=True).first()
        if staff is None:
            raise CommandError(
                f"Nobody active is called {options['username']}."
                f" / ไม่มีพนักงานที่ใช้งานอยู่ชื่อ {options['username']}"
            )
        text = tokens.issue(
            staff_id=staff.pk,
            label=options["label"][:80],
            days=options["days"],
            actor=Actor.system("issue_token"),
            at=timezone.now(),
        )
        self.stdout.write(text)
