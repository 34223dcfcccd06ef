"""The ledger measured against bare PostgreSQL: `python -m bench.ledger [--lines 10000000]`.

Every ratio is to bare PostgreSQL doing the same rows in the same run, on the same server with the
same settings: the same input, tables of the same columns with the same indexes, but no checks, no
totals and no guards. Pairs are interleaved and the median of their ratios is printed, so that a
machine that is busy with other things disturbs both sides alike.

`--rivals` also installs django-hordak beside the checkout (`.data/bench-venv`, for the
benchmark only) and measures its entries per second.
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

DATABASE = "bench_ledger"


def main() -> int:
    """Measure; the exit status is 1 if a target is missed."""
    parser = argparse.ArgumentParser(description="The ledger against bare PostgreSQL.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines in the big book")
    parser.add_argument("--pairs", type=int, default=7, help="pairs behind each ratio")
    parser.add_argument("--entries", type=int, default=100_000, help="entries in the file posted")
    parser.add_argument("--only", default="", help="names of figures, separated by commas")
    parser.add_argument("--rivals", action="store_true", help="install and measure django-hordak")
    options = parser.parse_args()
    with database():
        django.setup()
        # Only now: the figures' module imports the ledger, which needs Django set up.
        figures = importlib.import_module("bench.ledger_figures")
        return int(figures.run(options))


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
