"""Fails and what follows on the day: cash penalties, and buy-ins after the extension period.

Who failed stands in FailedLeg, written when the day settles. Rates and regimes are rows with a
first day, per market; a market without a regime charges nothing. What is charged is accrued in the
ledger on the day; `collecting` settles the month.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection, transaction

from backoffice.desk import queueing
from backoffice.kernel.actors import Actor, Department
from backoffice.kernel.calendars import Calendar
from backoffice.kernel.money import Currency, exponent_of
from backoffice.kernel.refusals import Refused
from backoffice.reference import queries as reference
from backoffice.reference.calendaring import CalendarUnknown
from settlement import posting_nets
from settlement.models import BuyIn, Participant, Penalty, PenaltyRate, PenaltyRegime
from settlement.rules import ageing, charge_booking
from settlement.rules import penalties as rules

WEEKDAYS: Final = Calendar("WEEKDAYS")
"""Where no calendar of the market is recorded, every weekday is a business day."""

# A failing trade a row: its delivery where that failed, else its payment.
FACTS = """
    SELECT DISTINCT ON (t.id) t.id, t.source_ref, t.market, t.value_date, c.business_date,
           f.failing_id, f.cause, t.buyer_id, t.seller_id, i.id, coalesce(i.asset_class, ''),
           CASE WHEN l.kind = 'delivery' THEN f.quantity ELSE t.quantity END, t.quantity,
           t.amount, t.currency, p.price, p.currency, b.captured_at, t.captured_at,
           (SELECT count(*) FROM settlement_failedleg x
             WHERE x.leg_id = l.id AND x.business_date <= %(day)s)
      FROM {source}
      JOIN settlement_leg l ON {leg}
      JOIN settlement_trade t ON t.id = l.trade_id
      JOIN settlement_windowclosing c ON c.window_id = l.window_id
      LEFT JOIN settlement_instrument i ON i.id = t.instrument_id
      LEFT JOIN settlement_tradematch m ON m.sell_id = t.id
      LEFT JOIN settlement_trade b ON b.id = m.buy_id
      LEFT JOIN LATERAL (SELECT price, currency FROM settlement_referenceprice
                          WHERE instrument_id = i.id AND day <= %(day)s
                          ORDER BY day DESC LIMIT 1) p ON true
     WHERE f.business_date = %(day)s AND t.book = %(book)s {only}
     ORDER BY t.id, l.kind DESC
"""
FAILED = FACTS.format(source="settlement_failedleg f", leg="l.id = f.leg_id", only="")
# Matched on this day, though it should have settled before: both sides' facts say who was late.
LATE = FACTS.format(
    source="(SELECT window_id, business_date, NULL::bigint AS failing_id, '' AS cause,"
    " NULL::numeric AS quantity FROM settlement_windowclosing) f",
    leg="l.window_id = f.window_id",
    only="AND t.value_date < %(day)s AND m.buy_id IS NOT NULL"
    " AND NOT EXISTS (SELECT FROM settlement_withdrawntrade x WHERE x.trade_id = t.id)",
).replace("THEN f.quantity", "THEN l.quantity")


@dataclass(frozen=True, slots=True)
class Charged:
    """What a day of fails came to.

    Attributes:
        penalties: written now; unpriced: trades without price or rate; entries: posted now.
    """

    penalties: int = 0
    unpriced: int = 0
    buy_ins: int = 0
    entries: int = 0


@dataclass(frozen=True, slots=True)
class _Failing:
    """A failing or late-matched trade as the database tells it."""

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
    days: int

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


@dataclass(frozen=True, slots=True)
class _Terms:
    """A market's regime with its rates and calendar."""

    regime: PenaltyRegime
    tariff: rules.Tariff
    calendar: Calendar


def charge_day(*, book: str, business_date: date, actor: Actor, at: datetime) -> Charged:
    """Charge the day's fails and accrue them: a step of the end of day, once a trade and day.

    A trade that cannot be priced, or whose rate is missing, is work for the desk; nothing stops.
    """
    with transaction.atomic():
        failed = _read(FAILED, book, business_date)
        late = _read(LATE, book, business_date)
        if not failed and not late:
            return Charged()
        terms = _terms({one.market for one in (*failed, *late)}, business_date, at)
        rows, unpriced = _penalties(failed, late, terms, book, business_date)
        known = set(
            Penalty.objects.filter(
                trade__in={row.trade_id for row in rows},
                business_date__in={row.business_date for row in rows},
            ).values_list("trade_id", "business_date")
        )
        new = [row for row in rows if (row.trade_id, row.business_date) not in known]
        entries = _write(new, book, business_date, actor, at)
        _ask(unpriced, actor, at)
        buy_ins = _buy_in(failed, terms, business_date, actor, at)
        return Charged(len(new), len(unpriced), buy_ins, entries)


def _write(new: list[Penalty], book: str, day: date, actor: Actor, at: datetime) -> int:
    """Write the penalties and accrue them, an entry a currency; returns how many entries."""
    if not new:
        return 0
    before = Penalty.objects.filter(book=book, charged_on=day).count()
    Penalty.objects.bulk_create(new, batch_size=2_000)
    codes = dict(Participant.objects.values_list("pk", "code"))
    owed = (
        charge_booking.Owed(codes[one.payer_id], codes[one.payee_id], one.currency, one.amount)
        for one in new
    )
    # What is charged later on the same day, once its rate is known, is an entry of its own.
    later = f":{before}" if before else ""
    return posting_nets.post_amounts(
        key=f"penalties-accrued:{day.isoformat()}{later}",
        memo=f"cash penalties of {day.isoformat()}",
        amounts=charge_booking.accrual(owed),
        book=book,
        day=day,
        actor=actor,
        at=at,
    )


def _read(sql: str, book: str, day: date) -> list[_Failing]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"book": book, "day": day})
        return [_Failing(*row) for row in cursor.fetchall()]


def _terms(markets: Iterable[str], day: date, at: datetime) -> dict[str, _Terms]:
    regimes = {
        one.market: one
        for one in PenaltyRegime.objects.filter(
            market__in=list(markets), valid_from__lte=day
        ).order_by("valid_from")
    }
    tariffs = {one.tariff: _tariff(one.tariff) for one in regimes.values()}
    return {
        market: _Terms(one, tariffs[one.tariff], calendar_of(market, at))
        for market, one in regimes.items()
    }


def _tariff(name: str) -> rules.Tariff:
    """The tariff's rows as the rule reads them: every table holds all rates known on its day."""
    known: dict[rules.Category, Decimal] = {}
    tables: dict[date, rules.RateTable] = {}
    overnight: list[rules.OvernightRate] = []
    rates = PenaltyRate.objects.in_force().filter(tariff=name)
    for row in rates.order_by("valid_from", "category"):
        if row.percent is not None:
            overnight.append(
                rules.OvernightRate(row.currency, row.valid_from, row.percent, row.day_count)
            )
        elif row.basis_points is not None:
            known = {**known, rules.Category(row.category): row.basis_points}
            tables[row.valid_from] = rules.RateTable(row.valid_from, known, row.source)
    return rules.Tariff(tuple(tables.values()), tuple(overnight))


def calendar_of(market: str, at: datetime) -> Calendar:
    """The market's calendar as known at `at`, or plain weekdays."""
    try:
        return reference.calendar_on(market, known_at=at)
    except CalendarUnknown:
        return WEEKDAYS


def _penalties(
    failed: Sequence[_Failing],
    late: Sequence[_Failing],
    terms: dict[str, _Terms],
    book: str,
    day: date,
) -> tuple[list[Penalty], list[tuple[_Failing, Refused | None]]]:
    rows: list[Penalty] = []
    unpriced: list[tuple[_Failing, Refused | None]] = []
    for one, is_late in [*((f, False) for f in failed), *((f, True) for f in late)]:
        under = terms.get(one.market)
        if under is None:
            continue
        valued = one.valued()
        if valued is None:
            unpriced.append((one, None))
            continue
        try:
            found = _charge(one, valued, under, day, is_late=is_late)
        except Refused as refused:
            unpriced.append((one, refused))
            continue
        rows += [
            Penalty(
                book=book,
                trade_id=one.trade_id,
                business_date=charged.day,
                kind=charged.kind.value,
                payer_id=int(charged.payer),
                payee_id=int(charged.payee),
                category=charged.category.value,
                tariff=under.regime.tariff,
                value=valued[0],
                currency=charged.currency,
                amount=charged.amount,
                charged_on=day,
            )
            for charged in found
        ]
    return rows, unpriced


def _charge(
    one: _Failing, valued: tuple[Decimal, str], under: _Terms, day: date, *, is_late: bool
) -> list[rules.Penalty]:
    """The day's penalty of a fail, or those of the days before a late matching."""
    value, currency = valued
    late, other = one.late_party()
    failing = one.failing_id or one.seller_id
    receiving = one.seller_id if failing == one.buyer_id else one.buyer_id
    category = ageing.category_of(one.asset_class)
    if one.instrument_id is None:
        category = rules.Category.LACK_OF_CASH
    fail = rules.Fail(
        instruction=one.reference,
        intended=one.value_date if is_late else day,
        matched=one.matched_on if is_late else day,
        value=value,
        currency=Currency(currency, exponent_of(currency)),
        category=category,
        late_party=str(late),
        other_party=str(other),
    )
    cause = rules.Cause(day, str(failing), str(receiving), lack_of_cash=one.cause == "cash")
    return rules.penalties_of(
        fail,
        [cause],
        settled=None,
        until=one.matched_on - timedelta(days=1) if is_late else day,
        calendar=under.calendar,
        tariff=under.tariff,
    )


def _ask(unpriced: Sequence[tuple[_Failing, Refused | None]], actor: Actor, at: datetime) -> None:
    queueing.open_items(
        kind="settlement.unpriced_fail",
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        work=[_unpriced(one, why) for one, why in unpriced],
        actor=actor,
        at=at,
    )


def _unpriced(one: _Failing, why: Refused | None) -> queueing.Work:
    reason_en = why.text("en") if why else "no price"
    reason_th = why.text("th") if why else "ไม่มีราคา"
    return queueing.Work(
        subject_ref=str(one.trade_id),
        title_en=f"Fail of {one.reference} is not charged: {reason_en}",
        title_th=f"ยังคิดค่าปรับของ {one.reference} ไม่ได้: {reason_th}",
        payload={"reference": one.reference, "market": one.market},
    )


def _buy_in(
    failed: Sequence[_Failing],
    terms: dict[str, _Terms],
    day: date,
    actor: Actor,
    at: datetime,
) -> int:
    due = [
        one
        for one in failed
        if one.instrument_id is not None
        and one.market in terms
        and ageing.is_bought_in(
            days=one.days,
            after=terms[one.market].regime.buy_in_after,
            lacks_securities=one.cause != "cash",
        )
    ]
    known = set(
        BuyIn.objects.filter(trade_id__in=[one.trade_id for one in due]).values_list(
            "trade_id", flat=True
        )
    )
    new = [one for one in due if one.trade_id not in known]
    BuyIn.objects.bulk_create(
        BuyIn(trade_id=one.trade_id, business_date=day, quantity=one.owed, days=one.days)
        for one in new
    )
    queueing.open_items(
        kind="settlement.buy_in",
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        work=[
            queueing.Work(
                subject_ref=str(one.trade_id),
                title_en=f"Buy in {one.reference}: failed for {one.days} business days",
                title_th=f"ซื้อคืนรายการ {one.reference}: ผิดนัดส่งมอบ {one.days} วันทำการ",
                payload={"reference": one.reference, "quantity": f"{one.owed.normalize():f}"},
            )
            for one in new
        ],
        priority=2,
        actor=actor,
        at=at,
    )
    return len(new)
