"""A database of a benchmark's own, on the embedded server kept for benchmarks.

$BENCH_DATABASE_URL names a server of your own instead.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg2
import psycopg2.errors
import psycopg2.extensions

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
    with admin.cursor() as cursor:
        _drop(cursor, name)
        cursor.execute(f"CREATE DATABASE {name}")
    address = f"{head.rsplit('/', 1)[0]}/{name}"
    os.environ["DATABASE_URL"] = f"{address}?{tail}" if tail else address
    os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    try:
        yield
    finally:
        with admin.cursor() as cursor:
            _drop(cursor, name)
        admin.close()


def _drop(cursor: psycopg2.extensions.cursor, name: str) -> None:
    """Drop the database, whoever is in it; its own vacuum may not be ended and is waited for."""
    for _turn in range(300):
        with suppress(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            return
        time.sleep(0.2)
    raise TimeoutError(name)
