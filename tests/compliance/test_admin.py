"""The compliance clerk's pages: lists, dialogs, and who sees the reasons of holds."""

import pytest

from backoffice.desk.models import WorkItem
from compliance import holds, parties
from compliance.models import Hold, Party

pytestmark = [pytest.mark.django_db, pytest.mark.department("compliance")]
PARTIES, HOLDS = "/admin/compliance/party/", "/admin/compliance/hold/"
SENT = {"_form_submitted": "1"}


@pytest.fixture
def desk(signed_in):
    return signed_in


@pytest.fixture
def siam(system, at) -> int:
    return parties.onboard(
        code="SIAM", name_en="Siam Trading", name_th="สยามการค้า", kind="company",
        actor=system, at=at,
    )  # fmt: skip


def test_lists_and_pages_open(desk, siam, system, at):
    hold = holds.place(
        subject_kind="party", subject_ref="SIAM", reason="court", actor=system, at=at
    )
    client = desk("chai")
    for url in (
        PARTIES, f"{PARTIES}{siam}/change/", f"{PARTIES}{siam}/history/", HOLDS,
        f"{HOLDS}{hold}/change/", f"{HOLDS}?open=yes",
    ):  # fmt: skip
        answer = client.get(url)
        assert answer.status_code == 200, url
    assert "court" in client.get(HOLDS).content.decode()


def test_a_party_is_onboarded_by_dialog(desk):
    form = {"code": "NEW", "name_en": "New Co", "kind": "company", "country": "TH", **SENT}
    client = desk("chai")
    assert "name_th" in client.get(f"{PARTIES}onboard/").content.decode()
    answer = client.post(f"{PARTIES}onboard/", form)
    assert answer["HX-Redirect"] == PARTIES
    assert Party.objects.get(code="NEW").status == "onboarding"
    assert WorkItem.objects.get().kind == parties.ACTIVATION
    # A checker reads whom they let in, not a row number.
    told = dict(WorkItem.objects.get().details)
    assert {"code", "country"} <= set(told)
    assert "party_id" not in told


def test_a_hold_is_placed_and_released_by_dialog(desk, siam):
    form = {"subject_kind": "party", "subject_ref": "SIAM", "reason": "court order", **SENT}
    desk("dao").post(f"{HOLDS}place/", form)
    hold = Hold.objects.get()
    own = desk("dao")
    own.post(f"{HOLDS}{hold.pk}/release/", {"reason": "oops", **SENT})
    assert "You placed hold" in own.get(HOLDS).content.decode()
    assert Hold.objects.still_open().exists()
    desk("mek").post(f"{HOLDS}{hold.pk}/release/", {"reason": "lifted", **SENT})
    assert not Hold.objects.still_open().exists()


def test_a_block_says_why(desk, siam):
    client = desk("chai")
    client.post(f"{PARTIES}{siam}/block/", SENT)
    assert Party.objects.get().status == "active"
    client.post(f"{PARTIES}{siam}/block/", {"reason": "fraud", **SENT})
    assert Party.objects.get().status == "blocked"


@pytest.mark.department("settlement")
def test_other_departments_do_not_see_holds(desk, siam):
    assert desk("mek").get(HOLDS).status_code == 403
    assert desk("mek").get(PARTIES).status_code == 200
    answer = desk("mek").post(f"{PARTIES}{siam}/block/", {"reason": "x", **SENT})
    assert answer.status_code == 403
    assert desk("chai").get(PARTIES).status_code == 403
