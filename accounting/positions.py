"""Positions in foreign currency: what is open, at what cost, and what revaluations say about it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection

from accounting import chart, currencies
from accounting.models import Entity
from accounting.rules import fx
from accounting.rules.drafts import LineDraft
from accounting.rules.fx import Position
from backoffice.kernel.actors import Actor
from backoffice.kernel.canonical import canonical_json
from backoffice.kernel.money import Currency
from backoffice.kernel.refusals import Place, Refused

PREFIX: Final = "fxr:"
"""How keys of revaluation entries begin; their day follows."""
SOURCE: Final = "fx:revaluation"
DAY: Final = timedelta(days=1)
MONETARY: Final = ("Assets", "Liabilities")

# Totals by dimension set from the nearest kept month end and the days after it.
OPEN: Final = """
WITH chosen AS MATERIALIZED (
    SELECT a.id, a.code FROM accounting_account a
     WHERE a.entity_id = %(entity)s
       AND (a.code = ANY (%(accounts)s) OR a.code LIKE ANY (%(below)s))
), kept AS MATERIALIZED (
    SELECT max(month_end) AS month_end FROM accounting_monthendmark
     WHERE entity_id = %(entity)s AND month_end <= %(as_of)s
), moved AS (
    SELECT c.code, m.currency, m.dimension_set_id, m.debits - m.credits AS amount, m.value
      FROM accounting_monthend m JOIN chosen c ON c.id = m.account_id
     WHERE m.month_end = (SELECT month_end FROM kept) AND m.currency <> %(functional)s
     UNION ALL
    SELECT c.code, d.currency, d.dimension_set_id, d.debits - d.credits, d.value
      FROM accounting_daymovement d JOIN chosen c ON c.id = d.account_id
     WHERE d.day <= %(as_of)s AND d.day > coalesce((SELECT month_end FROM kept), '-infinity')
       AND d.currency <> %(functional)s
)
SELECT t.code, t.currency, t.amount, t.value, coalesce(s.dimensions, '{}'::jsonb)::text
  FROM (SELECT code, currency, dimension_set_id, sum(amount) AS amount, sum(value) AS value
          FROM moved GROUP BY 1, 2, 3) t
  LEFT JOIN accounting_dimensionset s ON s.id = t.dimension_set_id
 WHERE (t.amount <> 0 OR t.value <> 0)
   AND (%(dimensions)s IS NULL OR coalesce(s.canonical, '') = %(dimensions)s)
 ORDER BY t.code, t.currency, s.canonical NULLS FIRST
"""

UNVALUED: Final = """
SELECT DISTINCT a.code, l.currency
  FROM accounting_account a
 CROSS JOIN LATERAL (
        SELECT k.currency FROM accounting_line k
         WHERE k.account_id = a.id AND k.value IS NULL AND k.date <= %(as_of)s LIMIT 1) l
 WHERE a.entity_id = %(entity)s AND a.code = ANY (%(accounts)s)
 LIMIT 1
"""

# What revaluations from a day on say about one position; their reversals are left out.
REVALUED: Final = """
SELECT e.date, sum(l.value)
  FROM accounting_entry e
  JOIN accounting_line l ON l.entry_id = e.id
  JOIN accounting_account a ON a.id = l.account_id AND a.code = %(account)s
  LEFT JOIN accounting_dimensionset s ON s.id = l.dimension_set_id
 WHERE e.entity_id = %(entity)s AND e.key >= %(from)s AND e.key < %(end)s
   AND e.source = 'fx:revaluation' AND e.reversal_of_id IS NULL AND l.currency = %(currency)s
   AND coalesce(s.canonical, '') = %(dimensions)s
 GROUP BY e.date
HAVING sum(l.value) <> 0
 ORDER BY e.date
"""


class Unvalued(Refused):
    """Amounts in the account were booked without their value, so it has no cost to go from."""

    code = "fx-unvalued"
    en = "{account} holds {currency} that was booked without a value in functional currency."
    th = "{account} มียอด {currency} ที่บันทึกไว้โดยไม่มีมูลค่าในสกุลเงินที่ใช้ดำเนินงาน"


@dataclass(frozen=True, slots=True)
class Keeper:
    """An entity and its functional currency."""

    id: int
    entity: str
    currency: Currency

    @property
    def code(self) -> str:
        """The functional currency's code."""
        return self.currency.code


def keeper_of(entity: str) -> Keeper:
    """The entity with its functional currency.

    Raises:
        EntityUnknown.
    """
    owner = chart.entity_id(entity)
    code = Entity.objects.values_list("functional_currency", flat=True).get(pk=owner)
    return Keeper(owner, entity, currencies.find(code))


def open_at(
    *,
    entity: str,
    as_of: date,
    accounts: Iterable[str] = MONETARY,
    dimensions: Mapping[str, str] | None = None,
) -> list[Position]:
    """What is open in foreign currencies, by account, currency and dimensions.

    Args:
        entity: the entity's code.
        as_of: effective date, inclusive.
        accounts: accounts or branches of the chart.
        dimensions: this set only; None takes all.

    Raises:
        EntityUnknown.
    """
    return found(keeper_of(entity), as_of, accounts, dimensions)


def found(
    keeper: Keeper,
    as_of: date,
    accounts: Iterable[str],
    dimensions: Mapping[str, str] | None = None,
) -> list[Position]:
    """The same for an entity that is known already."""
    names = list(accounts)
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN,
            {
                "entity": keeper.id,
                "as_of": as_of,
                "functional": keeper.code,
                "accounts": names,
                "below": [f"{_literal(name)}:%" for name in names],
                "dimensions": None if dimensions is None else _canonical(dimensions),
            },
        )
        return [
            Position(account, currency, amount, value, json.loads(text))
            for account, currency, amount, value, text in cursor.fetchall()
        ]


def _literal(text: str) -> str:
    """Text that LIKE takes for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _canonical(dimensions: Mapping[str, str]) -> str:
    return canonical_json(dimensions).decode() if dimensions else ""


def require_values(keeper: Keeper, as_of: date, held: Sequence[Position]) -> None:
    """Refuse with Unvalued accounts that hold amounts without a cost."""
    names = sorted({position.account for position in held})
    with connection.cursor() as cursor:
        cursor.execute(UNVALUED, {"entity": keeper.id, "as_of": as_of, "accounts": names})
        row = cursor.fetchone()
    if row is not None:
        raise Unvalued(Place(field="account"), account=row[0], currency=row[1])


def at_cost(
    keeper: Keeper, wanted: Position, on: date
) -> tuple[Position, list[tuple[date, Decimal]]]:
    """A position at cost, and what revaluations from the day `on` on say about it.

    Of what is open on the day and what is open in the end the lesser counts: a back-dated payment
    cannot settle what another one has settled since.
    """
    empty = replace(wanted, amount=Decimal(0), value=Decimal(0))
    held = []
    for as_of in (on, date.max):
        rows = found(keeper, as_of, [wanted.account], wanted.dimensions)
        own = [p for p in rows if (p.account, p.currency) == (wanted.account, wanted.currency)]
        held.append(own[0] if own else empty)
    require_values(keeper, on, held[:1])
    said = revalued(keeper, wanted, on)
    # At the end of the books every revaluation has been taken back.
    then = replace(held[0], value=held[0].value - dict(said).get(on, Decimal(0)))
    position = min(then, held[1], key=lambda p: abs(p.amount))
    if (position.amount < 0) is not (then.amount < 0):
        position = empty
    return position, said


def without_revaluation(keeper: Keeper, position: Position, on: date) -> Position:
    """The position without what a revaluation of this very day added."""
    on_day = dict(revalued(keeper, position, on, until=on)).get(on, Decimal(0))
    return replace(position, value=position.value - on_day)


def revalued(
    keeper: Keeper, position: Position, first: date, until: date | None = None
) -> list[tuple[date, Decimal]]:
    """What revaluations of the days from `first` to `until` added to the position's value."""
    end = f"{PREFIX}{(until + DAY).isoformat()}" if until else "fxr;"
    with connection.cursor() as cursor:
        cursor.execute(
            REVALUED,
            {
                "entity": keeper.id,
                "account": position.account,
                "currency": position.currency,
                "dimensions": _canonical(position.dimensions),
                "from": f"{PREFIX}{first.isoformat()}",
                "end": end,
            },
        )
        return list(cursor.fetchall())


def ensure_accounts(
    keeper: Keeper, lines: Iterable[LineDraft], *, actor: Actor, at: datetime
) -> None:
    """Make the trading and difference accounts that the house itself posts to."""
    own = (fx.TRADING, fx.REALISED, fx.UNREALISED)
    codes = {line.account for line in lines if line.account.startswith(own)}
    if codes:
        chart.ensure_accounts(entity=keeper.entity, codes=sorted(codes), actor=actor, at=at)


def take_turn(keeper: Keeper) -> None:
    """One settlement or revaluation of an entity at a time: each reads what the last one wrote."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"fx:{keeper.id}"])
