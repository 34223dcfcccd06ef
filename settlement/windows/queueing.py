"""What is due, and the problem that it makes: trades as items under positions and limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from math import gcd
from typing import Any, Final

from django.db import connection

from backoffice.kernel.iso4217 import CURRENT
from backoffice.kernel.refusals import Refused
from settlement.models import Instrument, Participant, UnsettledTrade
from settlement.resolving.model import BilateralLimit, Leg, Limit, Obligation, Problem
from settlement.trades import gating
from settlement.windows import due, positions, releasing

WIDE: Final = Context(prec=80)
LARGEST: Final = 1 << 62
"""The solver counts in 64-bit integers."""
DIVISORS_TRIED: Final = 10_000

STOP = "DELETE FROM settling_due WHERE trade_id = ANY(%s)"
QUEUE = """
    SELECT trade_id, priority, kind, debtor_id, creditor_id, asset, trim_scale(quantity)
      FROM settling_due WHERE market = %s
     ORDER BY value_date, trade_id, kind
"""
NETS = """
    SELECT participant, asset, sum(change)
      FROM settling_due d
     CROSS JOIN LATERAL (VALUES (debtor_id, -quantity), (creditor_id, quantity))
           AS e (participant, change)
     WHERE market = %s GROUP BY 1, 2
"""


class QueueTooLarge(Refused):
    """Amounts of one asset that no 64-bit count holds."""

    code = "queue-too-large"
    status = 409
    en = "The amounts of {asset} due together are too large to be resolved."
    th = "จำนวน {asset} ที่ครบกำหนดรวมกันมากเกินกว่าจะประมวลผลได้"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A due trade that does not even enter the queue, and why."""

    trade_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a queue settles under: positions and limits, by participant's id."""

    held: Mapping[positions.Account, Decimal]
    stated: Mapping[tuple[int, int | None, str], Mapping[str, Decimal]]

    @property
    def is_bilateral(self) -> bool:
        """True if some participant limits what it sends to another."""
        return any(counterparty is not None for _who, counterparty, _asset in self.stated)


def line_up(*, book: str, business_date: date) -> dict[str, list[Stopped]]:
    """Collect what is due into `settling_due`, and take out what a hold or a release stops.

    Inside the transaction that settles: holds are asked under their locks.

    Returns:
        Market → its trades that were taken out, for every market with something due.
    """
    due.collect(book=book, business_date=business_date)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT trade_id, market, type FROM settling_due")
        rows = cursor.fetchall()
        markets: dict[str, list[Stopped]] = {market: [] for _t, market, _type in sorted(rows)}
        market_of = {trade_id: market for trade_id, market, _type in rows}
        reasons = releasing.unreleased(
            book=book,
            trade_ids=[trade_id for trade_id, _m, kind in rows if kind == "PAYMENT"],
            on=business_date,
        )
        for trade_id in gating.stopped(trade_ids=sorted(market_of)):
            reasons[trade_id] = UnsettledTrade.Reason.HELD.value
        if reasons:
            cursor.execute(STOP, [sorted(reasons)])
    for trade_id, reason in sorted(reasons.items()):
        markets[market_of[trade_id]].append(Stopped(trade_id, reason))
    return dict(sorted(markets.items()))


def terms(*, book: str, business_date: date) -> Terms:
    """The book's positions and limits as they are now."""
    return Terms(positions.positions(book=book), positions.limits(book=book, on=business_date))


def all_fit(*, market: str, under: Terms) -> bool:
    """Whether everything due in the market settles at once: one pass, one row an account."""
    if under.is_bilateral:
        return False
    with connection.cursor() as cursor:
        cursor.execute(NETS, [market])
        for who, asset, change in cursor.fetchall():
            opening = under.held.get((who, asset), Decimal(0))
            if opening + change < _floor(under.stated.get((who, None, asset), {}), opening):
                return False
    return True


def count(*, market: str) -> int:
    """How many trades are due in the market."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT trade_id) FROM settling_due WHERE market = %s", [market]
        )
        return int(cursor.fetchone()[0])


def problem(*, market: str, under: Terms, lots: int = 1) -> Problem:
    """The market's queue as a problem; items are named by their trade's id.

    Args:
        lots: the most parts in which a trade may settle.

    Raises:
        QueueTooLarge.
    """
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, [market])
        rows = cursor.fetchall()
    touched = {(who, row[5]) for row in rows for who in row[3:5]}
    decimals = _decimals(rows, touched, under)
    codes = dict(
        Participant.objects.filter(pk__in={who for who, _ in touched}).values_list("pk", "code")
    )
    grains = _grains(decimals) if lots > 1 else {}
    items: dict[int, list[tuple[str, Leg]]] = {}
    priorities: dict[int, int] = {}
    for trade_id, priority, kind, debtor, creditor, asset, quantity in rows:
        leg = Leg(codes[debtor], codes[creditor], asset, _units(quantity, decimals[asset]))
        items.setdefault(trade_id, []).append((kind, leg))
        priorities[trade_id] = priority
    found = Problem(
        participants=tuple(sorted(codes.values())),
        balances={
            (codes[who], asset): _units(under.held.get((who, asset), Decimal(0)), decimals[asset])
            for who, asset in sorted(touched)
        },
        obligations=tuple(
            _obligation(trade_id, legs, priorities[trade_id], lots, grains)
            for trade_id, legs in items.items()
        ),
        limits=tuple(_limits(under, codes, decimals)),
        bilateral_limits=tuple(_bilateral(under, codes, decimals)),
        decimals=decimals,
    )
    _require_countable(found)
    return found


def is_one_currency(queue: Problem) -> bool:
    """Whether values of the queue can be added up: one asset is paid in."""
    return len({obligation.legs[0].asset for obligation in queue.obligations}) <= 1


def _obligation(
    trade_id: int,
    legs: list[tuple[str, Leg]],
    priority: int,
    lots: int,
    grains: Mapping[str, int],
) -> Obligation:
    """The cash leg comes first, and is what the trade is worth; free of payment, its quantity.

    Its parts are whole in each asset's own smallest unit: no half share, no tenth of a satang.
    """
    ordered = tuple(leg for _kind, leg in sorted(legs, key=lambda one: one[0]))
    whole = [divmod(leg.amount, grains.get(leg.asset, 1)) for leg in ordered]
    parts = (
        1 if any(rest for _units, rest in whole) else _parts([one for one, _rest in whole], lots)
    )
    return Obligation(str(trade_id), ordered, ordered[0].amount, priority, parts)


def _grains(decimals: Mapping[str, int]) -> dict[str, int]:
    """How many of the problem's units make each asset's own smallest one, where it counts finer."""
    own = dict(Instrument.objects.filter(code__in=decimals).values_list("code", "decimals"))
    for code in decimals:
        if code in CURRENT and (exponent := CURRENT[code].exponent) is not None:
            own[code] = exponent
    return {code: 10 ** max(scale - own.get(code, scale), 0) for code, scale in decimals.items()}


def _parts(amounts: Sequence[int], most: int) -> int:
    """The largest number of equal parts, at most `most`, that divides every amount."""
    if most == 1:
        return 1
    whole = gcd(*amounts)
    if whole <= most:
        return whole
    first = -(-whole // most)
    tried = range(first, min(first + DIVISORS_TRIED, whole + 1))
    return next((whole // part for part in tried if whole % part == 0), 1)


def _floor(stated: Mapping[str, Decimal], opening: Decimal) -> Decimal:
    floor = positions.floor_of(stated)
    if "net_debit_cap" in stated:
        floor = max(floor, opening - stated["net_debit_cap"])
    return min(floor, opening)


def _limits(under: Terms, codes: Mapping[int, str], decimals: Mapping[str, int]) -> Iterable[Limit]:
    for (who, counterparty, asset), stated in under.stated.items():
        if counterparty is None and who in codes and asset in decimals:
            units = {kind: _units(amount, decimals[asset]) for kind, amount in stated.items()}
            minimum = units.get("minimum_balance")
            yield Limit(
                codes[who],
                asset,
                credit_line=units.get("credit_line") if minimum is None else None,
                net_debit_cap=units.get("net_debit_cap"),
                minimum_balance=minimum,
            )


def _bilateral(
    under: Terms, codes: Mapping[int, str], decimals: Mapping[str, int]
) -> Iterable[BilateralLimit]:
    for (who, counterparty, asset), stated in under.stated.items():
        if counterparty is not None and {who, counterparty} <= codes.keys() and asset in decimals:
            amount = _units(stated["bilateral"], decimals[asset])
            yield BilateralLimit(codes[who], codes[counterparty], asset, amount)


def _decimals(rows: Sequence[Any], touched: set[tuple[int, str]], under: Terms) -> dict[str, int]:
    """The most decimals that any amount of an asset has: every amount becomes a whole number."""
    found: dict[str, int] = {}
    for row in rows:
        found[row[5]] = max(found.get(row[5], 0), _scale(row[6]))
    for (_who, asset), amount in under.held.items():
        if asset in found and (_who, asset) in touched:
            found[asset] = max(found[asset], _scale(amount))
    for (_who, _other, asset), stated in under.stated.items():
        if asset in found:
            found[asset] = max(found[asset], *map(_scale, stated.values()))
    return found


def _scale(amount: Decimal) -> int:
    exponent = WIDE.normalize(amount).as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _units(amount: Decimal, decimals: int) -> int:
    return int(WIDE.scaleb(amount, decimals))


def _require_countable(queue: Problem) -> None:
    totals: dict[str, int] = {}
    for (_who, asset), balance in queue.balances.items():
        totals[asset] = totals.get(asset, 0) + abs(balance)
    for obligation in queue.obligations:
        for leg in obligation.legs:
            totals[leg.asset] = totals.get(leg.asset, 0) + leg.amount
    for asset, total in totals.items():
        if total >= LARGEST:
            raise QueueTooLarge(asset=asset)
