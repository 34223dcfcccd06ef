"""Compliance's door: what it lets in, what it refuses and in which words."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from backoffice.desk.models import WorkItem
from backoffice.frame.models import AuditEvent, IdempotencyKey
from backoffice.outbox.models import OutboxEvent
from backoffice.people import tokens
from compliance import holds, parties
from compliance.models import Hold, Party

pytestmark = [pytest.mark.django_db, pytest.mark.department("compliance")]
PARTIES, HOLDS = "/api/v1/compliance/parties", "/api/v1/compliance/holds"
SIAM = {"code": "SIAM", "name_en": "Siam Trading", "name_th": "สยามการค้า", "kind": "company"}


@pytest.fixture
def door(cast):
    """A client of a member of the cast: `door("chai").post(…)`."""

    def client(name: str) -> APIClient:
        found = APIClient()
        found.force_authenticate(cast.staff(name))
        return found

    return client


@pytest.fixture
def siam(system, at) -> int:
    return parties.onboard(**SIAM, actor=system, at=at)


def post(client, url, body=None, key="k-1", **headers):
    return client.post(url, body, format="json", HTTP_IDEMPOTENCY_KEY=key, **headers)


def test_a_party_is_onboarded_once_for_its_key(door):
    first = post(door("chai"), PARTIES, SIAM)
    again = post(door("chai"), PARTIES, SIAM)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert first.json()["status"] == "onboarding"
    assert (Party.objects.count(), WorkItem.objects.count()) == (1, 1)


def test_a_key_is_for_one_request(door):
    post(door("chai"), PARTIES, SIAM)
    other = post(door("chai"), PARTIES, {**SIAM, "name_en": "Siam Traders"})
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency-key-reused"
    assert other.json()["field"] == "/name_en"


def test_a_post_without_a_key_is_refused(door):
    answer = door("chai").post(PARTIES, SIAM, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


def test_a_refusal_is_a_problem_in_thai_for_thai_readers(door):
    bad = {**SIAM, "tax_id": "0994000617722"}
    for key in ("k-1", "k-1"):  # the refusal is kept with its key
        answer = post(door("chai"), PARTIES, bad, key=key, HTTP_ACCEPT_LANGUAGE="th")
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "tax-id-invalid"
        assert "เลขประจำตัวผู้เสียภาษี" in answer.json()["detail"]
        assert answer.json()["field"] == "tax_id"
    assert not Party.objects.exists()


def test_parties_are_listed_in_constant_queries(door, system, at, django_assert_num_queries):
    drafts = [parties.PartyDraft(f"P{n}", f"Party {n}", "", "person") for n in range(60)]
    parties.onboard_many(drafts=drafts, actor=system, at=at)
    client = door("aree")
    with django_assert_num_queries(1):
        page = client.get(PARTIES, {"limit": 40}).json()
    assert [row["code"] for row in page["items"][:2]] == ["P59", "P58"]
    rest = client.get(page["next"]).json()
    assert len(page["items"]) + len(rest["items"]) == 60
    assert len(client.get(PARTIES, {"text": "party 5"}).json()["items"]) == 11
    assert client.get(PARTIES, {"status": "gone"}).status_code == 400


def test_a_party_by_its_code_and_its_activation(door, system, at):
    post(door("chai"), PARTIES, {**SIAM, "code": "SIAM/01"})
    assert door("inta").get(f"{PARTIES}/SIAM/01").json()["name_th"] == "สยามการค้า"
    proposed = post(door("chai"), f"{PARTIES}/SIAM/01/activate")
    assert proposed.status_code == 202
    assert proposed.json()["work_item"] == WorkItem.objects.get().pk
    assert door("inta").get(f"{PARTIES}/NOBODY").status_code == 404


def test_a_hold_is_placed_and_released_by_two_people(door, siam):
    draft = {"subject_kind": "party", "subject_ref": "SIAM", "reason": "court order"}
    placed = post(door("chai"), HOLDS, draft)
    assert placed.status_code == 201
    assert placed.json()["released_at"] is None
    url = f"{HOLDS}/{placed.json()['id']}"
    own = post(door("chai"), f"{url}/release", {"reason": "r"})
    assert (own.status_code, own.json()["code"]) == (403, "not-allowed")
    released = post(door("dao"), f"{url}/release", {"reason": "order lifted"})
    assert released.json()["released_at"]
    shown = door("aree").get(url).json()
    assert (shown["reason"], shown["release"]["reason"]) == ("court order", "order lifted")
    assert shown["release"]["released_by"] == "dao"
    late = post(door("mek"), f"{url}/release", {"reason": "again"}, HTTP_ACCEPT_LANGUAGE="th")
    assert (late.status_code, late.json()["code"]) == (409, "hold-already-released")
    assert "ปลด" in late.json()["detail"]


def test_a_hold_s_reasons_are_kept_nowhere_else(door, siam):
    draft = {"subject_kind": "party", "subject_ref": "SIAM", "reason": "secret one"}
    placed = post(door("chai"), HOLDS, draft).json()["id"]
    post(door("dao"), f"{HOLDS}/{placed}/release", {"reason": "secret two"})
    elsewhere = [
        *AuditEvent.objects.values_list("detail", flat=True),
        *IdempotencyKey.objects.values_list("request", "answer"),
        *OutboxEvent.objects.values_list("payload", flat=True),
        *WorkItem.objects.values_list("payload", flat=True),
    ]
    assert len(elsewhere) > 5
    assert "secret" not in repr(elsewhere)
    again = post(door("chai"), HOLDS, {**draft, "reason": "another"})
    assert (again.status_code, again.json()["field"]) == (409, "/reason")


def test_holds_are_listed_in_constant_queries(door, siam, system, at, django_assert_num_queries):
    for number in range(5):
        hold = holds.place(
            subject_kind="trade", subject_ref=f"T{number}", reason="r", actor=system, at=at
        )
    holds.release(hold_id=hold, reason="r", actor=system, at=at)
    client = door("dao")
    with django_assert_num_queries(1):
        assert len(client.get(HOLDS).json()["items"]) == 5
    assert len(client.get(HOLDS, {"open": "true"}).json()["items"]) == 4
    assert [row["id"] for row in client.get(HOLDS, {"open": "false"}).json()["items"]] == [hold]
    assert len(client.get(HOLDS, {"subject_ref": "T1"}).json()["items"]) == 1
    assert client.get(f"{HOLDS}/999999").status_code == 404


@pytest.mark.parametrize(
    ("name", "url", "status"),
    [
        ("ann", PARTIES, 403), ("ann", HOLDS, 403), ("inta", HOLDS, 403), ("inta", PARTIES, 200),
        ("aree", HOLDS, 200), ("chai", HOLDS, 200),
    ],
)  # fmt: skip
def test_who_reads_what(door, name, url, status):
    assert door(name).get(url).status_code == status


@pytest.mark.department("settlement")
def test_the_reasons_of_holds_stay_with_compliance(door):
    assert door("mek").get(HOLDS).status_code == 403
    assert door("mek").get(PARTIES).status_code == 200


def test_the_front_office_places_no_hold(door, siam):
    draft = {"subject_kind": "party", "subject_ref": "SIAM", "reason": "r"}
    answer = post(door("ann"), HOLDS, draft)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert not Hold.objects.exists()
    assert APIClient().get(HOLDS).status_code == 401


def test_an_integrator_comes_in_by_token(cast, siam, system):
    now = timezone.now()
    token = tokens.issue(staff_id=cast.staff("inta").pk, label="erp", days=1, actor=system, at=now)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_ACCEPT_LANGUAGE="th")
    assert client.get(f"{PARTIES}/SIAM").json()["code"] == "SIAM"
    refused = post(client, PARTIES, SIAM)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert "ไม่มีสิทธิ์" in refused.json()["detail"]
