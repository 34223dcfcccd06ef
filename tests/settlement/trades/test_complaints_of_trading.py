"""What users of other systems complain of, on the way from capture to open legs.

Each test is named after the complaint it answers; the others of the list stand with windows,
the day's ritual and the formats.
"""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.kernel.actors import Actor
from backoffice.reference import days
from settlement.models import Leg, Trade, UnmatchedTrade
from settlement.trades import matching, trading
from tests.settlement import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def furnished(system, at):
    desk.furnish(actor=system, at=at)


def test_mojaloop_2525_and_2526_transfer_in_no_window(furnished, system, at):
    """Every leg is in a window from its first moment, whichever way it was opened."""
    desk.capture(desk.payment(), desk.draft(source_ref="L-1", locked_in=True), actor=system, at=at)
    desk.capture(desk.draft(), desk.other_side(), actor=system, at=at)
    matching.match(book="HOUSE", actor=system, at=at)
    assert Leg.objects.count() == 5
    assert not Leg.objects.filter(window_id=None).exists()


def test_mojaloop_2105_race_right_after_close(committed_db, furnished, system, at):
    """A capture that runs beside a closing day loses nothing: each leg is in a window."""
    errors = []

    def capture(n):
        try:
            drafts = [desk.payment(source_ref=f"P-{n}-{i}") for i in range(20)]
            desk.capture(*drafts, actor=Actor.system(f"c{n}"), at=at)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=capture, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    days.open_day(business_date=desk.TRADED, actor=system, at=at)
    days.begin_closing(business_date=desk.TRADED, actor=system, at=at)
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert (Trade.objects.count(), Leg.objects.count()) == (80, 80)
    assert not Leg.objects.filter(window_id=None).exists()


def test_mojaloop_4115_and_510_balances_doubled(furnished, system, at):
    """A message, a file or a matching run that comes twice owes nothing twice."""
    for _ in range(3):
        desk.capture(desk.payment(), desk.draft(), desk.other_side(), actor=system, at=at)
        matching.match(book="HOUSE", actor=system, at=at)
    assert Leg.objects.count() == 3
    leg = Leg.objects.first()
    again = {
        f.attname: getattr(leg, f.attname) for f in Leg._meta.concrete_fields if f.name != "id"
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Leg.objects.create(**again)


def test_mojaloop_4115_the_same_file_from_two_hands_at_once(committed_db, furnished, system, at):
    """Two that capture the same trades at the same moment take each once, between them."""
    taken = []

    def capture():
        try:
            drafts = [desk.payment(source_ref=f"P-{i}") for i in range(50)]
            taken.append(len(desk.capture(*drafts, actor=Actor.system("c"), at=at).ids))
        finally:
            connection.close()

    threads = [threading.Thread(target=capture) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(taken) == 50
    assert (Trade.objects.count(), Leg.objects.count()) == (50, 50)


def test_mojaloop_4115_two_matchers_at_once(committed_db, furnished, system, at):
    """Matching takes turns: a side is matched once however many run."""
    for n in range(10):
        desk.capture(
            desk.draft(source_ref=f"S-{n}"),
            desk.other_side(source_ref=f"K-{n}", amount=Decimal(3400 + n)),
            actor=system,
            at=at,
        )
    found = []

    def match():
        try:
            done = matching.match(book="HOUSE", actor=Actor.system("m"), at=at)
            found.append(done.equal + done.near)
        finally:
            connection.close()

    threads = [threading.Thread(target=match) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [0, 0, 10]
    assert Leg.objects.count() == 20
    assert not UnmatchedTrade.objects.exists()


def test_mojaloop_3551_one_window_several_currencies(furnished, system, at):
    """Currencies never meet: each leg names its one asset, and value dates stay apart."""
    desk.capture(
        desk.payment(source_ref="THB"),
        desk.payment(source_ref="USD", currency="USD", value_date=date(2026, 1, 8)),
        actor=system,
        at=at,
    )
    legs = set(Leg.objects.values_list("asset", "value_date"))
    assert legs == {("THB", desk.DUE), ("USD", date(2026, 1, 8))}


@pytest.mark.parametrize(
    ("traded", "due"),
    [
        # A special holiday of 2 June 2025 and one of 11 August 2025, by cabinet resolution.
        (date(2025, 5, 30), date(2025, 6, 5)),
        (date(2025, 8, 8), date(2025, 8, 14)),
    ],
)
def test_exchange_calendars_450_thai_holidays_missing(furnished, system, at, traded, due):
    """Days that libraries missed move the value date, and refuse one that was given."""
    taken = desk.capture(desk.draft(trade_date=traded, value_date=None), actor=system, at=at)
    trade = Trade.objects.get(pk=taken.ids[0])
    assert (trade.value_date, trade.calendar_version.notice_text != "") == (due, True)


def test_moov_922_unable_to_read_without_a_line(furnished, system, at):
    """A refusal of any trade of a file tells file, line, field and rule."""
    told = []
    file = trading.FileFacts(name="day.csv", sha256="0" * 64, format="csv")
    bad = [
        desk.draft(source_ref="a", instrument="TEAK", line_no=11),
        desk.draft(source_ref="b", amount=Decimal("1.001"), line_no=12),
        desk.draft(source_ref="c", value_date=date(2026, 1, 11), line_no=13),
    ]
    with pytest.raises(trading.Refused):
        trading.capture_many(
            drafts=bad, book="HOUSE", actor=system, at=at, file=file, on_refused=told.append
        )
    assert [str(one.place) for one in told] == [
        "day.csv, line 11, instrument",
        "day.csv, line 12, amount",
        "day.csv, line 13, value_date",
    ]
    assert all(f"[{one.code}]" in one.sentence("th") for one in told)
