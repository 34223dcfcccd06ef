"""What users of other systems complain of, at the close of a window or of a day."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting import queries as ledger
from backoffice.outbox import jobs
from backoffice.outbox.models import JobRun
from settlement import closing, end_of_day
from settlement.models import Leg, SettlementRun, StepRun, WindowNet, WindowNetting
from settlement.rules.trade_booking import PARTICIPANTS
from settlement.windows import novating, positions, settling, windowing
from tests.settlement import market
from tests.settlement.beside import Beside
from tests.settlement.market import ACTOR, AT, BOOK, CLOSER, DUE, KRUNG, SIAM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def furnished(request):
    if "committed_db" in request.fixturenames:
        request.getfixturevalue("committed_db")
    market.furnish()


def pay(first, many=1):
    market.capture(*(market.pay(f"P-{first + n}", SIAM, KRUNG, "1.00") for n in range(many)))


def close():
    return windowing.close(book=BOOK, business_date=DUE, actor=ACTOR, at=AT)


def run_day(clock=timezone.now):
    return end_of_day.run(business_date=DUE, book=BOOK, actor=CLOSER, clock=clock)


def test_mojaloop_4445_close_is_slow_and_blocks_clearing(committed_db):
    """Statements of a close and its netting do not grow; capture goes on while it is under way."""

    def statements(first, many):
        pay(first, many)
        with CaptureQueriesContext(connection) as made:
            novating.net_window(window_id=close().window_id, business_date=DUE, at=AT)
        return len(made)

    assert statements(0, 2) == statements(1000, 200)
    pay(5000)
    with transaction.atomic():
        closed = close()
        novating.net_window(window_id=closed.window_id, business_date=DUE, at=AT)
        # Nothing of the close is committed yet: what comes for another market meets no lock,
        # and once the flip has committed nothing waits for the netting.
        other = Beside(lambda: market.capture(market.trade("T-1", SIAM, KRUNG)))
        assert other.done.wait(10)
    other.finish()
    again = close()
    with transaction.atomic():
        novating.net_window(window_id=again.window_id, business_date=DUE, at=AT)
        same = Beside(lambda: pay(6000))
        assert same.done.wait(10)
    same.finish()
    assert Leg.objects.get(trade__source_ref="P-6000").window_id == again.next_id


def test_mojaloop_helm_806_a_delay_for_transfers_in_flight(committed_db):
    """No delay is set: a close waits for exactly what is in flight, and nets it with the window."""
    pay(0)
    inserted, go_on = threading.Event(), threading.Event()

    def capture():
        with transaction.atomic():
            pay(1)
            inserted.set()
            assert go_on.wait(20)

    in_flight = Beside(capture)
    assert inserted.wait(10)
    closing_now = Beside(close)
    assert not closing_now.done.wait(0.4)
    go_on.set()
    in_flight.finish()
    closed = closing_now.finish()
    netted = novating.net_window(window_id=closed.window_id, business_date=DUE, at=AT)
    assert netted.legs == 2
    assert WindowNet.objects.filter(window=closed.window_id, net=2).count() == 1
    # With nothing in flight there is nothing to wait for.
    assert Beside(close).done.wait(10)


def test_mojaloop_2105_a_transfer_right_after_the_close(committed_db):
    """From the moment a window is closed, what comes is in the next: the net never changes."""
    pay(0, 3)
    closed = close()
    threads = [Beside(lambda n=n: pay(100 * n, 5)) for n in (1, 2, 3)]
    netted = novating.net_window(window_id=closed.window_id, business_date=DUE, at=AT)
    for one in threads:
        one.finish()
    assert netted.legs == 3
    assert Leg.objects.filter(window_id=closed.window_id).count() == 3
    assert Leg.objects.filter(window_id=closed.next_id).count() == 15


def test_mojaloop_4009_balances_not_updated_after_settling():
    """Settled, the positions have moved, and the ledger says the same, in one commit."""
    market.fund(SIAMSEC={"THB": 100})
    market.capture(market.pay("P-1", SIAM, KRUNG, "40.00"))
    with transaction.atomic():
        assert market.settle().settled == 1
        transaction.set_rollback(True)
    for settled, siam, krung in ((0, 100, 0), (1, 60, 40)):
        if settled:
            assert market.settle().settled == 1
        held = positions.positions(book=BOOK)
        who = market.ids()
        assert held.get((who[SIAM], "THB"), 0) == siam
        assert held.get((who[KRUNG], "THB"), 0) == krung
        rows = ledger.trial_balance(entity=BOOK, as_of=DUE)
        booked = {row.account: -row.balance for row in rows if row.currency == "THB"}
        assert booked.get(f"{PARTICIPANTS}:{SIAM}", 0) == siam
        assert booked.get(f"{PARTICIPANTS}:{KRUNG}", 0) == krung
    assert SettlementRun.objects.filter(kind="settlement").count() == 1


def test_mojaloop_510_balances_doubled_by_settling_again():
    """Settling a window again, by any number of hands, moves nothing twice."""
    market.fund(SIAMSEC={"THB": 100})
    market.capture(market.pay("P-1", SIAM, KRUNG, "40.00"))
    assert market.settle().settled == 1
    held = positions.positions(book=BOOK)
    for _ in range(3):
        assert settling.settle(book=BOOK, business_date=DUE, actor=ACTOR, at=AT).settled == 0
    assert positions.positions(book=BOOK) == held


def test_mojaloop_936_a_window_of_zero_nets_settles_for_good():
    """Both ways alike: every net is zero, and the window is settled all the same."""
    market.fund(SIAMSEC={"THB": 5}, KRUNGSEC={"THB": 5})
    market.rule(model="dvp3")
    market.capture(market.pay("P-1", SIAM, KRUNG, "5.00"), market.pay("P-2", KRUNG, SIAM, "5.00"))
    [closed] = market.close_and_net()
    assert settling.settle(book=BOOK, business_date=DUE, actor=ACTOR, at=AT).settled == 2
    assert windowing.state(window_id=closed.window_id) == "SETTLED"


def test_mojaloop_4321_states_of_a_window_contradict_each_other():
    """The state is read from what happened, so it never says what did not, or goes back."""
    market.fund(SIAMSEC={"THB": 5})
    market.capture(market.pay("P-1", SIAM, KRUNG, "5.00"))
    window = Leg.objects.get().window_id
    seen = [windowing.state(window_id=window)]
    close()
    seen.append(windowing.state(window_id=window))
    novating.net_window(window_id=window, business_date=DUE, at=AT)
    seen.append(windowing.state(window_id=window))
    with transaction.atomic():
        settling.settle(book=BOOK, business_date=DUE, actor=ACTOR, at=AT)
        transaction.set_rollback(True)
    assert windowing.state(window_id=window) == seen[-1]
    settling.settle(book=BOOK, business_date=DUE, actor=ACTOR, at=AT)
    seen.append(windowing.state(window_id=window))
    assert seen == ["OPEN", "CLOSED", "PENDING_SETTLEMENT", "SETTLED"]


def test_mojaloop_3482_settling_window_1_alone_breaks_the_cover_of_window_2():
    """Window 2 owes 60 of the 100; that window 1 settles first changes nothing in its cover."""
    market.fund(SIAMSEC={"THB": 100})
    who = market.ids()[SIAM]
    market.capture(market.pay("P-1", SIAM, KRUNG, "40.00"))
    close()
    market.capture(market.pay("P-2", SIAM, KRUNG, "60.00"))
    before = positions.cover(book=BOOK, participant_id=who, asset="THB", on=DUE)
    novating.net_all(book=BOOK, business_date=DUE, at=AT)
    assert settling.settle(book=BOOK, business_date=DUE, actor=ACTOR, at=AT).settled == 1
    after = positions.cover(book=BOOK, participant_id=who, asset="THB", on=DUE)
    free = [c.position + c.credit - sum(c.owed.values(), Decimal(0)) for c in (before, after)]
    assert free == [0, 0]
    assert market.settle().settled == 1


def test_fineract_5853_locks_stay_after_a_day_that_is_done(committed_db):
    """The day done, nothing is claimed, leased or locked: no step unlocks what another locked."""
    pay(0)
    job = jobs.ensure(kind=closing.KIND, business_date=DUE, partition=BOOK, at=timezone.now())
    assert jobs.run(job_id=job, at=timezone.now)
    row = JobRun.objects.get(pk=job)
    assert (row.state, row.lease_until, row.error) == ("done", None, "")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute("SET lock_timeout = '2s'")
        pay(1)
        run_day()
        cursor.execute("RESET lock_timeout")


def test_fineract_4171_a_day_that_failed_can_be_run_again_inline(committed_db, monkeypatch):
    """An error that is kept beside the day locks nobody out: it is run again, by job or by hand."""
    pay(0)
    job = jobs.ensure(kind=closing.KIND, business_date=DUE, partition=BOOK, at=timezone.now())

    def broken(day):
        raise ValueError("no paper in the printer")

    broken.__name__ = "report"
    sound = end_of_day.STEPS
    faulty = tuple(broken if step.__name__ == "report" else step for step in sound)
    monkeypatch.setattr(end_of_day, "STEPS", faulty)
    with pytest.raises(ValueError, match="no paper"):
        jobs.run(job_id=job, at=timezone.now)
    assert "no paper" in JobRun.objects.get(pk=job).error
    monkeypatch.setattr(end_of_day, "STEPS", sound)
    done = set(StepRun.objects.values_list("step", flat=True))
    run_day()  # by hand, while the job still carries its error
    steps = {step.__name__ for step in sound}
    assert set(StepRun.objects.values_list("step", flat=True)) == steps > done
    assert jobs.run(job_id=job, at=timezone.now)  # the job finds everything done
    assert (JobRun.objects.get(pk=job).state, StepRun.objects.count()) == ("done", len(sound))


def test_fineract_3255_a_hard_lock_keeps_the_inline_run_out(committed_db):
    """A worker holds the lease and is gone: an inline run needs nobody's permission to go on."""
    pay(0)
    now = timezone.now()
    job = jobs.ensure(kind=closing.KIND, business_date=DUE, partition=BOOK, at=now)
    held = jobs.claim(job_id=job, at=now)
    assert jobs.claim(job_id=job, at=now) is None
    run_day()
    assert StepRun.objects.filter(step="seal").exists()
    # The worker that held the lease comes back, does nothing twice, and ends well.
    nets = WindowNetting.objects.count()
    closing.run_job(claim=held, clock=timezone.now)
    assert WindowNetting.objects.count() == nets
    assert StepRun.objects.count() == len(end_of_day.STEPS)
    assert JobRun.objects.get(pk=job).state == "done"


def test_fineract_3255_an_inline_run_beside_a_worker_takes_turns_with_it(committed_db):
    pay(0, 3)
    both = [Beside(run_day), Beside(run_day)]
    found = [one.finish() for one in both]
    assert found[0] == found[1]
    assert StepRun.objects.count() == len(end_of_day.STEPS)
    assert timezone.now() - StepRun.objects.latest("pk").finished_at < timedelta(minutes=1)
