"""Four eyes: by the verb, and by the database when the verb is passed by."""

import pytest
from django.db import IntegrityError, transaction

from backoffice.desk import approving, claiming
from backoffice.desk.models import WorkItem
from backoffice.kernel.actors import NotAllowed

pytestmark = pytest.mark.django_db


def _proposal(actor, at):
    return approving.propose(
        kind="test.payment",
        department="settlement",
        subject_kind="payment",
        subject_ref="P1",
        title_en="Release payment P1",
        title_th="ปล่อยรายการจ่าย P1",
        payload={"id": 1},
        actor=actor,
        at=at,
    )


def test_the_maker_cannot_approve(cast, at):
    item = _proposal(cast.actor("dao"), at)
    with pytest.raises(approving.SamePerson):
        approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    assert WorkItem.objects.get(pk=item).state == "open"


def test_the_same_person_through_another_channel_cannot_approve(cast, at):
    item = _proposal(cast.actor("dao", channel="desk"), at)
    with pytest.raises(approving.SamePerson):
        approving.approve(item_id=item, actor=cast.actor("dao", channel="api"), at=at)


def test_a_clerk_cannot_approve_at_all(cast, at):
    item = _proposal(cast.actor("dao"), at)
    with pytest.raises(NotAllowed):
        approving.approve(item_id=item, actor=cast.actor("chai"), at=at)


def test_another_checker_approves_and_the_item_is_closed(cast, at):
    item = _proposal(cast.actor("chai"), at)
    done = approving.approve(item_id=item, actor=cast.actor("dao"), at=at, note="fine")
    assert (done.state, done.answer) == ("approved", "fine")


def test_a_proposal_cannot_simply_be_completed(cast, at):
    item = _proposal(cast.actor("chai"), at)
    with pytest.raises(claiming.NeedsTwo):
        claiming.complete(item_id=item, answer="ok", actor=cast.actor("dao"), at=at)


def test_the_effect_and_the_approval_commit_together(cast, at, settings):
    settings.DESK_DECISIONS = f"{__name__}.FAILING"
    item = _proposal(cast.actor("chai"), at)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
    assert WorkItem.objects.get(pk=item).state == "open"


def _fail(**_facts):
    raise ZeroDivisionError


FAILING = {"test.payment": _fail}


def test_the_database_refuses_one_person_as_maker_and_checker(cast, at):
    item = _proposal(cast.actor("chai"), at)
    maker = cast.staff("chai").pk
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkItem.objects.filter(pk=item).update(checker_id=maker)


def test_the_database_refuses_an_approval_by_nobody(cast, at):
    item = _proposal(cast.actor("chai"), at)
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkItem.objects.filter(pk=item).update(state="approved")


def test_a_colleague_who_proposes_again_does_not_become_the_maker(cast, at):
    item = _proposal(cast.actor("dao"), at)
    assert _proposal(cast.actor("chai"), at) == item
    with pytest.raises(approving.SamePerson):
        approving.approve(item_id=item, actor=cast.actor("dao"), at=at)
