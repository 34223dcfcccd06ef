"""Capture: all or nothing, nothing twice, nothing into a closed day."""

from datetime import date
from decimal import Decimal

import pytest

from backoffice.kernel.actors import NotAllowed
from backoffice.kernel.refusals import Refused
from settlement.clearing import capturing
from settlement.models import ImportFile, Participant, Transaction

pytestmark = pytest.mark.django_db
ONE = {
    "reference": "T-1",
    "business_date": date(2026, 1, 5),
    "account": "1",
    "operation": "cash_deposit",
    "direction": "credit",
    "amount": Decimal(10),
    "currency": "CZK",
    "book": "HOUSE",
}
BAD_LINE = b'99;1;930101;"PRIJEM";"VKLAD";1e3;0.00;"";;\n'


@pytest.mark.parametrize("name", ["ann", "aree"])
def test_who_does_not_work_in_settlement_captures_nothing(capture, cast, at, name):
    actor = cast.actor(name)
    with pytest.raises(NotAllowed):
        capture(actor=actor)
    bank = {"code": "AB", "name_en": "AB", "name_th": "", "kind": "bank"}
    with pytest.raises(NotAllowed):
        capturing.enter_participant(**bank, actor=actor, at=at)
    with pytest.raises(NotAllowed):
        capturing.capture_one(**ONE, actor=actor, at=at)
    assert not Transaction.objects.exists()
    assert not Participant.objects.exists()
    capturing.capture_one(**ONE, actor=cast.actor("chai"), at=at)
    capturing.capture_one(**{**ONE, "reference": "T-2"}, actor=cast.actor("inta"), at=at)
    assert Transaction.objects.count() == 2


@pytest.mark.department("accounting")
def test_accountings_clerk_captures_nothing(cast, at):
    with pytest.raises(NotAllowed):
        capturing.capture_one(**ONE, actor=cast.actor("chai"), at=at)


def test_a_register_is_taken_once(capture):
    assert (capture().taken, Transaction.objects.count()) == (60, 60)
    again = capture()
    assert (again.taken, again.known, Transaction.objects.count()) == (0, 60, 60)


def test_its_partner_banks_become_participants(capture):
    capture()
    assert set(Participant.objects.values_list("code", flat=True)) == {"AB", "CD", "EF", "GH"}


def test_a_bad_line_refuses_the_file_by_file_line_field_and_rule(capture):
    with pytest.raises(Refused) as refused:
        capture(extra=BAD_LINE)
    place = refused.value.place
    assert (place.file, place.line, place.field) == ("r.csv", 62, "amount")
    assert refused.value.code == "not-an-amount"
    assert not Transaction.objects.exists()
    assert not ImportFile.objects.exists()


def test_the_good_lines_are_kept_when_asked(capture):
    told = []
    found = capture(extra=BAD_LINE, skip_bad=True, on_refused=told.append)
    assert (found.taken, found.refused, ImportFile.objects.get().refused) == (60, 1, 1)
    assert [(bad.place.line, bad.code) for bad in told] == [(62, "not-an-amount")]


def test_a_known_transaction_with_other_figures_is_refused(capture):
    capture()
    with pytest.raises(capturing.TransactionDiffers) as refused:
        capture(seed=2)
    assert refused.value.place.line == 2


def test_nothing_enters_a_sealed_day(capture, close):
    capture(days=1)
    close()
    with pytest.raises(capturing.DayNotTaking):
        capture(extra=b'999;1;930101;"PRIJEM";"VKLAD";1.00;0.00;"";;\n', days=1)
    assert capture(days=1).known == 20


@pytest.fixture
def draft():
    return {
        "reference": "A-1",
        "business_date": date(2026, 1, 5),
        "account": "1",
        "operation": "cash-in",
        "direction": "credit",
        "amount": Decimal("10.00"),
        "currency": "THB",
        "book": "HOUSE",
    }


def test_one_by_one_the_same_reference_is_one_transaction(draft, system, at):
    first = capturing.capture_one(**draft, actor=system, at=at)
    assert capturing.capture_one(**draft, actor=system, at=at) == first
    with pytest.raises(capturing.TransactionDiffers):
        capturing.capture_one(**{**draft, "amount": Decimal("11.00")}, actor=system, at=at)


def test_a_transfer_names_a_known_participant(draft, system, at):
    transfer = {**draft, "operation": "transfer-in"}
    for code in ("", "ZZ"):
        with pytest.raises(capturing.ParticipantUnknown):
            capturing.capture_one(**transfer, participant=code, actor=system, at=at)
