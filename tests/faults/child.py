"""A process of its own that closes days, to be killed: forked from a server without threads."""

import multiprocessing
import os
import sys
from datetime import date, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.child_preload"])


def close_days(database: str, first: date, days: int, book: str) -> None:
    """Close the days on `database`; the process's exit code is 0 only when all are closed."""
    from django.db import connection
    from django.utils import timezone

    from backoffice.kernel.actors import Actor
    from settlement import end_of_day

    connection.settings_dict["NAME"] = database
    for offset in range(days):
        end_of_day.run(
            business_date=first + timedelta(days=offset),
            book=book,
            actor=Actor.system("close_day"),
            clock=timezone.now,
        )
    sys.stdout.flush()
    os._exit(0)
