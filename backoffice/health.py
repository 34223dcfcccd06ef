"""Alive, ready, and in figures: /healthz, /readyz, /metrics."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlparse

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from backoffice.desk import queries as desk
from backoffice.outbox import queries as outbox

OUTBOX_AGE_MAX = 300.0
PROMETHEUS = "text/plain; version=0.0.4"


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    del request
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations, broker and outbox are well; 503 with what is not."""
    del request
    checks = {
        "database": _check(_database),
        "migrations": _check(_migrations),
        "broker": _check(_broker),
        "outbox": _check(_outbox),
    }
    ready = all(found == "ok" for found in checks.values())
    return JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: business gauges read from PostgreSQL, because queues cannot show loss.

    503 while the database is away: a figure that cannot be read is not told as zero.
    """
    del request
    try:
        lines = _gauges(now=timezone.now())
    except Error as error:
        return HttpResponse(f"# {type(error).__name__}\n", content_type=PROMETHEUS, status=503)
    return HttpResponse("\n".join(lines) + "\n", content_type=PROMETHEUS)


def _gauges(*, now: datetime) -> list[str]:
    lines = [
        "# HELP backoffice_outbox_oldest_seconds Age of the oldest undelivered event.",
        "# TYPE backoffice_outbox_oldest_seconds gauge",
        f"backoffice_outbox_oldest_seconds {outbox.oldest_undelivered(at=now):.3f}",
        "# HELP backoffice_jobs Jobs that are not done, by state.",
        "# TYPE backoffice_jobs gauge",
        *(
            f'backoffice_jobs{{state="{state}"}} {count}'
            for state, count in outbox.job_counts().items()
            if state != "done"
        ),
        "# HELP backoffice_work_items Waiting work items, by department and standing.",
        "# TYPE backoffice_work_items gauge",
    ]
    for row in desk.queue_counts(at=now):
        for name in ("open", "claimed", "overdue", "approvals"):
            labels = f'department="{row.department}",standing="{name}"'
            lines.append(f"backoffice_work_items{{{labels}}} {getattr(row, name)}")
    return lines


def _check(probe: Callable[[], str]) -> str:
    try:
        return probe()
    except (Error, redis.RedisError, OSError) as error:
        return f"{type(error).__name__}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not waiting else f"{len(waiting)} waiting"


def _broker() -> str:
    url = settings.CELERY_BROKER_URL
    if urlparse(url).scheme == "memory":
        return "ok"
    with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
        client.ping()
    return "ok"


def _outbox() -> str:
    age = outbox.oldest_undelivered(at=timezone.now())
    return "ok" if age <= OUTBOX_AGE_MAX else f"oldest event waits {age:.0f} s"
