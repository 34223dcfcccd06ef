"""Holds: what stops, what goes on, and that a payment and a hold cannot miss each other."""

import threading
import time

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import NotAllowed
from backoffice.outbox.models import OutboxEvent
from compliance import holds, parties
from compliance.models import Hold, HoldRelease, HoldSubject
from compliance.rules import UnknownSubjectKind

BANK = ("party", "KTB")
pytestmark = [pytest.mark.django_db, pytest.mark.department("compliance")]


@pytest.fixture
def bank(system, at) -> int:
    return parties.onboard(
        code="KTB", name_en="Krung Thai Bank", name_th="ธนาคารกรุงไทย", kind="bank",
        actor=system, at=at,
    )  # fmt: skip


def place(actor, at, *, kind="party", ref="KTB", reason="court order 12/2569") -> int:
    return holds.place(subject_kind=kind, subject_ref=ref, reason=reason, actor=actor, at=at)


def test_a_held_party_stops_what_asks_about_it(bank, cast, at):
    holds.require_clear(subjects=[BANK, ("trade", "T-1")])
    place(cast.actor("chai"), at)
    with pytest.raises(holds.Held) as refused:
        holds.require_clear(subjects=[("trade", "T-1"), BANK])
    assert refused.value.subjects == (BANK,)
    assert "KTB" in refused.value.text("th")
    assert "court" not in refused.value.text("en")  # the reason stays with compliance


def test_only_the_held_subjects_are_named(bank, system, at):
    place(system, at, kind="instrument", ref="TH0001010006")
    asked = [BANK, ("instrument", "TH0001010006"), ("instrument", "KTB")]
    assert holds.held(subjects=asked) == {("instrument", "TH0001010006")}
    assert holds.held(subjects=[]) == set()


def test_a_subject_is_clear_only_when_its_last_hold_is_released(bank, cast, at):
    first = place(cast.actor("chai"), at)
    second = place(cast.actor("chai"), at, reason="sanctions match")
    holds.release(hold_id=first, reason="order lifted", actor=cast.actor("dao"), at=at)
    assert holds.held(subjects=[BANK]) == {BANK}
    holds.release(hold_id=second, reason="false match", actor=cast.actor("dao"), at=at)
    assert holds.held(subjects=[BANK]) == set()
    told = list(OutboxEvent.objects.filter(kind="HoldReleased").order_by("pk"))
    assert [event.payload["still_held"] for event in told] == [True, False]


def test_the_trail_names_who_and_why(bank, cast, at):
    hold = place(cast.actor("chai"), at)
    holds.release(hold_id=hold, reason="lifted", actor=cast.actor("dao"), at=at)
    acts = AuditEvent.objects.filter(subject_kind="compliance.hold", subject_id=str(hold))
    assert [(act.verb, act.actor) for act in acts.order_by("pk")] == [
        ("holds.place", "chai"), ("holds.release", "dao"),
    ]  # fmt: skip
    assert HoldRelease.objects.get(hold_id=hold).reason == "lifted"


def test_who_placed_a_hold_does_not_release_it(bank, cast, at):
    hold = place(cast.actor("dao"), at)
    with pytest.raises(holds.ReleasedByPlacer):
        holds.release(hold_id=hold, reason="never mind", actor=cast.actor("dao"), at=at)
    dao = cast.staff("dao").pk
    with pytest.raises(IntegrityError, match="another person"), transaction.atomic():
        HoldRelease.objects.create(
            hold_id=hold, reason="x", released_by="dao", released_by_staff_id=dao, released_at=at
        )


@pytest.mark.parametrize("name", ["ann", "aree", "inta"])
def test_others_do_not_place_holds(bank, cast, at, name):
    with pytest.raises(NotAllowed):
        place(cast.actor(name), at)


def test_a_clerk_places_but_does_not_release(bank, cast, at, system):
    hold = place(system, at)
    with pytest.raises(NotAllowed):
        holds.release(hold_id=hold, reason="x", actor=cast.actor("chai"), at=at)


def test_what_makes_no_sense_is_refused(bank, system, at):
    with pytest.raises(holds.NoSuchSubject):
        place(system, at, ref="KTBB")
    with pytest.raises(UnknownSubjectKind):
        place(system, at, kind="account")
    with pytest.raises(holds.NoReason):
        place(system, at, reason="  ")
    with pytest.raises(holds.NoSuchHold):
        holds.release(hold_id=-1, reason="x", actor=system, at=at)
    hold = place(system, at)
    holds.release(hold_id=hold, reason="x", actor=system, at=at)
    with pytest.raises(holds.AlreadyReleased):
        holds.release(hold_id=hold, reason="x", actor=system, at=at)
    assert Hold.objects.count() == 1


def test_holds_are_never_changed(bank, system, at):
    hold = place(system, at)
    for attempt in (
        lambda: Hold.objects.filter(pk=hold).update(reason="other"),
        lambda: Hold.objects.filter(pk=hold).delete(),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            attempt()


def test_the_database_counts_open_holds_itself(bank, system, at):
    place(system, at)
    subject = HoldSubject.objects.get(kind="party", ref="KTB")
    Hold.objects.bulk_create(
        Hold(subject=subject, reason="r", placed_by="x", placed_at=at) for _ in range(3)
    )
    subject.refresh_from_db()
    assert subject.open_holds == 4


def test_any_number_of_subjects_takes_two_statements(bank, at, django_assert_num_queries):
    many = [("trade", f"T-{number}") for number in range(500)]
    with django_assert_num_queries(2):
        holds.held(subjects=[BANK])
    with django_assert_num_queries(2):
        holds.held(subjects=many)


class Payment(threading.Thread):
    """A payment on a connection of its own: asks, waits for a word, commits."""

    def __init__(self, subject: tuple[str, str]) -> None:
        super().__init__(daemon=True)
        self.subject = subject
        self.asked, self.go_on = threading.Event(), threading.Event()
        self.outcome, self.finished_at = "", 0.0

    def run(self) -> None:
        try:
            with transaction.atomic():
                holds.require_clear(subjects=[self.subject])
                self.asked.set()
                self.go_on.wait(10)
                self.finished_at = time.monotonic()
            self.outcome = "paid"
        except holds.Held:
            self.outcome = "held"
        finally:
            self.asked.set()
            connection.close()


class Placing(threading.Thread):
    """A hold on a connection of its own: placed, waits for a word, commits."""

    def __init__(self, subject: tuple[str, str], actor, at) -> None:
        super().__init__(daemon=True)
        self.subject, self.actor, self.at = subject, actor, at
        self.placed, self.go_on = threading.Event(), threading.Event()
        self.placed_at = 0.0

    def run(self) -> None:
        try:
            with transaction.atomic():
                kind, ref = self.subject
                place(self.actor, self.at, kind=kind, ref=ref)
                self.placed_at = time.monotonic()
                self.placed.set()
                self.go_on.wait(10)
        finally:
            connection.close()


SUBJECTS = [BANK, ("trade", "never seen before")]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_hold_waits_for_the_payment_that_asked_first(committed_db, bank, system, at, subject):
    payment, placing = Payment(subject), Placing(subject, system, at)
    payment.start()
    assert payment.asked.wait(10)
    placing.start()
    assert not placing.placed.wait(0.3)  # blocked while the payment may still commit
    payment.go_on.set()
    assert placing.placed.wait(10)
    placing.go_on.set()
    payment.join(10)
    placing.join(10)
    assert payment.outcome == "paid"
    assert placing.placed_at >= payment.finished_at
    with transaction.atomic():
        assert holds.held(subjects=[subject]) == {subject}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_payment_waits_for_the_hold_that_came_first(committed_db, bank, system, at, subject):
    payment, placing = Payment(subject), Placing(subject, system, at)
    placing.start()
    assert placing.placed.wait(10)
    payment.start()
    assert not payment.asked.wait(0.3)  # blocked: the hold is neither seen nor overlooked yet
    placing.go_on.set()
    assert payment.asked.wait(10)
    payment.join(10)
    placing.join(10)
    assert payment.outcome == "held"


def test_two_payments_do_not_wait_for_each_other(committed_db, bank):
    first, second = Payment(BANK), Payment(BANK)
    first.start()
    assert first.asked.wait(10)
    second.start()
    assert second.asked.wait(10)
    second.go_on.set()
    second.join(10)
    assert (second.outcome, first.is_alive()) == ("paid", True)
    first.go_on.set()
    first.join(10)
    assert first.outcome == "paid"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_an_old_snapshot_is_refused_not_believed(committed_db, bank, system, at, subject):
    placing = Placing(subject, system, at)
    placing.go_on.set()
    with pytest.raises(OperationalError, match="could not serialize"), transaction.atomic():
        old_snapshot_then(subject, placing)


def old_snapshot_then(subject: tuple[str, str], placing: Placing) -> None:
    """Above READ COMMITTED: the payment's view is older than the hold that commits meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM compliance_holdsubject")
    placing.start()
    placing.join(10)
    holds.held(subjects=[subject])


def test_outside_a_transaction_the_question_is_an_error(committed_db):
    with pytest.raises(RuntimeError, match="transaction"):
        holds.held(subjects=[BANK])
