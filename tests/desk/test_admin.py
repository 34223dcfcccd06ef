"""The desk's pages: each reader is offered what they may do, and each field stands there once."""

import re

import pytest
from django.urls import reverse

from backoffice.desk import approving, claiming, queueing

pytestmark = pytest.mark.django_db
BACKEND = "backoffice.people.permissions.RoleBackend"
ACTS = ("take", "put-back", "answer", "approve", "reject")


def _question(actor, at):
    return queueing.open_item(
        kind="test.question",
        department="settlement",
        subject_kind="test",
        subject_ref="1",
        title_en="A question",
        title_th="คำถาม",
        actor=actor,
        at=at,
    )


def _proposal(actor, at):
    return approving.propose(
        kind="test.payment",
        department="settlement",
        subject_kind="payment",
        subject_ref="P1",
        title_en="Release payment P1",
        title_th="ปล่อยรายการจ่าย P1",
        payload={},
        actor=actor,
        at=at,
    )


def _offered(client, staff, item) -> set[str]:
    client.force_login(staff, backend=BACKEND)
    page = client.get(reverse("admin:desk_workitem_change", args=[item])).content.decode()
    return {act for act in ACTS if f"/admin/desk/workitem/{item}/{act}" in page}


def test_a_question_is_taken_or_answered_and_needs_no_approval(client, cast, system, at):
    item = _question(system, at)
    assert _offered(client, cast.staff("chai"), item) == {"take", "answer"}
    claiming.claim(item_id=item, actor=cast.actor("chai"), at=at)
    assert _offered(client, cast.staff("chai"), item) == {"put-back", "answer"}
    assert _offered(client, cast.staff("aree"), item) == set()


def test_a_proposal_is_decided_by_another_checker_only(client, cast, at):
    item = _proposal(cast.actor("mek"), at)
    assert _offered(client, cast.staff("dao"), item) == {"approve", "reject"}
    assert _offered(client, cast.staff("mek"), item) == set()
    assert _offered(client, cast.staff("chai"), item) == set()


def test_who_comes_by_the_address_is_refused_with_a_sentence(client, cast, system, at):
    item = _question(system, at)
    client.force_login(cast.staff("aree"), backend=BACKEND)
    page = client.get(f"/admin/desk/workitem/{item}/take", follow=True).content.decode()
    assert "may not do this" in page


def test_each_field_stands_on_a_page_once(client, cast):
    mek = cast.staff("mek")
    client.force_login(mek, backend=BACKEND)
    page = client.get(reverse("admin:people_staff_change", args=[mek.pk])).content.decode()
    assert len(re.findall(r"Last login", page)) == 1
    assert "mek" in page


TOLD = {
    "count": 1,
    "first_needed": "2026-12-01",
    "trade_id": 7,
    "trades": [
        {
            "reference": "U-2",
            "reasons_en": ["quantity: we say 200, they say 250"],
            "reasons_th": ["จำนวน: ฝ่ายเราระบุ 200 อีกฝ่ายระบุ 250"],
            "differences": [{"field": "quantity", "ours": "200", "theirs": "250"}],
        }
    ],
}


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [
        ("en", ("First needed on</b> 1 Dec 2026", "quantity: we say 200", "open"), "ฝ่ายเรา"),
        ("th", ("ต้องใช้ครั้งแรก</b> 1 ธ.ค. 2569", "จำนวน: ฝ่ายเราระบุ 200", "เปิดอยู่"), "we say"),
    ],
)
def test_an_item_is_told_in_the_readers_words(client, cast, system, at, *, language, said, unsaid):
    """No tuple, no dictionary, no name of a field, no day of another calendar, one language."""
    item = queueing.open_item(
        kind="test.told",
        department="settlement",
        subject_kind="settlement.trade",
        subject_ref="12",
        title_en="Told",
        title_th="เล่า",
        payload=TOLD,
        actor=system,
        at=at,
    )
    chai = cast.staff("chai")
    chai.language = language
    chai.save(update_fields=["language"])
    client.force_login(chai, backend=BACKEND)
    own = reverse("admin:desk_workitem_change", args=[item])
    for address in (own, f"/admin/desk/workitem/{item}/answer/"):
        page = client.get(address).content.decode()
        for wrong in ("('open'", "first_needed", "2026-12-01", "differences", "trade_id", unsaid):
            assert wrong not in page
        assert reverse("admin:settlement_trade_change", args=[12]) in page
        assert said[1] in page
    page = client.get(own).content.decode()
    assert said[0].lower() in page.lower()
    assert said[2] in page


@pytest.mark.parametrize(("language", "said"), [("en", "Search"), ("th", "ค้นหา")])
def test_the_search_of_a_list_has_names_for_those_who_hear_it(client, cast, language, said):
    chai = cast.staff("chai")
    chai.language = language
    chai.save(update_fields=["language"])
    client.force_login(chai, backend=BACKEND)
    page = client.get(reverse("admin:settlement_trade_changelist")).content.decode()
    search = page[page.index('id="changelist-search"') :].split("</form>")[0]
    assert re.findall(r'<button[^>]*aria-label="([^"]+)"', search) == [said]
    assert len(re.findall(r"<input[^>]*aria-label=", search)) == 1
