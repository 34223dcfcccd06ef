"""A calendar changes after trades were captured: what was derived moves, what was agreed stays."""

import threading
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.desk.models import WorkItem
from backoffice.outbox import delivering
from backoffice.outbox.models import Delivery, OutboxEvent
from backoffice.reference import calendaring, days
from backoffice.reference.seed_calendars.seed import SeedDay
from compliance import holds
from records import queries as records
from settlement import queries, tasks
from settlement.charges import failing
from settlement.correspondence import dispatching
from settlement.messages import readers
from settlement.models import (
    HeldTrade,
    Leg,
    OutgoingMessage,
    Penalty,
    PenaltyRegime,
    Redating,
    Settlement,
    StandingInstruction,
    Trade,
    TradeMatch,
    UnmatchedTrade,
    WithdrawnTrade,
)
from settlement.rules.statuses import Status
from settlement.rules.trades import PartyRef, TradeType
from settlement.trades import (
    allocating,
    amending,
    cancelling,
    following,
    gating,
    matching,
    redating,
)
from settlement.windows import due, novating, settling, windowing
from tests.settlement import desk, market

pytestmark = pytest.mark.django_db
# Traded on Monday the 5th, due T+2 on the 7th; the 7th becomes a special holiday.
DUE, NEXT = desk.DUE, date(2026, 1, 8)
SOON = timedelta(hours=1)


@pytest.fixture(autouse=True)
def furnished(request, system, at):
    if "committed_db" in request.fixturenames:
        request.getfixturevalue("committed_db")
    desk.furnish(actor=system, at=at)


@pytest.fixture
def take(system, at):
    return lambda *drafts: desk.capture(*drafts, actor=system, at=at).ids


@pytest.fixture
def notice(system, at):
    """The cabinet declares days closed, or takes it back; the event goes its way."""

    def declare(*closed, opened=(), code="XBKK", when=at + SOON):
        changes = [SeedDay(day, "Special holiday", "วันหยุดพิเศษ", "", False) for day in closed]
        changes += [SeedDay(day, "", "", "", True) for day in opened]
        version = calendaring.apply_notice(
            code=code,
            changes=changes,
            notice=calendaring.Notice("Cabinet resolution"),
            actor=system,
            at=when,
        )
        delivering.deliver_pending(at=when)
        assert not Delivery.objects.filter(delivered_at=None).exists()
        return version

    return declare


@pytest.fixture
def rederive(system, at):
    return lambda when=at + 2 * SOON: redating.rederive(calendar="XBKK", actor=system, at=when)


def derived(**changes):
    return desk.draft(**{"value_date": None, **changes})


def other(**changes):
    return desk.other_side(**{"value_date": None, **changes})


def pay(**changes):
    return desk.payment(**{"value_date": None, "trade_date": DUE, **changes})


def in_force(ref):
    return Trade.objects.get(source_ref=ref, amended_by=None)


def live_legs():
    """Trade's reference → value dates of the legs that would settle."""
    return sorted(
        Leg.objects.filter(trade__withdrawal=None).values_list("trade__source_ref", "value_date")
    )


def outcomes():
    return dict(Redating.objects.values_list("trade__source_ref", "outcome"))


def test_a_special_holiday_moves_what_waits_and_what_is_matched_on_both_sides(
    take, notice, system, at
):
    take(derived(), other(), derived(source_ref="S-2", quantity=derived().quantity + 1))
    matching.match(book="HOUSE", actor=system, at=at)
    version = notice(DUE)
    for ref in ("S-1", "K-1", "S-2"):
        fact = in_force(ref)
        assert (fact.version, fact.action, fact.value_date) == (2, "redate", NEXT)
        assert (fact.calendar_version_id, fact.cycle, fact.amends.value_date) == (
            *(version.pk, "T+2", DUE),
        )
    # The match and its legs are those of the new facts; the old legs settle no more.
    assert TradeMatch.objects.get(sell=in_force("K-1")).buy == in_force("S-1")
    assert live_legs() == [("K-1", NEXT), ("K-1", NEXT)]
    assert WithdrawnTrade.objects.get().trade.version == 1
    assert UnmatchedTrade.objects.get().trade == in_force("S-2")
    assert UnmatchedTrade.objects.get().since == at


def test_a_moved_side_still_finds_its_other_side(take, notice, system, at):
    take(derived())
    notice(DUE)
    desk.capture(other(), actor=system, at=at + 2 * SOON)
    assert matching.match(book="HOUSE", actor=system, at=at + 2 * SOON).equal == 1
    assert live_legs() == [("K-1", NEXT)] * 2


def test_a_holiday_withdrawn_brings_the_date_back(take, notice):
    take(derived(locked_in=True), pay())
    notice(DUE)
    assert in_force("P-1").value_date == in_force("S-1").value_date == NEXT
    notice(opened=[DUE], when=Trade.objects.latest("pk").captured_at + SOON)
    for ref in ("S-1", "P-1"):
        assert (in_force(ref).version, in_force(ref).value_date) == (3, DUE)
    assert live_legs() == [("P-1", DUE), ("S-1", DUE), ("S-1", DUE)]


def test_the_event_twice_and_the_verb_again_move_nothing_more(take, notice, rederive, at):
    take(derived(), other(), pay())
    notice(DUE)
    before = (Trade.objects.count(), Leg.objects.count(), WorkItem.objects.count())
    event = OutboxEvent.objects.filter(kind="CalendarChanged").latest("pk")
    again = Delivery.objects.get(event=event)
    again.delivered_at = None
    again.save()
    delivering.deliver_pending(at=at + 2 * SOON)
    assert rederive().outcomes == {}
    assert (Trade.objects.count(), Leg.objects.count(), WorkItem.objects.count()) == before


def test_what_was_agreed_is_not_moved_but_lies_on_the_desk(take, notice):
    take(desk.draft(), desk.draft(source_ref="S-2", value_date=date(2026, 1, 9)))
    notice(DUE)
    assert Trade.objects.filter(action="redate").count() == 0
    assert outcomes() == {"S-1": "agreed"}
    item = WorkItem.objects.get(kind=redating.STAYED)
    assert item.payload["value dates"] == "SIAMSEC S-1: 2026-01-07 → -"
    assert "agreed for a day that is a holiday now" in item.title_en
    assert "ตกลงไว้ในวันที่กลายเป็นวันหยุด" in item.title_th


def test_a_later_version_does_not_tell_again_what_was_told(take, notice, system, at):
    take(desk.draft(), derived(source_ref="S-2", locked_in=True))
    windowing.close_all(book="HOUSE", business_date=DUE, actor=system, at=at)
    notice(DUE)
    assert outcomes() == {"S-1": "agreed", "S-2": "closed"}
    notice(date(2026, 3, 2), when=at + 2 * SOON)
    assert Redating.objects.count() == WorkItem.objects.filter(kind=redating.STAYED).count() == 2
    # A change that makes another date of it is told.
    notice(NEXT, when=at + 3 * SOON)
    told = Redating.objects.filter(trade__source_ref="S-2").order_by("after")
    assert [row.after for row in told] == [NEXT, date(2026, 1, 9)]


@pytest.mark.parametrize("agreed", ["S-1", "K-1"])
def test_two_sides_that_would_part_stay_together(take, notice, system, at, agreed):
    buy, sell = derived(), other()
    take(
        desk.draft() if agreed == "S-1" else buy,
        desk.other_side() if agreed == "K-1" else sell,
    )
    matching.match(book="HOUSE", actor=system, at=at)
    notice(DUE)
    derived_side = "K-1" if agreed == "S-1" else "S-1"
    assert outcomes() == {agreed: "agreed", derived_side: "apart"}
    assert live_legs() == [("K-1", DUE)] * 2


def test_sides_of_two_trade_dates_are_not_torn_apart(take, notice, system, at):
    """T+2 of the 2nd and T+1 of the 6th meet on the 6th's next day, and part by a holiday on it."""
    calendaring.set_cycle(
        market="XBKK", asset_class="equity", cycle=calendaring.Cycle(1, date(2026, 1, 6)),
        source="a test", actor=system, at=at,
    )  # fmt: skip
    take(derived(), other(trade_date=date(2026, 1, 6)))
    assert matching.match(book="HOUSE", actor=system, at=at).equal == 1
    notice(date(2026, 1, 6))
    # The buyer's T+2 moves to the 8th; the seller's T+1 of the 6th still counts from the 6th.
    assert outcomes() == {"S-1": "apart"}
    assert live_legs() == [("K-1", DUE)] * 2


def test_what_is_in_a_closed_window_or_settled_stays_and_is_told(take, notice, system, at):
    market.fund(SIAMSEC={"THB": 100_000}, KRUNGSEC={"THB": 100_000, desk.PTT: 1_000})
    take(derived(locked_in=True), pay(trade_date=desk.TRADED))
    market.settle(desk.TRADED)
    take(derived(source_ref="S-2", locked_in=True))
    assert Settlement.objects.values_list("leg__trade__source_ref", flat=True).distinct().get() == (
        "P-1"
    )
    windowing.close_all(book="HOUSE", business_date=DUE, actor=system, at=at)
    take(derived(source_ref="S-3", locked_in=True))
    notice(desk.TRADED, DUE)
    assert outcomes() == {"P-1": "settled", "S-1": "closed", "S-2": "closed", "S-3": "moved"}
    assert {one for one in live_legs() if one[0] != "S-3"} == {
        ("P-1", desk.TRADED), ("S-1", DUE), ("S-2", DUE),
    }  # fmt: skip
    told = {item.title_en for item in WorkItem.objects.filter(kind=redating.STAYED)}
    assert any("in a closed window" in title for title in told)
    assert any("settled already" in title for title in told)


def test_no_date_moves_into_a_day_that_is_over(take, notice, system, at):
    take(derived(trade_date=date(2026, 1, 2), locked_in=True))
    notice(date(2026, 1, 5), date(2026, 1, 6))
    moved = in_force("S-1")
    assert moved.value_date == NEXT
    for day in (date(2026, 1, 6), date(2026, 1, 7)):
        days.open_day(business_date=day, actor=system, at=at)
        days.begin_closing(business_date=day, actor=system, at=at)
    days.seal(business_date=date(2026, 1, 6), fingerprint="a", actor=system, at=at)
    notice(opened=[date(2026, 1, 5), date(2026, 1, 6)], when=at + 2 * SOON)
    assert Redating.objects.get(trade=moved).outcome == "over"
    assert in_force("S-1") == moved


def test_held_trades_are_held_as_the_new_fact_and_resume_on_the_new_date(take, notice, system, at):
    held = holds.place(
        subject_kind="instrument", subject_ref=desk.PTT, reason="r", actor=system, at=at
    )
    take(derived(), other())
    assert matching.match(book="HOUSE", actor=system, at=at).held == 1
    notice(DUE)
    assert HeldTrade.objects.get(released_at=None).trade == in_force("K-1")
    assert gating.resume(actor=system, at=at + SOON).legs == 0
    holds.release(hold_id=held, reason="r", actor=system, at=at + SOON)
    delivering.deliver_pending(at=at + SOON)
    assert live_legs() == [("K-1", NEXT)] * 2
    assert Leg.objects.count() == 2


def test_a_hold_on_the_trade_stops_it_under_its_new_date_too(take, notice, system, at):
    take(derived(), other())
    matching.match(book="HOUSE", actor=system, at=at)
    holds.place(subject_kind="trade", subject_ref="S-1", reason="r", actor=system, at=at)
    notice(DUE)
    assert live_legs() == []
    assert HeldTrade.objects.get(released_at=None).trade == in_force("K-1")


def test_an_affirmed_pair_moves_together(take, notice, system, at):
    [pk] = take(derived())
    matching.affirm(trade_id=pk, actor=system, at=at)
    notice(DUE)
    assert {t.value_date for t in Trade.objects.filter(amended_by=None)} == {NEXT}
    assert live_legs() == [("S-1", NEXT)] * 2


def test_a_block_moves_until_it_is_divided_and_then_its_parts_do(take, notice, system, at):
    take(derived(is_block=True), derived(source_ref="S-2", is_block=True))
    block = Trade.objects.get(source_ref="S-2")
    part = allocating.Part(PartyRef.code("ISARASEC"), block.quantity)
    allocating.allocate(block_id=block.pk, parts=[part], actor=system, at=at)
    notice(DUE)
    assert outcomes() == {"S-1": "moved", "S-2/1": "moved"}
    assert in_force("S-1").is_block
    assert in_force("S-2/1").block_id == block.pk
    assert UnmatchedTrade.objects.get().trade == in_force("S-2/1")


def test_an_entry_that_rolls_is_rolled_anew(take, notice, system, at):
    """An ACH entry for the 7th: rolled on by a holiday, and back when it is withdrawn."""
    sent_for = {"value_date": DUE, "detail": {"effective": DUE.isoformat()}}
    take(pay(trade_date=desk.TRADED, rolls=True, **sent_for))
    notice(DUE)
    assert in_force("P-1").value_date == NEXT
    notice(opened=[DUE], when=at + 2 * SOON)
    assert in_force("P-1").value_date == DUE


def test_cancelled_and_withdrawn_trades_are_left_alone(take, notice, system, at):
    take(derived(), pay())
    for ref in ("S-1", "P-1"):
        cancelling.cancel(source="SIAMSEC", source_ref=ref, book="HOUSE", actor=system, at=at)
    notice(DUE)
    assert not Redating.objects.exists()


@pytest.mark.parametrize("changes", [{"quantity": 1}, {"currency": "USD"}, {"value_date": DUE}])
def test_the_database_refuses_a_redated_fact_that_differs_in_more_than_its_date(take, changes):
    [pk] = take(derived())
    fact = Trade.objects.get(pk=pk)
    row = {f.attname: getattr(fact, f.attname) for f in Trade._meta.concrete_fields}
    del row["id"]
    row |= {"version": 2, "action": "redate", "amends_id": pk, "value_date": NEXT}
    with pytest.raises(IntegrityError, match="in its value date alone"), transaction.atomic():
        Trade.objects.create(**row | changes)
    Trade.objects.create(**row)


def test_instructions_leave_for_the_new_date_only(take, notice, system, at):
    for code, custodian in (("SIAMSEC", "CUSATHBKXXX"), ("KRUNGSEC", "CUSBTHBKXXX")):
        StandingInstruction.objects.create(
            participant_id=market.ids()[code],
            version=1,
            effective_from=date(2020, 1, 1),
            custodian=custodian,
            safekeeping_account=f"SAFE-{code}",
            depository="TSDCTHBKXXX",
            proposed_by="a",
            approved_by="b",
            recorded_at=at,
        )
    take(derived(), other())
    matching.match(book="HOUSE", actor=system, at=at)
    notice(DUE)
    market.close_and_net(NEXT)
    dispatching.dispatch(book="HOUSE", business_date=NEXT, actor=system, at=at)
    sent = [
        readers.sese023(b"".join(records.content(message.document_id)))
        for message in OutgoingMessage.objects.filter(definition="sese.023")
    ]
    assert [one.settlement_date for one in sent] == [NEXT, NEXT]


def test_the_day_that_became_a_holiday_waits_for_no_close(take, notice):
    take(derived(locked_in=True))
    assert queries.days_waiting(until=NEXT) == [("HOUSE", DUE)]
    notice(DUE)
    assert queries.days_waiting(until=NEXT) == [("HOUSE", NEXT)]


def test_a_redated_fact_says_so(take, notice):
    [pk] = take(derived(locked_in=True))
    notice(DUE)
    states = {fact.version: queries.trade_story(trade=fact).state for fact in Trade.objects.all()}
    assert states == {1: "redated", 2: "open"}
    assert in_force("S-1").amends_id == pk


def test_another_calendar_moves_nothing_here(take, notice):
    take(derived())
    notice(DUE, code="XNYS")
    assert not Redating.objects.exists()


def test_the_sources_own_versions_go_on_counting_as_it_sent_them(take, notice, system, at):
    take(derived())
    notice(DUE)
    amend = {"book": "HOUSE", "actor": system, "at": at + SOON}
    fact = amending.amend(draft=derived(quantity=derived().quantity * 2), version=2, **amend)
    assert (fact.version, fact.value_date, fact.amends.action) == (3, NEXT, "redate")
    assert amending.amend(draft=derived(quantity=fact.quantity), version=2, **amend) == fact
    assert amending.amend(draft=derived(), version=4, **amend) is None
    gone = cancelling.cancel(source="SIAMSEC", source_ref="S-1", version=3, **amend)
    assert (gone.version, gone.action) == (4, "cancel")


def test_statuses_go_on_where_they_were(take, notice, system, at):
    take(derived())

    def report(status, message):
        told = following.Report("SIAMSEC", "S-1", message, Status(status), at)
        return following.receive(report=told, book="HOUSE", actor=system, at=at)

    assert report("accepted", "M-1") == "taken"
    assert report("matched", "M-2") == "taken"
    notice(DUE)
    assert report("matched", "M-2") == "known"
    assert report("settled", "M-3") == "taken"


def test_a_withdrawn_date_costs_no_late_matching_penalty(take, notice, system, at):
    """The old legs' window may close after their day: they are nobody's fault any more."""
    PenaltyRegime.objects.create(
        market="XBKK", tariff="CSDR", valid_from=date(2022, 2, 1), source="a test"
    )
    take(derived(), other())
    matching.match(book="HOUSE", actor=system, at=at)
    notice(DUE)
    late = NEXT + timedelta(days=1)
    windowing.close_all(book="HOUSE", business_date=late, actor=system, at=at + SOON)
    failing.charge_day(book="HOUSE", business_date=late, actor=system, at=at + SOON)
    # The new legs came a day late into their window; the old ones are not charged beside them.
    assert Penalty.objects.get().trade == in_force("K-1")


def test_moved_legs_net_settle_and_fail_by_their_new_date(take, notice, system, at):
    market.fund(SIAMSEC={"THB": 100_000}, KRUNGSEC={desk.PTT: 1_000})
    take(derived(), other())
    matching.match(book="HOUSE", actor=system, at=at)
    notice(DUE)
    assert market.settle(DUE).settled == 0
    assert settling.mark_fails(book="HOUSE", business_date=DUE, at=at) == 0
    assert market.settle(NEXT).settled == 1
    assert {one.leg.trade for one in Settlement.objects.all()} == {in_force("K-1")}


def test_statements_do_not_grow_with_trades(take, notice, rederive, system, at):
    def counted(first, many, day, when):
        take(*(derived(source_ref=f"A-{n}", locked_in=True, trade_date=day)
               for n in range(first, first + many)))  # fmt: skip
        calendaring.apply_notice(
            code="XBKK",
            changes=[SeedDay(day + timedelta(days=2), "Special", "พิเศษ", "", False)],
            notice=calendaring.Notice("Cabinet resolution"),
            actor=system,
            at=when,
        )
        with CaptureQueriesContext(connection) as asked:
            moved = rederive(when=when + SOON).moved
        assert moved == many
        return len(asked)

    # Two Mondays, each with its Wednesday closed; the second also meets the first's version.
    few = counted(0, 2, date(2026, 2, 9), at + SOON)
    many = counted(100, 60, date(2026, 2, 16), at + 3 * SOON)
    assert many - few <= 6  # one more version is read, with its days


def test_the_command_shows_what_would_move_and_moves_it(take, notice, system, at):
    take(derived(locked_in=True), desk.draft(source_ref="G-1"))
    calendaring.apply_notice(
        code="XBKK",
        changes=[SeedDay(DUE, "Special", "พิเศษ", "", False)],
        notice=calendaring.Notice("Cabinet resolution"),
        actor=system,
        at=at + SOON,
    )

    def run(*args):
        out = StringIO()
        call_command("rederive_value_dates", "--calendar", "XBKK", *args, stdout=out)
        return out.getvalue()

    shown = run("--dry-run")
    assert "SIAMSEC S-1: 2026-01-07 → 2026-01-08 moved" in shown
    assert "SIAMSEC G-1: 2026-01-07 → - agreed" in shown
    assert "1 would move, 1 would stay" in shown
    assert not Redating.objects.exists()
    assert "1 moved, 1 stay" in run()
    assert '"changes": [{' in run("--json")
    assert "0 moved, 0 stay" in run()
    assert in_force("S-1").value_date == NEXT


def test_the_hourly_sweep_finds_what_was_captured_by_the_old_version_meanwhile(
    take, notice, at, monkeypatch
):
    notice(DUE)
    take(derived(locked_in=True))  # at a moment before the notice was recorded
    assert in_force("S-1").value_date == DUE
    monkeypatch.setattr(tasks.timezone, "now", lambda: at + 2 * SOON)
    tasks.rederive_value_dates()
    assert in_force("S-1").value_date == NEXT


def test_the_desk_shows_before_and_after_in_the_readers_language(client, cast, take, notice):
    take(derived(), desk.draft(source_ref="G-1"))
    notice(DUE)
    reader = cast.staff("chai")
    client.force_login(reader)
    url = reverse("admin:settlement_redating_changelist")
    page = client.get(url).content.decode()
    assert "agreed for a day that is a holiday now" in page
    assert "value date before" in page.lower()
    reader.language = "th"
    reader.save()
    page = client.get(url, HTTP_ACCEPT_LANGUAGE="th").content.decode()
    assert "ตกลงไว้ในวันที่กลายเป็นวันหยุด" in page
    assert "วันชำระราคาเดิม" in page
    item = WorkItem.objects.get(kind=redating.MOVED)
    assert "SIAMSEC S-1: 2026-01-07 → 2026-01-08" in item.payload["value dates"]
    assert item.title_th.startswith("วันชำระราคา 1 รายการเลื่อน")


def test_a_window_that_closes_first_keeps_what_is_in_it(committed_db, take, system, at):
    """Real connections, both orders: the legs move and close in the next window, or stay."""
    take(derived(locked_in=True))
    _declare(system, at)
    done = threading.Event()
    found = []

    def rederive():
        try:
            found.append(redating.rederive(calendar="XBKK", actor=system, at=at + SOON))
        finally:
            done.set()
            connections.close_all()

    with transaction.atomic():
        windowing.close_all(book="HOUSE", business_date=DUE, actor=system, at=at)
        thread = threading.Thread(target=rederive, daemon=True)
        thread.start()
        assert not done.wait(0.5)  # it waits for the closing
    thread.join(10)
    assert found[0].outcomes == {"closed": 1}
    assert live_legs() == [("S-1", DUE)] * 2
    assert Trade.objects.count() == 1


def test_a_window_waits_for_value_dates_that_are_moving(committed_db, take, system, at):
    take(derived(locked_in=True))
    _declare(system, at)
    done = threading.Event()

    def close():
        try:
            windowing.close_all(book="HOUSE", business_date=DUE, actor=system, at=at)
        finally:
            done.set()
            connections.close_all()

    with transaction.atomic():
        assert redating.rederive(calendar="XBKK", actor=system, at=at + SOON).moved == 1
        thread = threading.Thread(target=close, daemon=True)
        thread.start()
        assert not done.wait(0.5)
    thread.join(10)
    [netted] = novating.net_all(book="HOUSE", business_date=DUE, at=at)
    assert netted.legs == 2  # the withdrawn ones are not among them
    assert live_legs() == [("S-1", NEXT)] * 2


def test_closing_and_moving_at_once_never_lose_or_double_a_leg(committed_db, take, system, at):
    for n in range(12):
        take(derived(source_ref=f"S-{n}", locked_in=True))
    _declare(system, at)
    errors = []

    def run(verb):
        try:
            verb()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    verbs = [
        lambda: redating.rederive(calendar="XBKK", actor=system, at=at + SOON),
        lambda: redating.rederive(calendar="XBKK", actor=system, at=at + SOON),
        lambda: windowing.close_all(book="HOUSE", business_date=DUE, actor=system, at=at),
    ]
    threads = [threading.Thread(target=run, args=(verb,), daemon=True) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []
    legs = live_legs()
    assert len(legs) == 24
    assert len({day for _ref, day in legs}) == 1  # one transaction: all moved, or none
    assert set(outcomes().values()) in ({"moved"}, {"closed"})


def _declare(system, at):
    calendaring.apply_notice(
        code="XBKK",
        changes=[SeedDay(DUE, "Special", "พิเศษ", "", False)],
        notice=calendaring.Notice("Cabinet resolution"),
        actor=system,
        at=at + timedelta(minutes=1),
    )


def test_due_is_collected_without_what_moved(take, notice, system, at):
    take(derived(locked_in=True))
    notice(DUE)
    market.close_and_net(DUE)
    with transaction.atomic(), connection.cursor() as cursor:
        due.collect(book="HOUSE", business_date=DUE)
        cursor.execute("SELECT count(*) FROM settling_due")
        assert cursor.fetchone() == (0,)
        due.forget()


def test_other_types_move_with_their_calendar(take, notice):
    """Foreign exchange in baht rests on Bangkok's calendar, without a market of its own."""
    take(desk.draft(source_ref="X-1", type=TradeType.PVP, instrument="USD", market="",
                    value_date=None, locked_in=True))  # fmt: skip
    notice(DUE)
    assert in_force("X-1").value_date == NEXT
