"""When a calendar changes: value dates that rested on an earlier version are derived anew.

Only what was derived moves, and only while it is open; both sides of a match together, by new
facts. A date that the parties agreed on, and what is in a closed window, settled, or would fall on
a day that is over, stays and is work for the desk. Running it again finds nothing more to do.
What a version touches, and what is to become of it, is found in `outdated`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from backoffice.desk import queueing
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.reference.events import CalendarChanged
from settlement.models import Redating, Trade
from settlement.trades import enriching, gating, outdated, recording
from settlement.trades.outdated import Change

MOVED: Final = "settlement.value_dates_moved"
STAYED: Final = "settlement.value_dates_stayed"
SHOWN: Final = 50
HOLD_WINDOWS = """
    SELECT window_id FROM settlement_windowpointer WHERE book = %s ORDER BY market FOR SHARE
"""
# A window that closed before its pointer was held keeps what is in it.
RECHECK = """
    UPDATE redating_found f SET outcome = 'closed'
     WHERE f.outcome = 'moved' AND EXISTS (
           SELECT FROM settlement_leg l WHERE l.trade_id = f.carrier AND NOT EXISTS (
                  SELECT FROM settlement_windowpointer p WHERE p.window_id = l.window_id))
"""
OTHERWISE = {
    "version": "t.version + 1",
    "action": f"'{Trade.Action.REDATE.value}'",
    "amends_id": "t.id",
    "value_date": "f.after",
    "calendar_version_id": "%(version)s",
}
FOLLOW = f"""
    INSERT INTO settlement_trade ({recording.COLUMNS}, book, file_id, captured_at, captured_by)
    SELECT {", ".join(OTHERWISE.get(name, f"t.{name}") for name in recording.TYPES)},
           t.book, t.file_id, %(at)s, %(by)s
      FROM redating_found f JOIN settlement_trade t ON t.id = f.trade_id
     WHERE f.outcome = 'moved' ORDER BY t.id
    RETURNING id
"""  # noqa: S608 - the columns of a trade
QUEUE = """
    WITH gone AS (
        DELETE FROM settlement_unmatchedtrade u USING redating_found f
         WHERE u.trade_id = f.trade_id AND f.outcome = 'moved' RETURNING u.trade_id, u.since)
    INSERT INTO settlement_unmatchedtrade (trade_id, since)
    SELECT n.id, g.since FROM gone g JOIN settlement_trade n ON n.amends_id = g.trade_id
     ORDER BY n.id
"""
WITHDRAW = """
    INSERT INTO settlement_withdrawntrade (trade_id, withdrawn_at, withdrawn_by)
    SELECT trade_id, %(at)s, %(by)s FROM redating_found
     WHERE outcome = 'moved' AND carries ORDER BY trade_id
"""
# The same match, of the facts that followed its sides.
MATCH = """
    INSERT INTO settlement_tradematch
        (buy_id, sell_id, how, tolerance, difference, matched_at, matched_by)
    SELECT b.id, s.id, m.how, m.tolerance, m.difference, m.matched_at, m.matched_by
      FROM redating_found f
      JOIN settlement_tradematch m ON m.sell_id = f.trade_id
      JOIN settlement_trade b ON b.amends_id = m.buy_id
      JOIN settlement_trade s ON s.amends_id = m.sell_id
     WHERE f.outcome = 'moved' ORDER BY s.id
"""
# What was held is held, or let go, as the fact that followed it.
HAND_OVER = """
    UPDATE settlement_heldtrade h SET released_at = %(at)s FROM redating_found f
     WHERE h.trade_id = f.trade_id AND f.outcome = 'moved' AND h.released_at IS NULL
"""
CARRIERS = "SELECT trade_id FROM redating_found WHERE outcome = 'moved' AND carries"
FOLLOWERS = """
    SELECT n.id FROM redating_found f JOIN settlement_trade n ON n.amends_id = f.trade_id
     WHERE f.outcome = 'moved' AND f.carries
"""
# What an earlier version told already is not told again by each later one.
TELL = """
    WITH told AS (
        INSERT INTO settlement_redating
            (trade_id, calendar_version_id, before, after, outcome, recorded_at)
        SELECT trade_id, %(version)s, before, after, outcome, %(at)s
          FROM redating_found f
         WHERE NOT EXISTS (SELECT FROM settlement_redating r
                            WHERE r.trade_id = f.trade_id AND r.outcome = f.outcome
                              AND r.after IS NOT DISTINCT FROM f.after)
         ORDER BY trade_id
        ON CONFLICT (trade_id, calendar_version_id) DO NOTHING
        RETURNING trade_id, before, after, outcome)
    SELECT o.outcome, count(*),
           (array_agg(t.source || ' ' || t.source_ref || ': ' || o.before || ' → '
                      || coalesce(o.after::text, '-') ORDER BY t.id))[1:%(shown)s]
      FROM told o JOIN settlement_trade t ON t.id = o.trade_id
     GROUP BY o.outcome ORDER BY o.outcome
"""
# Why a date stays, as the desk reads it.
REASONS: Final = {
    "agreed": ("agreed for a day that is a holiday now", "ตกลงไว้ในวันที่กลายเป็นวันหยุด"),
    "apart": ("the two sides would part", "สองฝ่ายจะได้วันไม่ตรงกัน"),
    "over": ("the new day is over", "วันใหม่ปิดสิ้นวันไปแล้ว"),
    "closed": ("in a closed window", "อยู่ในรอบหักบัญชีที่ปิดแล้ว"),
    "settled": ("settled already", "ชำระราคาไปแล้ว"),
    "unknown": ("the calendar does not reach", "ปฏิทินไม่ครอบคลุม"),
}


@dataclass(slots=True)
class Redated:
    """What a calendar's version did: trades by outcome (told now), legs opened anew, trades held.

    Both sides of a match count.
    """

    calendar: str
    version: int
    outcomes: dict[str, int] = field(default_factory=dict)
    legs: int = 0
    held: int = 0

    @property
    def moved(self) -> int:
        """How many value dates moved."""
        return self.outcomes.get(Redating.Outcome.MOVED.value, 0)


def calendar_changed(*, event: CalendarChanged, at: datetime) -> None:
    """On the reactions page: a calendar's new version moves what rested on an earlier one."""
    rederive(calendar=event.calendar, actor=Actor.system("redating"), at=at)


def rederive(*, calendar: str, actor: Actor, at: datetime) -> Redated:
    """Move the open value dates that the calendar's latest version changes, in one transaction.

    A fixed number of statements for each book, whatever moves. The closing of a window and this
    wait for each other: what was in a window that closed first stays.

    Raises:
        NotAllowed, CalendarUnknown.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    basis = outdated.basis_of(calendar=calendar, at=at)
    done = Redated(calendar, basis.version.number)
    with transaction.atomic():
        for book in outdated.books() if basis.changed else []:
            dates = outdated.dates(book=book, basis=basis)
            gating.take_turn(book)
            if outdated.find(dates):
                _move(book, dates, done, actor, at)
                _tell(book, dates, done, actor, at)
            outdated.forget()
    return done


def preview(*, calendar: str, at: datetime) -> list[Change]:
    """What `rederive` would do now; writes nothing. Raises CalendarUnknown."""
    basis = outdated.basis_of(calendar=calendar, at=at)
    changes: list[Change] = []
    with transaction.atomic():
        for book in outdated.books() if basis.changed else []:
            if outdated.find(outdated.dates(book=book, basis=basis)):
                changes += outdated.changes(book=book)
            outdated.forget()
    return changes


def _move(book: str, dates: dict[str, Any], done: Redated, actor: Actor, at: datetime) -> None:
    names = {**dates, "at": at, "by": actor.name}
    with connection.cursor() as cursor:
        cursor.execute(CARRIERS)
        # The order of locks: what holds stand on, then the windows, then rows.
        gating.stopped(trade_ids=[row[0] for row in cursor.fetchall()], settling=False)
        cursor.execute(HOLD_WINDOWS, [book])
        cursor.execute(RECHECK)
        cursor.execute(FOLLOW, names)
        followed = [row[0] for row in cursor.fetchall()]
        if not followed:
            return
        for statement in (QUEUE, WITHDRAW, MATCH, HAND_OVER):
            cursor.execute(statement, names)
        enriching.enrich(trade_ids=followed, at=at)
        cursor.execute(FOLLOWERS)
        gated = gating.gate(trade_ids=[row[0] for row in cursor.fetchall()], at=at)
    done.legs += gated.legs
    done.held += gated.held


def _tell(book: str, dates: dict[str, Any], done: Redated, actor: Actor, at: datetime) -> None:
    """Write what became of each date, and put it on the desk: one item a version and outcome."""
    with connection.cursor() as cursor:
        cursor.execute(TELL, {**dates, "at": at, "shown": SHOWN})
        told = cursor.fetchall()
    version = f"{done.calendar} #{done.version}"
    for outcome, count, shown in told:
        done.outcomes[outcome] = done.outcomes.get(outcome, 0) + count
        en, th = _titles(outcome, count, version)
        queueing.open_item(
            kind=MOVED if outcome == Redating.Outcome.MOVED else STAYED,
            department=Department.SETTLEMENT.value,
            subject_kind="settlement.redating",
            subject_ref=f"{book}/{done.calendar}/{done.version}/{outcome}",
            title_en=en,
            title_th=th,
            payload={"count": count, "calendar": version, "value dates": "; ".join(shown)},
            actor=actor,
            at=at,
        )
    if told:
        audit.record(
            actor=actor,
            at=at,
            verb="redating.rederive",
            subject_kind="reference.calendar",
            subject_id=done.calendar,
            detail={"book": book, "version": done.version, **{row[0]: row[1] for row in told}},
        )


def _titles(outcome: str, count: int, version: str) -> tuple[str, str]:
    if outcome == Redating.Outcome.MOVED:
        return (
            f"{count} value dates moved with calendar {version}",
            f"วันชำระราคา {count} รายการเลื่อนตามปฏิทิน {version}",
        )
    why_en, why_th = REASONS[outcome]
    return (
        f"{count} value dates stay though calendar {version} changed: {why_en}",
        f"วันชำระราคา {count} รายการคงเดิมแม้ปฏิทิน {version} เปลี่ยน: {why_th}",
    )
