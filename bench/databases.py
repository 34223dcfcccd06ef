"""A database of a benchmark's own, on the embedded server kept for benchmarks.

$BENCH_DATABASE_URL names a server of your own instead.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from backoffice.embedded import postgres, services


@contextmanager
def fresh(name: str) -> Iterator[None]:
    """An empty database of that name, told to Django before it is set up; gone afterwards."""
    server = os.environ.get("BENCH_DATABASE_URL") or postgres.ensure_running(
        services.data_folder() / "bench-postgres", durable=True
    )
    head, _, tail = server.partition("?")
    admin = psycopg2.connect(server)
    admin.autocommit = True
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with admin.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(f"CREATE DATABASE {name}")
    address = f"{head.rsplit('/', 1)[0]}/{name}"
    os.environ["DATABASE_URL"] = f"{address}?{tail}" if tail else address
    os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    try:
        yield
    finally:
        with admin.cursor() as cursor:
            cursor.execute(drop)
        admin.close()
