"""Standing instructions that lack are asked for while a trade is unsettled, and taken up."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.desk import approving, claiming
from backoffice.desk.models import WorkItem
from settlement.directory import standing
from settlement.models import OutgoingMessage, TradeEnrichment
from settlement.trades import cancelling, enriching
from tests.plans import looked_through, plan_of
from tests.settlement import desk, market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, PTT, SIAM, TRADED

pytestmark = pytest.mark.django_db
NEXT = date(2026, 1, 8)
WHOLE = (SIAM, KRUNG)


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()


def draft(participant, **scope):
    return standing.StandingDraft(
        participant=participant,
        effective_from=TRADED,
        custodian=f"CUS{participant[0]}THBKXXX",
        safekeeping_account=f"SAFE-{participant}",
        depository="TSDCTHBKXXX",
        **scope,
    )


def instruct(*participants, at=AT, **scope):
    for code in participants:
        standing.record(draft=draft(code, **scope), proposed_by="setup", actor=ACTOR, at=at)
        enriching.instruction_came(participant=code, actor=ACTOR, at=at)


def ask(book=BOOK, at=AT):
    return enriching.ask_for_missing(book=book, actor=ACTOR, at=at)


def lacking(book=BOOK):
    return [one.participant for one in enriching.missing(book=book)]


def waiting():
    """Subjects of the items that wait."""
    items = WorkItem.objects.filter(kind=enriching.NO_INSTRUCTION, state__in=WorkItem.WAITING)
    return sorted(items.values_list("subject_ref", flat=True))


def close(day, hours=0):
    return market.close_day(day, clock=lambda: AT + timedelta(hours=hours))


def test_each_participant_and_scope_is_asked_for_once():
    market.capture(
        market.trade("T-1", SIAM, KRUNG),
        market.trade("T-2", SIAM, KRUNG, value_date=date(2026, 1, 6)),
        market.trade("T-3", SIAM, KRUNG, currency="USD"),
    )
    assert ask() == enriching.Asked(enriched=0, missing=4, closed=0)
    assert ask() == enriching.Asked(enriched=0, missing=4, closed=0)
    assert waiting() == [
        "HOUSE/KRUNGSEC/equity/XBKK/THB",
        "HOUSE/KRUNGSEC/equity/XBKK/USD",
        "HOUSE/SIAMSEC/equity/XBKK/THB",
        "HOUSE/SIAMSEC/equity/XBKK/USD",
    ]
    item = WorkItem.objects.get(subject_ref="HOUSE/SIAMSEC/equity/XBKK/THB")
    assert item.payload["first_needed"] == "2026-01-06"
    assert "SIAMSEC, equity XBKK THB" in item.title_en
    assert item.title_th.startswith("ไม่มีคำสั่งชำระราคาประจำของ SIAMSEC")


def test_the_end_of_day_asks_and_takes_up_what_came():
    instruct(SIAM)
    market.capture(market.trade("T-1", SIAM, KRUNG))
    counts = close(date(2026, 1, 6))
    assert (counts["enriched"], counts["uninstructed"]) == (0, 1)
    assert waiting() == ["HOUSE/KRUNGSEC/equity/XBKK/THB"]
    instruct(KRUNG, market="XBKK", at=AT + timedelta(hours=1))
    assert waiting() == []
    assert TradeEnrichment.objects.filter(trade__source_ref="T-1").exists()
    counts = close(DUE, hours=24)
    assert (counts["enriched"], counts["uninstructed"]) == (0, 0)


def test_an_approval_at_the_desk_closes_the_work_whoever_holds_it(cast):
    market.capture(market.trade("T-1", SIAM, KRUNG))
    instruct(SIAM)
    ask()
    item = WorkItem.objects.get(kind=enriching.NO_INSTRUCTION)
    claiming.claim(item_id=item.pk, actor=cast.actor("mek"), at=AT)
    proposed = standing.propose(draft=draft(KRUNG), actor=cast.actor("chai"), at=AT)
    assert waiting()
    approving.approve(item_id=proposed, actor=cast.actor("dao"), at=AT)
    assert waiting() == []
    item.refresh_from_db()
    assert (item.state, item.answer) == ("done", enriching.ARRIVED)


def test_an_instruction_for_another_scope_closes_nothing():
    market.capture(market.trade("T-1", SIAM, KRUNG))
    ask()
    instruct(SIAM, market="XNYS")
    instruct(KRUNG)
    assert waiting() == ["HOUSE/SIAMSEC/equity/XBKK/THB"]
    assert not TradeEnrichment.objects.exists()


def test_work_closes_when_nothing_waits_for_the_instruction_any_more():
    instruct(SIAM)
    market.capture(market.trade("T-1", SIAM, KRUNG))
    ask()
    told = {"source": "SIAMSEC", "source_ref": "T-1", "book": BOOK, "actor": ACTOR, "at": AT}
    cancelling.cancel(**told)
    assert ask() == enriching.Asked(closed=1)
    assert waiting() == []


def test_what_a_person_closed_without_an_instruction_comes_back(cast):
    instruct(SIAM)
    market.capture(market.trade("T-1", SIAM, KRUNG))
    ask()
    item = WorkItem.objects.get(kind=enriching.NO_INSTRUCTION)
    claiming.complete(item_id=item.pk, answer="asked them", actor=cast.actor("chai"), at=AT)
    assert waiting() == []
    ask()
    assert len(waiting()) == 1


def test_what_is_settled_is_not_asked_about_and_what_failed_is():
    instruct(SIAM, ISARA)
    market.fund(SIAMSEC={"THB": 2000}, KRUNGSEC={PTT: 100})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    close(DUE)
    assert waiting() == ["HOUSE/KRUNGSEC/equity/XBKK/THB"]
    assert lacking() == []
    market.capture(market.trade("T-2", ISARA, KRUNG, value_date=NEXT))
    close(NEXT, hours=24)
    assert lacking() == [KRUNG], "it failed, and its instruction is still wanted"
    assert close(date(2026, 1, 9), hours=48)["uninstructed"] == 1
    market.withdraw("T-2")
    assert close(date(2026, 1, 12), hours=72)["uninstructed"] == 0
    assert waiting() == []


def test_late_unmatched_trades_and_late_legs_are_asked_about():
    instruct(SIAM)
    market.capture(market.trade("T-0", SIAM, ISARA, market="", value_date=NEXT))
    instruct(ISARA)
    close(NEXT)
    assert lacking() == []
    market.capture(desk.draft(source_ref="U-1"))
    assert lacking() == [KRUNG]
    market.capture(desk.other_side(source_ref="U-2"))
    close(date(2026, 1, 9), hours=24)
    assert lacking() == [KRUNG]


def test_payments_name_their_accounts_themselves():
    market.capture(market.pay("P-1", SIAM, KRUNG, "100.00"))
    assert lacking() == []


def test_each_book_asks_for_itself():
    trade = market.trade("T-1", SIAM, KRUNG)
    for book in (BOOK, f"{BOOK}2"):
        desk.capture(trade, actor=ACTOR, at=AT, book=book)
        ask(book)
    assert len(waiting()) == 4
    instruct(*WHOLE)
    assert waiting() == []
    assert TradeEnrichment.objects.count() == 2


def sent():
    """References of the deliveries that were instructed, without their side."""
    rows = OutgoingMessage.objects.filter(definition="sese.023").order_by("reference")
    return [one.reference.rpartition(" ")[0].removeprefix("SIAMSEC ") for one in rows]


def test_a_delivery_whose_instruction_came_after_its_window_closed_goes_out_once():
    instruct(SIAM)
    market.capture(market.trade("T-1", SIAM, KRUNG), market.trade("T-2", SIAM, ISARA))
    close(TRADED)
    assert sent() == []
    instruct(KRUNG, at=AT + timedelta(hours=1))
    close(date(2026, 1, 6), hours=24)
    assert sent() == ["T-1", "T-1"]
    market.capture(market.trade("T-3", SIAM, KRUNG))
    close(DUE, hours=48)
    assert sent() == ["T-1", "T-1", "T-3", "T-3"]
    days = OutgoingMessage.objects.filter(definition="sese.023", reference__contains="T-1")
    assert set(days.values_list("business_date", flat=True)) == {date(2026, 1, 6)}


def _cost(book, participants):
    codes = [f"{book}{number}" for number in range(participants)]
    for code in codes:
        market.enter(code)
    trades = [market.trade(f"{book}-{number}", code, SIAM) for number, code in enumerate(codes)]
    desk.capture(*trades, actor=ACTOR, at=AT, book=book)
    with CaptureQueriesContext(connection) as asking:
        assert ask(book).missing == participants + 1
    instruct(*codes)
    with CaptureQueriesContext(connection) as again:
        ask(book)
    WorkItem.objects.filter(kind=enriching.NO_INSTRUCTION).update(state="open")
    with CaptureQueriesContext(connection) as closing:
        assert ask(book).closed == participants
    return len(asking), len(again), len(closing)


def test_many_cost_what_few_cost():
    assert _cost("FEW", 2) == _cost("MANY", 40)


def _nodes(node):
    return [node, *(one for inner in node.get("Plans", ()) for one in _nodes(inner))]


def test_history_is_no_part_of_the_question():
    market.fund(SIAMSEC={"THB": 90_000}, KRUNGSEC={PTT: 9_000})
    market.capture(*(market.trade(f"T-{number}", SIAM, KRUNG) for number in range(20)))
    close(DUE)
    market.capture(market.trade("N-1", SIAM, KRUNG, value_date=NEXT))
    with connection.cursor() as cursor:
        told = "EXPLAIN (ANALYZE, FORMAT JSON) " + enriching.MISSING
        cursor.execute(told, {"book": BOOK, "settled": DUE})
        [(plan,)] = cursor.fetchone()
    rows = {one.get("Subplan Name"): one["Actual Rows"] for one in _nodes(plan["Plan"])}
    assert (rows["CTE unsettled"], rows["CTE asked"]) == (1, 1)


def test_no_plan_holds_every_trade_against_every_instruction():
    """Trades that just came, without statistics, once took their number times the participants."""
    names = [f"BROKER{number}" for number in range(60)]
    for name in names:
        market.enter(name)
    told = market.capture(
        *(
            market.trade(f"T-{number}", names[number % 60], names[(number * 7 + 1) % 60])
            for number in range(300)
        )
    )
    plan = plan_of(enriching.ENRICH, {"ids": list(told.ids), "at": AT})
    fitting = [node for node in plan if node.get("CTE Name") == "fitting"]
    assert len(fitting) == 1
    assert looked_through(plan) == []
