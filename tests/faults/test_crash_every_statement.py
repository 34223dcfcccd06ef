"""The end of day dies before and after its statements, and is run again: nothing shows it.

From each committed step the next one is killed at one statement after another, then at its commit,
then after it. At the end everything that the house keeps is compared with an unbroken run. By
default some statements of each step are tried; BACKOFFICE_FAULT_FULL=1 tries every one, both sides.
"""

import os
import random
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from settlement import capturing, end_of_day, releasing
from settlement.formats import register
from settlement.models import FailedLeg, Settlement, StepRun, UnsettledTrade, WindowNet
from tests.conftest import empty_tables
from tests.faults.books import snapshot
from tests.faults.child import FORKS
from tests.faults.crashing import DIED, OUT_OF_STATEMENTS, Point, close_and_die
from tests.settlement import desk, market, registers
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, PTT, SIAM, TRADED

EVERY = os.environ.get("BACKOFFICE_FAULT_FULL") == "1"
STRIDE = 12


def _capture() -> None:
    """A small day of everything: transactions, trades to match, to settle, to fail, to release."""
    capturing.capture_register(
        lines=register.read(registers.file(seed=7, first=DUE, days=1, a_day=12), name="r"),
        file_name="r",
        sha256="0" * 64,
        book=BOOK,
        currency="CZK",
        actor=ACTOR,
        at=AT,
    )
    market.furnish()
    market.rule("XBKK", model="dvp2")
    market.rule(model="dvp3")
    releasing.set_release_limit(
        book=BOOK, currency="THB", amount=Decimal(2000), valid_from=TRADED, actor=ACTOR, at=AT
    )
    market.fund(SIAMSEC={"THB": 5000}, KRUNGSEC={PTT: 150, "THB": 100})
    market.capture(
        market.trade("T-1", SIAM, KRUNG, 100, "1000.00"),
        market.trade("T-2", ISARA, SIAM, 40, "500.00"),
        market.pay("P-1", SIAM, KRUNG, "300.00"),
        market.pay("P-2", SIAM, ISARA, "2000.00"),
        market.pay("P-3", ISARA, KRUNG, "900.00"),
        desk.draft(source_ref="M-1", quantity=Decimal(10), amount=Decimal("99.00")),
        desk.other_side(source_ref="M-2", quantity=Decimal(10), amount=Decimal("99.00")),
    )


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


def test_dying_at_any_statement_of_the_day_leaves_no_trace(committed_db):
    _capture()
    end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    unbroken = snapshot()
    assert Settlement.objects.count() == 5
    assert {row.reason for row in UnsettledTrade.objects.all()} == {"short", "unreleased"}
    assert FailedLeg.objects.exists()
    assert WindowNet.objects.exists()

    empty_tables()
    seed = random.randrange(10**9)
    _capture()
    deaths = _sweep(random.Random(seed))
    assert deaths > 2 * len(end_of_day.STEPS)
    end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    broken = snapshot()
    for table, rows in unbroken.items():
        assert broken[table] == rows, f"{table} differs after {deaths} deaths (seed {seed})"


def test_the_comparison_sees_a_step_done_twice(committed_db, monkeypatch):
    """What the sweep would show if a step's mark were not in its own transaction."""
    _capture()
    end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    unbroken = snapshot()
    day = end_of_day.Day(BOOK, DUE, market.CLOSER, timezone.now)
    end_of_day.close_windows(day)
    assert snapshot() != unbroken


def test_a_dead_runner_leaves_no_lock_behind_5853(committed_db):
    """Fineract 5853, 4171, 3255: locks of an end of day that died stayed, and had to be lifted."""
    _capture()
    assert _die_at(Point(transaction=6, statement=30, after=True)) == DIED
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
        end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
        cursor.execute("RESET lock_timeout")
    assert StepRun.objects.filter(step="seal").exists()
