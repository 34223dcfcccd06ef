"""A buy-in is carried out: the fail ends, the difference and the costs are paid, nothing twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounting import queries as ledger
from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from backoffice.kernel.actors import NotAllowed
from settlement import queries
from settlement.charges import buying_in, judging_buy_ins, margining, rating
from settlement.charges.judging_buy_ins import Draft
from settlement.models import (
    BoughtInLeg,
    BuyIn,
    BuyInExecution,
    FailedLeg,
    Instruction,
    Leg,
    OpenCharge,
    Penalty,
    PenaltyRegime,
    Settlement,
    Trade,
)
from settlement.reports import reporting
from settlement.rules import buy_ins as rules
from settlement.rules.buy_ins import Execution
from settlement.rules.trades import TradeType
from settlement.windows import positions
from tests.settlement import market
from tests.settlement.beside import Beside
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, PTT, SIAM

pytestmark = pytest.mark.django_db
DAYS = [DUE + timedelta(days=n) for n in range(6)]
ORDERED, EXECUTED = DAYS[1], DAYS[2]


def fail(*trades, held=0):
    """Krung owes Siam papers that it does not have, on two days: a buy-in is ordered."""
    market.furnish()
    regime = PenaltyRegime(
        market="XBKK", tariff="CSDR", valid_from=DUE, buy_in_after=1, source="a test"
    )
    rating.enter_regime(regime=regime, actor=ACTOR, at=AT)
    market.fund(SIAMSEC={"THB": 10_000})
    if held:
        market.fund("F-2", KRUNGSEC={PTT: held})
    market.capture(*(trades or [market.trade("T-1", SIAM, KRUNG)]))
    for day in DAYS[:2]:
        market.close_day(day)


def draft(quantity="100", price="12", costs="25.00", **changes):
    executed = {"quantity": Decimal(quantity), "costs": Decimal(costs), "currency": "THB"}
    executed["price"] = None if price is None else Decimal(price)
    executed |= {name: changes.pop(name) for name in ("currency",) if name in changes}
    told = {"buy_in_id": BuyIn.objects.get().pk, "executed_on": EXECUTED, **changes}
    return Draft(executed=Execution(**executed), **told)


def record(*told, **changes):
    return buying_in.record(draft=draft(*told, **changes), proposed_by="x", actor=ACTOR, at=AT)


def clearing(day):
    rows = ledger.trial_balance(entity=BOOK, as_of=day)
    start = "Assets:Clearing:"
    return {
        row.account.removeprefix(start): row.balance
        for row in rows
        if row.account.startswith(start) and row.balance
    }


def test_the_difference_and_the_costs_are_paid_with_the_next_day_and_the_fail_is_over():
    fail()
    made = record(reference="MKT-77")
    assert (made.payer.code, made.payee.code, made.booked_on) == (KRUNG, SIAM, EXECUTED)
    assert (made.worth, made.agreed, made.amount) == (1200, 1000, 225)
    assert dict(BoughtInLeg.objects.values_list("leg__kind", "quantity")) == {
        "delivery": 100,
        "cash": 1000,
    }
    assert clearing(EXECUTED) == {KRUNG: 225, SIAM: -225}
    penalties = Penalty.objects.count()
    counts = market.close_day(EXECUTED)
    assert (counts["legs_failed"], counts["penalties"]) == (0, 0)
    counts = market.close_day(DAYS[3])
    assert (counts["instructions"], counts["settled"]) == (2, 2)
    told = set(Instruction.objects.values_list("obligation__participant__code", "direction"))
    assert told == {(KRUNG, "receive"), (SIAM, "pay")}
    assert clearing(DAYS[3]) == {}
    assert Penalty.objects.count() == penalties
    assert not Settlement.objects.exists()
    assert not OpenCharge.objects.exists()
    assert sum(positions.positions(book=BOOK).values()) == 0
    assert queries.trade_story(trade=Trade.objects.get()).state == "bought in"


def test_papers_that_come_after_the_buy_in_do_not_settle_it_again():
    fail()
    record()
    market.fund("F-3", day=EXECUTED, KRUNGSEC={PTT: 500})
    assert market.close_day(EXECUTED)["trades_settled"] == 0
    assert not Settlement.objects.exists()


def test_a_part_ends_by_its_part_and_the_rest_goes_on_failing_until_it_settles():
    fail(market.trade("T-1", SIAM, KRUNG, 300, "1000.00"))
    made = record("100", "5", "0")
    assert (made.agreed, made.worth, made.amount) == (Decimal("333.33"), 500, Decimal("166.67"))
    counts = market.close_day(EXECUTED)
    assert counts["legs_failed"] == 2
    failed = FailedLeg.objects.filter(business_date=EXECUTED)
    assert dict(failed.values_list("leg__kind", "quantity")) == {
        "delivery": 200,
        "cash": Decimal("666.67"),
    }
    assert queries.trade_story(trade=Trade.objects.get()).state == "open"
    assert WorkItem.objects.get(kind="settlement.buy_in").state == "open"
    market.fund("F-3", day=DAYS[3], KRUNGSEC={PTT: 200})
    market.close_day(DAYS[3])
    settled = dict(Settlement.objects.values_list("leg__kind", "quantity"))
    assert settled == {"delivery": 200, "cash": Decimal("666.67")}
    assert queries.trade_story(trade=Trade.objects.get()).state == "bought in"
    # The delivery came after all: nobody is asked to buy it in any more.
    assert WorkItem.objects.get(kind="settlement.buy_in").state == "done"
    with pytest.raises(judging_buy_ins.NothingLeft):
        record("1", executed_on=DAYS[3])


def test_what_was_bought_cheaper_counts_as_paid_and_only_the_costs_are_owed():
    """2018/1229 Art. 35(2)."""
    fail()
    assert record("100", "8", "3.50").amount == Decimal("3.50")


def test_what_costs_nothing_more_is_charged_nothing():
    fail()
    assert record("100", "10", "0").amount == 0
    assert not OpenCharge.objects.exists()
    assert market.close_day(EXECUTED)["legs_failed"] == 0


def mark(price, day=EXECUTED):
    told = margining.Mark(PTT, day, Decimal(price), "THB")
    margining.mark(marks=[told], source="SET", actor=ACTOR, at=AT)


def test_where_nothing_can_be_bought_the_market_value_is_paid_in_cash():
    """2018/1229 Art. 32(1)(a): beyond the settlement amount."""
    fail()
    with pytest.raises(judging_buy_ins.MarketValueUnknown):
        record("100", None)
    mark("9", DAYS[1])
    mark("13.5")
    mark("99", DAYS[3])
    made = record("100", None, "0")
    assert (made.kind, made.price, made.amount) == ("cash", Decimal("13.5"), 350)


def test_a_delivery_free_of_payment_is_compared_with_the_market_value_of_its_trade_date():
    """2018/1229 Art. 32(1)(b)."""
    free = {"type": TradeType.FOP, "amount": Decimal(0), "currency": ""}
    fail(market.trade("T-1", SIAM, KRUNG, **free))
    mark("10", market.TRADED)
    made = record("100", "11", "0")
    assert (made.agreed, made.amount) == (1000, 100)
    assert BoughtInLeg.objects.get().leg.kind == "delivery"


@pytest.mark.parametrize(
    ("told", "changes", "refusal"),
    [
        (("0",), {}, rules.ExecutionQuantityWrong),
        (("1.5",), {}, rules.ExecutionQuantityWrong),
        (("101",), {}, rules.MoreThanLeft),
        (("100", "0"), {}, rules.ExecutionPriceWrong),
        (("100", "12", "-1"), {}, rules.ExecutionCostsWrong),
        (("100", "12", "0.001"), {}, rules.ExecutionCostsWrong),
        (("100",), {"currency": "EUR"}, judging_buy_ins.CurrencyDiffers),
        (("100",), {"executed_on": DUE}, judging_buy_ins.ExecutionDayWrong),
        (("100",), {"executed_on": DAYS[5]}, judging_buy_ins.ExecutionDayWrong),
        (("100",), {"buy_in_id": 999_999}, judging_buy_ins.NoSuchBuyIn),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_kept(told, changes, refusal, cast):
    fail()
    with pytest.raises(refusal) as refused:
        buying_in.propose(draft=draft(*told, **changes), actor=cast.actor("chai"), at=AT)
    assert refused.value.text("th") != refused.value.text("en")
    assert not WorkItem.objects.filter(kind=buying_in.KIND).exists()


def test_one_proposes_and_another_approves(cast):
    fail()
    mek, dao = cast.actor("mek"), cast.actor("dao")
    item = buying_in.propose(draft=draft(), actor=mek, at=AT)
    assert buying_in.propose(draft=draft(), actor=dao, at=AT) == item
    with pytest.raises(buying_in.ExecutionWaits):
        buying_in.propose(draft=draft("50"), actor=dao, at=AT)
    assert not BuyInExecution.objects.exists()
    with pytest.raises(approving.SamePerson):
        approving.approve(item_id=item, actor=mek, at=AT)
    approving.approve(item_id=item, actor=dao, at=AT)
    made = BuyInExecution.objects.get()
    assert (made.proposed_by, made.recorded_by, made.amount) == ("mek", "dao", 225)
    assert WorkItem.objects.get(kind="settlement.buy_in").state == "done"
    told = WorkItem.objects.get(pk=item)
    assert "225.00 THB" in told.title_en
    assert dict(told.details)["difference"] == "200.00 THB"


def test_what_is_rejected_ends_nothing(cast):
    fail()
    item = buying_in.propose(draft=draft(), actor=cast.actor("chai"), at=AT)
    approving.reject(item_id=item, actor=cast.actor("dao"), at=AT, note="wrong price")
    assert not BuyInExecution.objects.exists()
    assert market.close_day(EXECUTED)["legs_failed"] == 2


def test_nobody_outside_settlement_proposes_and_no_clerk_approves(cast):
    fail()
    with pytest.raises(NotAllowed):
        buying_in.propose(draft=draft(), actor=cast.actor("ann"), at=AT)
    item = buying_in.propose(draft=draft(), actor=cast.actor("mek"), at=AT)
    with pytest.raises(NotAllowed):
        approving.approve(item_id=item, actor=cast.actor("chai"), at=AT)


def test_a_delivery_that_settled_before_the_approval_is_not_bought_in(cast):
    fail()
    item = buying_in.propose(draft=draft(), actor=cast.actor("chai"), at=AT)
    market.fund("F-3", day=EXECUTED, KRUNGSEC={PTT: 100})
    assert market.close_day(EXECUTED)["trades_settled"] == 1
    with pytest.raises(judging_buy_ins.NothingLeft):
        approving.approve(item_id=item, actor=cast.actor("dao"), at=AT)
    assert not BuyInExecution.objects.exists()
    assert clearing(EXECUTED) == {}


def test_a_market_value_that_moved_since_is_proposed_anew(cast):
    fail()
    mark("13", DAYS[1])
    item = buying_in.propose(draft=draft("100", None), actor=cast.actor("chai"), at=AT)
    mark("14")
    with pytest.raises(buying_in.OwedMoved):
        approving.approve(item_id=item, actor=cast.actor("dao"), at=AT)


def test_an_execution_of_a_day_that_is_over_is_booked_on_the_next_one():
    fail()
    market.close_day(EXECUTED)
    made = record()
    assert (made.executed_on, made.booked_on) == (EXECUTED, DAYS[3])
    market.close_day(DAYS[3])
    market.close_day(DAYS[4])
    assert clearing(DAYS[4]) == {}


def test_the_day_s_report_tells_of_it():
    fail()
    record(reference="MKT-77")
    [row] = reporting.report(book=BOOK, business_date=EXECUTED)["charges"]["bought_in"]
    assert row == {
        "source": row["source"],
        "reference": "T-1",
        "kind": "bought",
        "quantity": "100",
        "price": "12",
        "currency": "THB",
        "payer": KRUNG,
        "payee": SIAM,
        "costs": "25",
        "amount": "225",
        "purchase": "MKT-77",
    }


def test_the_facts_are_never_changed_and_a_leg_never_ends_by_more_than_it_owes():
    fail()
    made = record("60")
    for model in (BuyInExecution, BoughtInLeg):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            model.objects.update(quantity=1)
    leg = Leg.objects.get(kind="delivery")
    other = BuyInExecution.objects.get(pk=made.pk)
    other.pk, other.number = None, 2
    other.save(force_insert=True)
    with pytest.raises(IntegrityError, match="settle more than it owes"), transaction.atomic():
        BoughtInLeg.objects.create(leg=leg, execution=other, quantity=41)


def test_many_buy_ins_are_looked_at_in_as_many_statements_as_one():
    fail(*(market.trade(f"T-{n}", SIAM, KRUNG, 10, "10.00") for n in range(12)))

    def asked(*ids):
        WorkItem.objects.filter(kind="settlement.buy_in").exclude(subject_ref__in=ids).update(
            state="cancelled"
        )
        with CaptureQueriesContext(connection) as told:
            buying_in.close_delivered(book=BOOK, business_date=EXECUTED, actor=ACTOR, at=AT)
        return len(told)

    ids = [str(one) for one in BuyIn.objects.values_list("trade_id", flat=True)]
    assert len(ids) == 12
    assert asked(*ids) == asked(ids[0]) == 3


@pytest.fixture
def ready(committed_db):
    """The failing delivery could settle now, and is to be bought in at the same moment."""
    fail()
    market.fund("F-3", day=EXECUTED, KRUNGSEC={PTT: 100})


def test_an_execution_that_commits_first_is_waited_for_and_nothing_settles(ready):
    with transaction.atomic():
        record()
        closing = Beside(lambda: market.close_day(EXECUTED))
        assert not closing.done.wait(0.5)
    assert closing.finish()["trades_settled"] == 0
    assert not Settlement.objects.exists()
    assert BuyInExecution.objects.count() == 1


def test_a_settlement_that_commits_first_is_waited_for_and_nothing_is_bought_in(ready):
    told = draft()
    refused = []

    def execute():
        try:
            buying_in.record(draft=told, proposed_by="x", actor=ACTOR, at=AT)
        except judging_buy_ins.NothingLeft as error:
            refused.append(error)

    with transaction.atomic():
        assert market.settle(EXECUTED).settled == 1
        executing = Beside(execute)
        assert not executing.done.wait(0.5)
    executing.finish()
    assert len(refused) == 1
    assert Settlement.objects.count() == 2
    assert not BuyInExecution.objects.exists()


def test_two_executions_at_once_never_end_more_than_is_left(ready):
    told = draft("70")
    outcomes = []

    def execute():
        try:
            buying_in.record(draft=told, proposed_by="x", actor=ACTOR, at=AT)
            outcomes.append("done")
        except rules.MoreThanLeft:
            outcomes.append("refused")

    both = [Beside(execute), Beside(execute)]
    for one in both:
        one.finish()
    assert sorted(outcomes) == ["done", "refused"]
    assert BuyInExecution.objects.count() == 1
