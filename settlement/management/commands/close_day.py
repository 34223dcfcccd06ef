"""Run the end of day for one business day or a range of them."""

import json
import time
from argparse import ArgumentParser
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from accounting import queries as ledger
from backoffice.frame.arguments import day
from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import jsonable
from backoffice.kernel.money import WIDE
from backoffice.kernel.refusals import Refused
from backoffice.reference.days import HOUSE
from settlement import books, end_of_day, queries, starting

# Added up over the days; a count that a day did not come to is not in its steps.
SUMMED = (
    *("instructions", "entries", "messages", "trades_settled", "legs_failed", "penalties"),
    *("buy_ins", "claims", "fees", "margin_calls", "advices", "statements", "reconciled", "breaks"),
)


class Command(BaseCommand):
    help = (
        "Clear, net, settle, book, charge, state, reconcile, report and seal each day; "
        "safe to kill and to run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=day, help="one day (YYYY-MM-DD)")
        parser.add_argument("--from", dest="first", type=day, help="first day")
        parser.add_argument("--to", dest="last", type=day, help="last day")
        parser.add_argument("--book", default=HOUSE, help="book and ledger entity (%(default)s)")
        parser.add_argument(
            "--before-cut-off",
            action="store_true",
            help="end the days though a cut-off of them has not passed",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = _range(options)
        book = options["book"]
        wanted = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        try:
            starting.require_reached(business_date=last, at=timezone.now())
            books.require_known(book=book)
            starting.require_order(book=book, business_date=first)
            if not options["before_cut_off"]:
                starting.require_cut_offs(book=book, days=wanted, at=timezone.now())
        except Refused as refused:
            both = f"{refused.sentence('en')}\n{refused.sentence('th')}"
            raise CommandError(both) from refused
        started = time.monotonic()
        counts = self._close(book, wanted)
        result = {
            "book": book,
            "from": first,
            "to": last,
            "days": len(wanted),
            **counts,
            **_figures(book, first, last),
            "seconds": round(time.monotonic() - started, 3),
        }
        self._tell(result, as_json=options["json"])

    def _close(self, book: str, wanted: list[date]) -> dict[str, int]:
        sums = dict.fromkeys(("days_with_transactions", *SUMMED), 0)
        breaks_open = 0
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        actor = Actor.system("close_day")
        with bar:
            task = bar.add_task(book, total=len(wanted))
            for on in wanted:
                bar.update(task, description=f"{book} {on}")
                try:
                    done = end_of_day.run(
                        business_date=on, book=book, actor=actor, clock=timezone.now
                    )
                except Refused as refused:
                    bar.stop()
                    both = f"{refused.sentence('en')}\n{refused.sentence('th')}"
                    raise CommandError(f"{on}: {both}") from refused
                sums["days_with_transactions"] += bool(done["transactions"])
                for name in SUMMED:
                    sums[name] += done.get(name, 0)
                breaks_open = done.get("breaks_open", 0)
                bar.advance(task)
        return {**sums, "breaks_open": breaks_open}

    def _tell(self, result: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            seconds = result.pop("seconds")
            self.stdout.write(json.dumps({**jsonable(result), "seconds": seconds}))
            return
        balanced = Decimal(result["trial_balance"]) == 0
        balance = "balances" if balanced else "DOES NOT BALANCE"
        self.stdout.write(
            f"{result['days']:,} days, {result['transactions']:,} transactions, "
            f"{result['obligations']:,} obligations, net {result['net_value']}, "
            f"{result['entries']:,} entries, {result['messages']:,} messages, "
            f"{result['penalties']:,} penalties, {result['breaks_open']:,} open breaks, "
            f"the ledger {balance}, {result['seconds']:.1f} s"
        )


def _range(options: dict[str, Any]) -> tuple[date, date]:
    if options["date"]:
        return options["date"], options["date"]
    if not (options["first"] and options["last"]):
        raise CommandError("Give --date, or --from and --to.")
    if options["first"] > options["last"]:
        raise CommandError("--from is later than --to.")
    return options["first"], options["last"]


def _figures(book: str, first: date, last: date) -> dict[str, Any]:
    totals = queries.totals(book=book, first=first, last=last)
    balances = sorted(ledger.trial_totals(entity=book, as_of=last).items())
    apart = (WIDE.subtract(debit, credit).copy_abs() for _currency, (debit, credit) in balances)
    return {
        "transactions": totals.transactions,
        "obligations": totals.obligations,
        "net_value": _spelled(totals.net_value),
        "gross_value": _spelled(totals.gross_value),
        # Debits less credits by currency: zero everywhere, so the difference is zero.
        "trial_balance": _spelled(reduce(WIDE.add, apart, Decimal(0))),
        "trial_balances": [
            {"currency": currency, "debit": _spelled(debit), "credit": _spelled(credit)}
            for currency, (debit, credit) in balances
        ],
    }


def _spelled(amount: Decimal) -> str:
    """At least two decimals, and as many as the amount has."""
    own = -int(amount.normalize(WIDE).as_tuple().exponent)
    return f"{amount or abs(amount):.{max(own, 2)}f}"
