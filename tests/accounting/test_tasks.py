from datetime import timedelta

import pytest

from accounting import pending, posting, proof, tasks
from accounting.models import MonthEndMark, Pending
from tests.accounting.conftest import sale

pytestmark = pytest.mark.django_db


def test_housekeeping_expires_seals_and_keeps_month_ends(books, system, at):
    posted = posting.post(entry=sale("a"), actor=system, at=at)
    made = pending.pend(entry=sale("p"), timeout=timedelta(seconds=1), actor=system, at=at)
    for task in (tasks.expire_pending, tasks.seal_logs, tasks.keep_month_ends):
        task()
        task()
    assert Pending.objects.get(pk=made.id).state == "expired"
    assert proof.inclusion(entity=books, entry_id=posted.id).size == 2
    assert MonthEndMark.objects.filter(month_end="2026-01-31").count() == 1
