"""Days of fail that are to be charged: those of the day being closed, and unpriced ones before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import connection

from backoffice.kernel.calendars import Calendar

FRIDAY: Final = 5

# A failing trade and day a row: its delivery where that failed, else its payment. Prices and ages
# are those of the row's own day, which is the day being closed or an unpriced one before it. Legs
# and trades are found each by its key: joined freely, fails that just came could be held against
# all the legs and trades of the book.
FACTS = """
    SELECT DISTINCT ON (t.id, f.business_date) f.business_date, t.id, t.source_ref, t.market,
           t.value_date, c.business_date, f.failing_id, f.cause, t.buyer_id, t.seller_id, i.id,
           coalesce(i.asset_class, ''),
           CASE WHEN l.kind = 'delivery' THEN coalesce(f.quantity, l.quantity) ELSE t.quantity END,
           t.quantity, t.amount, t.currency, p.price, p.currency, b.captured_at, t.captured_at,
           ARRAY(SELECT x.business_date FROM settlement_failedleg x
             WHERE x.leg_id = l.id AND x.business_date <= f.business_date)
      FROM ({source}) f
     CROSS JOIN LATERAL (SELECT * FROM settlement_leg WHERE id = f.leg_id LIMIT 1) l
     CROSS JOIN LATERAL (SELECT * FROM settlement_trade WHERE id = l.trade_id LIMIT 1) t
      JOIN settlement_windowclosing c ON c.window_id = l.window_id
      LEFT JOIN settlement_instrument i ON i.id = t.instrument_id
      LEFT JOIN settlement_tradematch m ON m.sell_id = t.id
      LEFT JOIN settlement_trade b ON b.id = m.buy_id
      LEFT JOIN LATERAL (SELECT price, currency FROM settlement_referenceprice
                          WHERE instrument_id = i.id AND day <= f.business_date
                          ORDER BY day DESC LIMIT 1) p ON true
     WHERE t.book = %(book)s {only}
     ORDER BY t.id, f.business_date, l.kind DESC
"""
FAILED = FACTS.format(
    source="""
    SELECT leg_id, business_date, failing_id, cause, quantity FROM settlement_failedleg
     WHERE business_date = %(day)s
     UNION ALL
    SELECT x.leg_id, x.business_date, x.failing_id, x.cause, x.quantity
      FROM settlement_unpricedfail u
     CROSS JOIN LATERAL (SELECT id FROM settlement_leg WHERE trade_id = u.trade_id OFFSET 0) l
     CROSS JOIN LATERAL (SELECT * FROM settlement_failedleg
                          WHERE leg_id = l.id AND business_date = u.business_date LIMIT 1) x
     WHERE u.book = %(book)s AND u.kind = 'sefp' AND u.business_date < %(day)s""",
    only="",
)
# Matched on this day, though it should have settled before: both sides' facts say who was late.
# What came after a cut-off falls due later than the day that was agreed on, which is the one asked.
LATE = FACTS.format(
    source="""
    SELECT l.id AS leg_id, w.business_date, NULL::bigint AS failing_id, '' AS cause,
           NULL::numeric AS quantity
      FROM settlement_windowclosing w JOIN settlement_leg l ON l.window_id = w.window_id
     WHERE w.business_date = %(day)s
       AND (l.value_date < %(day)s OR l.value_date = %(day)s AND l.kind = 'delivery'
            AND EXISTS (SELECT FROM settlement_trade x
                         WHERE x.id = l.trade_id AND x.value_date < l.value_date))
     UNION ALL
    SELECT l.id, u.business_date, NULL, '', NULL
      FROM settlement_unpricedfail u
     CROSS JOIN LATERAL (SELECT id FROM settlement_leg WHERE trade_id = u.trade_id OFFSET 0) l
     WHERE u.book = %(book)s AND u.kind = 'lmfp' AND u.business_date < %(day)s""",
    only="AND t.value_date < f.business_date AND m.buy_id IS NOT NULL"
    " AND NOT EXISTS (SELECT FROM settlement_withdrawntrade x WHERE x.trade_id = t.id)",
)


@dataclass(frozen=True, slots=True)
class FailedDay:
    """A failing or late-matched trade on a day, as the database tells it.

    `failed_on` are the closed days up to this one on which it failed; a book closes weekends too.
    """

    day: date
    trade_id: int
    reference: str
    market: str
    value_date: date
    matched_on: date
    failing_id: int | None
    cause: str
    buyer_id: int
    seller_id: int
    instrument_id: int | None
    asset_class: str
    owed: Decimal
    quantity: Decimal
    amount: Decimal
    currency: str
    price: Decimal | None
    price_currency: str | None
    buy_captured_at: datetime | None
    sell_captured_at: datetime
    failed_on: Sequence[date]

    def days(self, calendar: Calendar) -> int:
        """For how many business days of the market it failed; weekdays beyond its calendar."""
        return sum(
            calendar.is_business_day(day) if calendar.covers(day) else day.isoweekday() <= FRIDAY
            for day in self.failed_on
        )

    def valued(self) -> tuple[Decimal, str] | None:
        """Quantity times reference price; without one, the contract's; None without either."""
        if self.instrument_id is None:
            return self.amount, self.currency
        if self.price is not None and self.price_currency:
            return self.owed * self.price, self.price_currency
        if self.currency and self.quantity:
            return self.amount * self.owed / self.quantity, self.currency
        return None

    def late_party(self) -> tuple[int, int]:
        """Who entered the trade last, and the other."""
        bought_last = (self.buy_captured_at or self.sell_captured_at) > self.sell_captured_at
        late = self.buyer_id if bought_last else self.seller_id
        return late, self.seller_id if bought_last else self.buyer_id


def failed(*, book: str, day: date) -> list[FailedDay]:
    """Trades that failed on the day, and earlier days of fail that wait for a price or rate."""
    return _read(FAILED, book, day)


def late(*, book: str, day: date) -> list[FailedDay]:
    """Trades that were matched on the day after their value date, and unpriced ones before."""
    return _read(LATE, book, day)


def _read(sql: str, book: str, day: date) -> list[FailedDay]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"book": book, "day": day})
        return [FailedDay(*row) for row in cursor.fetchall()]
