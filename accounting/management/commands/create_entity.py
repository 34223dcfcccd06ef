"""`manage.py create_entity`: a legal entity with its books, from a chart template."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounting import chart, chart_templates, currencies, periods
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Make an entity with chart, journals and periods; running it again adds what is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--name-en", default="")
        parser.add_argument("--name-th", default="")
        parser.add_argument("--template", choices=sorted(chart_templates.TEMPLATES))
        parser.add_argument("--currency", default="THB", help="functional currency")
        parser.add_argument("--year", type=int, help="make this year's twelve periods")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                made = self._create(options)
        except Refused as refused:
            raise CommandError(f"{refused.sentence('en')}\n{refused.sentence('th')}") from refused
        self.stdout.write(f"{options['code']}: {made} accounts made")

    def _create(self, options: dict[str, Any]) -> int:
        actor, at = Actor.system("create_entity"), timezone.now()
        code = options["code"]
        chart.ensure_entity(
            code=code,
            name_en=options["name_en"] or code,
            name_th=options["name_th"] or code,
            functional_currency=currencies.find(options["currency"]).code,
            actor=actor,
            at=at,
        )
        made = 0
        if options["template"]:
            made = chart_templates.apply(
                entity=code, template=options["template"], actor=actor, at=at
            )
        if options["year"]:
            periods.define_year(entity=code, year=options["year"], actor=actor, at=at)
        return made
