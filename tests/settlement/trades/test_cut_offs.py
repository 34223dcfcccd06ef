"""What comes after the cut-off of its value date: to the next business day, or refused by name."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from unittest import mock

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import NotAllowed
from backoffice.kernel.money import CurrencyUnknown
from backoffice.outbox import delivering
from backoffice.reference import calendaring
from backoffice.reference.calendaring import CalendarUnknown
from backoffice.reference.seed_calendars.seed import SeedDay
from compliance import holds
from settlement.models import CutOff, Leg, Redating, Trade
from settlement.rules import cut_offs as rules
from settlement.rules.trades import TradeType
from settlement.trades import allocating, amending, cut_offs, gating, matching, recording
from tests.settlement import desk

pytestmark = pytest.mark.django_db
# Due on Wednesday the 7th; 17:00 in Bangkok is 10:00 UTC. A weekend follows the 9th.
DUE, NEXT, AFTER = desk.DUE, date(2026, 1, 8), date(2026, 1, 9)
UNTIL = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)
LATE = UNTIL + timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def furnished(system, at):
    desk.furnish(actor=system, at=at)


@pytest.fixture
def state(system, at):
    """`state(market="XBKK", time="17:00")`: a cut-off as it is entered."""

    def enter(*, clock="17:00", actor=system, when=at, **told):
        told = {"valid_from": desk.TRADED, "source": "rule book", "policy": "roll"} | told
        row = CutOff(time=time.fromisoformat(clock) if clock else None, **told)
        return cut_offs.enter(cut_off=row, actor=actor, at=when)

    return enter


@pytest.fixture
def take(system):
    def capture(*drafts, when=LATE):
        ids = desk.capture(*drafts, actor=system, at=when).ids
        return list(Trade.objects.filter(pk__in=ids).order_by("pk"))

    return capture


def pay(ref="P-1", **changes):
    return desk.payment(**{"source_ref": ref, "market": "", **changes})


def dues():
    return set(Leg.objects.values_list("value_date", flat=True))


def test_without_a_rule_nothing_is_ever_late(take):
    [paid] = take(pay(), when=datetime(2026, 11, 30, tzinfo=UTC))
    assert (paid.value_date, paid.detail) == (DUE, {})


def test_in_time_is_until_the_very_moment_and_what_is_late_goes_to_the_next_day(state, take):
    rule = state()
    [kept] = take(pay("P-1"), when=UNTIL)
    assert (kept.value_date, kept.detail) == (DUE, {})
    [late] = take(pay("P-2"))
    assert late.value_date == NEXT
    told = late.detail["late"]
    assert told == {
        "agreed": "2026-01-07",
        "came": LATE.isoformat(),
        "cut_off": "2026-01-07T17:00:00+07:00",
        "zone": "Asia/Bangkok",
        "scope": "*",
        "rule": rule.pk,
        "policy": "roll",
        "settles": "2026-01-08",
        "not_before": "2026-01-08",
    }
    assert late.legs.get().value_date == NEXT


@pytest.mark.parametrize(
    ("came", "settles"),
    [
        ("2026-01-08T09:59", NEXT),
        ("2026-01-08T10:01", AFTER),
        ("2026-01-09T10:01", date(2026, 1, 12)),
        ("2026-03-02T10:01", date(2026, 3, 4)),
    ],
)
def test_it_goes_to_the_first_business_day_whose_cut_off_is_to_come(state, take, came, settles):
    """The 3rd of March 2026 is Makha Bucha."""
    state()
    [late] = take(pay(), when=datetime.fromisoformat(came).replace(tzinfo=UTC))
    assert late.value_date == settles
    assert late.detail["late"]["agreed"] == "2026-01-07"


def test_a_derived_date_and_one_that_rolls_are_asked_too(state, take):
    state()
    derived = pay("P-1", trade_date=DUE, value_date=None)
    rolls = replace(pay("P-2", value_date=date(2026, 1, 10)), rolls=True)
    monday = datetime(2026, 1, 12, 10, 1, tzinfo=UTC)
    first, second = take(derived, rolls, when=monday)
    assert (first.cycle, first.value_date, second.value_date) == (
        *("T+0", date(2026, 1, 13)),
        date(2026, 1, 13),
    )
    assert second.detail["late"]["agreed"] == "2026-01-12"


def test_the_narrowest_rule_decides_and_one_without_a_time_lifts_it(state, take):
    state()
    state(clock=None, type="PAYMENT", currency="THB")
    state(clock="12:00", zone="America/New_York", type="PAYMENT", currency="USD")
    noon = datetime(2026, 1, 7, 17, 0, tzinfo=UTC)
    abroad = {"market": "XNYS", "currency": "USD"}
    free, dollars = take(pay("P-1"), pay("P-2", **abroad), when=noon)
    assert (free.value_date, dollars.value_date) == (DUE, DUE)
    [late] = take(pay("P-3", **abroad), when=noon + timedelta(seconds=1))
    assert (late.value_date, late.detail["late"]["scope"]) == (NEXT, "USD PAYMENT")


def test_a_cut_off_of_the_day_before_and_the_earlier_of_two_currencies(state, take):
    state(currency="USD", clock="12:00", days_before=1)
    state(currency="THB", clock="16:00")
    exchange = desk.draft(
        type=TradeType.PVP, instrument="USD", market="", locked_in=True, price=None
    )
    noon = datetime(2026, 1, 6, 5, 0, tzinfo=UTC)
    [kept] = take(replace(exchange, source_ref="X-1"), when=noon)
    [late] = take(replace(exchange, source_ref="X-2"), when=noon + timedelta(seconds=1))
    assert (kept.value_date, late.value_date) == (DUE, NEXT)
    assert late.detail["late"]["cut_off"] == "2026-01-06T12:00:00+07:00"


def test_a_later_row_for_the_day_extends_it_and_history_is_not_judged_again(state, take, at):
    state()
    [late] = take(pay("P-1"))
    state(clock="18:00", when=LATE, valid_from=DUE)
    state(clock="17:00", when=LATE, valid_from=NEXT)
    [kept] = take(pay("P-2"), when=LATE + timedelta(minutes=1))
    assert (late.value_date, kept.value_date) == (NEXT, DUE)
    [known_then] = take(pay("P-3", source="other"), when=LATE - timedelta(microseconds=1))
    assert known_then.value_date == DUE
    [before] = take(pay("P-4", trade_date=date(2025, 12, 29), value_date=date(2025, 12, 30)))
    assert before.value_date == date(2025, 12, 30), "a rule is for value dates from its first day"


@pytest.mark.parametrize(
    ("rule", "refusal"),
    [
        ({"policy": "refuse"}, cut_offs.LateForCutOff),
        ({"currency": "CHF"}, cut_offs.LateWithoutCalendar),
    ],
)
def test_what_is_refused_names_the_cut_off_and_nothing_is_kept(state, take, rule, refusal):
    """Nor does anything roll by a calendar that the house has not: that of Swiss francs."""
    row = state(**rule)
    currency = rule.get("currency", "THB")
    drafts = [
        pay("P-1", line_no=2, value_date=NEXT, currency=currency),
        pay("P-2", line_no=3, currency=currency),
    ]
    with pytest.raises(refusal) as refused:
        take(*drafts)
    place = refused.value.place
    assert (place.line, place.field) == (3, "value_date")
    for language in ("en", "th"):
        told = refused.value.text(language)
        for word in ("2026-01-07 17:00", "Asia/Bangkok", "2026-01-07 17:00:00", str(row.pk)):
            assert word in told
    assert not Trade.objects.exists()


def test_every_refused_line_of_a_file_is_told(state, system):
    state(policy="refuse")
    told = []
    with pytest.raises(cut_offs.LateForCutOff):
        cut_offs_of_file(system, told, [pay(f"P-{n}", line_no=n) for n in range(2, 6)])
    assert [one.place.line for one in told] == [2, 3, 4, 5]


def cut_offs_of_file(system, told, drafts):
    return desk.trading.capture_many(
        drafts=drafts, book="HOUSE", actor=system, at=LATE, on_refused=told.append
    )


@pytest.mark.parametrize("policy", ["roll", "refuse"])
def test_what_came_in_time_is_known_whenever_it_comes_again(state, take, policy):
    state(policy=policy)
    take(pay(), when=UNTIL)
    assert take(pay()) == []
    assert take(pay(), when=LATE + timedelta(days=3)) == []
    with pytest.raises(recording.TradeDiffers):
        take(pay(value_date=NEXT), when=UNTIL)
    with pytest.raises(recording.TradeDiffers):
        take(pay(amount=Decimal("501.00")))
    assert Trade.objects.get().value_date == DUE


def test_what_came_late_is_known_by_the_day_that_was_agreed_on(state, take):
    state()
    take(pay())
    assert take(pay()) == take(pay(), when=LATE + timedelta(days=3)) == []
    with pytest.raises(recording.TradeDiffers):
        take(pay(value_date=AFTER), when=LATE)
    assert Trade.objects.get().value_date == NEXT


@pytest.mark.parametrize("late", ["BUY", "SELL", "both"])
def test_a_late_side_keeps_the_agreed_day_matches_and_falls_due_later(state, take, system, late):
    state(market="XBKK")
    sides = {"BUY": desk.draft(), "SELL": desk.other_side()}
    for side, draft in sides.items():
        take(draft, when=LATE if late in {side, "both"} else UNTIL)
    assert set(Trade.objects.values_list("value_date", flat=True)) == {DUE}
    assert matching.match(book="HOUSE", actor=system, at=LATE).equal == 1
    assert dues() == {NEXT}


def test_two_sides_in_time_may_be_matched_whenever(state, take, system):
    """Late is what came late: matching, and a hold, are the house's own time."""
    state()
    take(desk.draft(), desk.other_side(), when=UNTIL)
    hold = holds.place(
        subject_kind="instrument", subject_ref=desk.PTT, reason="r", actor=system, at=UNTIL
    )
    assert matching.match(book="HOUSE", actor=system, at=LATE).held == 1
    holds.release(hold_id=hold, reason="r", actor=system, at=LATE)
    gating.resume(actor=system, at=LATE)
    assert dues() == {DUE}


def test_the_parts_of_a_late_block_fall_due_with_it(state, take, system):
    state()
    [block] = take(desk.draft(is_block=True, locked_in=True))
    parts = [
        allocating.Part(desk.PartyRef.code(code), Decimal(50)) for code in ("SIAMSEC", "ISARASEC")
    ]
    allocating.allocate(block_id=block.pk, parts=parts, actor=system, at=LATE)
    assert dues() == {NEXT}


def test_an_amendment_is_late_by_when_it_came(state, take, system, at):
    state(policy="refuse")
    changed = desk.draft(quantity=Decimal(50))
    told = {"draft": changed, "book": "HOUSE", "actor": system, "version": 2}
    take(desk.draft(), when=UNTIL)
    with pytest.raises(cut_offs.LateForCutOff) as refused:
        amending.amend(**told, at=LATE)
    assert refused.value.place.field == "value_date"
    assert Trade.objects.count() == 1
    amended = amending.amend(**told, at=UNTIL)
    assert amended.version == 2
    assert amending.amend(**told, at=LATE) == amended, "known, it is no new one"


def test_a_version_that_came_in_time_is_applied_after_the_cut_off(state, take, system):
    state()
    side = desk.draft(quantity=Decimal(50))
    assert amending.amend(draft=side, book="HOUSE", actor=system, version=2, at=UNTIL) is None
    take(desk.draft())
    assert amending.catch_up(book="HOUSE", actor=system, at=LATE) == 1
    first, second = Trade.objects.filter(source="SIAMSEC", source_ref="S-1").order_by("version")
    assert first.detail["late"]["agreed"] == "2026-01-07"
    assert (second.value_date, second.detail) == (DUE, {})


def test_time_zones_and_statements_cost_the_same_however_many_are_late(state, system):
    state()
    state(market="XBKK", clock="18:00")
    desk.capture(pay("warm"), actor=system, at=LATE)
    statements, reckoned = [], []
    for name, size in (("few", 3), ("many", 3_000)):
        drafts = [pay(f"{name} {n}") for n in range(size)]
        with (
            CaptureQueriesContext(connection) as queries,
            mock.patch.object(rules, "moment", wraps=rules.moment) as moment,
        ):
            taken = desk.capture(*drafts, actor=system, at=LATE)
        assert (len(taken.ids), taken.legs) == (size, size)
        statements.append(len(queries))
        reckoned.append(moment.call_count)
    assert statements[0] == statements[1] <= 16
    assert reckoned == [2, 2], "the day's cut-off and the next one's"
    assert dues() == {NEXT}


def test_refusing_asks_once_however_many_are_late(state, system):
    state(policy="refuse")
    drafts = [pay(f"P-{n}") for n in range(40)]
    desk.capture(*drafts, actor=system, at=UNTIL)
    counts = []
    for few in (3, 40):
        with CaptureQueriesContext(connection) as queries:
            assert desk.capture(*drafts[:few], actor=system, at=LATE).known == few
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.fixture
def notice(system):
    def declare(*closed, opened=()):
        days = [SeedDay(day, "Special holiday", "วันหยุดพิเศษ", "", False) for day in closed]
        days += [SeedDay(day, "", "", "", True) for day in opened]
        calendaring.apply_notice(
            code="XBKK",
            changes=days,
            notice=calendaring.Notice("Cabinet resolution"),
            actor=system,
            at=LATE + timedelta(hours=1),
        )
        delivering.deliver_pending(at=LATE + timedelta(hours=1))

    return declare


@pytest.mark.parametrize("given", [DUE, None])
def test_where_the_house_sent_it_it_goes_on_when_that_day_closes(state, take, notice, given):
    """A day that was agreed on stays, but this one was the house's own."""
    state()
    take(pay(trade_date=DUE, value_date=given))
    notice(NEXT)
    assert Redating.objects.get().outcome == "moved"
    assert Trade.objects.get(action="redate").value_date == AFTER


@pytest.mark.parametrize("given", [DUE, None])
def test_a_calendar_s_change_never_brings_back_what_was_late(state, take, notice, given):
    """The 7th is a holiday now, so T+0 of it is the 8th: where the payment is already."""
    state()
    take(pay(trade_date=DUE, value_date=given))
    notice(DUE)
    assert not Redating.objects.exists()
    assert Trade.objects.get().value_date == NEXT


def test_a_day_that_opens_takes_what_was_late_for_the_one_before(state, take, notice):
    """Friday's late payments go to Monday, and to Saturday when that is worked."""
    state()
    take(pay(value_date=AFTER), when=LATE + timedelta(days=2))
    assert Trade.objects.get().value_date == date(2026, 1, 12)
    notice(opened=[date(2026, 1, 10)])
    assert Trade.objects.get(action="redate").value_date == date(2026, 1, 10)


WRONG = [
    ({"zone": "Asia/Krungthep"}, cut_offs.ZoneUnknown, "zone"),
    ({"zone": "../etc/passwd"}, cut_offs.ZoneUnknown, "zone"),
    ({"market": "XXXX"}, CalendarUnknown, "market"),
    ({"currency": "XXZ"}, CurrencyUnknown, "currency"),
]


@pytest.mark.parametrize(("told", "rule", "field"), WRONG)
def test_a_cut_off_by_a_clock_or_for_a_market_that_nobody_has_is_refused(state, told, rule, field):
    with pytest.raises(rule) as refused:
        state(**told)
    assert refused.value.place.field == field
    assert not CutOff.objects.exists()


def test_checkers_and_managers_state_it_and_nobody_changes_it(state, cast):
    for name in ("chai", "aree", "ann"):
        with pytest.raises(NotAllowed):
            state(actor=cast.actor(name))
    row = state(actor=cast.actor("dao"), market="XBKK")
    event = AuditEvent.objects.get(verb="cut_offs.enter")
    assert (event.actor, event.subject_id) == ("dao", str(row))
    for change in (
        lambda: CutOff.objects.update(policy="refuse"),
        lambda: CutOff.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "told",
    [{"days_before": 11}, {"source": ""}, {"type": "GIFT"}, {"policy": "shrug"}],
    ids=repr,
)
def test_the_table_keeps_its_bounds(state, told):
    with pytest.raises(IntegrityError), transaction.atomic():
        state(**told)
