"""Amendments and cancellations are facts of their own, in their order, and undo nothing agreed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.desk.models import WorkItem
from settlement.models import EarlyMessage, Leg, Trade, TradeStatus, UnmatchedTrade, WithdrawnTrade
from settlement.rules.statuses import Status
from settlement.rules.trades import PartyRef, retold, told
from settlement.trades import (
    allocating,
    amending,
    cancelling,
    following,
    gating,
    matching,
    recording,
    versioning,
)
from settlement.windows import windowing
from tests.settlement import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished")]


@pytest.fixture
def amend(system, at):
    return lambda draft, **how: amending.amend(
        draft=draft, book="HOUSE", actor=system, at=at, **how
    )


@pytest.fixture
def cancel(system, at):
    return lambda source="SIAMSEC", ref="S-1", **how: cancelling.cancel(
        source=source, source_ref=ref, book="HOUSE", actor=system, at=at, **how
    )


@pytest.fixture
def match(system, at):
    return lambda: matching.match(book="HOUSE", actor=system, at=at)


def test_an_amendment_follows_its_trade_and_takes_its_place(take, amend, match):
    [old] = take(desk.draft(quantity=Decimal(90)))
    fact = amend(desk.draft())
    assert (fact.version, fact.amends_id, fact.action) == (2, old, "amend")
    assert Trade.objects.get(pk=old).quantity == 90
    assert UnmatchedTrade.objects.get().trade_id == fact.pk
    take(desk.other_side())
    assert match().equal == 1


def test_the_same_version_again_is_known_and_another_content_is_refused(take, amend):
    take(desk.draft(quantity=Decimal(90)))
    fact = amend(desk.draft(), version=2)
    assert amend(desk.draft(), version=2) == fact
    with pytest.raises(recording.TradeDiffers):
        amend(desk.draft(quantity=Decimal(80)), version=2)


def test_a_version_that_comes_early_waits_on_the_desk_and_is_applied_in_turn(
    take, amend, cancel, system, at
):
    assert cancel(version=3) is None
    assert amend(desk.draft(quantity=Decimal(50)), version=2) is None
    assert WorkItem.objects.filter(kind=versioning.OUT_OF_ORDER).count() == 1
    take(desk.draft())
    assert amending.catch_up(book="HOUSE", actor=system, at=at) == 2
    versions = Trade.objects.order_by("version").values_list("action", "quantity")
    assert list(versions) == [("new", 100), ("amend", 50), ("cancel", 50)]
    assert not EarlyMessage.objects.filter(applied_at=None).exists()
    assert not UnmatchedTrade.objects.exists()


def test_versions_without_numbers_wait_in_the_order_they_came(take, amend, cancel, system, at):
    """A cancellation that came behind an early amendment was lost, and the trade stood."""
    for _again in range(2):
        assert amend(desk.draft(quantity=Decimal(50))) is None
        assert cancel() is None
    take(desk.draft())
    assert amending.catch_up(book="HOUSE", actor=system, at=at) == 2
    assert list(Trade.objects.order_by("version").values_list("action", flat=True)) == [
        *("new", "amend", "cancel")
    ]
    assert not UnmatchedTrade.objects.exists()


def test_another_content_under_an_early_version_is_refused_not_lost(amend, cancel):
    amend(desk.draft(quantity=Decimal(50)), version=3)
    assert amend(desk.draft(quantity=Decimal(50)), version=3) is None
    with pytest.raises(recording.TradeDiffers):
        amend(desk.draft(quantity=Decimal(60)), version=3)
    with pytest.raises(recording.TradeDiffers):
        cancel(version=3)


def test_a_part_of_a_block_becomes_neither_more_nor_less(take, amend, system, at):
    [block] = take(desk.draft(is_block=True))
    part = allocating.Part(PartyRef.code("SIAMSEC"), Decimal(100))
    allocating.allocate(block_id=block, parts=[part], actor=system, at=at)
    with pytest.raises(amending.PartOfBlock, match="quantity"):
        amend(desk.draft(source_ref="S-1/1", quantity=Decimal(101)))
    assert amend(desk.draft(source_ref="S-1/1", buyer_account="A-2")).version == 2


def test_drafts_are_kept_whole():
    draft = desk.payment(detail={"a": "b"}, line_no=3, value_date=None)
    assert retold(told(draft)) == draft


def test_what_is_matched_is_not_amended(take, amend, match):
    take(desk.draft(), desk.other_side())
    match()
    with pytest.raises(versioning.TradeAgreed):
        amend(desk.draft(quantity=Decimal(90)))


def test_what_is_matched_takes_two_to_cancel(take, cancel, match):
    take(desk.draft(), desk.other_side())
    match()
    cancel()
    assert not WithdrawnTrade.objects.exists()
    assert WorkItem.objects.filter(kind=cancelling.ONE_SIDED).count() == 1
    cancel("KRUNGSEC", "K-1")
    assert WithdrawnTrade.objects.get().trade.source_ref == "K-1"
    assert Leg.objects.count() == 2


def test_an_unmatched_trade_is_cancelled_by_its_side_alone_and_then_over(
    take, cancel, amend, match
):
    take(desk.draft())
    fact = cancel(reason="entered twice")
    assert (fact.action, fact.detail["reason"]) == ("cancel", "entered twice")
    assert cancel() == fact
    with pytest.raises(versioning.TradeGone):
        amend(desk.draft(quantity=Decimal(1)))
    take(desk.other_side())
    assert match().equal == 0


def test_a_payment_is_withdrawn_until_its_window_closes(take, cancel, system, at):
    take(desk.payment(source_ref="P-1"), desk.payment(source_ref="P-2"))
    cancel(ref="P-1")
    assert WithdrawnTrade.objects.get().trade.source_ref == "P-1"
    windowing.close(book="HOUSE", market="XBKK", business_date=desk.DUE, actor=system, at=at)
    with pytest.raises(cancelling.TradeFixed):
        cancel(ref="P-2")
    assert Trade.objects.filter(source_ref="P-2").count() == 1


@pytest.fixture
def report(system, at):
    def receive(status, message, ref="S-1"):
        told = following.Report(
            source="SIAMSEC",
            source_ref=ref,
            message_ref=message,
            status=Status(status),
            reported_at=at + timedelta(hours=1),
        )
        return following.receive(report=told, book="HOUSE", actor=system, at=at)

    return receive


def test_statuses_are_followed_in_their_order(take, report):
    take(desk.draft())
    told = [report(s, f"M{n}") for n, s in enumerate(["accepted", "matched", "settled"])]
    assert told == ["taken"] * 3
    assert report("settled", "M2") == "known"
    assert not WorkItem.objects.exists()


@pytest.mark.parametrize(
    ("before", "late"),
    [([], "settled"), (["matched", "settled"], "pending"), (["matched", "settled"], "settled")],
)
def test_a_status_out_of_order_is_kept_and_lies_on_the_desk(take, report, before, late):
    take(desk.draft())
    for number, status in enumerate(before):
        report(status, f"M{number}")
    assert report(late, "LATE") == "out-of-order"
    assert TradeStatus.objects.get(message_ref="LATE").in_order is False
    assert WorkItem.objects.get().kind == following.OUT_OF_ORDER


def test_a_status_before_its_trade_waits_for_it(take, report, system, at):
    assert report("accepted", "M1") == "early"
    assert report("accepted", "M1") == "known"
    take(desk.draft())
    assert following.catch_up(book="HOUSE", actor=system, at=at) == 1
    assert TradeStatus.objects.get().kind == "accepted"
    assert gating.resume(actor=system, at=at).legs == 0


def cost(verb):
    with CaptureQueriesContext(connection) as queries:
        verb()
    return len(queries)


def test_many_are_cancelled_in_as_many_statements_as_one(take, match, system, at):
    """Unmatched, matched with one side and with both, payments: none is asked about one by one."""

    def cancel(name, size):
        refs = [f"{name}{n}" for n in range(size)]
        for ref in refs:
            take(
                desk.draft(source_ref=f"U-{ref}", quantity=Decimal(7)),
                desk.payment(source_ref=f"P-{ref}"),
                *(desk.draft(source_ref=f"{kind}-{ref}") for kind in ("ONE", "TWO")),
                *(desk.other_side(source_ref=f"{kind}-{ref}") for kind in ("ONE", "TWO")),
            )
        match()
        trades = [
            cancelling.Cancelled(source, f"{kind}-{ref}")
            for ref in refs
            for source, kind in (
                *(("SIAMSEC", kind) for kind in ("U", "P", "ONE", "TWO", "EARLY")),
                ("KRUNGSEC", "TWO"),
            )
        ]
        return cost(
            lambda: cancelling.cancel_many(trades=trades, book="HOUSE", actor=system, at=at)
        )

    few = cancel("A", 1)
    assert cancel("B", 12) == few
    assert WithdrawnTrade.objects.filter(trade__source_ref__startswith="P-").count() == 13
    assert WithdrawnTrade.objects.filter(trade__source="KRUNGSEC").count() == 13
    assert WorkItem.objects.filter(kind=cancelling.ONE_SIDED).count() == 13
    assert EarlyMessage.objects.count() == 13
    assert not UnmatchedTrade.objects.filter(trade__source="SIAMSEC").exists()


def test_one_that_stands_keeps_all_of_a_file_from_being_cancelled(take, system, at):
    take(desk.payment(source_ref="P-1"), desk.payment(source_ref="P-2", market=""))
    windowing.close(book="HOUSE", market="", business_date=desk.DUE, actor=system, at=at)
    trades = [cancelling.Cancelled("SIAMSEC", ref) for ref in ("P-1", "P-2")]
    with pytest.raises(cancelling.TradeFixed, match="P-2"):
        cancelling.cancel_many(trades=trades, book="HOUSE", actor=system, at=at)
    assert not Trade.objects.filter(action="cancel").exists()


def test_a_trade_twice_in_a_file_is_cancelled_once(take, system, at):
    take(desk.payment(source_ref="P-1"))
    trades = [cancelling.Cancelled("SIAMSEC", "P-1")] * 2
    [one, again] = cancelling.cancel_many(trades=trades, book="HOUSE", actor=system, at=at)
    assert one == again
    assert Trade.objects.filter(action="cancel").count() == 1


def test_what_waits_for_its_trade_costs_nothing_until_that_is_there(take, amend, system, at):
    """Thousands of early versions are not asked about one by one at each amendment."""
    take(desk.draft(source_ref="S-1"), desk.draft(source_ref="S-2"))
    alone = cost(lambda: amend(desk.draft(source_ref="S-1", quantity=Decimal(50))))
    for number in range(20):
        assert amend(desk.draft(source_ref=f"E-{number}"), version=2) is None
    assert cost(lambda: amend(desk.draft(source_ref="S-2", quantity=Decimal(50)))) == alone
    asked = cost(lambda: amending.catch_up(book="HOUSE", actor=system, at=at))
    assert asked <= 3


def test_early_cancellations_are_applied_together_and_one_that_is_refused_alone(
    take, cancel, system, at
):
    def catch_up(name, size):
        for number in range(size):
            cancel(ref=f"{name}{number}", version=2)
        take(*(desk.payment(source_ref=f"{name}{number}") for number in range(size)))
        return cost(lambda: amending.catch_up(book="HOUSE", actor=system, at=at))

    assert catch_up("A", 1) == catch_up("B", 9)
    cancel(ref="C1", version=2)
    cancel(ref="C2", version=2)
    take(desk.payment(source_ref="C1", market=""), desk.payment(source_ref="C2"))
    windowing.close(book="HOUSE", market="", business_date=desk.DUE, actor=system, at=at)
    assert amending.catch_up(book="HOUSE", actor=system, at=at) == 1
    left = EarlyMessage.objects.get(applied_at=None)
    assert (left.source_ref, "refused" in left.content) == ("C1", True)


def test_a_long_chain_of_early_amendments_is_applied_in_turn(take, amend, system, at):
    """A version after the other, without one inside the other: a chain may be of any length."""
    for number in range(60, 1, -1):
        assert amend(desk.draft(quantity=Decimal(number)), version=number) is None
    take(desk.draft())
    assert amending.catch_up(book="HOUSE", actor=system, at=at) == 59
    assert Trade.objects.order_by("-version").first().quantity == 60


def test_early_statuses_are_kept_and_taken_in_as_many_statements_as_one(take, system, at):
    def follow(name, size):
        reports = [
            following.Report("SIAMSEC", f"{name}{n}", f"M{m}", Status(kind), at)
            for n in range(size)
            for m, kind in enumerate(("accepted", "matched"))
        ]
        told = {"book": "HOUSE", "actor": system, "at": at}
        kept = cost(lambda: following.receive_many(reports=reports, **told))
        assert following.receive_many(reports=reports, **told) == ["known"] * len(reports)
        take(*(desk.draft(source_ref=f"{name}{n}") for n in range(size)))
        return kept, cost(lambda: following.catch_up(**told))

    assert follow("A", 1) == follow("B", 15)
    assert TradeStatus.objects.filter(in_order=True).count() == 32
