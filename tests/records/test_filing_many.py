"""Filing many: row by row what filing one after the other gives, in statements that do not grow."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import Actor, NotAllowed
from backoffice.outbox.models import OutboxEvent
from records import filing, queries, rules, superseding
from records.models import Chunk, Content, Document, NumberSeries

pytestmark = [pytest.mark.django_db, pytest.mark.department("records")]
AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 31, 18, 0, tzinfo=UTC)  # next year in Bangkok


def draft(key="one", content=b"figures", title="รายงาน", media_type="text/plain"):
    return filing.Draft(title, content, media_type, key)


def file_many(*drafts, actor=None, at=AT, record_class="RPT"):
    return filing.file_many(
        record_class=record_class, drafts=drafts, actor=actor or Actor.system("tests"), at=at
    )


def one_by_one(*drafts, actor=None, at=AT, record_class="RPT"):
    return [
        filing.file(
            record_class=record_class,
            title=one.title,
            content=one.content,
            media_type=one.media_type,
            source_key=one.source_key,
            actor=actor or Actor.system("tests"),
            at=at,
        )
        for one in drafts
    ]


def kept():
    """Every column of all that a filing writes, with numbers and hashes for identifiers."""
    numbers = dict(Document.objects.values_list("pk", "number"))
    documents = [
        {**row, "supersedes_id": numbers.get(row["supersedes_id"])}
        for row in Document.objects.order_by("filed_on", "pk").values(
            *(f.attname for f in Document._meta.fields if f.attname not in {"id", "content_id"}),
            "content__sha256",
        )
    ]
    contents = set(Content.objects.values_list("sha256", "size", "stored_at"))
    chunks = {
        (sha256, position, bytes(data))
        for sha256, position, data in Chunk.objects.values_list(
            "content__sha256", "position", "data"
        )
    }
    series = set(NumberSeries.objects.values_list("record_class", "year", "last"))
    trail = [
        {**row, "subject_id": numbers[int(row["subject_id"])]}
        for row in AuditEvent.objects.order_by("pk").values(
            *(f.attname for f in AuditEvent._meta.fields if f.attname != "id")
        )
    ]
    events = [
        (
            event.kind,
            event.recorded_at,
            {
                **event.payload,
                "document_id": numbers[event.payload["document_id"]],
                "supersedes": numbers.get(event.payload["supersedes"]),
            },
        )
        for event in OutboxEvent.objects.order_by("pk")
    ]
    return documents, contents, chunks, series, trail, events


def told(filed):
    return [(one.number, one.sha256, one.version, one.already_there) for one in filed]


def outcome(file, drafts):
    """What comes of filing the drafts on top of some that are there: answers and rows, or refusal.

    There are an old year's filing, and a document in two versions.
    """
    with transaction.atomic():
        one_by_one(draft("a", b"A"), draft("c", b""))
        first = one_by_one(draft("b", b"old"), at=LATER)[0]
        superseding.supersede(
            document_id=first.id, content=b"B", reason="r", actor=Actor.system("tests"), at=AT
        )
        try:
            with transaction.atomic():
                return told(file(*drafts)), kept()
        except (filing.OtherContent, rules.BadFiling) as refused:
            return type(refused), refused.place, refused.text("en"), refused.text("th"), kept()
        finally:
            transaction.set_rollback(True)


DRAFTS = st.lists(
    st.builds(
        draft,
        st.sampled_from(["a", "b", "c", " d", "d", "e", "f", "g"]),
        st.sampled_from([b"A", b"A", b"B", b"old", b"", b"long" * 9]),
        st.sampled_from(["รายงาน", " น้ำ  ", "ｆｕｌｌ"]),
        st.sampled_from(["text/plain", "Application/PDF"]),
    ),
    max_size=9,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drafts=DRAFTS, batch=st.integers(1, 4), piece=st.sampled_from([5, 1024]))
def test_filing_many_is_filing_one_after_the_other(db, drafts, batch, piece):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "BATCH", batch)
        patch.setattr(rules, "CHUNK_BYTES", piece)
        assert outcome(file_many, drafts) == outcome(one_by_one, drafts)


def test_statements_do_not_grow_with_the_documents(db):
    file_many(draft("warm"))
    statements = []
    for name, size in (("few", 3), ("many", 300)):
        drafts = [draft(f"{name} {n}", f"{name} {n}".encode()) for n in range(size)]
        with CaptureQueriesContext(connection) as captured:
            filed = file_many(*drafts)
        assert len({one.number for one in filed}) == size
        statements.append(len(captured))
    assert statements[0] == statements[1] <= 12
    with CaptureQueriesContext(connection) as captured:
        assert all(one.already_there for one in file_many(*drafts))
    assert len(captured) <= 5


def test_a_batch_is_filed_before_the_next_is_drawn(db, monkeypatch):
    monkeypatch.setattr(rules, "BATCH", 10)
    there = []

    def drafts():
        for number in range(35):
            there.append(Document.objects.count())
            yield draft(f"key {number}", f"{number}".encode())

    filed = filing.file_many(
        record_class="RPT", drafts=drafts(), actor=Actor.system("tests"), at=AT
    )
    assert there == [*[0] * 11, *[10] * 10, *[20] * 10, *[30] * 4]
    assert [one.number for one in filed] == [f"RPT-2026-{n:06d}" for n in range(1, 36)]
    assert queries.content_bytes(filed[33].id) == b"33"


def test_all_or_none_and_the_numbers_stay_without_gaps(db):
    file_many(draft("one", b"1"))
    before = kept()
    with pytest.raises(filing.OtherContent) as refused:
        file_many(draft("two", b"2"), draft("one", b"another"))
    assert "RPT-2026-000001" in refused.value.text("th")
    with pytest.raises(rules.BadFiling) as refused:
        file_many(draft("two", b"2"), draft("three", b"3", media_type="pdf"))
    assert refused.value.place.field == "media_type"
    assert kept() == before
    assert file_many(draft("two", b"2"))[0].number == "RPT-2026-000002"


def test_the_last_number_of_a_series_is_the_last(db, monkeypatch):
    monkeypatch.setattr(rules, "NUMBERS_A_YEAR", 2)
    with pytest.raises(rules.SeriesFull):
        file_many(*(draft(f"{n}") for n in range(3)))
    assert len(file_many(*(draft(f"{n}") for n in range(2)))) == 2


def test_who_may_not_file_files_none(cast, at):
    with pytest.raises(NotAllowed):
        file_many(draft(), actor=cast.actor("ann"))
    with pytest.raises(filing.NoSuchClass):
        file_many(draft(), record_class="XXX")
    assert file_many(draft(), actor=cast.actor("chai"))
    assert Document.objects.get().filed_by_staff_id == cast.actor("chai").staff_id
    assert file_many() == []


class Filing(threading.Thread):
    """Files on a connection of its own."""

    def __init__(self, file, *drafts) -> None:
        super().__init__(daemon=True)
        self.file, self.drafts, self.filed = file, drafts, []

    def run(self) -> None:
        try:
            self.filed = self.file(*self.drafts)
        finally:
            connection.close()


def test_many_and_single_filings_at_once_agree(committed_db):
    """Both ways under the same keys and the same contents, in opposite orders."""
    drafts = [draft(f"key {n}", f"{n % 3}".encode()) for n in range(12)]
    threads = [
        Filing(way, *(drafts if turn % 2 else reversed(drafts)))
        for turn, way in enumerate((file_many, one_by_one, file_many, one_by_one))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    numbers = set(Document.objects.values_list("number", flat=True))
    assert numbers == {f"RPT-2026-{serial:06d}" for serial in range(1, 13)}
    assert [{one.number for one in thread.filed} for thread in threads] == [numbers] * 4
    assert Content.objects.count() == 3
