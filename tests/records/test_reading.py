"""Finding, reading and proving documents."""

import io
import json
import tracemalloc
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backoffice.frame.models import AuditEvent
from backoffice.kernel.actors import NotAllowed
from backoffice.outbox.models import OutboxEvent
from records import filing, queries, reading, superseding, verifying

pytestmark = [pytest.mark.django_db, pytest.mark.department("records")]


@pytest.fixture
def three(system, at) -> list[int]:
    plan = [
        ("RPT", "รายงานการชำระราคา", 0),
        ("CUS", "สำเนาบัตร น้ำฝน", 1),
        ("COR", "Letter to the exchange", 2),
    ]
    return [
        filing.file(
            record_class=code, title=title, content=title.encode(), media_type="text/plain",
            source_key="key", actor=system, at=at + timedelta(days=days),
        ).id
        for code, title, days in plan
    ]  # fmt: skip


def found(**wanted) -> set[int]:
    return {document.pk for document in queries.documents(**wanted)}


def test_search_narrows_by_class_day_and_title(three):
    report, customer, letter = three
    assert found() == set(three)
    assert found(record_class="CUS") == {customer}
    assert found(filed_from=date(2026, 1, 6)) == {customer, letter}
    assert found(filed_to=date(2026, 1, 5)) == {report}
    assert found(title="EXCHANGE") == {letter}
    assert found(title="ชำระ") == {report}  # inside a run without blanks
    assert found(title="RPT-2026-000001") == {report}


def test_both_spellings_of_sara_am_are_found(three):
    assert found(title="น้ำฝน") == found(title="น้ําฝน") == found(title="นํ้าฝน") == {three[1]}


def test_a_list_is_one_query(three, django_assert_num_queries):
    with django_assert_num_queries(1):
        for document in queries.documents():
            assert document.record_class.title_en
            assert document.content.size
            assert not hasattr(document, "superseded_by")


def seen(cast, name: str) -> set[int]:
    actor = cast.actor(name)
    return {row.pk for row in queries.visible_to(queries.documents(), actor=actor)}


def test_the_records_department_and_the_readers_of_all_see_all(three, cast):
    for name in ("chai", "mek", "aree", "inta"):
        assert seen(cast, name) == set(three)
    assert seen(cast, "ann") == set()


@pytest.mark.department("compliance")
def test_a_clerk_sees_the_department_s_own_classes(three, cast):
    assert seen(cast, "chai") == {three[1]}


@pytest.mark.department("compliance")
def test_reading_leaves_a_trace_and_hides_what_is_not_for_the_reader(three, cast, at):
    report, customer, _letter = three
    reading.open_document(document_id=customer, actor=cast.actor("chai"), at=at)
    trace = AuditEvent.objects.get(verb="reading.open_document")
    assert (trace.actor, trace.subject_id) == ("chai", str(customer))
    for unseen in (report, -1):
        with pytest.raises(superseding.NoSuchDocument):
            reading.open_document(document_id=unseen, actor=cast.actor("chai"), at=at)


def test_an_intact_document_is_proved(three, cast, at):
    proof = verifying.verify(document_id=three[0], actor=cast.actor("aree"), at=at)
    assert proof.intact
    assert proof.found == proof.expected
    assert not OutboxEvent.objects.filter(kind="ContentDamaged").exists()
    with pytest.raises(NotAllowed):
        verifying.verify(document_id=three[0], actor=cast.actor("ann"), at=at)
    with pytest.raises(superseding.NoSuchDocument):
        verifying.verify(document_id=-1, actor=cast.actor("aree"), at=at)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE records_chunk SET data = set_byte(data, 0, get_byte(data, 0) # 1)",
        "DELETE FROM records_chunk",
        "UPDATE records_content SET size = size + 1",
    ],
)
def test_a_damaged_document_is_found_out(three, system, at, damage):
    with connection.cursor() as cursor:  # as somebody with the owner's rights would do it
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(damage)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    proof = verifying.verify(document_id=three[0], actor=system, at=at)
    assert not proof.intact
    told = OutboxEvent.objects.get(kind="ContentDamaged").payload
    assert (told["document_id"], told["found_sha256"]) == (three[0], proof.found)


def test_a_round_checks_every_content_once(three, cast, system, at):
    filing.file(
        record_class="CON", title="the same bytes", content="รายงานการชำระราคา".encode(),
        media_type="text/plain", source_key="same", actor=system, at=at,
    )  # fmt: skip
    seen: list[tuple[int, int]] = []
    done = verifying.verify_all(
        actor=cast.actor("aree"), at=at, progress=lambda *counts: seen.append(counts)
    )
    assert (done.contents, done.damaged) == (3, ())
    assert seen == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(NotAllowed):
        verifying.verify_all(actor=cast.actor("chai"), at=at)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE records_chunk SET data = 'x' WHERE id = (SELECT min(id) FROM records_chunk)"
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    done = verifying.verify_all(actor=system, at=at)
    assert done.damaged == ("RPT-2026-000001", "CON-2026-000001")  # both documents that hold it
    assert OutboxEvent.objects.filter(kind="ContentDamaged").count() == 2
    with pytest.raises(CommandError, match="RPT-2026-000001"):
        call_command("verify_records", stdout=io.StringIO())


def test_the_command_says_what_it_checked(three):
    out = io.StringIO()
    call_command("verify_records", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["contents"], told["damaged"]) == (3, [])
    assert told["bytes"] > 0


def test_memory_does_not_grow_with_the_content(system, at, tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as sink:
        for number in range(24):
            sink.write(bytes([number]) * 1024 * 1024)
    tracemalloc.start()
    with path.open("rb") as source:
        filed = filing.file(
            record_class="COR", title="large", content=source, media_type="application/pdf",
            source_key="large", actor=system, at=at,
        )  # fmt: skip
    proof = verifying.verify(document_id=filed.id, actor=system, at=at)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert proof.intact
    assert proof.size == 24 * 1024 * 1024
    assert peak < 12 * 1024 * 1024
