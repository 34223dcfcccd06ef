"""Ask, be answered, be told: from the counter to the desk and back."""

from datetime import timedelta

import pytest

from backoffice.desk import approving, claiming
from backoffice.desk.models import WorkItem
from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import fingerprint
from backoffice.outbox import delivering
from backoffice.portal import asking, notices, queries
from backoffice.portal.models import Notice, Request
from itsupport import ticketing

pytestmark = pytest.mark.django_db


def _question(key="k1", kind=Request.Kind.PRICE, **details):
    return asking.Question(key=key, kind=kind, title="Orchids", text="Fridays", details=details)


@pytest.mark.parametrize(
    ("kind", "department", "item_kind"),
    [
        (Request.Kind.PRICE, "accounting", "accounting.price_request"),
        (Request.Kind.STATEMENT, "accounting", "accounting.statement_request"),
        (Request.Kind.SETTLEMENT, "settlement", "settlement.question"),
        (Request.Kind.DOCUMENT, "records", "records.document_request"),
        (Request.Kind.IT_HELP, "itsupport", "itsupport.ticket"),
    ],
)
def test_each_kind_falls_to_its_department(cast, at, kind, department, item_kind):
    actor = cast.actor("ann", channel="portal")
    request = asking.ask(question=_question(kind=kind), actor=actor, at=at)
    assert request.state == Request.State.WAITING
    assert (request.item.department, request.item.kind) == (department, item_kind)
    assert request.item.requested_by_id == actor.staff_id
    assert request.due_at == request.item.due_at > at


def test_a_form_sent_twice_asks_once(cast, at):
    actor = cast.actor("ann", channel="portal")
    first = asking.ask(question=_question(), actor=actor, at=at)
    again = asking.ask(question=_question(), actor=actor, at=at + timedelta(seconds=1))
    assert first.pk == again.pk
    assert WorkItem.objects.count() == 1


def test_processes_do_not_stand_at_the_counter(at):
    with pytest.raises(asking.OnlyForPeople):
        asking.ask(question=_question(), actor=Actor.system("x"), at=at)


@pytest.mark.department("accounting")
def test_the_answer_reaches_the_person_with_its_stamp(cast, at):
    request = asking.ask(question=_question(), actor=cast.actor("ann"), at=at)
    later = at + timedelta(hours=1)
    claiming.complete(
        item_id=request.item_id, answer="1,900 baht", actor=cast.actor("chai"), at=later
    )
    assert delivering.deliver_pending(at=later + timedelta(seconds=3)) >= 1
    request.refresh_from_db()
    assert request.state == Request.State.ANSWERED
    assert (request.answer, request.as_of, request.answered_at) == ("1,900 baht", later, later)
    assert request.digest == fingerprint(
        {"key": "k1", "answer": "1,900 baht", "as_of": later, "details": request.details}
    )
    notice = Notice.objects.get(person_id=request.asked_by_id)
    assert str(notice) == "Answered: Orchids"
    assert queries.unread_count(staff_id=request.asked_by_id) == 1
    assert not request.at_once


@pytest.mark.department("accounting")
def test_told_twice_nothing_changes(cast, at):
    request = asking.ask(question=_question(), actor=cast.actor("ann"), at=at)
    item = claiming.complete(item_id=request.item_id, answer="yes", actor=cast.actor("chai"), at=at)
    event = claiming.WorkItemClosed(
        item_id=item.pk, kind=item.kind, subject_kind=item.subject_kind,
        subject_ref=item.subject_ref, state=item.state, requested_by=item.requested_by_id,
    )  # fmt: skip
    for _turn in range(2):
        notices.answer_arrived(event=event, at=at)
    assert Notice.objects.count() == 1


@pytest.mark.department("itsupport")
def test_a_resolved_ticket_answers_the_request(cast, at):
    ann, chai = cast.actor("ann", channel="portal"), cast.actor("chai")
    request = asking.ask(
        question=_question(kind=Request.Kind.IT_HELP, category="hardware"), actor=ann, at=at
    )
    ticket = ticketing.Ticket.objects.get(work_item_id=request.item_id)
    ticketing.resolve(ticket_id=ticket.pk, resolution="New toner", actor=chai, at=at)
    delivering.deliver_pending(at=at)
    request.refresh_from_db()
    assert (request.state, request.answer) == (Request.State.ANSWERED, "New toner")


@pytest.mark.department("records")
def test_a_rejected_item_declines_the_request(cast, at):
    request = asking.ask(
        question=_question(kind=Request.Kind.DOCUMENT), actor=cast.actor("ann"), at=at
    )
    WorkItem.objects.filter(pk=request.item_id).update(needs_approval=True)
    approving.reject(item_id=request.item_id, note="Not yours", actor=cast.actor("dao"), at=at)
    delivering.deliver_pending(at=at)
    request.refresh_from_db()
    assert (request.state, request.answer, request.as_of) == ("declined", "Not yours", None)
    assert str(Notice.objects.get()) == "Declined: Orchids"


def test_an_answer_kept_from_live_data_carries_its_source(cast, at):
    actor = cast.actor("ann", channel="portal")
    kept = asking.keep_answer(
        question=_question(), answer="245.00 THB", source={"amount": "245.00"}, as_of=at,
        actor=actor, at=at,
    )  # fmt: skip
    again = asking.keep_answer(
        question=_question(), answer="other", source={}, as_of=at, actor=actor, at=at
    )
    assert kept.pk == again.pk
    assert (again.answer, again.details["source"]) == ("245.00 THB", {"amount": "245.00"})
    assert again.at_once
    tally = queries.tally(staff_id=actor.staff_id)
    assert (tally.waiting, tally.answered, tally.at_once) == (0, 1, 1)


def test_reading_reads_only_ones_own_notices(cast, at):
    ann = cast.actor("ann")
    Notice.objects.create(person_id=ann.staff_id, created_at=at, text_en="a", text_th="ก")
    Notice.objects.create(
        person_id=cast.actor("mek").staff_id, created_at=at, text_en="b", text_th="ข"
    )
    assert notices.mark_read(actor=ann, at=at) == 1
    assert notices.mark_read(actor=ann, at=at) == 0
    assert Notice.objects.filter(read_at=None).count() == 1
