"""Cut-offs at the desk: those of the day with the time left, the list, and a late trade's page."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.outbox.models import JobRun
from settlement.models import CutOff, Trade
from settlement.trades import cut_offs
from tests.settlement import desk as trade_desk
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, SIAM

pytestmark = pytest.mark.django_db
UNTIL = datetime(2026, 1, 7, 11, 0, tzinfo=UTC)


@pytest.fixture
def desk(client, cast):
    def open_page(name, *args, language="en", **asked):
        staff = cast.staff("mek")
        staff.language = language
        staff.save()
        client.force_login(staff, backend="backoffice.people.permissions.RoleBackend")
        answer = client.get(reverse(name, args=args), asked)
        assert answer.status_code == 200
        return answer.content.decode()

    return open_page


@pytest.fixture
def day(monkeypatch):
    """A trade due on the 7th, and what o'clock it is."""
    market.furnish()
    market.capture(market.trade("T-1", SIAM, KRUNG))

    def strike(now):
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    return strike


def state(clock="18:00", **told):
    told = {"valid_from": date(2026, 1, 1), "source": "rule book"} | told
    cut_offs.enter(
        cut_off=CutOff(time=time.fromisoformat(clock), **told),
        actor=ACTOR,
        at=AT,
    )


ASKED = {"book": BOOK, "date": DUE.isoformat()}
WORDS = {
    "en": ("2 h 1 min left", "later goes to the next business day", "all items", "before its last"),
    "th": ("เหลือ 2 ชม. 1 นาที", "หลังจากนั้นเลื่อนไปวันทำการถัดไป", "ทุกรายการ", "ก่อนเวลาปิดรับสุดท้าย"),
}


@pytest.mark.parametrize("language", WORDS)
def test_the_day_s_page_tells_what_is_to_come_and_asks_for_a_yes(desk, day, language):
    state()
    state("12:00", market="XBKK", type="DVP", days_before=1, policy="refuse")
    day(UNTIL - timedelta(hours=2, seconds=1))
    page = desk("admin:settlement_progress", language=language, **ASKED)
    section = page.split('id="cut-offs"')[1].split("</section>")[0]
    assert all(one in section for one in WORDS[language][:3])
    assert section.index("XBKK DVP") < section.index(WORDS[language][2]), "in their order"
    assert section.count('class="left"') == section.count('class="clear"') == 1
    assert "every 60s" in page
    assert WORDS[language][3] in page
    assert 'name="before_cut_off"' in page


def test_once_they_have_passed_nobody_is_asked(desk, day):
    state()
    day(UNTIL + timedelta(seconds=1))
    page = desk("admin:settlement_progress", **ASKED)
    assert "passed" in page.split('id="cut-offs"')[1]
    assert "before_cut_off" not in page


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(0), "0 min left"),
        (timedelta(seconds=1), "1 min left"),
        (timedelta(minutes=59, seconds=1), "1 h 0 min left"),
        (timedelta(days=1, hours=4), "1 d 4 h left"),
    ],
)
def test_the_time_left_is_told_as_people_do(desk, day, left, words):
    state()
    day(UNTIL - left)
    assert words in desk("admin:settlement_progress", **ASKED)


def test_without_a_cut_off_the_page_is_as_it_was(desk, day):
    page = desk("admin:settlement_progress", **ASKED)
    assert 'id="cut-offs"' not in page
    assert "before_cut_off" not in page


def test_starting_asks_for_the_yes_and_takes_it(desk, day, client):
    state()
    day(UNTIL - timedelta(hours=1))
    desk("admin:settlement_progress", **ASKED)
    start = reverse("admin:settlement_day_start")
    told = client.post(start, ASKED, follow=True).content.decode()
    assert "has not passed" in told
    assert not JobRun.objects.exists()
    client.post(start, {**ASKED, "before_cut_off": "1"})
    assert JobRun.objects.count() == 1


def test_the_page_costs_as_many_queries_however_many_cut_offs_stand(desk, day):
    state()
    day(UNTIL - timedelta(hours=1))
    desk("admin:settlement_progress", **ASKED)
    counts = []
    for clock, currency in (("09:00", "USD"), ("10:00", "EUR"), ("11:00", "JPY")):
        state(clock, currency=currency)
        desk("admin:settlement_progress", **ASKED)  # a process reads a calendar's days once
        with CaptureQueriesContext(connection) as queries:
            desk("admin:settlement_progress", **ASKED)
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] <= 32


@pytest.mark.parametrize(
    ("language", "words", "nothing"),
    [
        (
            "en",
            "Came 7 Jan 2026 18:00:01, after the cut-off 7 Jan 2026 18:00 (Asia/Bangkok) of all",
            "a day takes trades until its window closes",
        ),
        ("th", "รับเมื่อ 7 ม.ค. 2569 18:00:01 หลังเวลาปิดรับ 7 ม.ค. 2569 18:00", "ยังไม่ได้กำหนดเวลาปิดรับ"),
    ],
)
def test_a_late_trade_s_page_says_why_and_the_list_says_what_stands(
    desk, day, language, words, nothing
):
    assert nothing in desk("admin:settlement_cutoff_changelist", language=language)
    state()
    late = trade_desk.payment(source_ref="P-1", market="")
    trade_desk.capture(late, actor=ACTOR, at=UNTIL + timedelta(seconds=1))
    found = Trade.objects.get(source_ref="P-1")
    page = desk("admin:settlement_trade_change", found.pk, language=language)
    assert words in page
    assert ("8 Jan 2026" if language == "en" else "8 ม.ค. 2569") in page
    other = Trade.objects.get(source_ref="T-1")
    assert words not in desk("admin:settlement_trade_change", other.pk, language=language)
    listed = desk("admin:settlement_cutoff_changelist", language=language)
    assert "Asia/Bangkok" in listed
    assert ">18:00<" in listed.replace("\n", "").replace(" ", "")
    assert ("to the next business day" if language == "en" else "ไปวันทำการถัดไป") in listed
