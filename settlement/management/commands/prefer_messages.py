"""Set in which standard a counterparty gets its messages."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.frame.arguments import day
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from settlement.correspondence import preferring
from settlement.models import MessagePreference
from settlement.rules.identities import BANGKOK


class Command(BaseCommand):
    help = "From a day on, write to a BIC in ISO 20022 (mx) or in SWIFT FIN (mt)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bic", help="the counterparty's BIC")
        parser.add_argument("standard", choices=MessagePreference.Standard.values)
        parser.add_argument("--from", dest="day", type=day, help="first day (today in Bangkok)")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        day = options["day"] or at.astimezone(BANGKOK).date()
        try:
            changed = preferring.prefer(
                bic=options["bic"],
                standard=options["standard"],
                valid_from=day,
                actor=Actor.system("prefer_messages"),
                at=at,
            )
        except Refused as refused:
            both = f"{refused.sentence('en')}\n{refused.sentence('th')}"
            raise CommandError(both) from refused
        word = "from" if changed else "already on"
        self.stdout.write(f"{options['bic']} gets {options['standard']} {word} {day}")
