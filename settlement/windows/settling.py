"""Settle what is due: gross, model 2, model 3 or payment against payment, under every limit.

One transaction takes the book's turn, asks the holds, decides the batch and makes it final with its
postings. Each market settles by its own rule. Whatever stays behind is written with its reason: the
balance that binds and by how much, or the trade it waits behind.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from backoffice.kernel.actors import Actor, Department, Role
from compliance import queries as compliance
from settlement.models import MarketRule, UnsettledTrade
from settlement.resolving import Mode, Objective, Problem, Resolution, resolve
from settlement.resolving.model import Shortage, Unsettled
from settlement.rules.model_two import resolve_model_two
from settlement.windows import due, finalising, novating, positions, queueing
from settlement.windows.finalising import Batch, Chosen, Reason

ALL = "all"

# Whoever is short of the most needed balance fails, or the one side that is on hold; without either
# who owes the leg does.
FAIL = """
    INSERT INTO settlement_failedleg
        (leg_id, business_date, run_id, cause, failing_id, quantity, recorded_at)
    SELECT l.id, %(day)s, u.run_id,
           CASE WHEN u.reason = 'held' THEN 'held'
                WHEN u.reason IN ('unreleased', 'rejected') THEN 'unreleased'
                WHEN u.short_asset IS NULL THEN 'other'
                WHEN t.type = 'PVP' OR i.code IS DISTINCT FROM u.short_asset THEN 'cash'
                ELSE 'securities' END,
           coalesce(p.id, CASE
                WHEN u.reason = 'held' AND b.held AND NOT s.held THEN t.buyer_id
                WHEN u.reason = 'held' AND s.held AND NOT b.held THEN t.seller_id
                END, l.debtor_id), d.quantity, %(at)s
      FROM settling_due d
      JOIN settlement_leg l ON l.id = d.leg_id
      JOIN settlement_trade t ON t.id = l.trade_id
      LEFT JOIN settlement_instrument i ON i.id = t.instrument_id
      LEFT JOIN LATERAL (
            SELECT x.run_id, x.reason, x.shortages -> 0 ->> 'asset' AS short_asset,
                   x.shortages -> 0 ->> 'participant' AS short
              FROM settlement_unsettledtrade x JOIN settlement_settlementrun r ON r.id = x.run_id
             WHERE x.trade_id = t.id ORDER BY r.number DESC LIMIT 1) u ON true
      LEFT JOIN settlement_participant p ON p.code = u.short
      JOIN (SELECT id, coalesce(nullif(party_code, ''), code) = ANY(%(on_hold)s) AS held
              FROM settlement_participant) b ON b.id = t.buyer_id
      JOIN (SELECT id, coalesce(nullif(party_code, ''), code) = ANY(%(on_hold)s) AS held
              FROM settlement_participant) s ON s.id = t.seller_id
     ORDER BY l.id
    ON CONFLICT (leg_id, business_date) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settlement came to, over its markets."""

    settled: int = 0
    unsettled: int = 0
    legs: int = 0
    entries: int = 0

    def plus(self, other: finalising.Finalised) -> "Settled":
        """Both together."""
        return Settled(
            self.settled + other.settled,
            self.unsettled + other.unsettled,
            self.legs + other.legs,
            self.entries + other.entries,
        )


def settle(
    *,
    book: str,
    business_date: date,
    actor: Actor,
    at: datetime,
    clock: Callable[[], datetime] | None = None,
) -> Settled:
    """Settle what is due in every market of the book, and make it final.

    Args:
        business_date: value dates up to it are due.
        at: the moment of finality (aware, UTC).
        clock: the shell's clock, asked again when a search took time; `at` without one.

    Returns:
        Trades settled and left, legs final, ledger entries.

    Raises:
        NotAllowed, queueing.QueueTooLarge.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    total = Settled()
    if not due.has_windows(book=book):
        return total
    with transaction.atomic():
        number = positions.take_turn(book=book)
        markets = queueing.line_up(book=book, business_date=business_date)
        for offset, (market, stopped) in enumerate(markets.items()):
            rule = novating.market_rule(market=market, on=business_date)
            under = queueing.terms(book=book, business_date=business_date)
            batch = _decide(market, rule, under)
            held = [Reason(one.trade_id, one.reason) for one in stopped]
            total = total.plus(
                finalising.finalise(
                    batch=replace(batch, reasons=[*batch.reasons, *held]),
                    number=number + offset,
                    book=book,
                    rule=rule,
                    market=market,
                    business_date=business_date,
                    actor=actor,
                    started_at=at,
                    at=clock() if clock else at,
                )
            )
        due.forget()
    return total


def mark_fails(*, book: str, business_date: date, at: datetime) -> int:
    """Write a day of fail for every leg that is due and not final; returns how many.

    Once a leg and day, whatever stopped it: its age is the number of its days.
    """
    if not due.has_windows(book=book):
        return 0
    held = compliance.hold_list(open_=True, subject_kind="party")
    with transaction.atomic(), connection.cursor() as cursor:
        due.collect(book=book, business_date=business_date)
        on_hold = sorted(held.values_list("subject__ref", flat=True).distinct())
        cursor.execute(FAIL, {"day": business_date, "at": at, "on_hold": on_hold})
        failed = int(cursor.rowcount)
        due.forget()
    return failed


def _decide(market: str, rule: MarketRule, under: queueing.Terms) -> Batch:
    """The batch that the market's rule allows; in model 3 everything, if everything fits."""
    if rule.model == MarketRule.Model.DVP3 and queueing.all_fit(market=market, under=under):
        count = Decimal(queueing.count(market=market))
        return Batch(None, (), ALL, Objective.COUNT.value, count, count, proven=True)
    queue = queueing.problem(market=market, under=under, lots=rule.lots)
    # Values in several currencies cannot be added up: there, trades are counted.
    by = Objective(rule.by) if queueing.is_one_currency(queue) else Objective.COUNT
    return _batch(queue, _resolve(queue, rule, by))


def _resolve(queue: Problem, rule: MarketRule, by: Objective) -> Resolution:
    if rule.model == MarketRule.Model.DVP2:
        cash = {one.legs[0].asset for one in queue.obligations if len(one.legs) > 1}
        return resolve_model_two(queue, cash=cash, by=by)
    if rule.mode == MarketRule.Mode.OPTIMAL:
        return resolve(queue, mode=Mode.OPTIMAL, by=by, deadline=float(rule.deadline))
    mode = Mode.GROSS if rule.model == MarketRule.Model.GROSS else Mode.FIFO
    return resolve(queue, mode=mode, by=by)


def _batch(queue: Problem, found: Resolution) -> Batch:
    scale = 0
    if found.by is Objective.VALUE and queue.obligations:
        scale = queue.decimals[queue.obligations[0].legs[0].asset]
    return Batch(
        chosen=[Chosen(int(one.id), one.lots, one.of) for one in found.settled],
        reasons=[_reason(queue, one, found) for one in found.unsettled],
        mode=found.mode.value,
        by=found.by.value,
        value=Decimal(found.achieved).scaleb(-scale),
        bound=None if found.bound is None else Decimal(found.bound).scaleb(-scale),
        proven=found.proven,
    )


def _reason(queue: Problem, left: Unsettled, found: Resolution) -> Reason:
    parts = {one.id: one.of for one in found.settled}
    kinds = UnsettledTrade.Reason
    return Reason(
        trade_id=int(left.id),
        reason=(kinds.SHORT if left.shortages else kinds.QUEUE).value,
        lots=left.lots,
        of=parts.get(left.id, left.lots),
        shortages=tuple(_shortage(queue, one) for one in left.shortages),
        behind=int(left.behind) if left.behind else None,
    )


def _shortage(queue: Problem, one: Shortage) -> dict[str, str]:
    short = Decimal(one.short).scaleb(-queue.decimals[one.asset])
    told = {"participant": one.participant, "asset": one.asset, "short": f"{short:f}"}
    return told | ({"counterparty": one.counterparty} if one.counterparty else {})
