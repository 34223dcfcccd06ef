"""The end of day dies before and after its statements, and is run again: nothing shows it.

From each committed step the next one is killed at one statement after another, then at its commit,
then after it. At the end everything that the house keeps is compared with an unbroken run. By
default some statements of each step are tried; BACKOFFICE_FAULT_FULL=1 tries every one, both sides.
"""

import os
import random

from django.db import connection, transaction
from django.utils import timezone

from settlement import end_of_day
from settlement.models import StepRun, UnsettledTrade
from tests.conftest import _tables, empty_tables
from tests.faults import full_day
from tests.faults.books import snapshot
from tests.faults.child import FORKS
from tests.faults.crashing import DIED, OUT_OF_STATEMENTS, Point, close_and_die
from tests.settlement import market
from tests.settlement.market import BOOK, DUE

EVERY = os.environ.get("BACKOFFICE_FAULT_FULL") == "1"
STRIDE = 15
# What the day writes, each with a change that the comparison must see.
WRITTEN = {
    "accounting_line": "amount = amount + 1",
    "desk_workitem": "title_en = title_en || '.'",
    "outbox_outboxevent": "kind = kind || '.'",
    "records_chunk": "data = data || '.'",
    "reference_businessday": "seal = ''",
    "settlement_break": "amount = amount + 1",
    "settlement_buyin": "quantity = quantity + 1",
    "settlement_failedleg": "cause = 'other'",
    "settlement_fee": "amount = amount + 1",
    "settlement_instruction": "amount = amount + 1",
    "settlement_margincall": "amount = amount + 1",
    "settlement_marketclaim": "amount = amount + 1",
    "settlement_matchedline": "match_id = match_id - 1",
    "settlement_movement": "quantity = quantity + 1",
    "settlement_outgoingmessage": "message_id = message_id || '.'",
    "settlement_penalty": "amount = amount + 1",
    "settlement_penaltynet": "net = net + 1",
    "settlement_positionsheet": "quantity = quantity + 1",
    "settlement_settlement": "quantity = quantity + 1",
    "settlement_steprun": "step = step || '.'",
    "settlement_tradeenrichment": "seller_instruction_id = buyer_instruction_id",
    "settlement_windownet": "legs = legs + 1",
}


def _die_at(point: Point) -> int:
    child = FORKS.Process(
        target=close_and_die, args=(connection.settings_dict["NAME"], DUE, BOOK, point)
    )
    child.start()
    child.join()
    assert child.exitcode in {0, DIED, OUT_OF_STATEMENTS}, f"{point}: {child.exitcode}"
    return child.exitcode


def _statements(dice: random.Random):
    """The statements of a transaction to die at: all of them, or every so many from somewhere."""
    first = 1 if EVERY else dice.randint(1, STRIDE)
    number = first
    while True:
        yield number
        number += 1 if EVERY else STRIDE


def _sweep(dice: random.Random) -> int:
    """Die at every chosen point of every step, one step after the other; returns how often."""
    deaths = 0
    for turn, step in enumerate(end_of_day.STEPS, start=1):
        for statement in _statements(dice):
            sides = (False, True) if EVERY else (bool(statement % 2),)
            ends = [_die_at(Point(turn, statement, after)) for after in sides]
            deaths += ends.count(DIED)
            if OUT_OF_STATEMENTS in ends:
                break
        assert not StepRun.objects.filter(step=step.__name__).exists(), "it was not to commit"
        assert _die_at(Point(turn, None, after=False)) == DIED
        assert not StepRun.objects.filter(step=step.__name__).exists()
        assert _die_at(Point(turn, None, after=True)) == DIED
        assert StepRun.objects.filter(step=step.__name__).exists()
        deaths += 2
    return deaths


def _counted(step: str, *names: str) -> bool:
    """Whether the step of the day that was closed came to something under each of the names."""
    counts = StepRun.objects.get(business_date=DUE, step=step).counts
    return all(counts[name] for name in names)


def test_every_table_of_the_house_is_compared(db):
    with connection.cursor() as cursor:
        assert set(snapshot()) == set(_tables(cursor))


def test_dying_at_any_statement_of_the_day_leaves_no_trace(committed_db, record_property):
    full_day.prepare()
    end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    unbroken = snapshot()
    assert {row.reason for row in UnsettledTrade.objects.all()} == {"short", "unreleased"}
    assert [table for table in WRITTEN if not unbroken[table]] == []
    assert _counted("match", "matched", "legs_opened", "enriched", "uninstructed")
    assert _counted("settle", "trades_settled", "legs_settled", "legs_failed", "entries")
    assert _counted("charge", "penalties", "unpriced", "buy_ins", "months_collected", "entries")
    assert _counted("charge", "claims", "fees", "margin_calls")
    assert _counted("send", "messages")
    assert _counted("state", "statements")
    assert _counted("reconcile", "reconciled", "breaks", "breaks_closed", "breaks_open")

    empty_tables()
    seed = random.randrange(10**9)
    full_day.prepare()
    deaths = _sweep(random.Random(seed))
    record_property("deaths", deaths)
    assert deaths > 2 * len(end_of_day.STEPS)
    end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    broken = snapshot()
    for table, rows in unbroken.items():
        assert broken[table] == rows, f"{table} differs after {deaths} deaths (seed {seed})"


def test_the_comparison_sees_a_step_done_twice(committed_db, monkeypatch):
    """What the sweep would show if a step's mark were not in its own transaction."""
    full_day.prepare()
    end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    unbroken = snapshot()
    day = end_of_day.Day(BOOK, DUE, market.CLOSER, timezone.now)
    end_of_day.close_windows(day)
    assert snapshot() != unbroken


def test_the_comparison_sees_one_row_lost_or_told_otherwise(db):
    full_day.prepare()
    end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    unbroken = snapshot()
    row = "WHERE ctid = (SELECT max(ctid) FROM {table})"
    lost = _after(dict.fromkeys(WRITTEN, f"DELETE FROM {{table}} {row}"))
    assert [table for table in WRITTEN if len(lost[table]) != len(unbroken[table]) - 1] == []
    told = {table: f"UPDATE {{table}} SET {change} {row}" for table, change in WRITTEN.items()}
    # A break tells its work item too, so it is changed by itself.
    breaks = {"settlement_break": told.pop("settlement_break")}
    for changes in (told, breaks):
        otherwise = _after(changes)
        assert [table for table in changes if otherwise[table] == unbroken[table]] == []
    assert snapshot() == unbroken


def _after(changes: dict[str, str]):
    """What the comparison would see after the changes, which are taken back."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, change in changes.items():
            cursor.execute(change.format(table=table))
        found = snapshot()
        transaction.set_rollback(True)
    return found


def test_a_dead_runner_leaves_no_lock_behind_5853(committed_db):
    """Fineract 5853, 4171, 3255: locks of an end of day that died stayed, and had to be lifted."""
    full_day.prepare()
    assert end_of_day.STEPS[6] is end_of_day.settle
    assert _die_at(Point(transaction=7, statement=30, after=True)) == DIED
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
        end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
        cursor.execute("RESET lock_timeout")
    assert StepRun.objects.filter(step="seal").exists()
