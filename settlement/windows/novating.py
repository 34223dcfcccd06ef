"""Novate and net a closed window: one pass over its legs, one row per net, no leg touched.

A novated window is netted against its central counterparty, which owes what it is owed: only its
own trades leave it a net.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from backoffice.frame import rights
from settlement.models import Leg, MarketRule, Window, WindowNetting, WindowPointer
from settlement.windows.windowing import NoSuchWindow, WindowStillOpen

# Units are summed as machine integers, in a fraction of the time that decimals take; what no units
# hold is added as it is. Multiplied, for a quotient might be rounded. One scan of the legs into one
# hash table a side, in one process: a second one would be taken from capture.
SUM = f"""
    coalesce(sum(units), 0) * 1e-{Leg.UNIT_DECIMALS}::numeric
    + coalesce(sum(quantity) FILTER (WHERE units IS NULL), 0)
"""
NET = """
    INSERT INTO settlement_windownet
        (window_id, participant_id, counterparty_id, asset, value_date,
         gross_in, gross_out, net, legs)
    SELECT %(window)s, participant, counterparty, asset, value_date,
           sum(gross_in), sum(gross_out), sum(gross_in) - sum(gross_out), sum(legs)
      FROM ({ends}) ends
     GROUP BY participant, counterparty, asset, value_date
     ORDER BY participant, counterparty, asset, value_date
"""
MULTILATERAL = f"""
    SELECT coalesce(debtor_id, creditor_id) AS participant,
           nullif(%(ccp)s::bigint, coalesce(debtor_id, creditor_id)) AS counterparty,
           asset, value_date, count(*) AS legs,
           CASE grouping(debtor_id) WHEN 1 THEN {SUM} ELSE 0 END AS gross_in,
           CASE grouping(debtor_id) WHEN 0 THEN {SUM} ELSE 0 END AS gross_out
      FROM settlement_leg l
     WHERE window_id = %(window)s {{withdrawn}}
     GROUP BY GROUPING SETS ((debtor_id, asset, value_date), (creditor_id, asset, value_date))
"""  # noqa: S608 - the sum above
BILATERAL = f"""
    SELECT e.participant, e.counterparty, pairs.asset, pairs.value_date, pairs.legs,
           e.gross_in, e.gross_out
      FROM (SELECT debtor_id, creditor_id, asset, value_date, count(*) AS legs,
                   {SUM} AS quantity
              FROM settlement_leg l
             WHERE window_id = %(window)s {{withdrawn}}
             GROUP BY debtor_id, creditor_id, asset, value_date) pairs
     CROSS JOIN LATERAL (VALUES (debtor_id, creditor_id, 0::numeric, quantity),
                                (creditor_id, debtor_id, quantity, 0::numeric))
           AS e (participant, counterparty, gross_in, gross_out)
"""  # noqa: S608
WITHDRAWN = """
    AND NOT EXISTS (SELECT FROM settlement_withdrawntrade x WHERE x.trade_id = l.trade_id)
"""


@dataclass(frozen=True, slots=True)
class NettedWindow:
    """What a window's netting came to: legs read, nets written."""

    window_id: int
    legs: int
    nets: int


def net_window(*, window_id: int, business_date: date, at: datetime) -> NettedWindow:
    """Novate and net a closed window as its market does on the day; once, in one transaction.

    Args:
        business_date: the day whose market rule applies.

    Returns:
        Counts; those of the first time when it was netted before.

    Raises:
        NoSuchWindow, WindowStillOpen.
    """
    with transaction.atomic():
        rights.hold(Window, window_id)
        window = Window.objects.filter(pk=window_id).first()
        if window is None:
            raise NoSuchWindow(window=window_id)
        known = WindowNetting.objects.filter(window=window).first()
        if known is not None:
            return NettedWindow(window_id, known.legs, known.nets)
        if WindowPointer.objects.filter(window=window).exists():
            raise WindowStillOpen(window=window_id)
        rule = market_rule(market=window.market, on=business_date)
        legs, nets = _net(window_id, rule)
        WindowNetting.objects.create(
            window=window,
            method=_method(rule),
            novated_to=rule.ccp,
            legs=legs,
            nets=nets,
            netted_at=at,
        )
    return NettedWindow(window_id, legs, nets)


def net_all(*, book: str, business_date: date, at: datetime) -> list[NettedWindow]:
    """Net every window of the book that is closed and not netted, in the order of closing."""
    closed = Window.objects.filter(book=book, closing__isnull=False, netting__isnull=True)
    return [
        net_window(window_id=window_id, business_date=business_date, at=at)
        for window_id in closed.order_by(
            "closing__business_date", "market", "sequence"
        ).values_list("pk", flat=True)
    ]


def market_rule(*, market: str, on: date) -> MarketRule:
    """The rule in force for a market on a day: its own, else the house's, else the defaults."""
    found = (
        MarketRule.objects.filter(market__in=[market, ""], valid_from__lte=on)
        .select_related("ccp")
        .order_by("-market", "-valid_from", "-pk")
        .first()
    )
    return found or MarketRule(market=market, valid_from=on)


def _method(rule: MarketRule) -> WindowNetting.Method:
    bilateral = rule.novation == MarketRule.Novation.NONE
    return WindowNetting.Method.BILATERAL if bilateral else WindowNetting.Method.MULTILATERAL


def _net(window_id: int, rule: MarketRule) -> tuple[int, int]:
    names: dict[str, Any] = {"window": window_id, "ccp": rule.ccp_id}
    ends = BILATERAL if _method(rule) is WindowNetting.Method.BILATERAL else MULTILATERAL
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM settlement_withdrawntrade)")
        withdrawn = WITHDRAWN if cursor.fetchone()[0] else ""
        cursor.execute(NET.format(ends=ends.format(withdrawn=withdrawn)), names)
        nets = int(cursor.rowcount)
        cursor.execute(
            "SELECT coalesce(sum(legs), 0) / 2 FROM settlement_windownet WHERE window_id = %s",
            [window_id],
        )
        return int(cursor.fetchone()[0]), nets
