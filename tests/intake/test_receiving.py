"""Files at the desk's door: looked at without effect, taken once, refused with every line."""

import csv
import io
import json
import time
from datetime import timedelta
from decimal import Decimal
from threading import Event, Thread

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounting import queries as ledger
from accounting.models import Rate
from backoffice.frame.models import AuditEvent
from backoffice.intake import kinds, receiving, working
from backoffice.intake.kinds import Fared
from backoffice.intake.models import Upload, UploadPart
from backoffice.kernel.actors import NotAllowed, NotSignedIn
from backoffice.kernel.refusals import Refused
from backoffice.outbox import jobs
from backoffice.outbox.models import JobRun

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
BOT = (kinds.find("accounting.rates_bot").example).read_bytes()
STATE = Upload.State


def receive(actor, at, content=BOT, kind="accounting.rates_bot", **options):
    return receiving.receive(
        kind=kind, name="rates.csv", chunks=[content], options=options, actor=actor, at=at
    )


def work(upload):
    """What a worker does: the job of the file, as its row stands now."""
    upload.refresh_from_db()
    job = JobRun.objects.get(partition=receiving.partition_of(upload))
    assert jobs.run(job_id=job.pk, at=timezone.now)
    upload.refresh_from_db()
    return upload


def test_a_file_is_looked_at_without_effect_and_then_taken(cast, at):
    chai = cast.actor("chai")
    upload = work(receive(chai, at))
    assert (upload.state, upload.counts) == (STATE.CHECKED, {"recorded": 6, "known": 0})
    assert not Rate.objects.exists()
    receiving.take(upload_id=upload.pk, actor=chai, at=at)
    upload = work(upload)
    assert (upload.state, upload.counts["recorded"], Rate.objects.count()) == (STATE.TAKEN, 6, 6)
    assert set(Rate.objects.values_list("recorded_by", flat=True)) == {"chai"}
    assert not UploadPart.objects.exists()
    verbs = AuditEvent.objects.filter(subject_kind="intake.upload").values_list("verb", flat=True)
    assert list(verbs.order_by("pk")) == ["intake.receive", "intake.take", "intake.taken"]


def test_the_same_file_is_taken_once(cast, at):
    chai, dao = cast.actor("chai"), cast.actor("dao")
    first, second = work(receive(chai, at)), work(receive(dao, at))
    receiving.take(upload_id=first.pk, actor=chai, at=at)
    with pytest.raises(receiving.TakenAlready) as refused:
        receiving.take(upload_id=second.pk, actor=dao, at=at)
    assert refused.value.upload_id == first.pk
    work(first)
    with pytest.raises(
        receiving.TakenAlready, match=r"was taken already on \d\d \w+ \d{4} .* by chai"
    ):
        receive(dao, at)
    assert "2569" in _thai_of(lambda: receive(dao, at))
    assert Upload.objects.count() == 2
    row = {
        "kind": first.kind,
        "scope": "",
        "sha256": first.sha256,
        "received_by": cast.staff("dao"),
    }
    with pytest.raises(IntegrityError, match="upload_taken_once"), transaction.atomic():
        Upload.objects.create(
            **row, name="x", size=1, lines=1, received_at=at, state=STATE.TAKEN, decided_at=at
        )


def _thai_of(act):
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.text("th")


def test_the_same_file_goes_into_two_books(cast, at, system):
    content = b"not looked at here"
    for entity in ("A", "B"):
        receive(cast.actor("chai"), at, content, "accounting.entries", entity=entity)
    assert set(Upload.objects.values_list("scope", flat=True)) == {"A", "B"}


def test_a_wrong_file_is_refused_with_line_field_and_rule(cast, at):
    bad = BOT.replace(b"22.9255", b"22.9.2")
    upload = work(receive(cast.actor("chai"), at, bad))
    assert upload.state == STATE.REFUSED
    (told,) = upload.refusals
    assert (told["line"], told["field"], told["rule"]) == (3, "mid_rate", "rate-figure")
    assert "ไม่ใช่อัตรา" in told["th"]
    assert not UploadPart.objects.exists()
    with pytest.raises(receiving.NotWaiting):
        receiving.take(upload_id=upload.pk, actor=cast.actor("chai"), at=at)


def entries(*amounts):
    lines = [
        json.dumps(
            {
                "key": f"k{n}",
                "date": "2026-01-05",
                "journal": "GEN",
                "lines": [
                    {"account": "Assets:Cash", "amount": one, "currency": "THB"},
                    {"account": "Income:Sales", "amount": f"-{one}", "currency": "THB"},
                ],
            }
        )
        for n, one in enumerate(amounts)
    ]
    return ("\n".join(lines) + "\n").encode()


def test_every_wrong_line_is_told_and_the_right_ones_are_kept_if_asked(cast, at):
    content, chai = entries("10.00", "1.005", "20.00", "1e3"), cast.actor("chai")
    kind = "accounting.entries"
    whole = work(receive(chai, at, content, kind, entity="HOUSE", create_accounts="yes"))
    assert (whole.state, [one["line"] for one in whole.refusals]) == (STATE.REFUSED, [2, 4])
    part = receive(chai, at, content, kind, entity="HOUSE", create_accounts="yes", keep_right="yes")
    part = work(part)
    assert (part.state, part.counts["posted"], part.refused) == (STATE.CHECKED, 2, 2)
    assert part.totals == {"THB": "31.005"}
    assert ledger.entities() == []
    receiving.take(upload_id=part.pk, actor=chai, at=at)
    part = work(part)
    assert (part.state, part.counts["posted"], part.refused) == (STATE.TAKEN, 2, 2)
    assert ledger.balance(entity="HOUSE", account="Assets:Cash", as_of=at.date()) == {
        "THB": Decimal(30)
    }


def test_what_only_the_database_sees_is_seen_at_the_look(cast, at, monkeypatch):
    """A deferred constraint speaks on commit; a trial has none, so it is asked at once."""
    seen = []

    def break_in(file):
        seen.append(file.is_trial)
        with working.connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE lasting (n int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
                "INSERT INTO lasting VALUES (1), (1)"
            )
        return Fared({})

    kind = kinds.find("accounting.rates_bot")
    monkeypatch.setattr(kinds, "find", lambda code: _with(kind, break_in))
    upload = receive(cast.actor("chai"), at)
    job = JobRun.objects.get(partition=receiving.partition_of(upload))
    with pytest.raises(IntegrityError), transaction.atomic():
        jobs.run(job_id=job.pk, at=timezone.now)
    assert seen == [True]


def _with(kind, take):
    fields = {name: getattr(kind, name) for name in kind.__dataclass_fields__}
    return kinds.Kind(**{**fields, "take": take})


def test_who_may_bring_decide_and_give_up(cast, at):
    upload = work(receive(cast.actor("chai"), at))
    for name in ("ann", "aree"):
        with pytest.raises(NotAllowed):
            receive(cast.actor(name), at)
        with pytest.raises(NotAllowed):
            receiving.take(upload_id=upload.pk, actor=cast.actor(name), at=at)
    with pytest.raises(NotAllowed):
        receive(cast.actor("chai"), at, kind="settlement.trades_csv")
    with pytest.raises(NotSignedIn):
        receive(kinds.Actor.system("night"), at)
    receiving.drop(upload_id=upload.pk, actor=cast.actor("dao"), at=at)
    upload.refresh_from_db()
    assert (upload.state, UploadPart.objects.count()) == (STATE.DROPPED, 0)


def test_empty_too_large_and_unknown_are_refused_and_leave_nothing(cast, at, monkeypatch):
    chai = cast.actor("chai")
    with pytest.raises(receiving.FileEmpty):
        receive(chai, at, b"")
    monkeypatch.setattr(receiving, "BYTES_MAX", 10)
    with pytest.raises(receiving.FileTooLarge):
        receive(chai, at, b"x" * 11)
    with pytest.raises(kinds.KindUnknown):
        receive(chai, at, kind="accounting.poems")
    assert not Upload.objects.exists()
    assert not JobRun.objects.exists()


def test_a_file_in_parts_comes_back_whole(cast, at, monkeypatch, tmp_path):
    monkeypatch.setattr(receiving, "PART", 7)
    pieces = [b"abc", b"defghijklmnop", b"", b"qrstuvwxyz0"]
    upload = receiving.receive(
        kind="accounting.rates_bot", name="../a/b.csv", chunks=pieces, options={},
        actor=cast.actor("chai"), at=at,
    )  # fmt: skip
    assert UploadPart.objects.filter(upload=upload).count() == 4
    working._write(upload, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"".join(pieces)


@pytest.mark.parametrize(
    "name", ["อัตราแลกเปลี่ยน" * 20 + ".csv", "../../etc/rates.csv", "..", "😀" * 90]
)
def test_a_name_is_no_path_and_fits_a_disk(cast, at, name):
    upload = receiving.receive(
        kind="accounting.rates_bot", name=name, chunks=[BOT], options={}, actor=cast.actor("chai"),
        at=at,
    )  # fmt: skip
    assert "/" not in working.on_disk(upload.name)
    assert work(upload).state == STATE.CHECKED


def test_forgotten_files_are_dropped_after_a_week(cast, at):
    upload = work(receive(cast.actor("chai"), at))
    receive(cast.actor("chai"), at + timedelta(days=8), b"another")
    upload.refresh_from_db()
    assert upload.state == STATE.DROPPED
    assert not UploadPart.objects.filter(upload=upload).exists()


def test_who_forgets_waits_for_nobody_and_takes_no_bytes_from_who_decides(committed_db, cast, at):
    """A file that is decided about at this moment keeps its bytes."""
    chai = cast.actor("chai")
    upload = work(receive(chai, at))

    def decide():
        try:
            with transaction.atomic():
                receiving.take(upload_id=upload.pk, actor=chai, at=at)
                held.set()
                done.wait(20)
        finally:
            connection.close()

    held, done = Event(), Event()
    decider = Thread(target=decide)
    decider.start()
    assert held.wait(20)
    receive(chai, at + timedelta(days=8), b"another")
    done.set()
    decider.join()
    upload.refresh_from_db()
    assert upload.state == STATE.TAKING
    assert UploadPart.objects.filter(upload=upload).exists()


def test_a_file_is_dropped_with_its_bytes_or_not_at_all(cast, at, monkeypatch):
    upload = work(receive(cast.actor("chai"), at))

    def broken(**_names):
        raise ConnectionError

    monkeypatch.setattr(receiving.UploadPart.objects, "filter", broken)
    with pytest.raises(ConnectionError):
        receiving.drop(upload_id=upload.pk, actor=cast.actor("chai"), at=at)
    upload.refresh_from_db()
    assert upload.state == STATE.CHECKED


def test_a_lost_lease_takes_nothing(cast, at, monkeypatch):
    upload = work(receive(cast.actor("chai"), at))
    receiving.take(upload_id=upload.pk, actor=cast.actor("chai"), at=at)
    job = JobRun.objects.get(partition=f"{upload.pk}:take")
    claim = jobs.claim(job_id=job.pk, at=at)
    JobRun.objects.filter(pk=job.pk).update(fence=claim.fence + 1)
    with pytest.raises(jobs.LeaseLost):
        working.run_job(claim=claim, clock=lambda: at)
    assert not Rate.objects.exists()
    upload.refresh_from_db()
    assert upload.state == STATE.TAKING


def test_progress_shows_while_the_work_is_one_transaction(committed_db, cast, at, monkeypatch):
    """The bar moves before anything is committed, and the lease is renewed."""
    monkeypatch.setattr(working, "BEAT", 0.05)
    kind = kinds.find("accounting.rates_bot")
    upload = receive(cast.actor("chai"), at)
    job = JobRun.objects.get(partition=receiving.partition_of(upload))
    seen = []

    def slow(file):
        file.on_lines(2)
        for _turn in range(100):
            seen.append(JobRun.objects.get(pk=job.pk))
            if seen[-1].progress.get("done") == 2:
                break
            time.sleep(0.05)
        return Fared({"recorded": 0})

    monkeypatch.setattr(kinds, "find", lambda code: _with(kind, slow))
    assert jobs.run(job_id=job.pk, at=timezone.now)
    assert seen[-1].progress == {"done": 2, "of": 3}
    assert seen[-1].lease_until > timezone.now()
    job.refresh_from_db()
    assert job.state == "done"


def rows_elsewhere():
    """How many rows each table of the house has, but for the file's own and its job's."""
    own = {"intake_upload", "intake_uploadpart", "outbox_jobrun"}
    tables = sorted({model._meta.db_table for model in apps.get_models()} - own)
    with connection.cursor() as cursor:
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
        cursor.execute(counts)
        return dict(cursor.fetchall())


@pytest.mark.parametrize("code", sorted(kinds.kinds()))
def test_the_example_of_each_kind_is_read_by_its_own_reader(code, cast, at, system):
    """What it may be refused for is what a new house does not know, never its form."""
    kind = kinds.find(code)
    staff = cast.staff("mek")
    staff.department = kind.department.value
    staff.save()
    options = {
        "book": "HOUSE", "entity": "HOUSE", "create_accounts": "yes", "enter_unknown": "yes",
        "currency": "THB", "ledger": "Assets:Nostro:THB",
    }  # fmt: skip
    upload = receiving.receive(
        kind=code,
        name=kind.example.name,
        chunks=[kind.example.read_bytes()],
        options=options,
        actor=cast.actor("mek"),
        at=at,
    )
    before = rows_elsewhere()
    work(upload)
    assert rows_elsewhere() == before
    unknown = {
        "instrument-unknown", "participant-unknown", "trade-participant-unknown",
        "settlement-participant-unknown", "price-instrument-unknown",
        "corporate-action-instrument-unknown", "entity-unknown",
    }  # fmt: skip
    assert {one["rule"] for one in upload.refusals} <= unknown, upload.refusals
    if not upload.refusals:
        assert sum(upload.counts.values()) > 0
    assert set(upload.counts) <= set(kind.words)


def test_refusals_go_into_a_spreadsheet(cast, at, client):
    content = entries("1.005", "1.006")
    upload = work(receive(cast.actor("chai"), at, content, "accounting.entries", entity="HOUSE",
                          create_accounts="yes"))  # fmt: skip
    client.force_login(cast.staff("chai"), backend="backoffice.people.permissions.RoleBackend")
    answer = client.get(f"/admin/intake/upload/{upload.pk}/refusals.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [(row["file"], row["line"]) for row in rows] == [("rates.csv", "1"), ("rates.csv", "2")]
    assert all(row["rule"] and row["th"] and row["en"] for row in rows)
