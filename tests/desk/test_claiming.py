"""One item, one person; the next one goes to whoever asks; nobody waits for anybody."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from django.db import connection, transaction

from backoffice.desk import claiming, queueing
from backoffice.desk.models import WorkItem
from backoffice.kernel.actors import NotAllowed
from backoffice.outbox.models import OutboxEvent


def _item(system, at, ref="1", **extra):
    return queueing.open_item(
        kind="test.question",
        department="settlement",
        subject_kind="test",
        subject_ref=ref,
        title_en="A question",
        title_th="คำถาม",
        actor=system,
        at=at,
        **extra,
    )


@pytest.mark.django_db
def test_an_open_item_is_there_once(system, at):
    first = _item(system, at)
    assert _item(system, at) == first
    assert _item(system, at, ref="2") != first


@pytest.mark.django_db
def test_a_taken_item_is_refused_to_others_until_its_lease_ends(cast, system, at):
    item = _item(system, at)
    claiming.claim(item_id=item, actor=cast.actor("chai"), at=at)
    with pytest.raises(claiming.ItemTaken):
        claiming.claim(item_id=item, actor=cast.actor("mek"), at=at + timedelta(minutes=1))
    later = at + claiming.LEASE
    assert claiming.claim(item_id=item, actor=cast.actor("mek"), at=later).claimed_by_id


@pytest.mark.django_db
def test_the_next_item_is_the_most_urgent(cast, system, at):
    _item(system, at, ref="low", priority=4)
    _item(system, at, ref="later", priority=2, due_at=at + timedelta(hours=2))
    sooner = _item(system, at, ref="sooner", priority=2, due_at=at + timedelta(hours=1))
    taken = claiming.next_item(department="settlement", actor=cast.actor("chai"), at=at)
    assert taken.pk == sooner


@pytest.mark.django_db
def test_the_front_office_and_other_departments_take_nothing(cast, system, at):
    item = _item(system, at)
    with pytest.raises(NotAllowed):
        claiming.claim(item_id=item, actor=cast.actor("ann"), at=at)
    cast.department = "records"
    with pytest.raises(NotAllowed):
        claiming.claim(item_id=item, actor=cast.actor("chai"), at=at)


@pytest.mark.django_db
def test_an_answer_closes_the_item_and_tells_the_house(cast, system, at):
    item = _item(system, at)
    claiming.claim(item_id=item, actor=cast.actor("chai"), at=at)
    done = claiming.complete(item_id=item, answer="42", actor=cast.actor("chai"), at=at)
    assert (done.state, done.answer) == ("done", "42")
    event = OutboxEvent.objects.get(kind="WorkItemClosed")
    assert event.payload["item_id"] == item
    with pytest.raises(claiming.ItemGone):
        claiming.complete(item_id=item, answer="again", actor=cast.actor("chai"), at=at)


def test_eight_clerks_share_a_queue_without_taking_one_item_twice(committed_db, cast, system, at):
    for number in range(24):
        _item(system, at, ref=str(number))
    actor = cast.actor("chai")

    def take(_turn):
        try:
            found = claiming.next_item(department="settlement", actor=actor, at=at)
            return found.pk if found else None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as clerks:
        taken = [pk for pk in clerks.map(take, range(24)) if pk]
    assert len(taken) == len(set(taken)) == 24
    assert WorkItem.objects.filter(state="open").count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ann", "aree", "inta"])
def test_who_takes_nothing_puts_nothing_back_and_gives_nothing_away(cast, system, at, name):
    item = _item(system, at)
    claiming.claim(item_id=item, actor=cast.actor("chai"), at=at)
    later, actor = at + claiming.LEASE, cast.actor(name)
    with pytest.raises(NotAllowed):
        claiming.release(item_id=item, actor=actor, at=later)
    with pytest.raises(NotAllowed):
        claiming.assign(item_id=item, staff_id=actor.staff_id, actor=actor, at=later)


@pytest.mark.django_db
def test_a_manager_gives_away_the_work_of_their_own_department_only(cast, system, at):
    item = _item(system, at)
    chai, cast.department = cast.actor("chai"), "records"
    with pytest.raises(NotAllowed):
        claiming.assign(item_id=item, staff_id=chai.staff_id, actor=cast.actor("mek"), at=at)


def test_who_waited_for_the_lock_is_told_who_has_the_item(committed_db, cast, system, at):
    item = _item(system, at)
    chai, mek = cast.actor("chai"), cast.actor("mek")

    def second() -> str:
        try:
            claiming.claim(item_id=item, actor=mek, at=at)
        except claiming.ItemTaken as refused:
            return refused.text()
        finally:
            connection.close()
        return "taken twice"

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            claiming.claim(item_id=item, actor=chai, at=at)
            told = pool.submit(second)
            _until_somebody_waits_for_a_lock()
        assert told.result() == f"Work item {item} is being worked on by Chai."


def _until_somebody_waits_for_a_lock() -> None:
    for _turn in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        sleep(0.05)
