"""Windows: closing moves a pointer; what others' users complained of does not happen here.

Tests named after an issue stand for that complaint about Mojaloop's settlement (its issue tracker).
"""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from settlement.models import (
    Leg,
    Settlement,
    Trade,
    Window,
    WindowClosing,
    WindowNet,
    WindowPointer,
)
from settlement.rules.lifecycle import State
from settlement.rules.windows import Cover, settled, window_state
from settlement.windows import novating, positions, settling, windowing
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, PTT, SIAM


@pytest.fixture
def furnished(db):
    market.furnish()


def close(name=""):
    return windowing.close(book=BOOK, market=name, business_date=DUE, actor=ACTOR, at=AT)


def net(window_id):
    return novating.net_window(window_id=window_id, business_date=DUE, at=AT)


def windows_of(*refs):
    found = dict(Leg.objects.values_list("trade__source_ref", "window_id"))
    return [found[ref] for ref in refs]


def test_a_leg_takes_the_window_that_is_open_and_the_next_one_after_a_close(furnished):
    market.capture(market.pay("P-1", SIAM, KRUNG, "1.00"))
    closed = close()
    market.capture(market.pay("P-2", SIAM, KRUNG, "2.00"))
    assert windows_of("P-1", "P-2") == [closed.window_id, closed.next_id]
    assert WindowClosing.objects.get().window_id == closed.window_id
    assert list(Window.objects.values_list("sequence", flat=True)) == [1, 2]


def test_markets_have_windows_of_their_own(furnished):
    market.capture(market.trade("T-1", SIAM, KRUNG), market.pay("P-1", SIAM, KRUNG, "1.00"))
    one, other = windows_of("T-1", "P-1")
    assert one != other
    closed = windowing.close_all(book=BOOK, business_date=DUE, actor=ACTOR, at=AT)
    assert {c.window_id for c in closed} == {one, other}


def test_closing_touches_no_leg_and_costs_the_same_however_many_there_are(furnished):
    """mojaloop 4445: a close took minutes at 100,000 transfers, row by row."""

    def statements(count, first):
        market.capture(*(market.pay(f"P-{first + n}", SIAM, KRUNG, "1.00") for n in range(count)))
        with CaptureQueriesContext(
            connection,
        ) as made:
            closed = close()
            net(closed.window_id)
        assert not [q for q in made if 'UPDATE "settlement_leg"' in q["sql"]]
        return len(made)

    assert statements(2, 0) == statements(300, 1000)


def test_a_closed_window_takes_no_leg_whoever_names_it_2105(furnished):
    market.capture(market.pay("P-1", SIAM, KRUNG, "1.00"), market.pay("P-2", SIAM, KRUNG, "1.00"))
    closed = close()
    leg = Leg.objects.first()
    late = Leg(
        book=BOOK,
        trade=leg.trade,
        kind="delivery",
        debtor=leg.debtor,
        creditor=leg.creditor,
        asset="THB",
        quantity=1,
        value_date=DUE,
        opened_at=AT,
        window_id=closed.window_id,
    )
    with pytest.raises(IntegrityError, match="window that is closed"), transaction.atomic():
        late.save()
    late.window_id = closed.next_id
    late.save()


@pytest.mark.parametrize("complaint", ["2525", "2526"])
def test_no_leg_is_in_no_window(furnished, complaint):
    market.capture(market.pay("P-1", SIAM, KRUNG, "1.00"), market.trade("T-1", SIAM, KRUNG))
    assert not Leg.objects.filter(window_id=None).exists()
    assert not Leg.objects.exclude(window_id__in=Window.objects.values("pk")).exists()


def test_a_window_whose_nets_are_all_zero_settles_936(furnished):
    market.capture(market.pay("P-1", SIAM, KRUNG, "7.00"), market.pay("P-2", KRUNG, SIAM, "7.00"))
    closed = close()
    assert windowing.state(window_id=closed.window_id) is State.CLOSED
    net(closed.window_id)
    assert {row.net for row in WindowNet.objects.all()} == {0}
    assert windowing.state(window_id=closed.window_id) is State.PENDING
    assert settling.settle(book=BOOK, business_date=DUE, actor=ACTOR, at=AT).settled == 2
    assert windowing.state(window_id=closed.window_id) is State.SETTLED


def test_an_empty_window_settles_936(furnished):
    window = windowing.open_window(book=BOOK, actor=ACTOR, at=AT)
    assert windowing.state(window_id=window) is State.OPEN
    close()
    net(window)
    assert windowing.state(window_id=window) is State.SETTLED


def test_one_window_holds_several_currencies_3551(furnished):
    market.fund(SIAMSEC={"THB": 100, "USD": 5})
    market.capture(
        market.pay("P-1", SIAM, KRUNG, "100.00"),
        market.pay("P-2", SIAM, ISARA, "5.00", currency="USD"),
    )
    assert len(set(windows_of("P-1", "P-2"))) == 1
    assert market.settle().settled == 2
    assert set(WindowNet.objects.values_list("asset", flat=True)) == {"THB", "USD"}


def test_settling_one_window_leaves_the_cover_of_the_next_as_it_was_3482(furnished):
    market.fund(SIAMSEC={"THB": 100}, KRUNGSEC={"THB": 20})
    market.capture(market.pay("P-1", SIAM, KRUNG, "60.00"), market.pay("P-2", KRUNG, SIAM, "5.00"))
    first = close()
    market.capture(market.pay("P-3", SIAM, KRUNG, "40.00"), market.pay("P-4", KRUNG, ISARA, "9"))

    def covers():
        return {
            code: positions.cover(book=BOOK, participant_id=pk, asset="THB", on=DUE).free
            for code, pk in market.ids().items()
        }

    before = covers()
    assert before == {SIAM: 5, KRUNG: 106, ISARA: 9}
    net(first.window_id)
    assert settling.settle(book=BOOK, business_date=DUE, actor=ACTOR, at=AT).settled == 2
    assert covers() == before


@given(
    position=st.integers(-100, 100),
    credit=st.integers(0, 100),
    owed=st.dictionaries(st.integers(1, 5), st.integers(-50, 50)),
    window=st.integers(1, 5),
)
def test_cover_never_changes_by_settling(position, credit, owed, window):
    cover = Cover(Decimal(position), Decimal(credit), {k: Decimal(v) for k, v in owed.items()})
    assert settled(cover, window).free == cover.free
    assert window not in settled(cover, window).owed


@pytest.mark.parametrize(
    ("is_open", "netted", "unsettled", "state"),
    [
        (True, False, 0, State.OPEN),
        (False, False, 3, State.CLOSED),
        (False, True, 3, State.PENDING),
        (False, True, 0, State.SETTLED),
    ],
)
def test_the_states_of_a_window(is_open, netted, unsettled, state):
    assert window_state(is_open=is_open, netted=netted, unsettled=unsettled) is state


def test_a_window_goes_through_its_states_in_order_and_never_back_4321(furnished):
    market.fund(SIAMSEC={"THB": 5})
    market.capture(market.pay("P-1", SIAM, KRUNG, "7.00"))
    window = windows_of("P-1")[0]
    seen = [windowing.state(window_id=window)]
    close()
    seen.append(windowing.state(window_id=window))
    net(window)
    seen.append(windowing.state(window_id=window))
    settling.settle(book=BOOK, business_date=DUE, actor=ACTOR, at=AT)
    seen.append(windowing.state(window_id=window))
    market.fund("F-2", SIAMSEC={"THB": 2})
    settling.settle(book=BOOK, business_date=DUE, actor=ACTOR, at=AT)
    seen.append(windowing.state(window_id=window))
    assert seen == [State.OPEN, State.CLOSED, State.PENDING, State.PENDING, State.SETTLED]


def test_an_unknown_or_open_window_is_refused(furnished):
    with pytest.raises(windowing.NoSuchWindow):
        close("XNYS")
    with pytest.raises(windowing.NoSuchWindow):
        net(10**9)
    with pytest.raises(windowing.WindowStillOpen):
        net(windowing.open_window(book=BOOK, actor=ACTOR, at=AT))


def test_only_settlement_closes_windows(furnished, cast):
    windowing.open_window(book=BOOK, actor=ACTOR, at=AT)
    with pytest.raises(Exception, match="may not do this"):
        windowing.close(book=BOOK, business_date=DUE, actor=cast.actor("ann"), at=AT)


def test_a_close_waits_for_legs_under_way_and_capture_does_not_wait_for_the_close(committed_db):
    """mojaloop 2105: a transfer in flight landed in the window that had just been closed."""
    market.furnish()
    market.capture(market.pay("P-0", SIAM, KRUNG, "1.00"))
    captured, go, closed_at = threading.Event(), threading.Event(), []

    def slow_capture():
        with transaction.atomic():
            market.capture(market.pay("P-1", SIAM, KRUNG, "1.00"))
            captured.set()
            go.wait(10)
        connection.close()

    def closer():
        closed_at.append((close(), time.monotonic()))
        connection.close()

    slow = threading.Thread(target=slow_capture)
    slow.start()
    captured.wait(10)
    closing = threading.Thread(target=closer)
    closing.start()
    time.sleep(0.3)
    assert not closed_at, "the close must wait for the leg under way"
    started = time.monotonic()
    market.capture(market.pay("P-2", SIAM, KRUNG, "1.00"))
    assert time.monotonic() - started < 2, "capture stalled behind a waiting close"
    go.set()
    slow.join(10)
    closing.join(10)
    [(closed, _when)] = closed_at
    assert set(windows_of("P-0", "P-1", "P-2")) == {closed.window_id}
    market.capture(market.pay("P-3", SIAM, KRUNG, "1.00"))
    assert windows_of("P-3") == [closed.next_id]


def test_closes_and_captures_at_once_lose_nothing_and_net_everything(committed_db):
    market.furnish()
    market.capture(market.pay("first", SIAM, KRUNG, "1.00"))
    stop, errors = threading.Event(), []

    def capturing_thread(name):
        try:
            number = 0
            while not stop.is_set():
                number += 1
                market.capture(market.pay(f"{name}-{number}", SIAM, KRUNG, "1.00"))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=capturing_thread, args=(f"W{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    counted = {}
    for _turn in range(6):
        time.sleep(0.1)
        closed = close()
        counted[closed.window_id] = net(closed.window_id).legs
    stop.set()
    for thread in threads:
        thread.join(20)
    last = close()
    counted[last.window_id] = net(last.window_id).legs
    assert not errors
    for window_id, legs in counted.items():
        assert Leg.objects.filter(window_id=window_id).count() == legs
    assert sum(counted.values()) == Leg.objects.count() == Trade.objects.count()
    assert sum(row.gross_in for row in WindowNet.objects.all()) == Leg.objects.count()


def test_a_days_windows_are_netted_in_the_end_of_day_and_the_next_take_legs(furnished):
    market.fund(SIAMSEC={"THB": 100}, KRUNGSEC={PTT: 100})
    market.capture(market.trade("T-1", SIAM, KRUNG, 100, "100.00"))
    counts = market.close_day()
    assert (counts["windows"], counts["legs_netted"], counts["nets"]) == (1, 2, 4)
    assert (counts["trades_settled"], counts["legs_settled"]) == (1, 2)
    market.capture(market.trade("T-2", SIAM, KRUNG, 1, "1.00", value_date=DUE + timedelta(days=1)))
    assert windows_of("T-2") == [WindowPointer.objects.get().window_id]
    assert Settlement.objects.filter(leg__trade__source_ref="T-2").count() == 0
