"""The ritual: every step once, holds respected, two runners take turns, failure tells itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting import queries as ledger
from backoffice.outbox import delivering, jobs
from backoffice.outbox.models import JobRun, OutboxEvent
from backoffice.reference.models import BusinessDay
from compliance import holds, parties
from itsupport.models import Ticket
from settlement import closing, end_of_day
from settlement.clearing import netting
from settlement.models import (
    ClearedTransaction,
    HeldTransaction,
    Instruction,
    InstructionStatus,
    Obligation,
    StepRun,
    Transaction,
)
from settlement.rules import netting as rules
from tests.faults.books import snapshot

DAY = date(1993, 1, 1)


def _balance(account):
    return ledger.balance(entity="HOUSE", account=account, as_of=DAY + timedelta(days=30)).get(
        "CZK", Decimal(0)
    )


@pytest.mark.django_db
def test_the_day_is_cleared_settled_booked_reported_and_sealed(capture, close):
    capture(days=1, a_day=60)
    counts = close()
    assert [s.step for s in StepRun.objects.order_by("position")] == [
        "cut_off",
        "match",
        "close_windows",
        "net",
        "gate",
        "send",
        "settle",
        "charge",
        "state",
        "reconcile",
        "report",
        "seal",
    ]
    assert counts["transactions"] == ClearedTransaction.objects.count() == 60
    assert counts["instructions"] == InstructionStatus.objects.filter(status="settled").count()
    assert _balance("Assets:Clearing:AB") == 0
    assert BusinessDay.objects.get(date=DAY).state == "closed"
    assert (
        BusinessDay.objects.get(date=DAY).seal
        == StepRun.objects.get(step="report").counts["sha256"]
    )
    assert OutboxEvent.objects.filter(kind="DayCleared").count() == 1


@pytest.mark.django_db
def test_again_it_changes_nothing(capture, close):
    capture(days=1)
    first = close()
    before = snapshot()
    assert close() == first
    assert snapshot() == before


@pytest.mark.django_db
def test_an_empty_day_closes_too(close):
    assert close()["transactions"] == 0
    assert BusinessDay.objects.get(date=DAY).state == "closed"


@pytest.mark.django_db
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_the_database_nets_as_the_rule_says(capture, close, seed):
    day = DAY + timedelta(days=seed % 3000)
    _clear_all()
    capture(seed=seed, first=day, days=1, a_day=40)
    rows = Transaction.objects.exclude(participant=None).values_list(
        "participant__code", "currency", "value_date", "direction", "amount"
    )
    expected = rules.net(
        rules.Gross(code, currency, value_date, direction == "credit", amount)
        for code, currency, value_date, direction, amount in rows
    )
    netting.net(book="HOUSE", business_date=day)
    found = {
        (o.participant.code, o.currency, o.value_date): (o.net, o.gross_in, o.transactions)
        for o in Obligation.objects.select_related("participant")
    }
    assert found == {k: (n.net, n.gross_in, n.transactions) for k, n in expected.items()}


def _clear_all():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "DELETE FROM settlement_clearedtransaction; DELETE FROM settlement_obligation;"
            "DELETE FROM settlement_transaction"
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.mark.django_db
def test_a_held_party_is_not_cleared_until_released(capture, close, system, at):
    capture(days=2, a_day=60)
    parties.onboard(code="AB", name_en="AB Bank", name_th="", kind="bank", actor=system, at=at)
    hold = holds.place(
        subject_kind="party", subject_ref="AB", reason="Sanctions hit", actor=system, at=at
    )
    close(DAY)
    held = HeldTransaction.objects.count()
    assert held == Transaction.objects.filter(business_date=DAY, participant__code="AB").count() > 0
    assert not Obligation.objects.filter(participant__code="AB").exists()

    holds.release(hold_id=hold, reason="False hit", actor=system, at=at)
    close(DAY + timedelta(days=1))
    obligation = Obligation.objects.get(participant__code="AB")
    both_days = Transaction.objects.filter(participant__code="AB").count()
    assert obligation.transactions == both_days
    assert HeldTransaction.objects.filter(released_on=None).count() == 0
    assert _balance("Assets:Clearing:AB") == 0


@pytest.mark.django_db
def test_a_hold_between_netting_and_settling_stops_the_instruction(
    capture, close, system, at, monkeypatch
):
    capture(days=2, a_day=60)
    parties.onboard(code="AB", name_en="AB Bank", name_th="", kind="bank", actor=system, at=at)
    before_settling = end_of_day.STEPS[: end_of_day.STEPS.index(end_of_day.settle)]
    whole = end_of_day.STEPS
    monkeypatch.setattr(end_of_day, "STEPS", before_settling)
    close()
    monkeypatch.setattr(end_of_day, "STEPS", whole)
    hold = holds.place(subject_kind="party", subject_ref="AB", reason="x", actor=system, at=at)
    close()
    stopped = Instruction.objects.get(obligation__participant__code="AB")
    assert stopped.statuses.get().status == "held"
    assert _balance("Assets:Clearing:AB") != 0

    holds.release(hold_id=hold, reason="y", actor=system, at=at)
    close(DAY + timedelta(days=1))
    assert stopped.statuses.filter(status="settled").count() == 1
    assert _balance("Assets:Clearing:AB") == 0


def test_two_runners_at_once_do_each_step_once(committed_db, capture, close):
    capture(days=1)

    def run(_turn):
        try:
            return close()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as runners:
        first, second, third = runners.map(run, range(3))
    assert first == second == third
    assert StepRun.objects.count() == len(end_of_day.STEPS)
    assert ClearedTransaction.objects.count() == 20


def test_a_failed_night_opens_one_ticket_by_itself(committed_db, capture, at, monkeypatch):
    capture(days=1)

    def broken(**_facts):
        raise OSError("disk full")

    monkeypatch.setattr(end_of_day.booking, "book_cleared", broken)
    job = jobs.ensure(kind=closing.KIND, business_date=DAY, partition="HOUSE", at=at)
    for _attempt in range(2):
        with pytest.raises(OSError, match="disk full"):
            jobs.run(job_id=job, at=timezone.now)
    delivering.deliver_pending(at=timezone.now())
    ticket = Ticket.objects.get()
    assert "1993-01-01 stopped at net" in ticket.title
    assert not Obligation.objects.exists()

    monkeypatch.undo()
    assert jobs.run(job_id=job, at=timezone.now)
    assert JobRun.objects.get(pk=job).state == "done"
    assert BusinessDay.objects.get(date=DAY).state == "closed"
