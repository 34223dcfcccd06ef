"""Try a verb without keeping what it does: the same code, the same refusals, and a rollback."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def trial() -> Iterator[None]:
    """What is written inside is checked to the last constraint, and none of it stays."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            # What the database would look at on commit, it looks at now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
