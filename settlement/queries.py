"""Reads of settlement: days, obligations, instructions, and how near our balances are."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet

from settlement.models import (
    Instruction,
    Leg,
    StepRun,
    Trade,
    TradeStatus,
    Transaction,
    UnmatchedTrade,
)

TOTALS = """
    SELECT (SELECT count(*) FROM settlement_clearedtransaction c
              JOIN settlement_transaction t ON t.id = c.transaction_id
             WHERE t.book = %(book)s AND c.business_date BETWEEN %(first)s AND %(last)s),
           count(*), coalesce(sum(abs(net)), 0), coalesce(sum(gross_in + gross_out), 0)
      FROM settlement_obligation
     WHERE book = %(book)s AND business_date BETWEEN %(first)s AND %(last)s
"""
# One look at the index a day, however many transactions a day has.
DAYS_OF_LATE_SIDES = """
    SELECT b.book, d.value_date
      FROM (SELECT DISTINCT book FROM settlement_windowpointer) b
     CROSS JOIN LATERAL (
            SELECT DISTINCT l.value_date
              FROM settlement_leg l JOIN settlement_trade t ON t.id = l.trade_id
             WHERE l.book = b.book AND l.value_date <= %s
               AND l.value_date > coalesce((SELECT max(business_date) FROM settlement_steprun
                                             WHERE book = b.book AND step = 'seal'
                                               AND partition = ''), '-infinity')
               AND NOT t.locked_in AND t.value_date < l.value_date
               AND NOT EXISTS (SELECT FROM settlement_withdrawntrade x
                                WHERE x.trade_id = l.trade_id)) d
"""
CAPTURED_UNSEALED = """
    WITH RECURSIVE captured(day) AS (
        SELECT min(business_date) FROM settlement_transaction WHERE book = %(book)s
         UNION ALL
        SELECT (SELECT min(business_date) FROM settlement_transaction
                 WHERE book = %(book)s AND business_date > captured.day)
          FROM captured WHERE captured.day <= %(until)s)
    SELECT day FROM captured
     WHERE day <= %(until)s
       AND NOT EXISTS (SELECT FROM settlement_steprun
                        WHERE book = %(book)s AND business_date = day AND step = 'seal'
                          AND partition = '')
     ORDER BY day
"""
PRESENT = """
    SELECT EXISTS (SELECT FROM settlement_window WHERE book = %(book)s),
           EXISTS (SELECT FROM settlement_settlementrun WHERE book = %(book)s),
           EXISTS (SELECT FROM settlement_participant WHERE bic <> ''),
           EXISTS (SELECT FROM settlement_bankstatement s
                     JOIN settlement_reconciledaccount a ON a.id = s.account_id
                    WHERE a.book = %(book)s)
"""


@dataclass(frozen=True, slots=True)
class Present:
    """What a book has at all; rooms that work on what it has not need not be entered.

    Attributes:
        legs: one was ever opened; positions: somebody ever had one.
        readers: a participant that messages reach; statements: of a nostro or a custodian.
    """

    legs: bool
    positions: bool
    readers: bool
    statements: bool


@dataclass(frozen=True, slots=True)
class ClearingTotals:
    """Sums over a range of days; amounts in major units."""

    transactions: int
    obligations: int
    net_value: Decimal
    gross_value: Decimal


def present(*, book: str) -> Present:
    """What there is to work on in the book, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, {"book": book})
        return Present(*cursor.fetchone())


def has_captured(*, book: str) -> bool:
    """Whether anything was ever captured into the book."""
    found = (Transaction.objects.filter(book=book), Trade.objects.filter(book=book))
    return any(rows.exists() for rows in found)


def totals(*, book: str, first: date, last: date) -> ClearingTotals:
    """Transactions cleared, obligations, absolute net value and gross value of a range of days."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, {"book": book, "first": first, "last": last})
        return ClearingTotals(*cursor.fetchone())


def days_done(*, book: str, first: date, last: date) -> set[date]:
    """The days of the range that are sealed."""
    done = StepRun.objects.filter(
        book=book, step="seal", business_date__range=(first, last), partition=""
    )
    return set(done.values_list("business_date", flat=True))


def captured_unsealed(*, book: str, until: date) -> list[date]:
    """The book's days up to `until` that transactions are captured for and no seal is, in order."""
    with connection.cursor() as cursor:
        cursor.execute(CAPTURED_UNSEALED, {"book": book, "until": until})
        return [day for (day,) in cursor.fetchall()]


def days_of_late_sides(*, until: date) -> set[tuple[str, date]]:
    """(book, day) up to `until`, not sealed yet, that legs fall due on because a side came late.

    Their trades keep the value date that was agreed on, which may be over.
    """
    with connection.cursor() as cursor:
        cursor.execute(DAYS_OF_LATE_SIDES, [until])
        return set(cursor.fetchall())


def days_waiting(*, until: date) -> list[tuple[str, date]]:
    """(book, day) up to `until` that something is due on and no seal is, each book's in order.

    Due are captured transactions on their business date, and trades on their value date, or on the
    later one that a cut-off sent their legs to. A trade that came after its value date's seal
    settles with the next day.
    """
    sealed = StepRun.objects.filter(step="seal", partition="")
    last = dict(sealed.values_list("book").annotate(last=Max("business_date")))
    captured = Transaction.objects.filter(business_date__lte=until).order_by()
    traded = Trade.objects.filter(value_date__lte=until).order_by()
    due = {
        (book, day)
        for book, day in traded.values_list("book", "value_date").distinct()
        if book not in last or day > last[book]
    }
    # Of these few days, those that a trade still stands on: others it was amended or redated from.
    standing = traded.filter(value_date__in={day for _book, day in due}, amended_by=None)
    due &= set(standing.values_list("book", "value_date").distinct())
    due.update(captured.values_list("book", "business_date").distinct())
    due |= days_of_late_sides(until=until)
    return sorted(due - set(sealed.values_list("book", "business_date")))


def steps(*, book: str, business_date: date) -> list[StepRun]:
    """The day's steps that are done, in their order."""
    return list(StepRun.objects.filter(book=book, business_date=business_date).order_by("position"))


def settlement_status(*, reference: str) -> dict[str, Any] | None:
    """How an instruction stands, by its reference; None when there is none."""
    instruction = Instruction.objects.filter(reference=reference).first()
    if instruction is None:
        return None
    last = instruction.statuses.order_by("-business_date", "-pk").first()
    return {
        "reference": instruction.reference,
        "direction": instruction.direction,
        "amount": instruction.amount,
        "currency": instruction.currency,
        "value_date": instruction.value_date,
        "status": last.status if last else "pending",
        "recorded_at": last.recorded_at if last else instruction.instructed_at,
    }


def transactions() -> QuerySet[Transaction]:
    """Captured transactions with their participants, for lists."""
    return Transaction.objects.select_related("participant")


@dataclass(frozen=True, slots=True)
class TradeStory:
    """Where a trade stands.

    Attributes:
        state: amended, redated, cancelled, withdrawn, bought in (what was not delivered of it),
            held, allocated, block, unmatched, or open (its legs are, or its other side's).
        amended_by, matched_with: ids of the facts, None where there is none.
        legs: of the trade, which the seller's side carries for both.
    """

    state: str
    amended_by: int | None
    matched_with: int | None
    legs: tuple[Leg, ...]
    statuses: tuple[TradeStatus, ...]


STORY = """
    SELECT (SELECT id FROM settlement_trade WHERE amends_id = t.id),
           CASE WHEN m.buy_id = t.id THEN m.sell_id ELSE m.buy_id END,
           CASE WHEN t.action = 'cancel' THEN 'cancelled'
                WHEN EXISTS (SELECT FROM settlement_trade
                              WHERE amends_id = t.id AND action = 'redate') THEN 'redated'
                WHEN EXISTS (SELECT FROM settlement_withdrawntrade
                              WHERE trade_id = coalesce(m.sell_id, t.id)) THEN 'withdrawn'
                WHEN EXISTS (SELECT FROM settlement_leg l
                              WHERE l.trade_id = coalesce(m.sell_id, t.id)
                                AND l.quantity <= (SELECT sum(b.quantity)
                                                     FROM settlement_boughtinleg b
                                                    WHERE b.leg_id = l.id)
                                                + coalesce((SELECT sum(s.quantity)
                                                              FROM settlement_settlement s
                                                             WHERE s.leg_id = l.id), 0))
                     THEN 'bought in'
                WHEN m.id IS NULL AND EXISTS (SELECT FROM settlement_trade
                                               WHERE amends_id = t.id) THEN 'amended'
                WHEN EXISTS (SELECT FROM settlement_heldtrade
                              WHERE trade_id = coalesce(m.sell_id, t.id)
                                AND released_at IS NULL) THEN 'held'
                WHEN EXISTS (SELECT FROM settlement_trade WHERE block_id = t.id) THEN 'allocated'
                WHEN t.is_block THEN 'block'
                WHEN m.id IS NULL AND NOT t.locked_in THEN 'unmatched'
                ELSE 'open' END
      FROM settlement_trade t
      LEFT JOIN settlement_tradematch m ON m.buy_id = t.id OR m.sell_id = t.id
     WHERE t.id = %s
"""


def trades() -> QuerySet[Trade]:
    """Trade facts with parties and instrument read along, for lists."""
    return Trade.objects.select_related("buyer", "seller", "instrument")


def trade_story(*, trade: Trade) -> TradeStory:
    """Where a trade stands, with its legs and reported statuses; three queries."""
    with connection.cursor() as cursor:
        cursor.execute(STORY, [trade.pk])
        amended_by, matched_with, state = cursor.fetchone()
    carriers = {trade.pk, matched_with} - {None}
    legs = Leg.objects.filter(trade_id__in=carriers).select_related("debtor", "creditor")
    return TradeStory(
        state=state,
        amended_by=amended_by,
        matched_with=matched_with,
        legs=tuple(legs.order_by("pk")),
        statuses=tuple(TradeStatus.objects.filter(trade=trade).order_by("pk")),
    )


def unmatched_ids(*, book: str = "", limit: int = 200) -> list[int]:
    """The sides that have waited longest for another side, in one book or in all."""
    waiting = UnmatchedTrade.objects.order_by("trade__value_date", "pk")
    if book:
        waiting = waiting.filter(trade__book=book)
    return list(waiting.values_list("trade_id", flat=True)[:limit])
