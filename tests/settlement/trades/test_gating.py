"""A hold on a party, an instrument or a trade stops it in the same commit; its release resumes."""

import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.kernel.actors import Actor
from backoffice.outbox import delivering
from compliance import holds, parties
from settlement.models import HeldTrade, Leg
from settlement.rules.trades import TradeType
from settlement.trades import amending, cancelling, gating, matching, versioning
from tests.settlement import desk
from tests.settlement.beside import Beside

pytestmark = pytest.mark.django_db
SUBJECTS = [
    ("party", "SIAMSEC"),
    ("party", "KRUNGSEC"),
    ("instrument", desk.PTT),
    ("trade", "S-1"),
    ("trade", "K-1"),
]


@pytest.fixture
def furnished(system, at):
    desk.furnish(actor=system, at=at)
    for code in desk.PARTIES:
        parties.onboard(code=code, name_en=code, name_th=code, kind="company", actor=system, at=at)


@pytest.fixture
def hold(furnished, system, at):
    def place(kind, ref):
        return holds.place(subject_kind=kind, subject_ref=ref, reason="r", actor=system, at=at)

    return place


@pytest.fixture
def release(system, at):
    return lambda hold_id: holds.release(hold_id=hold_id, reason="r", actor=system, at=at)


@pytest.fixture
def match(furnished, system, at):
    def both_sides():
        desk.capture(desk.draft(), desk.other_side(), actor=system, at=at)
        return matching.match(book="HOUSE", actor=system, at=at)

    return both_sides


@pytest.mark.parametrize(("kind", "ref"), SUBJECTS)
def test_what_is_held_opens_no_legs_until_its_release(hold, release, match, kind, ref):
    held = hold(kind, ref)
    found = match()
    assert (found.equal, found.legs, found.held) == (1, 0, 1)
    release(held)
    # As the outbox delivers the release to the reactions page.
    delivering.deliver_pending(at=timezone.now())
    assert Leg.objects.count() == 2
    assert HeldTrade.objects.get().released_at is not None


def test_a_hold_on_something_else_stops_nothing(hold, match):
    hold("party", "ISARASEC")
    hold("instrument", desk.RICE)
    assert match().legs == 2


def test_a_second_hold_keeps_what_the_first_release_lets_go(hold, release, match, system, at):
    first = hold("party", "SIAMSEC")
    hold("instrument", desk.PTT)
    match()
    release(first)
    assert gating.resume(actor=system, at=at).held == 1
    assert not Leg.objects.exists()


def test_a_hold_placed_later_stops_the_settlement(hold, match):
    match()
    [sell] = set(Leg.objects.values_list("trade_id", flat=True))
    assert gating.stopped(trade_ids=[sell]) == set()
    hold("trade", "S-1")
    assert gating.stopped(trade_ids=[sell]) == {sell}


def test_a_payment_that_is_cancelled_while_held_never_resumes(hold, release, system, at):
    held = hold("party", "SIAMSEC")
    taken = desk.capture(desk.payment(), actor=system, at=at)
    assert (taken.legs, taken.held) == (0, 1)
    cancelling.cancel(source="SIAMSEC", source_ref="P-1", book="HOUSE", actor=system, at=at)
    release(held)
    assert gating.resume(actor=system, at=at).legs == 0


def test_an_affirmed_trade_that_is_cancelled_while_held_never_resumes(hold, release, system, at):
    """Its own side cancelled it; the affirmation, which carries the legs, has nobody to cancel."""
    held = hold("party", "SIAMSEC")
    [ours] = desk.capture(desk.draft(), actor=system, at=at).ids
    matching.affirm(trade_id=ours, actor=system, at=at)
    assert HeldTrade.objects.count() == 1
    cancelling.cancel(source="SIAMSEC", source_ref="S-1", book="HOUSE", actor=system, at=at)
    release(held)
    assert gating.resume(actor=system, at=at).legs == 0
    assert not Leg.objects.exists()


def test_a_held_trade_cancelled_by_one_side_resumes_all_the_same(hold, release, match, system, at):
    held = hold("party", "SIAMSEC")
    match()
    cancelling.cancel(source="KRUNGSEC", source_ref="K-1", book="HOUSE", actor=system, at=at)
    release(held)
    assert gating.resume(actor=system, at=at).legs == 2


@pytest.mark.parametrize("kind", ["party", "instrument"])
def test_a_hold_that_is_being_placed_is_waited_for(committed_db, hold, at, kind):
    """The hold commits while a capture asks: the capture waits, and then sees it."""
    done = threading.Event()
    taken = []

    def capture():
        draft = desk.draft(locked_in=True, type=TradeType.DVP, amount=Decimal("1.00"))
        try:
            taken.append(desk.capture(draft, actor=Actor.system("capture"), at=at))
        finally:
            done.set()
            connection.close()

    with transaction.atomic():
        hold(kind, "SIAMSEC" if kind == "party" else desk.PTT)
        thread = threading.Thread(target=capture, daemon=True)
        thread.start()
        assert not done.wait(0.5)
    thread.join(10)
    assert (taken[0].legs, taken[0].held) == (0, 1)


def test_what_is_released_and_amended_at_once_owes_once(committed_db, hold, system, at):
    """The release opened the old legs while the amendment opened its own: both would settle."""
    held = hold("party", "SIAMSEC")
    desk.capture(desk.draft(locked_in=True), actor=system, at=at)
    holds.release(hold_id=held, reason="r", actor=system, at=at)
    with transaction.atomic():
        assert gating.resume(actor=system, at=at).legs == 2
        amended = Beside(
            lambda: amending.amend(
                draft=desk.draft(locked_in=True, quantity=Decimal(90)),
                book="HOUSE",
                actor=Actor.system("amending"),
                at=at,
            )
        )
        assert not amended.done.wait(0.5)
    amended.thread.join(10)
    assert isinstance(amended.error, versioning.TradeAgreed)
    assert Leg.objects.count() == 2


def test_what_is_amended_before_its_release_owes_as_amended(committed_db, hold, system, at):
    held = hold("party", "SIAMSEC")
    desk.capture(desk.draft(locked_in=True), actor=system, at=at)
    holds.release(hold_id=held, reason="r", actor=system, at=at)
    with transaction.atomic():
        draft = desk.draft(locked_in=True, quantity=Decimal(90))
        amending.amend(draft=draft, book="HOUSE", actor=system, at=at)
        resumed = Beside(lambda: gating.resume(actor=Actor.system("gating"), at=at))
        assert not resumed.done.wait(0.5)
    assert resumed.finish().legs == 0
    assert Leg.objects.get(kind="delivery").quantity == 90


def test_a_release_looks_at_what_it_held_and_at_nothing_else(
    hold, release, system, at, monkeypatch
):
    """Thousands of trades, each held by itself, once looked at all the others at each release."""
    told = [desk.payment(source_ref=f"P-{n}") for n in range(6)]
    placed = {n: hold("trade", f"P-{n}") for n in range(5)}
    party = hold("party", "SIAMSEC")
    desk.capture(*told, actor=system, at=at)
    assert HeldTrade.objects.filter(released_at=None).count() == 6
    looked = []
    gate = gating.gate
    monkeypatch.setattr(
        gating,
        "gate",
        lambda *, trade_ids, at: looked.append(list(trade_ids)) or gate(trade_ids=trade_ids, at=at),
    )
    release(placed[0])
    delivering.deliver_pending(at=timezone.now())
    assert [len(ids) for ids in looked] == [1]
    release(party)
    delivering.deliver_pending(at=timezone.now())
    assert [len(ids) for ids in looked] == [1, 6]
    assert set(Leg.objects.values_list("trade__source_ref", flat=True)) == {"P-0", "P-5"}


def test_only_holds_on_the_asked_trades_are_locked(hold, system, at):
    """However many trades are held, a capture asks about its own."""
    for number in range(30):
        hold("trade", f"OTHER-{number}")
    hold("trade", "P-1")
    with CaptureQueriesContext(connection) as queries:
        desk.capture(desk.payment(), desk.payment(source_ref="P-2"), actor=system, at=at)
    asked = [one["sql"] for one in queries if "FOR SHARE OF s" in one["sql"]]
    assert "P-1" in asked[0]
    assert not any("OTHER-" in sql for sql in asked)
    assert HeldTrade.objects.get().trade.source_ref == "P-1"
