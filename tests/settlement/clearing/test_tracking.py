"""From a reference to the furthest step that was reached."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounting import chart
from compliance import holds
from settlement import end_of_day
from settlement.clearing import capturing, tracking
from settlement.rules.trades import PartyRef, Side, TradeDraft, TradeType
from settlement.trades import matching, trading
from tests.settlement import desk, market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, PTT, SIAM

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 5)


@pytest.fixture
def captured(system, at):
    chart.ensure_entity(code="TRK", name_en="T", name_th="ท", actor=system, at=at)
    capturing.enter_participant(
        code="RB", name_en="Ratchada", name_th="รัชดา", kind="bank", actor=system, at=at
    )
    for reference, account, operation in (
        ("PAY-1", "2001", "transfer-out"),
        ("PAY-2", "2002", "transfer-out"),
        ("CASH-1", "2001", "cash-out"),
    ):
        capturing.capture_one(
            reference=reference, business_date=DAY, account=account, operation=operation,
            direction="debit", amount=Decimal("100.00"), currency="THB", book="TRK",
            participant="RB" if operation == "transfer-out" else "", actor=system, at=at,
        )  # fmt: skip


def _stage(reference: str) -> str:
    return tracking.track(reference=reference)[0].stage


def test_each_stage_is_told(captured, system, at):
    assert _stage("PAY-1") == "captured"
    holds.place(subject_kind="trade", subject_ref="PAY-2", reason="test", actor=system, at=at)
    end_of_day.run(
        business_date=DAY, book="TRK", actor=system, clock=lambda: at + timedelta(hours=10)
    )
    assert _stage("PAY-1") == "settled"
    assert _stage("PAY-2") == "held"
    assert _stage("CASH-1") == "cleared"


def test_an_instruction_leads_to_what_it_settles(captured, system, at):
    end_of_day.run(
        business_date=DAY, book="TRK", actor=system, clock=lambda: at + timedelta(hours=10)
    )
    instruction = tracking.track(reference="PAY-1")[0].instruction
    found = tracking.track(reference=f" {instruction} ")
    assert {it.reference for it in found} == {"PAY-1", "PAY-2"}
    assert {it.net for it in found} == {Decimal(-200)}


def test_an_unknown_reference_finds_nothing(captured, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert tracking.track(reference="PAY") == []


@pytest.fixture
def traded(captured, system, at):
    capturing.enter_participant(
        code="LB", name_en="Lanna", name_th="ล้านนา", kind="bank", actor=system, at=at
    )

    def capture(reference: str, *, locked_in: bool) -> None:
        kind = TradeType.PAYMENT if locked_in else TradeType.PVP
        draft = TradeDraft(
            source="t", source_ref=reference, type=kind,
            side=Side.BUY, trade_date=DAY, value_date=date(2026, 1, 6), buyer=PartyRef.code("RB"),
            seller=PartyRef.code("LB"), market="XBKK", instrument="" if locked_in else "USD",
            quantity=Decimal(0) if locked_in else Decimal("10.00"), amount=Decimal("350.00"),
            currency="THB",
        )  # fmt: skip
        trading.capture_one(draft=draft, book="TRK", actor=system, at=at)

    return capture


def test_a_trade_tells_whether_it_waits_is_held_or_is_ready(traded, system, at):
    holds.place(subject_kind="trade", subject_ref="T-3", reason="test", actor=system, at=at)
    traded("T-1", locked_in=True)
    traded("T-2", locked_in=False)
    traded("T-3", locked_in=True)
    found = {ref: tracking.track_trades(reference=ref)[0] for ref in ("T-1", "T-2", "T-3")}
    assert {ref: it.stage for ref, it in found.items()} == {
        "T-1": "open", "T-2": "unmatched", "T-3": "held",
    }  # fmt: skip
    assert (found["T-1"].buyer_en, found["T-1"].amount) == ("Ratchada", Decimal(350))
    assert tracking.track_trades(reference="T-4") == []


def test_a_trade_tells_that_it_settled_or_failed_and_not_that_it_waits_for_a_day_gone_by(
    client, cast
):
    """Both said "awaits its value date" for good."""
    market.furnish()
    market.fund(SIAMSEC={"THB": 5000}, KRUNGSEC={PTT: 100})
    market.capture(
        market.trade("T-1", SIAM, KRUNG), market.trade("T-2", SIAM, KRUNG, 900, "1500.00")
    )
    matched = (desk.draft(amount=Decimal("900.00")), desk.other_side(amount=Decimal("900.00")))
    desk.capture(*matched, actor=ACTOR, at=AT)
    matching.match(book=BOOK, actor=ACTOR, at=AT)
    market.close_day()
    found = {ref: tracking.track_trades(reference=ref)[0] for ref in ("T-1", "T-2", "S-1", "K-1")}
    stages = {ref: it.stage for ref, it in found.items()}
    assert stages == {"T-1": "settled", "T-2": "failing", "S-1": "failing", "K-1": "failing"}
    assert (found["T-1"].settled_at, found["T-2"].failed_on) == (AT, DUE)
    client.force_login(cast.staff("ann"), backend="backoffice.people.permissions.RoleBackend")
    page = client.get("/settlement/", {"q": "T-2"}).content.decode()
    assert "Not settled when due" in page or "ไม่ได้ชำระเมื่อถึงกำหนด" in page
