"""Proof: a Merkle log over each entity's entries, sealed behind the postings, never in their way.

A seal is the root over all entries up to a size. Handed to an auditor, or published, it fixes them:
nothing sealed can be altered, dropped or slipped in without another root coming out.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched, chain
from typing import Any, Final, TextIO

from django.db import connection, transaction

from accounting import chart
from accounting.arrays import plain
from accounting.models import Entity, LogLeaf, LogSeal, LogTile
from accounting.refusals import EntryUnknown
from accounting.rules import merkle
from backoffice.kernel.canonical import canonical_json

BATCH: Final = 5_000
FORMAT: Final = "backoffice-ledger-log/1"

ENTRIES: Final = """
SELECT e.id, n.code, j.code, e.number, e.date, e.recorded_at, e.actor, e.phase, e.key,
       e.fingerprint, e.memo, e.source, e.attributes::text, e.pending_id, e.reversal_of_id, l.lines
  FROM unnest(%s::bigint[]) WITH ORDINALITY AS w(id, ord)
  JOIN accounting_entry e ON e.id = w.id
  JOIN accounting_entity n ON n.id = e.entity_id
  JOIN accounting_journal j ON j.id = e.journal_id
  LEFT JOIN LATERAL (
        SELECT json_agg(json_build_array(a.code, t.amount::text, t.currency, t.value::text,
                                         s.canonical) ORDER BY t.line_no) AS lines
          FROM (SELECT account_id, line_no, amount, currency, value, dimension_set_id
                  FROM accounting_line p WHERE p.entry_id = e.id
                 UNION ALL
                SELECT account_id, line_no, amount, currency, value, dimension_set_id
                  FROM accounting_pendingline r WHERE r.entry_id = e.id) t
          JOIN accounting_account a ON a.id = t.account_id
          LEFT JOIN accounting_dimensionset s ON s.id = t.dimension_set_id
       ) l ON true
 ORDER BY w.ord
"""

UNSEALED: Final = """
SELECT e.id FROM accounting_entry e
  LEFT JOIN accounting_logleaf f ON f.entry_id = e.id
 WHERE e.entity_id = %s AND e.id > %s AND f.entry_id IS NULL
 ORDER BY e.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That an entry is in the log: check it with `rules.merkle.root_from`.

    Attributes:
        entry: the entry's canonical JSON, whose leaf hash starts the path.
        position: 0-based place of the leaf.
        size: number of entries under the root.
        path: digests in hexadecimal, from the leaf up.
        root: the sealed root, hexadecimal.
    """

    entry: str
    position: int
    size: int
    path: list[str]
    root: str


def seal(*, entity: str, at: datetime, most: int = 200_000) -> LogSeal | None:
    """Bring the entity's log up to date and seal it.

    Runs behind the postings, in its own transactions; only one sealer of an entity works at a time,
    and no posting ever waits for it. What is being posted meanwhile comes with the next seal.

    Args:
        entity: the entity's code.
        at: moment of the seal (aware, UTC).
        most: how many entries one seal takes at most.

    Returns:
        The new seal, or None if nothing was new.
    """
    owner = chart.entity_id(entity)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7302, %s)", [owner])
        floor = _floor(cursor, owner)
        # One statement sees both: every entry up to the newest is visible now or belongs to a
        # transaction below the horizon.
        cursor.execute(
            "SELECT coalesce(max(id), 0), txid_snapshot_xmax(txid_current_snapshot())"
            " FROM accounting_entry WHERE entity_id = %s",
            [owner],
        )
        newest, horizon = cursor.fetchone()
        cursor.execute(UNSEALED, [owner, floor, most])
        numbers = [row[0] for row in cursor.fetchall()]
        if not numbers:
            return None
        size = LogLeaf.objects.filter(entity_id=owner).count()
        for part in batched(numbers, BATCH):
            _append(cursor, owner, size, part)
            size += len(part)
        return LogSeal.objects.create(
            entity_id=owner,
            size=size,
            root=_root(owner, size).hex(),
            newest_entry_id=newest if len(numbers) < most else numbers[-1],
            horizon=horizon,
            sealed_at=at,
        )


def _floor(cursor: Any, owner: int) -> int:
    """Below this entry id nothing unsealed can appear any more."""
    cursor.execute(
        "SELECT newest_entry_id FROM accounting_logseal"
        " WHERE entity_id = %s AND horizon <= txid_snapshot_xmin(txid_current_snapshot())"
        " ORDER BY size DESC LIMIT 1",
        [owner],
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _append(cursor: Any, owner: int, size: int, numbers: Iterable[int]) -> None:
    wanted = list(numbers)
    hashes = [merkle.leaf_hash(text) for _, text in entries(wanted)]
    cursor.execute(
        "INSERT INTO accounting_logleaf (entry_id, entity_id, position, hash)"
        " SELECT u.id, %s, %s + u.ord - 1, decode(u.hash, 'hex')"
        " FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS u(id, hash, ord)",
        [owner, size, plain(wanted), plain(digest.hex() for digest in hashes)],
    )
    first = size // merkle.TILE
    full = (size + len(wanted)) // merkle.TILE
    if full > first:
        leaves = _leaves(owner, first * merkle.TILE, full * merkle.TILE)
        LogTile.objects.bulk_create(
            LogTile(entity_id=owner, tile=first + number, hash=merkle.root_of(part))
            for number, part in enumerate(batched(leaves, merkle.TILE))
        )


def _leaves(owner: int, start: int, end: int) -> Iterator[bytes]:
    rows = LogLeaf.objects.filter(entity_id=owner, position__gte=start, position__lt=end)
    for digest in rows.order_by("position").values_list("hash", flat=True).iterator():
        yield bytes(digest)


def _upper(owner: int, size: int) -> list[bytes]:
    """Roots of the full tiles below `size`, and that of the rest."""
    full = size // merkle.TILE
    tiles = LogTile.objects.filter(entity_id=owner, tile__lt=full).order_by("tile")
    roots = [bytes(digest) for digest in tiles.values_list("hash", flat=True)]
    if size % merkle.TILE:
        roots.append(merkle.root_of(_leaves(owner, full * merkle.TILE, size)))
    return roots


def _root(owner: int, size: int) -> bytes:
    return merkle.root_of(_upper(owner, size))


def entries(numbers: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Entry id and canonical JSON of each entry, in the order of `numbers`."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [plain(numbers)])
        for row in cursor:
            yield row[0], canonical_json(_told(row))


def _told(row: tuple[Any, ...]) -> dict[str, Any]:
    lines = [
        {
            "account": account,
            "amount": amount,
            "currency": currency,
            "value": value,
            "dimensions": json.loads(dimensions) if dimensions else {},
        }
        for account, amount, currency, value, dimensions in row[15] or ()
    ]
    return {
        "id": row[0],
        "entity": row[1],
        "journal": row[2],
        "number": row[3],
        "date": row[4],
        "recorded_at": row[5].astimezone(UTC),
        "actor": row[6],
        "phase": row[7],
        "key": row[8],
        "fingerprint": row[9],
        "memo": row[10],
        "source": row[11],
        "attributes": json.loads(row[12]),
        "pending": row[13],
        "reversal_of": row[14],
        "lines": lines,
    }


def inclusion(*, entity: str, entry_id: int) -> Inclusion | None:
    """Proof that an entry is under the entity's newest seal; None while it is not sealed yet.

    Raises:
        EntityUnknown, EntryUnknown.
    """
    owner = chart.entity_id(entity)
    text = next((text for _, text in entries([entry_id])), None)
    if text is None:
        raise EntryUnknown(entry=entry_id)
    leaf = LogLeaf.objects.filter(entity_id=owner, entry_id=entry_id).first()
    newest = LogSeal.objects.filter(entity_id=owner).order_by("-size").first()
    if leaf is None or newest is None:
        return None
    tile, inside = divmod(leaf.position, merkle.TILE)
    start = tile * merkle.TILE
    around = list(_leaves(owner, start, min(start + merkle.TILE, newest.size)))
    path = chain(merkle.path_of(inside, around), merkle.path_of(tile, _upper(owner, newest.size)))
    return Inclusion(
        text.decode(), leaf.position, newest.size, [digest.hex() for digest in path], newest.root
    )


def export_log(*, entity: str, out: TextIO) -> int:
    """Write the entity's sealed log as JSON Lines, for `offline_verify.py`; returns the entries.

    First line: format, entity, and every seal with size and root. Then one line per entry, in log
    order, each in its canonical form (SHA-256 over a zero byte and the line is the leaf's hash).
    Last line: the totals that the sealed entries lead to, as the ledger keeps them.
    """
    owner = chart.entity_id(entity)
    seals = LogSeal.objects.filter(entity_id=owner).order_by("size")
    head = {
        "format": FORMAT,
        "entity": entity,
        "functional_currency": Entity.objects.get(pk=owner).functional_currency,
        "seals": [
            {"size": seal.size, "root": seal.root, "sealed_at": seal.sealed_at} for seal in seals
        ],
        "journals": _gapless(owner),
    }
    out.write(canonical_json(head).decode() + "\n")
    leaves = LogLeaf.objects.filter(entity_id=owner).order_by("position")
    written = 0
    for part in batched(leaves.values_list("entry_id", flat=True).iterator(), BATCH):
        for _, text in entries(part):
            out.write(text.decode() + "\n")
            written += 1
    out.write(canonical_json({"totals": _totals(owner)}).decode() + "\n")
    return written


def _gapless(owner: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM accounting_journal WHERE entity_id = %s AND is_gapless ORDER BY code",
            [owner],
        )
        return [row[0] for row in cursor.fetchall()]


def _totals(owner: int) -> list[dict[str, Any]]:
    """Totals as the ledger keeps them, less what is not sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.code, t.currency, sum(t.debits), sum(t.credits)
              FROM (SELECT b.account_id, b.currency, b.debits_posted AS debits,
                           b.credits_posted AS credits
                      FROM accounting_accountbalance b
                     UNION ALL
                    SELECT l.account_id, l.currency, -greatest(l.amount, 0), least(l.amount, 0)
                      FROM accounting_entry e
                      JOIN accounting_line l ON l.entry_id = e.id
                      LEFT JOIN accounting_logleaf f ON f.entry_id = e.id
                     WHERE e.entity_id = %s AND f.entry_id IS NULL) t
              JOIN accounting_account a ON a.id = t.account_id
             WHERE a.entity_id = %s
             GROUP BY a.code, t.currency
            HAVING sum(t.debits) <> 0 OR sum(t.credits) <> 0
             ORDER BY a.code, t.currency
            """,
            [owner, owner],
        )
        names = ("account", "currency", "debits", "credits")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
