"""The end of day, top to bottom. Each step is one transaction with its own mark in it.

A step that is marked is not done again, so the ritual may be killed anywhere and run again: what
was committed stays, what was not is done anew. Two runs at once take turns at each step.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypedDict

from django.db import connection, transaction

from backoffice.kernel.actors import Actor
from backoffice.outbox import publishing
from backoffice.reference import days
from settlement import booking, queries
from settlement.charges import buying_in, charging, collecting, entitling, failing, margining
from settlement.clearing import instructing, netting
from settlement.correspondence import dispatching, stating
from settlement.events import DayCleared
from settlement.models import StepRun
from settlement.reconciliation import reconciling
from settlement.reports import reporting
from settlement.trades import enriching, gating, matching
from settlement.windows import novating, positions, releasing, settling, windowing

Counts = dict[str, Any]
# Only what others rely on is flushed to the disk at once: what is final, and the seal. A power cut
# may lose the other steps' last commits, in order and whole, and the next run does them again.
FLUSHED = {"settle", "seal"}
TURN = """
    SELECT set_config('synchronous_commit', %s, true);
    SELECT pg_advisory_xact_lock(hashtextextended(%s, 0));
    SELECT step, counts FROM settlement_steprun
     WHERE book = %s AND business_date = %s AND partition = ''
"""


@dataclass(frozen=True, slots=True)
class Day:
    """The day that is being closed, by whom, the shell's clock, and the steps that are done."""

    book: str
    business_date: date
    actor: Actor
    clock: Callable[[], datetime]
    marks: Mapping[str, Counts] = field(default_factory=dict)


class Told(TypedDict):
    """What every room asks for."""

    book: str
    business_date: date
    actor: Actor
    at: datetime


def cut_off(day: Day) -> Counts:
    """Open the day if nobody did, and take no more postings but the ritual's own."""
    at = day.clock()
    booking.prepare(book=day.book, actor=day.actor, at=at)
    days.open_day(business_date=day.business_date, actor=day.actor, at=at, book=day.book)
    days.begin_closing(business_date=day.business_date, actor=day.actor, at=at, book=day.book)
    return {}


def match(day: Day) -> Counts:
    """Match what waits, let go what is no longer held; the desk is asked for what lacks.

    That is a trade's other side, and standing instructions: those that came are taken up before
    the windows close and the instructions go out.
    """
    at = day.clock()
    matched = matching.match(book=day.book, actor=day.actor, at=at)
    resumed = gating.resume(actor=day.actor, at=at, book=day.book)
    instructed = enriching.ask_for_missing(book=day.book, actor=day.actor, at=at)
    asked = matching.ask_about_unmatched(
        book=day.book, due=day.business_date, actor=day.actor, at=at
    )
    return {
        "matched": matched.equal + matched.near,
        "legs_opened": matched.legs + resumed.legs,
        "unmatched": len(asked),
        "enriched": instructed.enriched,
        "uninstructed": instructed.missing,
    }


def close_windows(day: Day) -> Counts:
    """Close every window of the book: a pointer moves, and capture goes on in the next ones."""
    closed = windowing.close_all(**_told(day))
    return {"windows": len(closed)}


def net(day: Day) -> Counts:
    """Net transactions per participant, holds respected, and book the customers' side; net legs."""
    netted = netting.net(book=day.book, business_date=day.business_date)
    entries = booking.book_cleared(
        book=day.book, business_date=day.business_date, actor=day.actor, at=day.clock()
    )
    charged = netting.net_charges(book=day.book, business_date=day.business_date)
    windows = novating.net_all(book=day.book, business_date=day.business_date, at=day.clock())
    return {
        "transactions": netted.cleared,
        "held": netted.held,
        "obligations": netted.obligations + charged,
        "entries": entries,
        "legs_netted": sum(window.legs for window in windows),
        "nets": sum(window.nets for window in windows),
    }


def gate(day: Day) -> Counts:
    """Instruct what was netted; payments above the limit wait for a second person on the desk."""
    at = day.clock()
    instructions = instructing.instruct(book=day.book, business_date=day.business_date, at=at)
    asked = releasing.request(
        book=day.book, business_date=day.business_date, actor=day.actor, at=at
    )
    return {"instructions": instructions, "to_release": asked}


def send(day: Day) -> Counts:
    """Send the instructions out: payments to banks, deliveries to custodians."""
    there = queries.present(book=day.book)
    if not (there.legs or there.readers):
        return {"messages": 0}
    return {"messages": dispatching.dispatch(**_told(day))}


def settle(day: Day) -> Counts:
    """Settle and post what is due and not held: final, moved and booked together, or not at all.

    Between settling and posting there is no moment at which positions and books differ.
    """
    at, there = day.clock(), queries.present(book=day.book)
    if there.legs or there.positions:
        positions.take_turn(book=day.book)  # before any row of the ledger, as everybody does
    settled = instructing.settle(book=day.book, business_date=day.business_date, at=at)
    entries = booking.book_settled(facts=settled.facts, book=day.book, actor=day.actor, at=at)
    trades, fails, sheet = settling.Settled(), 0, 0
    if there.legs:
        trades = settling.settle(**_told(day), clock=day.clock)
        fails = settling.mark_fails(book=day.book, business_date=day.business_date, at=at)
    if there.legs or there.positions:
        sheet = positions.write_sheet(book=day.book, business_date=day.business_date)
    return {
        "settled": len(settled.facts),
        "stopped": settled.held,
        "entries": entries + trades.entries,
        "trades_settled": trades.settled,
        "trades_left": trades.unsettled,
        "legs_settled": trades.legs,
        "legs_failed": fails,
        "positions": sheet,
    }


def charge(day: Day) -> Counts:
    """Charge what follows: penalties and buy-ins, past months' collection, claims, fees, margins.

    What is charged is posted in the same commit. All of it comes of legs: no legs, nothing to ask.
    """
    if not queries.present(book=day.book).legs:
        return {}
    told = _told(day)
    failed = failing.charge_day(**told)
    collected = collecting.collect(**told)
    claimed = entitling.claim(**told)
    fees = charging.charge_day(**told)
    calls = margining.call(**told)
    buying_in.close_delivered(**told)
    return {
        "penalties": failed.penalties,
        "unpriced": failed.unpriced,
        "buy_ins": failed.buy_ins,
        "months_collected": collected.months,
        "claims": claimed.claims,
        "fees": fees.fees,
        "margin_calls": calls,
        "entries": failed.entries + collected.entries + claimed.entries + fees.entries,
    }


def state(day: Day) -> Counts:
    """Tell participants what became of their trades, and state the accounts that the day moved."""
    there, told = queries.present(book=day.book), _told(day)
    advised = dispatching.dispatch(**told) if there.legs else 0
    stated = stating.state_day(**told).messages if there.readers else 0
    return {"advices": advised, "statements": stated}


def reconcile(day: Day) -> Counts:
    """Compare nostros and custody with the statements that came; breaks go on the desk."""
    done = reconciling.reconcile_day(**_told(day))
    return {
        "reconciled": sum(done.matched.values()),
        "breaks": done.breaks,
        "breaks_closed": done.closed,
        "breaks_open": done.open,
    }


def report(day: Day) -> Counts:
    """File the day's report."""
    filed = reporting.file_report(**_told(day))
    return {"document": filed.number, "sha256": filed.sha256}


def seal(day: Day) -> Counts:
    """Close the day for good under its report's hash, and tell the house."""
    at = day.clock()
    filed, cleared = day.marks["report"], day.marks["net"]
    days.seal(
        business_date=day.business_date,
        actor=day.actor,
        at=at,
        book=day.book,
        fingerprint=filed["sha256"],
    )
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


STEPS: tuple[Callable[[Day], Counts], ...] = (
    cut_off,
    match,
    close_windows,
    net,
    gate,
    send,
    settle,
    charge,
    state,
    reconcile,
    report,
    seal,
)


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


def _told(day: Day) -> Told:
    return {
        "book": day.book,
        "business_date": day.business_date,
        "actor": day.actor,
        "at": day.clock(),
    }


def _once(day: Day, step: Callable[[Day], Counts], position: int) -> Counts:
    with transaction.atomic():
        marks = _turn(day, "on" if step.__name__ in FLUSHED else "off")
        # A sealed day takes no step that came into the ritual after it was sealed.
        if step.__name__ in marks or seal.__name__ in marks:
            return marks.get(step.__name__, {})
        started_at = day.clock()
        counts = step(replace(day, marks=marks))
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


def _turn(day: Day, flush: str) -> dict[str, Counts]:
    """Wait for the day's turn, which lasts until commit, and read the marks that stand then.

    One round trip: the last statement sees what the last runner committed.
    """
    with connection.cursor() as cursor:
        lock = f"end_of_day:{day.book}:{day.business_date}"
        cursor.execute(TURN, [flush, lock, day.book, day.business_date])
        return {step: json.loads(counts) for step, counts in cursor.fetchall()}
