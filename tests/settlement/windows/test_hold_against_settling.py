"""A hold and a settlement in the same moment: one commits first, and the other knows it.

Real connections. The proof is taken inside the hold's own transaction, once it stands: what is
settled then stays so, and nothing settles afterwards, whatever the two did at once.
"""

import random
import time
from datetime import timedelta

import pytest
from django.db import transaction

from backoffice.kernel.actors import Actor
from compliance import holds, parties
from settlement.models import FailedLeg, Settlement, Trade, UnsettledTrade
from settlement.rules.trades import PartyRef
from settlement.trades import allocating, matching
from settlement.windows import settling
from tests.settlement import desk, market
from tests.settlement.beside import Beside

pytestmark = pytest.mark.django_db
DUE = desk.DUE
SUBJECTS = [
    ("party", "SIAMSEC"),
    ("party", "KRUNGSEC"),
    ("instrument", desk.PTT),
    ("trade", "S-1"),  # the buyer's own reference
    ("trade", "K-1"),  # the seller's, which carries the legs
]
ROUNDS = 40


@pytest.fixture
def matched(committed_db, system, at):
    """A matched trade, funded, due and netted: only its settlement is missing."""
    market.furnish()
    for code in desk.PARTIES:
        parties.onboard(code=code, name_en=code, name_th=code, kind="company", actor=system, at=at)
    market.fund(SIAMSEC={"THB": 1_000_000}, KRUNGSEC={desk.PTT: 100_000})
    return prepare(1, system, at)


def prepare(n, system, at):
    sides = {"source_ref": f"S-{n}"}, {"source_ref": f"K-{n}"}
    desk.capture(desk.draft(**sides[0]), desk.other_side(**sides[1]), actor=system, at=at)
    matching.match(book="HOUSE", actor=system, at=at)
    market.close_and_net(DUE)
    return n


def place(kind, ref, at):
    return holds.place(
        subject_kind=kind, subject_ref=ref, reason="r", actor=Actor.system("compliance"), at=at
    )


def settle(at):
    return settling.settle(book="HOUSE", business_date=DUE, actor=Actor.system("close_day"), at=at)


def is_settled(n=1):
    return Settlement.objects.filter(leg__trade__source_ref=f"K-{n}").exists()


@pytest.mark.parametrize(("kind", "ref"), SUBJECTS)
def test_a_hold_that_commits_first_is_waited_for_and_nothing_settles(matched, at, kind, ref):
    with transaction.atomic():
        place(kind, ref, at)
        settling_now = Beside(lambda: settle(at))
        assert not settling_now.done.wait(0.4)
    settling_now.finish()
    assert not is_settled()
    assert UnsettledTrade.objects.get().reason == "held"


@pytest.mark.parametrize(("kind", "ref"), SUBJECTS)
def test_a_settlement_that_commits_first_is_waited_for_by_the_hold(matched, at, kind, ref):
    seen = []

    def hold():
        with transaction.atomic():
            place(kind, ref, at)
            seen.append(is_settled())

    with transaction.atomic():
        assert settle(at).settled == 1
        holding = Beside(hold)
        assert not holding.done.wait(0.4)
    holding.finish()
    assert seen == [True]


@pytest.mark.parametrize("side", ["S-9", "K-9"])
def test_a_hold_on_a_block_stops_its_parts(matched, system, at, side):
    """Placed after the legs are open; the part's own reference is another one."""
    whole, single = (
        (desk.draft, desk.other_side) if side == "S-9" else (desk.other_side, desk.draft)
    )
    ours = PartyRef.code("SIAMSEC" if side == "S-9" else "KRUNGSEC")
    [block] = desk.capture(whole(source_ref=side, is_block=True), actor=system, at=at).ids
    part = allocating.Part(ours, desk.draft().quantity)
    allocating.allocate(block_id=block, parts=[part], actor=system, at=at)
    desk.capture(single(source_ref="other"), actor=system, at=at)
    assert matching.match(book="HOUSE", actor=system, at=at).legs == 2
    market.close_and_net(DUE)
    place("trade", side, at)
    assert settle(at).settled == 1  # the other trade
    assert UnsettledTrade.objects.get().reason == "held"


def test_a_hold_on_something_else_waits_for_nobody(matched, at):
    with transaction.atomic():
        assert settle(at).settled == 1
        holding = Beside(lambda: place("trade", "ANOTHER", at))
        assert holding.done.wait(5)
    holding.finish()


@pytest.mark.parametrize("seed", range(3))
def test_many_random_moments_nothing_settles_once_a_hold_stands(matched, system, at, seed):
    """Forty rounds a seed: hold, release and settlement set out within a few milliseconds."""
    chance = random.Random(seed)
    settled_first = held_first = 0
    head_start = 0.05
    for n in range(1, ROUNDS + 1):
        if n > 1:
            prepare(n, system, at)
        kind, ref = chance.choice([*SUBJECTS[:3], ("trade", f"S-{n}"), ("trade", f"K-{n}")])
        # Who won starts later the next time: both come first, however slow the machine is.
        waits = chance.uniform(0, 2 * head_start), chance.uniform(0, 0.01)
        stood, hold_ids = [], []

        def hold(subject=(kind, ref), wait=waits[0], n=n, told=(hold_ids, stood)):
            time.sleep(wait)
            with transaction.atomic():
                told[0].append(place(*subject, at))
                told[1].append(is_settled(n))
                time.sleep(0.01)

        def settle_now(wait=waits[1]):
            time.sleep(wait)
            settle(at)

        both = Beside(hold), Beside(settle_now)
        for one in both:
            one.finish()
        assert is_settled(n) == stood[0], f"round {n}: {kind} {ref}"
        head_start *= 0.75 if stood[0] else 1.35
        settled_first += stood[0]
        held_first += not stood[0]
        holds.release(
            hold_id=hold_ids[0], reason="r", actor=Actor.system("other"), at=at + timedelta(hours=1)
        )
        settle(at)  # what was held settles now, so that the next round begins alike
        assert is_settled(n)
    # Both orders happened, or the rounds have shown little.
    assert min(settled_first, held_first) >= 3, (settled_first, held_first)
    assert Settlement.objects.count() == 2 * ROUNDS
    assert not FailedLeg.objects.exists()
    assert Trade.objects.count() == 2 * ROUNDS
