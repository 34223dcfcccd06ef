"""Goods and where they lie: enter goods, move stock."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from accounting.models.prices import Good, StockMovement
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused

STOCK_ROLES = (Role.CLERK, Role.CHECKER, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class GoodDraft:
    """A good as it is entered; `code` identifies it."""

    code: str
    name_en: str
    name_th: str
    unit_en: str
    unit_th: str


@dataclass(frozen=True, slots=True)
class StockMove:
    """One movement: positive comes, negative goes; `source_key` makes it happen once."""

    good: str
    location: str
    quantity: Decimal
    moved_at: datetime
    source_key: str


class GoodUnknown(Refused):
    """A code that no good has."""

    code = "good-unknown"
    status = 404
    en = "There is no good {good}."
    th = "ไม่มีสินค้ารหัส {good}"


class OutOfStock(Refused):
    """More would leave a location than lies there."""

    code = "out-of-stock"
    status = 409
    en = "{location} does not hold enough of {good}: {missing} are missing."
    th = "สินค้า {good} ที่ {location} ไม่พอ ขาดอีก {missing}"


def enter_goods(*, goods: Iterable[GoodDraft], actor: Actor, at: datetime) -> int:
    """Enter goods, or bring names and units of known codes up to date.

    Returns:
        How many drafts were entered or brought up to date.
    """
    actor.require(*STOCK_ROLES, department=Department.ACCOUNTING)
    rows = [
        Good(
            code=d.code, name_en=d.name_en, name_th=d.name_th, unit_en=d.unit_en, unit_th=d.unit_th
        )
        for d in goods
    ]
    with transaction.atomic():
        Good.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name_en", "name_th", "unit_en", "unit_th"],
            batch_size=1000,
        )
        audit.record(
            actor=actor,
            at=at,
            verb="stocking.enter_goods",
            subject_kind="accounting.good",
            subject_id=rows[0].code if len(rows) == 1 else len(rows),
        )
    return len(rows)


def move_stock(*, moves: Iterable[StockMove], actor: Actor, at: datetime) -> int:
    """Record movements and bring the levels up to date, all or nothing.

    A movement whose `source_key` is known is skipped, so a rerun moves nothing twice.

    Returns:
        How many movements were new.

    Raises:
        GoodUnknown: a code that no good has. OutOfStock: a level would fall below zero.
    """
    actor.require(*STOCK_ROLES, department=Department.ACCOUNTING)
    drafts = list(moves)
    with transaction.atomic():
        ids = good_ids(codes={draft.good for draft in drafts})
        known = set(
            StockMovement.objects.filter(
                source_key__in=[draft.source_key for draft in drafts]
            ).values_list("source_key", flat=True)
        )
        new = [draft for draft in drafts if draft.source_key not in known]
        StockMovement.objects.bulk_create(
            [
                StockMovement(
                    good_id=ids[d.good],
                    location=d.location,
                    quantity=d.quantity,
                    moved_at=d.moved_at,
                    recorded_at=at,
                    source_key=d.source_key,
                )
                for d in new
            ],
            batch_size=1000,
        )
        _bring_levels_up(new, ids)
        audit.record(
            actor=actor,
            at=at,
            verb="stocking.move_stock",
            subject_kind="accounting.stock_movement",
            subject_id=len(new),
        )
    return len(new)


def good_ids(*, codes: set[str]) -> dict[str, int]:
    """Ids by code, in one query. Raises GoodUnknown for the first code that is none."""
    found = dict(Good.objects.filter(code__in=codes).values_list("code", "pk"))
    for code in sorted(codes - found.keys()):
        raise GoodUnknown(good=code)
    return found


def _bring_levels_up(moves: list[StockMove], ids: dict[str, int]) -> None:
    """Add the movements to the levels in one statement, places locked in key order."""
    sums: Counter[tuple[str, str]] = Counter()
    latest: dict[tuple[str, str], datetime] = {}
    for move in moves:
        place = (move.good, move.location)
        sums[place] += move.quantity  # type: ignore[assignment]
        latest[place] = max(latest.get(place, move.moved_at), move.moved_at)
    places = sorted(sums)
    if not places:
        return
    columns = (
        [ids[good] for good, _location in places],
        [location for _good, location in places],
        [sums[place] for place in places],
        [latest[place] for place in places],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounting_stocklevel (good_id, location, quantity, moved_at)"
            " SELECT good, place, 0, moved FROM unnest(%s::bigint[], %s::text[], %s::numeric[],"
            " %s::timestamptz[]) AS new (good, place, quantity, moved)"
            " ON CONFLICT (good_id, location) DO NOTHING",
            columns,
        )
        cursor.execute(
            "SELECT g.code, l.location, -(l.quantity + n.quantity) FROM accounting_stocklevel l"
            " JOIN accounting_good g ON g.id = l.good_id"
            " JOIN unnest(%s::bigint[], %s::text[], %s::numeric[]) AS n (good, place, quantity)"
            "   ON n.good = l.good_id AND n.place = l.location"
            " ORDER BY l.good_id, l.location FOR UPDATE OF l",
            columns[:3],
        )
        for code, location, missing in cursor.fetchall():
            if missing > 0:
                raise OutOfStock(location=location, good=code, missing=missing.normalize())
        cursor.execute(
            "UPDATE accounting_stocklevel l SET quantity = l.quantity + n.quantity,"
            " moved_at = greatest(l.moved_at, n.moved)"
            " FROM unnest(%s::bigint[], %s::text[], %s::numeric[], %s::timestamptz[])"
            "   AS n (good, place, quantity, moved)"
            " WHERE n.good = l.good_id AND n.place = l.location",
            columns,
        )
