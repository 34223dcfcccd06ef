"""The records clerk's pages."""

import pytest

from backoffice.frame.models import AuditEvent
from records import filing

pytestmark = [pytest.mark.django_db, pytest.mark.department("records")]
URL = "/admin/records/document/"


@pytest.fixture
def desk(signed_in):
    return signed_in


@pytest.fixture
def contract(system, at) -> filing.FiledDocument:
    return filing.file(
        record_class="CON", title="สัญญาเช่า", content=b"lease", media_type="text/plain",
        source_key="lease", actor=system, at=at,
    )  # fmt: skip


def test_lists_and_pages_open(desk, contract):
    client = desk("chai")
    for url in (
        "/admin/records/recordclass/",
        URL,
        f"{URL}{contract.id}/change/",
        f"{URL}?current=yes",
    ):
        assert client.get(url).status_code == 200, url
    page = client.get(URL).content.decode()
    assert f"{URL}{contract.id}/download/" in page
    assert contract.sha256 in client.get(f"{URL}{contract.id}/change/").content.decode()


def test_a_download_is_the_bytes_and_leaves_a_trace(desk, contract):
    answer = desk("chai").get(f"{URL}{contract.id}/download/")
    assert b"".join(answer.streaming_content) == b"lease"
    assert "attachment" in answer["Content-Disposition"]
    assert AuditEvent.objects.get(verb="reading.open_document").channel == "desk"


def test_the_hash_is_checked_at_a_click(desk, contract):
    answer = desk("aree").get(f"{URL}{contract.id}/verify/", follow=True)
    assert "as filed" in answer.content.decode()


def test_the_list_goes_out_as_csv(desk, contract):
    form = {"action": "export_csv", "_selected_action": [contract.id]}
    answer = desk("chai").post(URL, form)
    assert contract.sha256 in b"".join(answer.streaming_content).decode()


def test_the_list_s_queries_do_not_grow(desk, system, at, contract, django_assert_max_num_queries):
    for number in range(20):
        filing.file(
            record_class="COR", title=f"letter {number}", content=b"x", media_type="text/plain",
            source_key=str(number), actor=system, at=at,
        )  # fmt: skip
    client = desk("mek")
    client.get(URL)
    with django_assert_max_num_queries(12):
        client.get(URL)


@pytest.mark.department("compliance")
def test_a_document_of_another_department_is_not_there(desk, contract):
    client = desk("chai")
    answer = client.get(f"{URL}{contract.id}/download/")
    assert answer.status_code in (302, 403)
    assert not AuditEvent.objects.filter(verb="reading.open_document").exists()
