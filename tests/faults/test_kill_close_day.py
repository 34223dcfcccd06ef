"""The end of day is killed with SIGKILL at random moments and run again: nothing shows it."""

import os
import random
import signal
import time
from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.kernel.actors import Actor
from settlement import end_of_day
from settlement.clearing import capturing
from settlement.formats import register
from tests.conftest import empty_tables
from tests.faults.books import snapshot
from tests.faults.child import FORKS, close_days
from tests.settlement import registers

FIRST, DAYS, A_DAY = date(1993, 1, 1), 4, 30
KILLS = 20
ACTOR = Actor.system("close_day")


def _capture() -> None:
    capturing.capture_register(
        lines=register.read(registers.file(seed=7, first=FIRST, days=DAYS, a_day=A_DAY), name="r"),
        file_name="r",
        sha256="0" * 64,
        book="HOUSE",
        currency="CZK",
        actor=ACTOR,
        at=timezone.now(),
    )


def _run_and_kill(after: float | None) -> bool:
    """Run the days in a process of its own; kill it after so many seconds; True when it ended."""
    database = connection.settings_dict["NAME"]
    child = FORKS.Process(target=close_days, args=(database, FIRST, DAYS, "HOUSE"))
    child.start()
    child.join(timeout=after)
    if after is not None and child.is_alive():
        os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert child.exitcode in {0, -signal.SIGKILL}
    return child.exitcode == 0


def test_killed_twenty_times_and_resumed_equals_an_unbroken_run(committed_db):
    _capture()
    _run_and_kill(0)
    started = time.monotonic()
    assert _run_and_kill(None)
    whole = time.monotonic() - started
    unbroken = snapshot()
    assert len(unbroken["settlement_obligation"]) > DAYS

    empty_tables()
    seed = random.randrange(10**9)
    dice = random.Random(seed)
    _capture()
    kills = 0
    for _turn in range(KILLS):
        kills += not _run_and_kill(dice.uniform(0.005, whole / 4))
    assert _run_and_kill(None)
    broken = snapshot()
    assert kills >= KILLS // 2, "the kills came too late to hit the run"
    for table, rows in unbroken.items():
        assert broken[table] == rows, f"{table} differs (seed {seed})"


@pytest.mark.parametrize("step", [s.__name__ for s in end_of_day.STEPS])
def test_a_step_that_dies_before_its_commit_leaves_no_trace(committed_db, step, monkeypatch):
    """The comparison itself can fail: a step's effect without its mark would show here."""
    _capture()
    before = snapshot()
    real = {s.__name__: s for s in end_of_day.STEPS}[step]

    def dying(day):
        real(day)
        raise MemoryError

    position = [s.__name__ for s in end_of_day.STEPS].index(step)
    steps = list(end_of_day.STEPS)
    if position:
        monkeypatch.setattr(end_of_day, "STEPS", tuple(steps[:position]))
        _close_one()
        before = snapshot()
    steps[position] = dying
    dying.__name__ = step
    monkeypatch.setattr(end_of_day, "STEPS", tuple(steps))
    with pytest.raises(MemoryError):
        _close_one()
    assert snapshot() == before


def _close_one() -> None:
    end_of_day.run(business_date=FIRST, book="HOUSE", actor=ACTOR, clock=timezone.now)
