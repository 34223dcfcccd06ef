"""The end of day from the desk: what stands before it, who starts it, and that twice is once."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import NotAllowed
from backoffice.outbox import jobs
from backoffice.outbox.models import JobRun
from backoffice.reference import days
from settlement import readiness, starting
from settlement.models import Break, StepRun, UnmatchedTrade
from settlement.reconciliation import keeping, writing_off
from settlement.windows import novating, releasing, windowing
from tests.settlement import desk as trade_desk
from tests.settlement import market
from tests.settlement.market import ACTOR, BOOK, DUE, ISARA, KRUNG, SIAM, TRADED

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 31, 5, tzinfo=UTC)


@pytest.fixture
def desk(client, cast):
    def open_page(name="mek", language="en", day=DUE):
        staff = cast.staff(name)
        staff.language = language
        staff.save()
        client.force_login(staff, backend="backoffice.people.permissions.RoleBackend")
        asked = {"book": BOOK, "date": day.isoformat()}
        return client.get(reverse("admin:settlement_progress"), asked).content.decode()

    return open_page


@pytest.fixture
def day():
    """One trade on both sides, one that waits for its other side."""
    market.furnish()
    market.fund(SIAMSEC={"THB": 500_000}, KRUNGSEC={market.PTT: 300})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.capture(market.trade("T-2", ISARA, KRUNG, 50, "700.00", locked_in=False))


def start(client, name, cast, day=DUE, **more):
    client.force_login(cast.staff(name), backend="backoffice.people.permissions.RoleBackend")
    asked = {"book": BOOK, "date": day.isoformat()}
    return client.post(reverse("admin:settlement_day_start"), asked, **more)


def test_the_checks_count_what_is_there(day):
    found = readiness.of_day(book=BOOK, business_date=DUE)
    counts = {check.name: check.count for check in found.checks}
    assert counts["unmatched"] == UnmatchedTrade.objects.count() == 1
    assert (counts["earlier"], counts["breaks"], counts["held"]) == (0, 0, 0)
    assert found.trades == 2
    assert not found.is_blocked
    earlier = DUE.replace(day=DUE.day - 1)
    days.open_day(business_date=earlier, actor=ACTOR, at=LATE, book=BOOK)
    assert readiness.of_day(book=BOOK, business_date=DUE).is_blocked
    assert readiness.next_day(book=BOOK, until=LATE.date()) == earlier


def test_what_waits_for_two_is_counted_of_the_book_itself(cast, at):
    market.furnish()
    other = "OTHER"
    for book in (BOOK, other):
        releasing.set_release_limit(
            book=book, currency="THB", amount=Decimal(1), valid_from=TRADED, actor=ACTOR, at=at
        )
    for book, count in ((BOOK, 1), (other, 2)):
        pays = [market.pay(f"P-{number}", SIAM, KRUNG, "50.00") for number in range(count)]
        told = {"book": book, "business_date": DUE, "actor": ACTOR, "at": at}
        trade_desk.capture(*pays, actor=ACTOR, at=at, book=book)
        windowing.close_all(**told)
        novating.net_all(book=book, business_date=DUE, at=at)
        assert releasing.request(**told) == count
    for book, gap, count in ((BOOK, "5.00", 1), (other, "6.00", 1), (other, "7.00", 2)):
        account = keeping.enter_account(
            book=book,
            kind="cash",
            number=f"{book}{gap[0]}",
            currency="THB",
            ledger_account=f"Assets:Nostro:N{gap[0]}",
            starts_on=TRADED,
            actor=ACTOR,
            at=at,
        )
        broken = Break.objects.create(
            account=account,
            kind="missing_in_books",
            asset="THB",
            amount=Decimal(gap),
            since=DUE,
            opened_at=at,
        )
        told = {"account": "Expenses:WriteOffs", "reason": "small", "at": at}
        writing_off.propose(break_id=broken.pk, **told, actor=cast.actor("chai"))
        assert writing_off.waiting(book=book) == count
    found = {
        book: {one.name: one.count for one in readiness.of_day(book=book, business_date=DUE).checks}
        for book in (BOOK, other)
    }
    told = {book: (of["unreleased"], of["write_offs"]) for book, of in found.items()}
    assert told == {BOOK: (1, 1), other: (2, 2)}


def test_it_is_started_by_a_checker_or_the_manager_only(day, cast, at):
    for name in ("chai", "aree", "ann"):
        with pytest.raises(NotAllowed):
            starting.start(book=BOOK, business_date=DUE, actor=cast.actor(name), at=LATE)
    assert not JobRun.objects.exists()
    job = starting.start(book=BOOK, business_date=DUE, actor=cast.actor("dao"), at=LATE)
    assert starting.start(book=BOOK, business_date=DUE, actor=cast.actor("mek"), at=LATE) == job
    assert JobRun.objects.count() == 1
    started = AuditEvent.objects.filter(verb="starting.start").order_by("pk")
    assert list(started.values_list("actor", flat=True)) == ["dao", "mek"]


def test_days_ahead_and_out_of_order_are_refused(day, cast):
    mek = cast.actor("mek")
    with pytest.raises(starting.DayNotReached):
        starting.start(book=BOOK, business_date=date(2027, 1, 5), actor=mek, at=LATE)
    days.open_day(business_date=DUE.replace(day=DUE.day - 1), actor=mek, at=LATE, book=BOOK)
    with pytest.raises(starting.EarlierDaysOpen, match="1 earlier days"):
        starting.start(book=BOOK, business_date=DUE, actor=mek, at=LATE)
    assert not JobRun.objects.exists()


def test_a_job_that_failed_for_good_begins_anew(day, cast):
    job = starting.start(book=BOOK, business_date=DUE, actor=cast.actor("mek"), at=LATE)
    JobRun.objects.filter(pk=job).update(state="failed", attempts=5)
    starting.start(book=BOOK, business_date=DUE, actor=cast.actor("mek"), at=LATE)
    row = JobRun.objects.get(pk=job)
    assert (row.state, row.attempts) == ("waiting", 0)


WORDS = {
    "en": (
        *("Before the end of day", "Start the end of day", "The day is sealed."),
        "The day&#x27;s report",
    ),
    "th": ("ก่อนปิดสิ้นวัน", "เริ่มปิดสิ้นวัน", "ปิดผนึกวันแล้ว", "รายงานประจำวัน"),
}


@pytest.mark.parametrize("language", WORDS)
def test_the_page_from_the_checks_to_the_report(day, desk, client, cast, language):
    words = WORDS[language]
    before = desk(language=language)
    assert words[0] in before
    assert words[1] in before
    assert re.search(r"<b>1</b>", before.split("day-checks")[1])
    assert start(client, "mek", cast).status_code == 302
    waiting = desk(language=language)
    assert "every 2s" in waiting
    assert words[1] not in waiting
    assert jobs.run(job_id=JobRun.objects.get().pk, at=timezone.now)
    sealed = desk(language=language)
    assert words[2] in sealed
    assert words[3] in sealed.replace("'", "&#x27;")
    assert "every 2s" not in sealed
    marks = list(StepRun.objects.values_list("pk", "finished_at"))
    assert start(client, "mek", cast).status_code == 302
    assert list(StepRun.objects.values_list("pk", "finished_at")) == marks
    report = client.get(
        reverse("admin:settlement_day_report"), {"book": BOOK, "date": DUE.isoformat()}
    )
    assert BOOK.encode() in b"".join(report)
    assert AuditEvent.objects.filter(verb="reading.open_document").count() == 1


@pytest.mark.parametrize("page", ["progress", "pictures", "day_report", "day_start"])
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"book": "HOUSE\x00"}, 400),
        ({"book": "B" * 21}, 404),
        ({"book": "HOUSE\x1b"}, 404),
        ({"date": "0001-01-01"}, 404),
        ({"date": "9999-12-31"}, 404),
        ({"date": "2026-02-30"}, 200),
        ({"asset": "NONE"}, 200),
        ({"book": "' OR 1=1 --"}, 200),
    ],
    ids=repr,
)
def test_what_is_no_book_and_no_day_is_not_found(client, cast, page, asked, status):
    client.force_login(cast.staff("mek"), backend="backoffice.people.permissions.RoleBackend")
    send = client.post if page == "day_start" else client.get
    answer = send(reverse(f"admin:settlement_{page}"), asked)
    if page == "day_start" and status == 400:
        status = 404  # a NUL in a body is met by the page itself
    wanted = {"day_start": 302, "day_report": 404}.get(page, 200) if status == 200 else status
    assert answer.status_code == wanted


def test_who_may_not_start_sees_no_button_and_is_refused(day, desk, client, cast):
    page = desk("chai")
    assert "Start the end of day" not in page
    assert "A checker or the manager of settlement starts it" in page
    told = start(client, "chai", cast, follow=True)
    assert "may not do this" in told.content.decode()
    assert not JobRun.objects.exists()
    assert client.get(reverse("admin:settlement_day_start")).status_code == 404
    missing = {"book": BOOK, "date": "2020-01-01"}
    assert client.get(reverse("admin:settlement_day_report"), missing).status_code == 404


def test_the_page_costs_as_many_queries_however_much_is_due(day, desk):
    desk()
    with CaptureQueriesContext(connection) as few:
        desk()
    market.capture(
        *(market.trade(f"M-{n}", SIAM, KRUNG, 1, "1.00", locked_in=False) for n in range(30))
    )
    with CaptureQueriesContext(connection) as many:
        desk()
    assert len(many) == len(few) <= 30
