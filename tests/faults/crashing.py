"""A process that closes a day and dies at one statement of it; run in a child of `child.FORKS`."""

import os
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from backoffice.kernel.actors import Actor
from settlement import end_of_day

DIED, OUT_OF_STATEMENTS = 9, 7


@dataclass(frozen=True)
class Point:
    """Where to die: in the n-th transaction, at its k-th statement or, with None, at its commit."""

    transaction: int
    statement: int | None
    after: bool


class _Watch:
    """Counts statements and commits, and dies at the point without a word to anybody."""

    def __init__(self, point: Point) -> None:
        self.point, self.transaction, self.statement = point, 1, 0

    def execute(self, run, sql, params, many, context):
        self.statement += 1
        here = (self.transaction, self.statement) == (self.point.transaction, self.point.statement)
        if here and not self.point.after:
            os._exit(DIED)
        result = run(sql, params, many, context)
        if here:
            os._exit(DIED)
        return result

    def commit(self, run):
        here = self.transaction == self.point.transaction
        if here and self.point.statement is not None:
            os._exit(OUT_OF_STATEMENTS)
        if here and not self.point.after:
            os._exit(DIED)
        run()
        if here:
            os._exit(DIED)
        self.transaction, self.statement = self.transaction + 1, 0


def close_and_die(database: str, day: date, book: str, point: Point) -> None:
    """Close the day until the point; a run that ends before it ends well."""
    connection.settings_dict["NAME"] = database
    watch = _Watch(point)
    connection.ensure_connection()
    commit = connection._commit
    connection._commit = lambda: watch.commit(commit)
    with connection.execute_wrapper(watch.execute):
        end_of_day.run(
            business_date=day,
            book=book,
            actor=Actor.system("close_day"),
            clock=timezone.now,
        )
    os._exit(0)
