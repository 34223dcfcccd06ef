"""Settlement measured against bare PostgreSQL: `python -m bench.settlement [--legs 1000000]`.

Closing a window is compared with the bare GROUP BY of the same rows, on the same server, in pairs
that are interleaved, so that a machine busy with other things disturbs both sides alike. Capture
is measured while windows close, against itself when nothing closes. BACKOFFICE_BENCH_FULL=1 adds
ten million legs. $GOLDEN_DATA names the folder with the 100,000-entry ACH file.
$BENCH_DATABASE_URL names a server of your own instead of the embedded one.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django
import psycopg2

from backoffice.embedded import postgres, services

DATABASE = "bench_settlement"


def main() -> int:
    """Measure; the exit status is 1 if a target is missed."""
    parser = argparse.ArgumentParser(description="Settlement against bare PostgreSQL.")
    parser.add_argument("--legs", type=int, default=1_000_000, help="legs in the window")
    parser.add_argument("--pairs", type=int, default=5, help="pairs behind each ratio")
    parser.add_argument("--captures", type=int, default=1600, help="captures behind each p99")
    options = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    with database():
        django.setup()
        # Only now: the figures' module imports settlement, which needs Django set up.
        figures = importlib.import_module("bench.settlement_figures")
        return int(figures.run(options, full=os.environ.get("BACKOFFICE_BENCH_FULL") == "1"))


@contextmanager
def database() -> Iterator[None]:
    """A database of the benchmark's own, named to Django; gone afterwards."""
    server = os.environ.get("BENCH_DATABASE_URL") or postgres.ensure_running(
        services.data_folder() / "bench-postgres", durable=True
    )
    head, _, tail = server.partition("?")
    admin = psycopg2.connect(server)
    admin.autocommit = True
    drop = f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"
    with admin.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(f"CREATE DATABASE {DATABASE}")
    address = f"{head.rsplit('/', 1)[0]}/{DATABASE}"
    os.environ["DATABASE_URL"] = f"{address}?{tail}" if tail else address
    os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    try:
        yield
    finally:
        with admin.cursor() as cursor:
            cursor.execute(drop)
        admin.close()


if __name__ == "__main__":
    sys.exit(main())
