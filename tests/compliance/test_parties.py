"""Parties: nobody is dealt with before it is onboarded, and a person alone onboards nobody."""

import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from backoffice.kernel.actors import Actor, NotAllowed
from backoffice.outbox.models import OutboxEvent
from compliance import holds, parties, queries
from compliance.models import HoldSubject, Party
from compliance.rules import BadParticular, BadTaxId, PartyDraft

pytestmark = [pytest.mark.django_db, pytest.mark.department("compliance")]
SIAM = {"code": "SIAM", "name_en": "Siam Trading", "name_th": "สยามการค้า", "kind": "company"}


@pytest.fixture(autouse=True)
def decisions(monkeypatch, settings) -> None:
    """The reactions page's line for activations."""
    settings.DESK_DECISIONS = f"{__name__}.DECISIONS"


DECISIONS = {parties.ACTIVATION: parties.decide_activation}


def onboard(actor, at, **other) -> Party:
    return Party.objects.get(pk=parties.onboard(**{**SIAM, **other}, actor=actor, at=at))


def test_a_process_onboards_at_once(system, at):
    party = onboard(system, at, tax_id="0994000617721")
    assert (party.status, party.activated_at, party.tax_id) == ("active", at, "0994000617721")
    assert OutboxEvent.objects.get().payload == {
        "party_ids": [party.pk], "codes": ["SIAM"], "status": "active",
    }  # fmt: skip
    assert HoldSubject.objects.filter(kind="party", ref="SIAM").exists()


def test_a_person_proposes_and_another_activates(cast, at):
    party = onboard(cast.actor("dao"), at)
    assert party.status == "onboarding"
    item = WorkItem.objects.get(subject_ref="SIAM")
    with pytest.raises(approving.SamePerson):
        approving.approve(item_id=item.pk, actor=cast.actor("dao"), at=at)
    approving.approve(item_id=item.pk, actor=cast.actor("mek"), at=at)
    party.refresh_from_db()
    assert (party.status, party.activated_at) == ("active", at)
    assert OutboxEvent.objects.filter(kind="PartyActivated").count() == 1


def test_a_rejected_party_stays_outside_and_can_be_proposed_again(cast, at):
    party = onboard(cast.actor("chai"), at)
    first = WorkItem.objects.get(subject_ref="SIAM")
    approving.reject(item_id=first.pk, actor=cast.actor("dao"), at=at, note="papers missing")
    with pytest.raises(parties.NotActive), transaction.atomic():
        parties.require_active(codes=["SIAM"])
    again = parties.activate(party_id=party.pk, actor=cast.actor("chai"), at=at)
    assert again not in (None, first.pk)


def test_every_state_is_kept_with_who_and_when(cast, at):
    party = onboard(cast.actor("chai"), at)
    item = WorkItem.objects.get(subject_ref="SIAM")
    approving.approve(item_id=item.pk, actor=cast.actor("dao"), at=at)
    states = [
        (row.status, row.history_user.username, row.history_date == at)
        for row in party.history.order_by("history_id")
    ]
    assert states == [("onboarding", "chai", True), ("active", "dao", True)]


def test_blocking_holds_and_activation_waits_for_the_release(cast, system, at):
    party = onboard(system, at)
    hold = parties.block(party_id=party.pk, reason="fraud report", actor=cast.actor("chai"), at=at)
    with pytest.raises(holds.Held):
        holds.require_clear(subjects=[("party", "SIAM")])
    with pytest.raises(holds.Held):
        parties.activate(party_id=party.pk, actor=system, at=at)
    holds.release(hold_id=hold, reason="cleared", actor=cast.actor("dao"), at=at)
    parties.activate(party_id=party.pk, actor=system, at=at)
    parties.require_active(codes=["SIAM"])


def test_a_known_party_is_left_as_it_is(system, at):
    first = parties.onboard(**SIAM, actor=system, at=at)
    assert parties.onboard(**SIAM, actor=system, at=at) == first
    with pytest.raises(parties.CodeTaken) as refused:
        parties.onboard(**{**SIAM, "name_en": "Siam Traders"}, actor=system, at=at)
    assert refused.value.place.field == "name_en"


def test_one_tax_id_one_party_but_branches(system, at):
    onboard(system, at, tax_id="0994000617721")
    onboard(system, at, code="SIAM-01", kind="branch", tax_id="0994000617721")
    with pytest.raises(parties.TaxIdTaken):
        onboard(system, at, code="SIAM2", tax_id="0-9940-00617-72-1")


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("code", "no blanks", BadParticular),
        ("code", "", BadParticular),
        ("kind", "fund", BadParticular),
        ("country", "EU", BadParticular),
        ("country", "th", BadParticular),
        ("name_en", " ", BadParticular),
        ("tax_id", "0994000617722", BadTaxId),
        ("tax_id", "12345", BadTaxId),
    ],
)
def test_bad_particulars_name_their_field(system, at, field, value, refusal):
    with pytest.raises(refusal) as refused:
        onboard(system, at, **{field: value})
    assert refused.value.place.field == field
    assert not Party.objects.exists()


def test_a_bad_line_keeps_nothing_of_the_batch(system, at):
    good = PartyDraft("A", "Alpha", "", "bank")
    bad = PartyDraft("B", "Beta", "", "bank", tax_id="1")
    with pytest.raises(BadTaxId) as refused:
        parties.onboard_many(drafts=[good, bad], actor=system, at=at)
    assert refused.value.place.line == 2
    assert not Party.objects.exists()


def test_a_batch_takes_a_constant_number_of_statements(system, at, django_assert_max_num_queries):
    drafts = [PartyDraft(f"P{number}", f"Party {number}", "", "person") for number in range(300)]
    with django_assert_max_num_queries(12):
        ids = parties.onboard_many(drafts=drafts, actor=system, at=at)
    assert len(ids) == 300
    assert queries.party_cards(codes=["P7"])["P7"].id == ids["P7"]


@pytest.mark.parametrize("name", ["ann", "aree", "inta"])
def test_others_onboard_nobody(cast, at, name):
    with pytest.raises(NotAllowed):
        onboard(cast.actor(name), at)


@pytest.mark.department("settlement")
def test_nor_do_other_departments(cast, at):
    with pytest.raises(NotAllowed):
        onboard(cast.actor("mek"), at)


def test_the_database_knows_the_states(system, at):
    party = onboard(system, at)
    for change in ({"status": "gone"}, {"activated_at": None}, {"kind": "fund"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Party.objects.filter(pk=party.pk).update(**change)


def test_what_is_not_there(system, at):
    with pytest.raises(parties.NoSuchParty):
        parties.activate(party_id=-1, actor=system, at=at)
    party = onboard(system, at)
    with pytest.raises(parties.NotWaiting):
        parties.activate(party_id=party.pk, actor=system, at=at)


def test_two_that_enter_the_same_party_enter_one(committed_db, at):
    entered: list[object] = []

    def enter(name: str) -> None:
        try:
            with transaction.atomic():
                draft = {**SIAM, "name_en": name, "tax_id": "0994000617721"}
                entered.append(parties.onboard(**draft, actor=Actor.system(name), at=at))
                time.sleep(0.05)  # the others wait for this commit
        except parties.CodeTaken as refused:
            entered.append(refused.place.field)
        finally:
            connection.close()

    threads = [threading.Thread(target=enter, args=(name,)) for name in ("A", "A", "B", "A")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    party = Party.objects.get()
    same = 3 if party.name_en == "A" else 1
    assert sorted(map(str, entered)) == sorted(
        map(str, [party.pk] * same + ["name_en"] * (4 - same))
    )
    assert party.history.count() == 1
