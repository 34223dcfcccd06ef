"""The upload pages in both languages: kinds, form, verdict, refusals; for whom, at what cost."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounting.models import Rate
from backoffice.intake import admin as page
from backoffice.intake import kinds, receiving
from backoffice.intake.models import Upload
from backoffice.outbox import jobs
from backoffice.outbox.models import JobRun

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
ROOT = "/admin/intake/upload/"
BOT = kinds.find("accounting.rates_bot").example.read_bytes()
FORM = f"{ROOT}new/?kind=accounting.rates_bot"


@pytest.fixture
def desk(signed_in):
    return lambda name="chai", language="en": signed_in(name, language)


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def send(client, content=BOT, form=FORM, **options):
    return client.post(
        form, {"file": SimpleUploadedFile("bot.csv", content), **options}, follow=True
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("What kind of file is it?", "Check the file", "Nothing is wrong with it.", "Taken."),
        ),
        ("th", ("ไฟล์ชนิดใด", "ตรวจไฟล์", "ไฟล์ถูกต้อง", "รับเข้าแล้ว")),
    ],
)
def test_a_file_is_chosen_checked_and_taken(desk, language, words):
    client = desk(language=language)
    offered = text(client.get(f"{ROOT}new/"))
    assert words[0] in offered
    own = [code for code in kinds.kinds() if code.startswith("accounting.")]
    assert re.findall(r"\?kind=([a-z0-9_.]+)", offered) == own
    form = text(client.get(FORM))
    assert words[1] in form
    assert "period,currency_id" in form
    checked = text(send(client))
    assert words[2] in checked
    assert "every 1s" not in checked
    assert not Rate.objects.exists()
    upload = Upload.objects.get()
    taken = text(client.post(f"{ROOT}{upload.pk}/take/", follow=True))
    assert words[3] in taken
    assert Rate.objects.count() == 6
    listed = text(client.get(ROOT))
    assert "bot.csv" in listed
    again = send(client)
    assert again.redirect_chain[-1][0] == f"{ROOT}{upload.pk}/change/"
    assert {"en": "was taken already on", "th": "รับเข้าแล้วเมื่อ"}[language] in text(again)
    assert Upload.objects.count() == 1


@pytest.mark.parametrize(("language", "why"), [("en", "is not a rate"), ("th", "ไม่ใช่อัตรา")])
def test_a_refusal_names_line_field_and_rule_in_the_readers_language(desk, language, why):
    shown = text(send(desk(language=language), BOT.replace(b"22.9255", b"22,9")))
    row = re.findall(r"(?s)<tbody>(.*?)</tbody>", shown)[0]
    assert all(part in row for part in ("rate-", "<td"))
    bad = text(send(desk(language=language), BOT.replace(b"22.9255", b"x")))
    row = re.findall(r"(?s)<tbody>(.*?)</tbody>", bad)[0]
    assert all(part in row for part in (">3<", "mid_rate", "rate-figure", why))
    assert "refusals.csv" in bad


def test_an_empty_file_is_told_beside_its_field(desk):
    assert "The file is empty." in text(send(desk(), b"")).split("errorlist")[1]


@pytest.mark.parametrize("language", ["en", "th"])
def test_a_long_file_is_the_workers_and_the_page_follows(desk, monkeypatch, language):
    monkeypatch.setattr(page, "AT_ONCE", 10)
    client = desk(language=language)
    shown = text(send(client))
    upload = Upload.objects.get()
    assert 'hx-trigger="every 1s"' in shown
    job = JobRun.objects.get(partition=receiving.partition_of(upload))
    JobRun.objects.filter(pk=job.pk).update(progress={"done": 1, "of": 4})
    bar = text(client.get(f"{ROOT}{upload.pk}/change/"))
    assert 'aria-valuenow="25"' in bar
    assert jobs.run(job_id=job.pk, at=timezone.now)
    assert "every 1s" not in text(client.get(f"{ROOT}{upload.pk}/change/"))


def test_work_that_stopped_is_told(desk, monkeypatch):
    def broken(file):
        raise RuntimeError("disk full")

    kind = kinds.find("accounting.rates_bot")
    fields = {name: getattr(kind, name) for name in kind.__dataclass_fields__}
    other = kinds.Kind(**{**fields, "take": broken})
    monkeypatch.setattr(kinds, "kinds", lambda: {kind.code: other})
    shown = text(send(desk()))
    assert "is tried again by itself" in shown
    assert "disk full" in shown
    JobRun.objects.update(state="failed")
    upload = Upload.objects.get()
    failed = text(desk().get(f"{ROOT}{upload.pk}/change/"))
    assert "not tried again" in failed
    assert "every 1s" not in failed


def test_each_department_sees_its_own_and_auditors_all(desk, cast):
    send(desk())
    upload = Upload.objects.get()
    assert "bot.csv" in text(desk("aree").get(ROOT))
    seen = text(desk("aree").get(f"{ROOT}{upload.pk}/change/"))
    assert "/take/" not in seen
    assert "You may look" in text(desk("aree").get(f"{ROOT}new/"))
    cast.staff("dao")
    stranger = cast.staff("dao")
    stranger.department = "settlement"
    stranger.save()
    client = Client()
    client.force_login(stranger, backend="backoffice.people.permissions.RoleBackend")
    assert "bot.csv" not in text(client.get(ROOT))
    assert client.get(f"{ROOT}{upload.pk}/change/").status_code == 302
    assert client.post(f"{ROOT}{upload.pk}/take/").status_code == 404
    assert client.get(f"{ROOT}{upload.pk}/refusals.csv").status_code == 404
    assert "accounting." not in re.findall(r"\?kind=\S+", text(client.get(f"{ROOT}new/")))
    assert desk().get(f"{ROOT}{upload.pk}/take/").status_code == 404


def test_a_file_is_given_up(desk):
    send(desk())
    upload = Upload.objects.get()
    assert "Given up" in text(desk().post(f"{ROOT}{upload.pk}/drop/", follow=True))
    told = text(desk().post(f"{ROOT}{upload.pk}/take/", follow=True))
    assert "does not wait for a decision" in told


def test_examples_are_taken_away(desk):
    for code, kind in kinds.kinds().items():
        answer = desk().get(f"{ROOT}example/{code}/")
        assert kind.example.name in answer["Content-Disposition"]
        assert b"".join(answer).decode() == kind.example.read_text("utf-8")
    assert desk().get(f"{ROOT}example/accounting.poems/").status_code == 404


def test_pages_cost_as_many_queries_however_many_files(desk, django_assert_max_num_queries):
    client = desk()
    for number in range(30):
        send(client, BOT + b"\n" * number)
    with django_assert_max_num_queries(12):
        assert text(client.get(ROOT)).count("bot.csv") >= 30
    upload = Upload.objects.last()
    with django_assert_max_num_queries(12):
        text(client.get(f"{ROOT}{upload.pk}/change/"))
