"""The records' door: filing by JSON and multipart, finding, taking away, proving."""

import base64
import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from backoffice.frame.models import AuditEvent
from records import api, filing
from records.models import Content, Document

pytestmark = [pytest.mark.django_db, pytest.mark.department("records")]
URL = "/api/v1/records/documents"
BYTES = "สัญญาเช่า\n".encode()
DRAFT = {
    "record_class": "CON",
    "title": "สัญญาเช่าสำนักงาน",
    "media_type": "text/plain; charset=utf-8",
    "source_key": "lease-2026",
}
JSON = {**DRAFT, "content_base64": base64.b64encode(BYTES).decode()}


@pytest.fixture
def door(cast):
    def client(name: str) -> APIClient:
        found = APIClient()
        found.force_authenticate(cast.staff(name))
        return found

    return client


def post(client, url=URL, body=JSON, key="k-1", kind="json", **headers):
    return client.post(url, body, format=kind, HTTP_IDEMPOTENCY_KEY=key, **headers)


def test_a_document_is_filed_by_json_once_for_its_key(door):
    first, again = post(door("inta")), post(door("inta"))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert first.json()["sha256"] == hashlib.sha256(BYTES).hexdigest()
    assert first.json()["kept_until"] is None
    assert Document.objects.count() == 1


def test_the_same_document_under_another_key_is_found(door):
    first = post(door("inta")).json()
    again = post(door("inta"), key="k-2")
    assert (again.status_code, again.json()["id"]) == (200, first["id"])


def test_a_document_is_filed_by_multipart(door):
    upload = SimpleUploadedFile("lease.txt", BYTES, "text/plain")
    answer = post(door("chai"), body={**DRAFT, "content": upload}, kind="multipart")
    assert answer.status_code == 201
    assert answer.json()["sha256"] == hashlib.sha256(BYTES).hexdigest()


def test_a_key_is_for_one_content(door):
    post(door("inta"))
    other = {**JSON, "content_base64": base64.b64encode(b"other").decode()}
    answer = post(door("inta"), body=other)
    assert (answer.status_code, answer.json()["field"]) == (409, "/sha256")


def test_another_content_under_the_source_key_is_refused_in_thai(door):
    post(door("inta"))
    other = {**JSON, "content_base64": base64.b64encode(b"other").decode()}
    answer = post(door("inta"), body=other, key="k-2", HTTP_ACCEPT_LANGUAGE="th")
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "source-key-other-content"
    assert "CON-" in answer.json()["detail"]
    assert "จัดเก็บแล้ว" in answer.json()["detail"]
    assert Content.objects.count() == 1


def test_too_large_is_refused_before_and_after_reading(door, monkeypatch):
    monkeypatch.setattr(api, "CONTENT_MAX", 8)
    for kind, body in (
        ("json", JSON),
        ("multipart", {**DRAFT, "content": SimpleUploadedFile("a", BYTES)}),
    ):
        answer = post(door("inta"), body=body, kind=kind)
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    monkeypatch.setattr(api, "BODY_MAX", 8)
    assert post(door("inta")).status_code == 413
    assert not Content.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        DRAFT,
        {**JSON, "content_base64": "no base64!"},
        {**JSON, "title": ""},
        {key: value for key, value in JSON.items() if key != "source_key"},
    ],
)
def test_what_cannot_be_read_is_a_problem(door, body):
    answer = post(door("inta"), body=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"]


def test_a_download_is_the_bytes_and_leaves_a_trace(door):
    filed = post(door("inta")).json()
    answer = door("aree").get(f"{URL}/{filed['id']}/content", HTTP_ACCEPT="text/plain")
    assert b"".join(answer.streaming_content) == BYTES
    assert answer["Content-Disposition"] == f'attachment; filename="{filed["number"]}.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(BYTES))
    assert AuditEvent.objects.get(verb="reading.open_document").actor == "aree"


def test_what_is_not_there_is_a_problem_even_when_bytes_were_asked_for(door):
    answer = door("aree").get(f"{URL}/99/content", HTTP_ACCEPT="application/pdf")
    assert (answer.status_code, answer.json()["code"]) == (404, "document-unknown")
    assert door("aree").get(f"{URL}/99").status_code == 404


def test_lists_take_constant_queries(door, system, at, django_assert_num_queries):
    for number in range(12):
        filing.file(
            record_class="RPT", title=f"รายงาน {number}", content=b"%d" % number,
            media_type="text/plain", source_key=str(number), actor=system, at=at,
        )  # fmt: skip
    client = door("mek")
    with django_assert_num_queries(1):
        page = client.get(URL, {"limit": 10}).json()
    assert len(page["items"]) == 10
    assert page["items"][0]["kept_until"] == "2033-12-31"
    found = client.get(URL, {"title": "รายงาน 1", "record_class": "RPT", "current": "true"}).json()
    assert len(found["items"]) == 3
    with django_assert_num_queries(1):
        assert len(client.get("/api/v1/records/classes").json()) == 6


def test_versions(door):
    filed = post(door("chai")).json()
    url = f"{URL}/{filed['id']}/versions"
    body = {"content_base64": base64.b64encode(b"v2").decode(), "reason": "signed"}
    later = post(door("chai"), url=url, body=body, key="v-2")
    assert (later.status_code, later.json()["version"]) == (201, 2)
    assert [row["version"] for row in door("chai").get(url).json()] == [1, 2]
    assert door("chai").get(f"{URL}/{filed['id']}").json()["superseded_by"] == later.json()["id"]
    fork = post(door("chai"), url=url, body={**body, "content_base64": "djM="}, key="v-3")
    assert (fork.status_code, fork.json()["code"]) == (409, "document-already-superseded")


def test_a_document_is_proved(door):
    filed = post(door("inta")).json()
    proof = post(door("aree"), url=f"{URL}/{filed['id']}/verify", body=None)
    assert proof.json()["intact"] is True
    assert proof.json()["found"] == filed["sha256"]


def test_the_front_office_neither_files_nor_reads(door):
    answer = post(door("ann"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    filed = post(door("inta")).json()
    assert door("ann").get(URL).json()["items"] == []
    for tail in ("", "/content", "/versions"):
        assert door("ann").get(f"{URL}/{filed['id']}{tail}").status_code == 404
