"""Windows: closing one moves a pointer, and capture goes on in the next; no leg is touched.

A leg takes its window as it is opened, holding the pointer FOR SHARE until commit (the database
sees to it, see migration 0011). So closing waits for legs under way and then is exact: what is in
the window is all there, and nothing comes after. Capture does not wait for the netting.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.models import Window, WindowPointer
from settlement.rules import windows as rules
from settlement.rules.lifecycle import State

KEEPERS = (Role.CLERK, Role.CHECKER, Role.MANAGER)
FLIP = """
    WITH held AS (
        SELECT p.id, w.id AS closed, w.book, w.market, w.sequence
          FROM settlement_windowpointer p JOIN settlement_window w ON w.id = p.window_id
         WHERE p.book = %(book)s AND p.market = ANY(%(markets)s)
         ORDER BY p.market FOR UPDATE OF p
    ), opened AS (
        INSERT INTO settlement_window (book, market, sequence, opened_at)
        SELECT book, market, sequence + 1, %(at)s FROM held ORDER BY market
        RETURNING id, book, market
    ), moved AS (
        UPDATE settlement_windowpointer p SET window_id = o.id
          FROM opened o WHERE p.book = o.book AND p.market = o.market
    ), told AS (
        INSERT INTO settlement_windowclosing (window_id, business_date, closed_at, closed_by)
        SELECT closed, %(day)s, %(at)s, %(by)s FROM held ORDER BY market
    )
    SELECT h.closed, o.id, h.market, h.sequence
      FROM held h JOIN opened o ON o.market = h.market ORDER BY h.market
"""
STATE = """
    SELECT EXISTS (SELECT FROM settlement_windowpointer WHERE window_id = %(window)s),
           EXISTS (SELECT FROM settlement_windownetting WHERE window_id = %(window)s),
           (SELECT count(*) FROM settlement_leg l
             WHERE l.window_id = %(window)s
               AND NOT EXISTS (SELECT FROM settlement_withdrawntrade x
                                WHERE x.trade_id = l.trade_id)
               AND l.quantity > coalesce((SELECT sum(s.quantity) FROM settlement_settlement s
                                           WHERE s.leg_id = l.id), 0)
                              + coalesce((SELECT sum(b.quantity) FROM settlement_boughtinleg b
                                           WHERE b.leg_id = l.id), 0))
"""


class NoSuchWindow(Refused):
    """No window has this number, or the market never opened one."""

    code = "window-unknown"
    status = 404
    en = "There is no window {window}."
    th = "ไม่มีรอบหักบัญชี {window}"


class WindowStillOpen(Refused):
    """An open window is not netted: legs may still come."""

    code = "window-open"
    status = 409
    en = "Window {window} is still open; close it first."
    th = "รอบหักบัญชี {window} ยังเปิดอยู่ ต้องปิดรอบก่อน"


@dataclass(frozen=True, slots=True)
class Closed:
    """A window that was closed, and the one that takes legs from now on."""

    window_id: int
    next_id: int
    market: str
    sequence: int


def open_window(*, book: str, market: str = "", actor: Actor, at: datetime) -> int:
    """The market's open window, its first one opened if it has none; returns the window's id."""
    actor.require(*KEEPERS, Role.INTEGRATOR)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT settlement_take_window(%s, %s, %s)", [book, market, at])
        return int(cursor.fetchone()[0])


def close(
    *, book: str, market: str = "", business_date: date, actor: Actor, at: datetime
) -> Closed:
    """Close the market's open window and open the next; waits for legs under way.

    Raises:
        NoSuchWindow: the market has no window. NotAllowed.
    """
    closed = _flip(book, [market], business_date, actor, at)
    if not closed:
        raise NoSuchWindow(Place(field="market"), window=f"{book} {market}".strip())
    return closed[0]


def close_all(*, book: str, business_date: date, actor: Actor, at: datetime) -> list[Closed]:
    """Close the open window of every market of the book; the next ones open at once."""
    markets = WindowPointer.objects.filter(book=book).values_list("market", flat=True)
    return _flip(book, sorted(markets), business_date, actor, at)


def state(*, window_id: int) -> State:
    """The window's state: OPEN, CLOSED, PENDING_SETTLEMENT or SETTLED. Raises NoSuchWindow."""
    if not Window.objects.filter(pk=window_id).exists():
        raise NoSuchWindow(Place(field="window"), window=window_id)
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"window": window_id})
        is_open, netted, unsettled = cursor.fetchone()
    return rules.window_state(is_open=is_open, netted=netted, unsettled=unsettled)


def _flip(
    book: str, markets: list[str], business_date: date, actor: Actor, at: datetime
) -> list[Closed]:
    actor.require(*KEEPERS, department=Department.SETTLEMENT)
    names: dict[str, Any] = {
        "book": book,
        "markets": markets,
        "day": business_date,
        "at": at,
        "by": actor.name,
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(FLIP, names)
            closed = [Closed(*row) for row in cursor.fetchall()]
        if closed:
            audit.record(
                actor=actor,
                at=at,
                verb="windowing.close",
                subject_kind="settlement.window",
                subject_id=f"{book}/{business_date}",
                detail={"windows": [[one.market, one.sequence] for one in closed]},
            )
        return closed
