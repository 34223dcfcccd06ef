"""The end of day, top to bottom. Each step is one transaction with its own mark in it.

A step that is marked is not done again, so the ritual may be killed anywhere and run again: what
was committed stays, what was not is done anew. Two runs at once take turns at each step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from backoffice.kernel.actors import Actor
from backoffice.outbox import publishing
from backoffice.reference import days
from settlement import booking, instructing, netting, reporting
from settlement.events import DayCleared
from settlement.models import StepRun

Counts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Day:
    """The day that is being closed, by whom, and the shell's clock."""

    book: str
    business_date: date
    actor: Actor
    clock: Callable[[], datetime]


def cut_off(day: Day) -> Counts:
    """Open the day if nobody did, and take no more postings but the ritual's own."""
    at = day.clock()
    booking.prepare(book=day.book, actor=day.actor, at=at)
    days.open_day(business_date=day.business_date, actor=day.actor, at=at, book=day.book)
    days.begin_closing(business_date=day.business_date, actor=day.actor, at=at, book=day.book)
    return {}


def clear(day: Day) -> Counts:
    """Respect holds, net per participant, book the customers' side: one commit."""
    netted = netting.net(book=day.book, business_date=day.business_date)
    entries = booking.book_cleared(
        book=day.book, business_date=day.business_date, actor=day.actor, at=day.clock()
    )
    return {
        "transactions": netted.cleared,
        "held": netted.held,
        "obligations": netted.obligations,
        "entries": entries,
    }


def instruct(day: Day) -> Counts:
    """An instruction for each obligation that is not zero."""
    instructions = instructing.instruct(
        book=day.book, business_date=day.business_date, at=day.clock()
    )
    return {"instructions": instructions}


def settle(day: Day) -> Counts:
    """Settle what is due and not held, and book it: final and booked together."""
    at = day.clock()
    settled = instructing.settle(book=day.book, business_date=day.business_date, at=at)
    entries = booking.book_settled(facts=settled.facts, book=day.book, actor=day.actor, at=at)
    return {"settled": len(settled.facts), "stopped": settled.held, "entries": entries}


def report(day: Day) -> Counts:
    """File the day's report."""
    filed = reporting.file_report(
        book=day.book, business_date=day.business_date, actor=day.actor, at=day.clock()
    )
    return {"document": filed.number, "sha256": filed.sha256}


def seal(day: Day) -> Counts:
    """Close the day for good under its report's hash, and tell the house."""
    at = day.clock()
    filed = _marks(day)["report"]
    days.seal(
        business_date=day.business_date,
        actor=day.actor,
        at=at,
        book=day.book,
        fingerprint=filed["sha256"],
    )
    cleared = _marks(day)["clear"]
    publishing.publish(
        event=DayCleared(
            book=day.book,
            business_date=day.business_date.isoformat(),
            transactions=cleared["transactions"],
            obligations=cleared["obligations"],
            document=filed["document"],
        ),
        at=at,
    )
    return {}


STEPS: tuple[Callable[[Day], Counts], ...] = (cut_off, clear, instruct, settle, report, seal)


def run(
    *,
    business_date: date,
    book: str,
    actor: Actor,
    clock: Callable[[], datetime],
    on_step: Callable[[str, Counts], None] | None = None,
) -> Counts:
    """Close one business day, from wherever it stands.

    Args:
        clock: gives the recorded time of each step (the shell's clock, aware, UTC).
        on_step: told after each step (name, counts); for progress bars and leases.

    Returns:
        The counts of all steps: transactions, held, obligations, instructions, settled, entries….
    """
    day = Day(book=book, business_date=business_date, actor=actor, clock=clock)
    totals: Counts = {"entries": 0}
    for position, step in enumerate(STEPS, start=1):
        counts = _once(day, step, position)
        entries = totals["entries"] + counts.get("entries", 0)
        totals = {**totals, **counts, "entries": entries}
        if on_step is not None:
            on_step(step.__name__, counts)
    return totals


def _once(day: Day, step: Callable[[Day], Counts], position: int) -> Counts:
    with transaction.atomic():
        _take_turn(day)
        known = _marks(day).get(step.__name__)
        if known is not None:
            return known
        started_at = day.clock()
        counts = step(day)
        StepRun.objects.create(
            book=day.book,
            business_date=day.business_date,
            step=step.__name__,
            position=position,
            counts=counts,
            started_at=started_at,
            finished_at=day.clock(),
        )
        return counts


def _take_turn(day: Day) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"end_of_day:{day.book}:{day.business_date}"],
        )


def _marks(day: Day) -> dict[str, Counts]:
    done = StepRun.objects.filter(book=day.book, business_date=day.business_date, partition="")
    return dict(done.values_list("step", "counts"))
