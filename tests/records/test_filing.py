"""Filing: once for each source key, numbers without gaps, contents once, nothing ever changed."""

import hashlib
import io
import threading
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import Actor, NotAllowed
from backoffice.outbox.models import OutboxEvent
from records import filing, queries, rules, superseding
from records.models import Chunk, Content, Document

pytestmark = [pytest.mark.django_db, pytest.mark.department("records")]


def file(actor, at, **other) -> filing.FiledDocument:
    wanted = {
        "record_class": "RPT",
        "title": "รายงานการชำระราคา 5 ม.ค. 2569",
        "content": b"a day's figures",
        "media_type": "text/plain",
        "source_key": "end-of-day:2026-01-05",
    }
    return filing.file(**{**wanted, **other}, actor=actor, at=at)


def test_a_document_is_numbered_hashed_and_readable(system, at):
    filed = file(system, at)
    assert filed.number == "RPT-2026-000001"
    assert filed.sha256 == hashlib.sha256(b"a day's figures").hexdigest()
    assert queries.content_bytes(filed.id) == b"a day's figures"
    event = OutboxEvent.objects.get(kind="DocumentFiled")
    assert (event.payload["document_id"], event.payload["supersedes"]) == (filed.id, None)
    assert AuditEvent.objects.get(verb="filing.file").detail["number"] == filed.number


def test_filing_again_files_nothing(system, at):
    first = file(system, at)
    again = file(system, at, title="another title")
    assert (again.id, again.already_there) == (first.id, True)
    assert (Document.objects.count(), Content.objects.count()) == (1, 1)


def test_another_content_under_the_key_is_refused_naming_the_document(system, at):
    filed = file(system, at)
    with pytest.raises(filing.OtherContent) as refused:
        file(system, at, content=b"other figures")
    assert filed.number in refused.value.text("en")
    assert filed.number in refused.value.text("th")
    assert refused.value.place.field == "source_key"
    assert Content.objects.count() == 1


def test_the_key_belongs_to_its_class(system, at):
    one, other = file(system, at), file(system, at, record_class="STM")
    assert (one.number, other.number) == ("RPT-2026-000001", "STM-2026-000001")
    assert Content.objects.count() == 1  # one content, two documents


def test_the_year_is_the_year_in_bangkok(system):
    new_year = datetime(2025, 12, 31, 17, 0, tzinfo=UTC)
    filed = file(system, new_year)
    assert filed.number == "RPT-2026-000001"
    assert Document.objects.get().filed_on == date(2026, 1, 1)


def test_a_rolled_back_filing_leaves_no_gap(system, at):
    file(system, at)
    with transaction.atomic():
        assert file(system, at, source_key="lost").number == "RPT-2026-000002"
        transaction.set_rollback(True)
    assert file(system, at, source_key="next").number == "RPT-2026-000002"


def test_large_contents_are_cut_and_come_back_whole(system, at):
    large = bytes(range(256)) * 4096 * 2 + b"tail"  # 2 MiB and four bytes
    filed = file(system, at, content=io.BytesIO(large))
    assert Chunk.objects.count() == 3
    pieces = list(queries.content(filed.id))
    assert [len(piece) for piece in pieces] == [rules.CHUNK_BYTES, rules.CHUNK_BYTES, 4]
    assert b"".join(pieces) == large
    assert Content.objects.get().size == len(large)


def test_an_empty_content_is_a_content(system, at):
    filed = file(system, at, content=b"")
    assert filed.sha256 == hashlib.sha256(b"").hexdigest()
    assert list(queries.content(filed.id)) == []


def test_documents_are_never_changed(system, at):
    filed = file(system, at)
    for attempt in (
        lambda: Document.objects.filter(pk=filed.id).update(title="x"),
        lambda: Document.objects.filter(pk=filed.id).delete(),
        lambda: Chunk.objects.update(data=b"x"),
        lambda: Content.objects.update(size=1),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            attempt()


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("record_class", "XXX", filing.NoSuchClass),
        ("title", " ", rules.BadFiling),
        ("title", "a" * 301, rules.BadFiling),
        ("media_type", "pdf", rules.BadFiling),
        ("media_type", "text/html\r\nX: y", rules.BadFiling),
        ("source_key", "", rules.BadFiling),
    ],
)
def test_bad_filings_name_their_field(system, at, field, value, refusal):
    with pytest.raises(refusal) as refused:
        file(system, at, **{field: value})
    assert refused.value.place.field == field
    assert not Document.objects.exists()


def test_a_department_files_in_its_own_classes(cast, at):
    assert file(cast.actor("chai"), at, source_key="by the records department").id
    with pytest.raises(NotAllowed):
        file(cast.actor("ann"), at)
    with pytest.raises(NotAllowed):
        file(cast.actor("aree"), at)
    assert file(cast.actor("inta"), at).id


@pytest.mark.department("settlement")
def test_not_in_those_of_others(cast, at):
    assert file(cast.actor("chai"), at).id
    with pytest.raises(NotAllowed):
        file(cast.actor("chai"), at, record_class="CUS")


class Filing(threading.Thread):
    """Files on a connection of its own."""

    def __init__(self, at: datetime, **other) -> None:
        super().__init__(daemon=True)
        self.at, self.other = at, other
        self.filed: filing.FiledDocument | None = None

    def run(self) -> None:
        try:
            self.filed = file(Actor.system("tests"), self.at, **self.other)
        finally:
            connection.close()


def test_many_at_once_get_numbers_without_gaps(committed_db, at):
    threads = [Filing(at, source_key=f"key {number // 2}") for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    numbers = sorted(Document.objects.values_list("number", flat=True))
    assert numbers == [f"RPT-2026-{serial:06d}" for serial in range(1, 7)]
    assert {thread.filed.number for thread in threads} == set(numbers)
    assert Content.objects.count() == 1


def test_a_new_version_takes_the_place_of_the_old(system, at):
    first = file(system, at)
    second = superseding.supersede(
        document_id=first.id, content=b"corrected", reason="late trade", actor=system, at=at
    )
    assert (second.number, second.version) == ("RPT-2026-000002", 2)
    assert queries.content_bytes(first.id) == b"a day's figures"
    assert [document.pk for document in queries.versions(document_id=second.id)] == [
        first.id,
        second.id,
    ]
    assert [document.pk for document in queries.documents(current=True)] == [second.id]
    assert file(system, at).id == first.id  # a version that was filed is found again
    with pytest.raises(filing.OtherContent, match=second.number):
        file(system, at, content=b"third")


def test_the_chain_of_versions_does_not_fork(system, at):
    first = file(system, at)
    change = {"document_id": first.id, "reason": "r", "actor": system, "at": at}
    second = superseding.supersede(content=b"2", **change)
    with pytest.raises(superseding.AlreadySuperseded) as refused:
        superseding.supersede(content=b"3", **change)
    assert second.number in str(refused.value)
    same = superseding.supersede(content=b"2", **{**change, "document_id": second.id})
    assert (same.id, same.already_there) == (second.id, True)
    with pytest.raises(superseding.NoReason):
        superseding.supersede(content=b"3", **{**change, "document_id": second.id, "reason": ""})
    with pytest.raises(superseding.NoSuchDocument):
        superseding.supersede(content=b"3", **{**change, "document_id": -1})
