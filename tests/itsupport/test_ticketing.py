"""Tickets: from the first word to the closed case, at the helpdesk and on the desk alike."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.desk import claiming
from backoffice.desk.models import WorkItem
from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import Actor, NotAllowed
from backoffice.outbox.models import OutboxEvent
from itsupport import queries, rules, ticketing
from itsupport.models import Ticket, TicketMessage

pytestmark = [pytest.mark.django_db, pytest.mark.department("itsupport")]


def open_ticket(actor, at, **other) -> Ticket:
    wanted = {
        "title": "เครื่องพิมพ์ไม่ทำงาน",
        "body": "The printer on the third floor says E-42.",
        "category": "hardware",
        "requester_id": actor.staff_id,
    }
    return Ticket.objects.get(pk=ticketing.open_ticket(**{**wanted, **other}, actor=actor, at=at))


@pytest.fixture
def ticket(cast, at) -> Ticket:
    return open_ticket(cast.actor("ann"), at)


def kinds() -> list[str]:
    wanted = OutboxEvent.objects.filter(kind__startswith="Ticket").order_by("pk")
    return list(wanted.values_list("kind", flat=True))


def test_a_ticket_stands_on_the_desk_with_its_due_time(ticket, cast, at):
    item = WorkItem.objects.get(pk=ticket.work_item_id)
    assert (item.department, item.subject_ref) == ("itsupport", ticket.number)
    assert item.due_at == ticket.due_at == at + timedelta(hours=24)
    assert (item.priority, item.requested_by_id) == (3, cast.staff("ann").pk)
    assert (ticket.state, ticket.priority) == ("new", 3)
    assert kinds() == ["TicketOpened"]


def test_the_walk_of_a_ticket(ticket, cast, at):
    chai, ann = cast.actor("chai"), cast.actor("ann")
    ticketing.assign(ticket_id=ticket.pk, staff_id=chai.staff_id, actor=chai, at=at)
    later = at + timedelta(minutes=5)
    ticketing.reply(ticket_id=ticket.pk, body="Which tray?", actor=chai, at=later, wait=True)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.first_response_at) == ("waiting", later)
    ticketing.reply(ticket_id=ticket.pk, body="Tray 2", actor=ann, at=later)
    ticket.refresh_from_db()
    assert ticket.state == "assigned"
    ticketing.resolve(ticket_id=ticket.pk, resolution="Roller changed", actor=chai, at=later)
    ticketing.close(ticket_id=ticket.pk, actor=ann, at=later)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.resolved_at, ticket.closed_at) == ("closed", later, later)
    item = WorkItem.objects.get(pk=ticket.work_item_id)
    assert (item.state, item.answer) == ("done", "Roller changed")
    assert kinds() == ["TicketOpened", "TicketAnswered", "TicketAnswered", "TicketResolved"]
    verbs = AuditEvent.objects.filter(subject_kind="itsupport.ticket").order_by("pk")
    assert [row.verb.removeprefix("ticketing.") for row in verbs] == [
        "open_ticket", "assign", "reply", "reply", "resolve", "close",
    ]  # fmt: skip


def test_a_reopened_ticket_is_on_the_desk_again(ticket, cast, at):
    chai, ann = cast.actor("chai"), cast.actor("ann")
    ticketing.resolve(ticket_id=ticket.pk, resolution="Works", actor=chai, at=at)
    ticketing.reopen(ticket_id=ticket.pk, reason="It does not", actor=ann, at=at)
    before = ticket.work_item_id
    ticket.refresh_from_db()
    assert (ticket.state, ticket.resolved_at) == ("new", None)
    assert ticket.work_item_id != before
    assert WorkItem.objects.get(pk=ticket.work_item_id).state == "open"
    assert "TicketReopened" in kinds()


def test_the_same_trouble_opens_one_ticket(system, at):
    trouble = {"source_key": "end-of-day:2026-01-05", "category": "batch", "requester_id": None}
    first = open_ticket(system, at, **trouble)
    assert open_ticket(system, at, **trouble).pk == first.pk
    assert (Ticket.objects.count(), WorkItem.objects.count()) == (1, 1)
    assert open_ticket(system, at).pk != open_ticket(system, at).pk  # no key, no memory


def test_trouble_that_comes_back_reopens_its_ticket(system, cast, at):
    trouble = {"source_key": "disk full", "category": "batch", "requester_id": None}
    ticket = open_ticket(system, at, **trouble)
    ticketing.resolve(ticket_id=ticket.pk, resolution="x", actor=cast.actor("chai"), at=at)
    again = open_ticket(system, at, body="full again", **trouble)
    assert (again.pk, again.state) == (ticket.pk, "new")
    assert WorkItem.objects.get(pk=again.work_item_id).state == "open"
    assert TicketMessage.objects.last().body == "full again"


def test_answering_at_the_desk_resolves_the_ticket(ticket, cast, at):
    claiming.complete(
        item_id=ticket.work_item_id, answer="Paper was out", actor=cast.actor("chai"), at=at
    )
    row = OutboxEvent.objects.get(kind="WorkItemClosed")
    for _twice in range(2):
        ticketing.follow_desk(event=ticketing.WorkItemClosed(**row.payload), at=at)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.resolution) == ("resolved", "Paper was out")
    assert TicketMessage.objects.count() == 1


def test_a_colleague_s_work_is_not_taken(ticket, cast, at):
    claiming.claim(item_id=ticket.work_item_id, actor=cast.actor("dao"), at=at)
    with pytest.raises(claiming.ItemTaken):
        ticketing.resolve(ticket_id=ticket.pk, resolution="x", actor=cast.actor("chai"), at=at)
    ticket.refresh_from_db()
    assert ticket.state == "new"


def test_internal_notes_stay_at_the_helpdesk(ticket, cast, at):
    chai, ann = cast.actor("chai"), cast.actor("ann")
    ticketing.reply(
        ticket_id=ticket.pk, body="third time this week", actor=chai, at=at, internal=True
    )
    ticketing.reply(ticket_id=ticket.pk, body="We are on it", actor=chai, at=at)
    read = [message.body for message in queries.messages(ticket_id=ticket.pk, actor=ann)]
    assert read == ["We are on it"]
    assert queries.messages(ticket_id=ticket.pk, actor=chai).count() == 2
    ticket.refresh_from_db()
    assert ticket.first_response_at == at
    with pytest.raises(ticketing.NotTheHelpdesk):
        ticketing.reply(ticket_id=ticket.pk, body="x", actor=ann, at=at, internal=True)


def test_an_internal_note_is_no_first_response(ticket, cast, at):
    ticketing.reply(ticket_id=ticket.pk, body="hm", actor=cast.actor("chai"), at=at, internal=True)
    ticketing.reply(ticket_id=ticket.pk, body="hello?", actor=cast.actor("ann"), at=at)
    ticket.refresh_from_db()
    assert ticket.first_response_at is None


def test_everybody_sees_their_own_tickets(ticket, cast, at):
    assert list(queries.my_tickets(staff_id=cast.staff("ann").pk)) == [ticket]
    assert list(queries.visible_to(actor=cast.actor("chai"))) == [ticket]
    assert list(queries.visible_to(actor=cast.actor("aree"))) == [ticket]
    assert not queries.visible_to(actor=cast.actor("inta")).exists()
    with pytest.raises(ticketing.NoSuchTicket):
        ticketing.reply(ticket_id=ticket.pk, body="x", actor=cast.actor("inta"), at=at)


def test_nobody_asks_in_another_s_name_but_the_helpdesk(cast, at):
    ann = cast.staff("ann").pk
    with pytest.raises(ticketing.NotTheHelpdesk):
        open_ticket(cast.actor("inta"), at, requester_id=ann)
    assert open_ticket(cast.actor("chai"), at, requester_id=ann).requester_id == ann
    with pytest.raises(ticketing.NoSuchStaff):
        open_ticket(cast.actor("chai"), at, requester_id=-1)


def test_tickets_are_given_to_the_helpdesk_only(ticket, cast, at):
    chai, ann = cast.actor("chai"), cast.actor("ann")
    with pytest.raises(ticketing.NoSuchStaff):
        ticketing.assign(ticket_id=ticket.pk, staff_id=ann.staff_id, actor=chai, at=at)
    with pytest.raises(NotAllowed):
        ticketing.assign(ticket_id=ticket.pk, staff_id=chai.staff_id, actor=ann, at=at)
    with pytest.raises(NotAllowed):
        ticketing.resolve(ticket_id=ticket.pk, resolution="x", actor=ann, at=at)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", " "), ("category", "printer"), ("impact", 0), ("urgency", 4), ("body", "a\x00b")],
)
def test_bad_particulars_name_their_field(system, at, field, value):
    with pytest.raises(rules.BadTicket) as refused:
        open_ticket(system, at, **{field: value})
    assert refused.value.place.field == field
    assert not WorkItem.objects.exists()


def test_a_closed_ticket_takes_no_reply(ticket, cast, at):
    chai = cast.actor("chai")
    with pytest.raises(rules.WrongState):
        ticketing.close(ticket_id=ticket.pk, actor=chai, at=at)
    ticketing.resolve(ticket_id=ticket.pk, resolution="x", actor=chai, at=at)
    for act in (
        lambda: ticketing.reply(ticket_id=ticket.pk, body="x", actor=chai, at=at),
        lambda: ticketing.resolve(ticket_id=ticket.pk, resolution="x", actor=chai, at=at),
    ):
        with pytest.raises(rules.WrongState):
            act()


def test_messages_are_never_changed(ticket, cast, at):
    ticketing.reply(ticket_id=ticket.pk, body="said", actor=cast.actor("ann"), at=at)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        TicketMessage.objects.update(body="unsaid")


def test_the_database_knows_what_a_state_means(ticket, at):
    for change in (
        {"state": "lost"},
        {"state": "assigned"},
        {"state": "resolved"},
        {"resolved_at": at},
        {"state": "closed", "resolved_at": at},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Ticket.objects.filter(pk=ticket.pk).update(**change)


def test_lists_are_one_query(ticket, cast, at, django_assert_num_queries):
    chai = cast.actor("chai")
    with django_assert_num_queries(1):
        rows = list(queries.visible_to(actor=chai))
        assert [str(row.requester) for row in rows] == ["Ann"]
    found = queries.visible_to(actor=chai)
    assert queries.narrowed(found, state="open", category="hardware").count() == 1
    assert not queries.narrowed(found, overdue_at=at).exists()
    assert queries.narrowed(found, overdue_at=at + timedelta(days=2)).exists()
    assert not queries.narrowed(found, state="closed").exists()


def test_two_that_notice_the_same_trouble_open_one_ticket(committed_db, at):
    opened: list[int] = []

    def notice() -> None:
        try:
            system = Actor.system("watcher")
            opened.append(
                open_ticket(system, at, source_key="disk", category="batch", requester_id=None).pk
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=notice, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(opened) == 6
    assert len(set(opened)) == 1
    assert WorkItem.objects.count() == 1


def test_a_key_of_somebody_elses_ticket_shows_nothing_of_it(cast, system, at):
    open_ticket(system, at, source_key="end_of_day:HEAD", category="batch", requester_id=None)
    with pytest.raises(ticketing.KeyTaken):
        open_ticket(cast.actor("ann"), at, source_key="end_of_day:HEAD")
