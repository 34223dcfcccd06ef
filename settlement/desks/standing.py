"""Where each trade of a page stands, and why one did not settle, in words; one query a page."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.frame.amounts import amount_text
from settlement.models import UnsettledTrade

STATES: Final[Mapping[str, Any]] = {
    "amended": _("replaced by a later version"),
    "redated": _("moved to another value date"),
    "cancelled": _("cancelled"),
    "withdrawn": _("withdrawn by both sides"),
    "held": _("on hold"),
    "allocated": _("allocated"),
    "block": _("awaits allocation"),
    "unmatched": _("unmatched"),
    "open": _("to settle"),
    "waiting": _("not settled yet"),
    "failing": _("fails"),
    "part": _("settled in part"),
    "settled": _("settled"),
}
COLOURS: Final = {
    "held": "danger",
    "unmatched": "warning",
    "block": "warning",
    "open": "info",
    "waiting": "warning",
    "failing": "danger",
    "part": "warning",
    "settled": "success",
}
# The seller's fact carries the legs of both; the last run that left a trade behind says why.
STANDING = """
    WITH asked AS MATERIALIZED (
        SELECT t.id, t.action, t.is_block, t.locked_in, m.id AS match,
               coalesce(m.sell_id, t.id) AS carrier,
               CASE WHEN m.buy_id = t.id THEN m.sell_id ELSE m.buy_id END AS other
          FROM settlement_trade t
          LEFT JOIN settlement_tradematch m ON m.buy_id = t.id OR m.sell_id = t.id
         WHERE t.id = ANY(%(ids)s)
    ), fared AS (
        SELECT a.id, count(*) AS legs, count(*) FILTER (WHERE s.done >= l.quantity) AS settled,
               count(s.done) AS begun, max(s.at) AS at,
               max((SELECT max(f.business_date) FROM settlement_failedleg f
                     WHERE f.leg_id = l.id)) AS failed_on
          FROM asked a
          JOIN settlement_leg l ON l.trade_id = a.carrier
          LEFT JOIN LATERAL (SELECT sum(quantity) AS done, max(settled_at) AS at
                               FROM settlement_settlement WHERE leg_id = l.id) s ON true
         GROUP BY a.id)
    SELECT a.id,
           CASE WHEN a.action = 'cancel' THEN 'cancelled'
                WHEN EXISTS (SELECT FROM settlement_trade
                              WHERE amends_id = a.id AND action = 'redate') THEN 'redated'
                WHEN EXISTS (SELECT FROM settlement_withdrawntrade
                              WHERE trade_id = a.carrier) THEN 'withdrawn'
                WHEN a.match IS NULL AND EXISTS (SELECT FROM settlement_trade
                                                  WHERE amends_id = a.id) THEN 'amended'
                WHEN f.legs > 0 AND f.settled = f.legs THEN 'settled'
                WHEN EXISTS (SELECT FROM settlement_heldtrade
                              WHERE trade_id = a.carrier AND released_at IS NULL) THEN 'held'
                WHEN EXISTS (SELECT FROM settlement_trade WHERE block_id = a.id) THEN 'allocated'
                WHEN a.is_block THEN 'block'
                WHEN a.match IS NULL AND NOT a.locked_in THEN 'unmatched'
                WHEN f.begun > 0 THEN 'part'
                WHEN f.failed_on IS NOT NULL THEN 'failing'
                WHEN u.reason IS NOT NULL THEN 'waiting'
                ELSE 'open' END,
           f.at, f.failed_on, o.source_ref, a.other,
           coalesce(u.reason, ''), coalesce(u.shortages, '[]'), coalesce(u.behind, '')
      FROM asked a
      LEFT JOIN fared f ON f.id = a.id
      LEFT JOIN settlement_trade o ON o.id = a.other
      LEFT JOIN LATERAL (
            SELECT x.reason, x.shortages, b.source_ref AS behind
              FROM settlement_unsettledtrade x
              LEFT JOIN settlement_trade b ON b.id = x.behind_id
             WHERE x.trade_id = a.carrier ORDER BY x.id DESC LIMIT 1) u ON true
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a trade stands.

    Attributes:
        state: a key of STATES.
        settled_at: when the last of it became final. failed_on: the last day of its fail.
        other, other_id: reference and id of the matched other side.
        why: what the last run said that left it behind, a sentence each; () once it is settled.
    """

    state: str
    settled_at: datetime | None
    failed_on: date | None
    other: str
    other_id: int | None
    why: tuple[str, ...]

    @property
    def word(self) -> str:
        """The state in the reader's language."""
        return str(STATES[self.state])


def of_trades(*, ids: Sequence[int]) -> dict[int, Standing]:
    """Trade's id → where it stands; one query, however many."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"ids": list(ids)})
        rows = cursor.fetchall()
    return {
        pk: Standing(
            state=state,
            settled_at=at,
            failed_on=failed_on,
            other=other or "",
            other_id=other_id,
            why=()
            if state == "settled" or not reason
            else why(reason, json.loads(shortages), behind),
        )
        for pk, state, at, failed_on, other, other_id, reason, shortages, behind in rows
    }


def why(reason: str, shortages: Iterable[Mapping[str, str]], behind: str) -> tuple[str, ...]:
    """Why a trade stayed behind: who lacks how much of what, or what it waits for.

    Args:
        reason: of UnsettledTrade. shortages: as its column has them.
        behind: reference of the trade that it waits for, "" when it waits for none.
    """
    if lacks := tuple(_lack(one) for one in shortages):
        return lacks
    if behind:
        return (gettext("waits behind %(reference)s") % {"reference": behind},)
    return (str(UnsettledTrade.Reason(reason).label),)


def _lack(one: Mapping[str, str]) -> str:
    words = {
        "who": one["participant"],
        "amount": amount_text(Decimal(one["short"]), one["asset"]),
        "asset": one["asset"],
    }
    if other := one.get("counterparty"):
        told = gettext("%(who)s lacks %(amount)s %(asset)s of its limit against %(other)s")
        return told % {**words, "other": other}
    return gettext("%(who)s lacks %(amount)s %(asset)s") % words
