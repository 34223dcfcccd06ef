"""The end of day as the night takes it: schedule, job, ritual, ledger, report, desk."""

import json
from datetime import date

from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounting import queries as ledger
from backoffice.outbox import delivering, jobs
from backoffice.outbox.models import JobRun
from backoffice.schedule import SCHEDULE
from records import queries as records
from records.models import Document
from settlement import tasks
from settlement.models import InstructionStatus, Obligation
from tests.settlement.conftest import capture

__all__ = ["capture"]

DAY = date(1993, 1, 1)


def test_the_night_clears_the_day_and_everyone_can_see_it(committed_db, capture, cast):
    capture(days=1, a_day=60)
    assert SCHEDULE["close-of-business"]["task"] == "settlement.tasks.close_due_days"
    tasks.close_due_days()
    job = JobRun.objects.get()
    assert (job.kind, job.partition, job.state) == ("end_of_day", "HOUSE", "waiting")

    # No message came: the reconciler finds the row and a worker takes it.
    assert jobs.open_job_ids(at=timezone.now()) == [job.pk]
    assert jobs.run(job_id=job.pk, at=timezone.now)
    delivering.deliver_pending(at=timezone.now())
    job.refresh_from_db()
    assert (job.state, job.progress["done"]) == ("done", job.progress["of"])

    # The ledger: clearing is empty, what was owed moved through the nostro.
    net = sum(o.net for o in Obligation.objects.all())
    nostro = ledger.balance(entity="HOUSE", account="Assets:Nostro:CZK", as_of=DAY)
    assert nostro["CZK"] == net != 0
    statement = ledger.trial_balance(entity="HOUSE", as_of=DAY)
    assert sum(row.balance for row in statement) == 0
    unsettled = InstructionStatus.objects.exclude(status="settled")
    assert not unsettled.exists()

    # The report lies in records and says the same.
    document = Document.objects.get(source_key="HOUSE/1993-01-01")
    report = json.loads(records.content_bytes(document_id=document.pk))
    assert sum(float(row["net"]) for row in report["obligations"]) == float(net)

    # The clerk sees it at the desk, the integrator through the API.
    clerk = Client()
    clerk.force_login(cast.staff("mek"), backend="backoffice.people.permissions.RoleBackend")
    page = clerk.get("/admin/settlement/obligation/")
    assert page.status_code == 200
    assert f"{Obligation.objects.count()} " in page.content.decode()
    system = APIClient()
    system.force_authenticate(cast.staff("inta"))
    steps = system.get("/api/v1/settlement/days/HOUSE/1993-01-01").json()
    assert [step["step"] for step in steps][-1] == "seal"

    # Asked again, the night has nothing to do.
    tasks.close_due_days()
    assert JobRun.objects.count() == 1
