"""The whole house works with the rights of its own role: nothing here is done by the owner."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounting import closing, month_ends, pending, periods, posting, queries, reversing
from accounting.models import AccountBalance, MonthEnd
from backoffice.desk.models import WorkItem
from backoffice.outbox import delivering
from backoffice.portal import asking
from backoffice.portal.models import Request
from compliance import holds, parties
from itsupport import ticketing
from itsupport.models import TicketMessage
from records import filing
from records.models import Document
from settlement import end_of_day
from settlement.models import Settlement, StepRun
from tests.accounting.conftest import DAY, draft, open_books, sale
from tests.faults import full_day
from tests.settlement import market
from tests.settlement.market import BOOK, DUE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_application")]


@pytest.fixture
def books(as_application, system, at):
    return open_books(system, at)


def cash() -> tuple[int, int]:
    row = AccountBalance.objects.get(account__code="Assets:Cash")
    return int(row.debits_posted - row.credits_posted), int(row.debits_pending)


@pytest.fixture(autouse=True)
def still_the_application(as_application):
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == as_application


def test_entries_are_posted_and_reversed(books, system, at):
    made = posting.post(entry=sale("s1"), actor=system, at=at)
    posting.post(entry=sale("s2", "50.00"), actor=system, at=at)
    reversing.reverse(
        entity=books, entry_id=made.id, date=DAY, key="r1", memo="", actor=system, at=at
    )
    assert cash() == (50, 0)
    assert len(queries.trial_balance(entity=books, as_of=DAY)) == 2


def test_reserved_entries_are_posted_voided_and_expire(books, system, at):
    first, second = (pending.pend(entry=sale(key), actor=system, at=at) for key in ("p1", "p2"))
    minute = timedelta(minutes=1)
    pending.pend(entry=sale("p3"), timeout=minute, actor=system, at=at)
    assert cash() == (0, 300)
    pending.post_pending(entity=books, pending_id=first.id, key="p4", actor=system, at=at)
    pending.void(entity=books, pending_id=second.id, key="p5", actor=system, at=at)
    assert cash() == (100, 100)
    assert pending.expire(at=at + 2 * minute) == 1
    assert cash() == (100, 0)


@pytest.mark.department("accounting")
def test_months_are_kept_and_corrected_and_periods_and_years_closed(books, cast, system, at):
    december = draft("d1", ("Assets:Cash", "70"), ("Income:Sales", "-70"), day=date(2025, 12, 30))
    posting.post(entry=december, actor=system, at=at)
    kept = month_ends.keep(entity=books, until=date(2025, 12, 31), actor=system, at=at)
    assert kept == [date(2025, 12, 31)]
    late = draft("d2", ("Assets:Cash", "30"), ("Income:Sales", "-30"), day=date(2025, 12, 29))
    posting.post(entry=late, actor=system, at=at)
    assert {int(row.debits) for row in MonthEnd.objects.filter(debits__gt=0)} == {100}
    manager = cast.actor("mek")
    periods.define_year(entity=books, year=2026, actor=system, at=at)
    closed = closing.close_year(entity=books, year=2025, actor=manager, at=at)
    assert closed.entry is not None
    assert len(closed.periods) == 12


def test_a_whole_day_is_settled_booked_and_reported():
    full_day.prepare()
    counts = end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    assert counts["entries"] > 0
    assert Settlement.objects.exists()
    assert StepRun.objects.filter(business_date=DUE).count() == len(end_of_day.STEPS)
    assert delivering.deliver_pending(at=timezone.now())


def test_a_document_is_filed(system, at):
    filing.file(
        record_class="CON", title="สัญญาเช่า", content=b"lease", media_type="text/plain",
        source_key="lease", actor=system, at=at,
    )  # fmt: skip
    assert Document.objects.count() == 1


@pytest.mark.department("compliance")
def test_a_hold_is_placed_and_released(cast, system, at):
    parties.onboard(
        code="KTB", name_en="Krung Thai Bank", name_th="ธนาคารกรุงไทย", kind="bank",
        actor=system, at=at,
    )  # fmt: skip
    told = {"subject_kind": "party", "subject_ref": "KTB", "reason": "court order"}
    placed = holds.place(**told, actor=cast.actor("chai"), at=at)
    assert holds.held(subjects=[("party", "KTB")])
    holds.release(hold_id=placed, reason="lifted", actor=cast.actor("dao"), at=at)
    assert not holds.held(subjects=[("party", "KTB")])


def test_a_ticket_is_opened_and_a_question_asked(cast, at):
    ann = cast.actor("ann", channel="portal")
    ticket = ticketing.open_ticket(
        title="Printer", body="E-42", category="hardware", requester_id=ann.staff_id,
        actor=ann, at=at,
    )  # fmt: skip
    ticketing.reply(ticket_id=ticket, body="Still E-42.", actor=ann, at=at)
    assert TicketMessage.objects.count() == 1
    question = asking.Question(
        key="k1", kind=Request.Kind.PRICE, title="Orchids", text="Fridays", details={}
    )
    asking.ask(question=question, actor=ann, at=at)
    assert WorkItem.objects.count() == 2


def test_people_sign_in(cast, client):
    cast.staff("chai")
    answer = client.post("/accounts/login/", {"login": "chai", "password": "demo"})
    assert answer.status_code == 302
    assert client.get("/admin/").status_code == 200
