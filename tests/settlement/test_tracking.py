"""From a reference to the furthest step that was reached."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounting import chart
from compliance import holds
from settlement import capturing, end_of_day, tracking

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
