"""What a filing writes for many documents at once: contents by their hashes, numbers in a row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from records import rules
from records.models import Chunk, Content, NumberSeries

# In the order of the hashes, so that two who store the same contents wait and do not deadlock.
STORE = """
INSERT INTO records_content (sha256, size, stored_at)
SELECT w.sha256, w.size, %(at)s
  FROM unnest(%(hashes)s::text[], %(sizes)s::bigint[]) AS w(sha256, size)
 ORDER BY w.sha256
    ON CONFLICT (sha256) DO NOTHING RETURNING sha256, id
"""


def store(*, contents: Mapping[str, bytes], at: datetime) -> dict[str, Content]:
    """Hash → the stored content, of all that are given; written are the new ones."""
    if not contents:
        return {}
    told: dict[str, Any] = {
        "hashes": list(contents),
        "sizes": [len(content) for content in contents.values()],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, told)
        fresh: dict[str, int] = dict(cursor.fetchall())
    Chunk.objects.bulk_create(
        Chunk(content_id=content_id, position=position, data=piece)
        for sha256, content_id in fresh.items()
        for position, piece in enumerate(rules.pieces(contents[sha256]))
    )
    return {one.sha256: one for one in Content.objects.filter(sha256__in=list(contents))}


def serials(record_class: str, year: int, *, count: int) -> range:
    """The next numbers of the series; its row stays locked until commit, so none is lost."""
    table = NumberSeries._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS s (record_class_id, year, last) VALUES (%s, %s, %s)"  # noqa: S608 -- a constant
            " ON CONFLICT (record_class_id, year) DO UPDATE SET last = s.last + EXCLUDED.last"
            " RETURNING last",
            [record_class, year, count],
        )
        row: tuple[int] = cursor.fetchone()
    return range(row[0] - count + 1, row[0] + 1)
