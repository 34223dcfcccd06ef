"""Jobs: one claim at a time, fenced, re-driven when their worker is gone."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from backoffice.outbox import jobs

DAY = date(2026, 1, 5)
pytestmark = pytest.mark.django_db


def test_a_job_is_there_once(at):
    first = jobs.ensure(kind="clearing", business_date=DAY, at=at)
    assert jobs.ensure(kind="clearing", business_date=DAY, at=at) == first
    assert jobs.ensure(kind="clearing", business_date=DAY, partition="THB", at=at) != first


def test_a_claimed_job_is_not_claimed_again_before_its_lease_ends(at):
    job = jobs.ensure(kind="clearing", business_date=DAY, at=at)
    assert jobs.claim(job_id=job, at=at) is not None
    assert jobs.claim(job_id=job, at=at + timedelta(seconds=1)) is None
    later = at + jobs.LEASE
    assert jobs.claim(job_id=job, at=later).fence == 2


def test_the_paused_worker_is_fenced_off(at):
    job = jobs.ensure(kind="clearing", business_date=DAY, at=at)
    paused = jobs.claim(job_id=job, at=at)
    jobs.claim(job_id=job, at=at + jobs.LEASE)
    with pytest.raises(jobs.LeaseLost), transaction.atomic():
        jobs.checkpoint(claim=paused, progress={"done": 1}, at=at + jobs.LEASE)


def test_a_failing_job_waits_again_until_its_attempts_are_used_up(at):
    job = jobs.ensure(kind="clearing", business_date=DAY, at=at)
    for attempt in range(1, jobs.ATTEMPTS_MAX + 1):
        claim = jobs.claim(job_id=job, at=at)
        assert jobs.fail(claim=claim, error="disk full", at=at) is (attempt == jobs.ATTEMPTS_MAX)
    assert jobs.claim(job_id=job, at=at) is None
    jobs.retry(job_id=job, at=at)
    assert jobs.claim(job_id=job, at=at) is not None


def test_the_reconciler_sees_waiting_and_abandoned_jobs_only(at):
    waiting = jobs.ensure(kind="a", business_date=DAY, at=at)
    held = jobs.ensure(kind="b", business_date=DAY, at=at)
    done = jobs.ensure(kind="c", business_date=DAY, at=at)
    jobs.claim(job_id=held, at=at)
    jobs.finish(claim=jobs.claim(job_id=done, at=at), progress={}, at=at)
    assert jobs.open_job_ids(at=at) == [waiting]
    assert set(jobs.open_job_ids(at=at + jobs.LEASE)) == {waiting, held}
