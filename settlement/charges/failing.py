"""Fails and what follows on the day: cash penalties, and buy-ins after the extension period.

Who failed stands in FailedLeg, written when the day settles. Rates and regimes are rows with a
first day, per market; a market without a regime charges nothing. What is charged is accrued in the
ledger on the day; `collecting` settles the month. A day of fail without price or rate waits in
UnpricedFail, and is charged on the day on which both are known, as the rates of its own day say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from backoffice.desk import claiming, queueing
from backoffice.kernel.actors import Actor, Department
from backoffice.kernel.calendars import Calendar
from backoffice.kernel.money import Currency, exponent_of
from backoffice.kernel.refusals import Refused
from backoffice.reference import queries as reference
from backoffice.reference.calendaring import CalendarUnknown
from settlement.charges import failed_days, posting_nets
from settlement.charges.failed_days import FailedDay
from settlement.models import BuyIn, Participant, Penalty, PenaltyRate, PenaltyRegime, UnpricedFail
from settlement.rules import ageing, charge_booking
from settlement.rules import penalties as rules

UNPRICED: Final = "settlement.unpriced_fail"
BUY_IN: Final = "settlement.buy_in"
WEEKDAYS: Final = Calendar("WEEKDAYS")
"""Where no calendar of the market is recorded, every weekday is a business day."""

PRICED = """
    DELETE FROM settlement_unpricedfail u
     USING unnest(%(trades)s::bigint[], %(days)s::date[], %(kinds)s::text[]) AS x (trade, day, kind)
     WHERE u.trade_id = x.trade AND u.business_date = x.day AND u.kind = x.kind
 RETURNING u.trade_id
"""


@dataclass(frozen=True, slots=True)
class Charged:
    """What a day of fails came to.

    Attributes:
        penalties: written now, those of earlier days too; entries: posted now.
        unpriced: trades with a day that has no price or rate yet.
    """

    penalties: int = 0
    unpriced: int = 0
    buy_ins: int = 0
    entries: int = 0


@dataclass(frozen=True, slots=True)
class _Terms:
    """A market's regimes, oldest first, with their tariffs and its calendar."""

    regimes: tuple[PenaltyRegime, ...]
    tariffs: Mapping[str, rules.Tariff]
    calendar: Calendar

    def on(self, day: date) -> PenaltyRegime | None:
        """The regime in force on the day."""
        begun = [one for one in self.regimes if one.valid_from <= day]
        return begun[-1] if begun else None


@dataclass(frozen=True, slots=True)
class _Judged:
    """What became of a failing trade's day: its penalties, or why there are none yet."""

    fail: FailedDay
    kind: Penalty.Kind
    penalties: Sequence[Penalty] = ()
    is_unpriced: bool = False
    why: Refused | None = None


def charge_day(*, book: str, business_date: date, actor: Actor, at: datetime) -> Charged:
    """Charge the day's fails and accrue them: a step of the end of day, once a trade and day.

    A trade that cannot be priced, or whose rate is missing, is work for the desk; nothing stops.
    Earlier days that were left so are charged now if they can be, dated on this day; the work on
    the desk closes with a trade's last one.
    """
    with transaction.atomic():
        failed = failed_days.failed(book=book, day=business_date)
        late = failed_days.late(book=book, day=business_date)
        if not failed and not late:
            return Charged()
        terms = _terms({one.market for one in (*failed, *late)}, business_date, at)
        judged = [
            _judge(one, Penalty.Kind.SETTLEMENT, terms, book, business_date) for one in failed
        ]
        judged += [
            _judge(one, Penalty.Kind.LATE_MATCHING, terms, book, business_date) for one in late
        ]
        rows = [penalty for one in judged for penalty in one.penalties]
        known = set(
            Penalty.objects.filter(
                trade__in={row.trade_id for row in rows},
                business_date__in={row.business_date for row in rows},
            ).values_list("trade_id", "business_date")
        )
        new = [row for row in rows if (row.trade_id, row.business_date) not in known]
        entries = _write(new, book, business_date, actor, at)
        waiting = _keep(judged, book, actor, at)
        today = [one for one in failed if one.day == business_date]
        buy_ins = _buy_in(today, terms, business_date, actor, at)
        return Charged(len(new), waiting, buy_ins, entries)


def _keep(judged: Sequence[_Judged], book: str, actor: Actor, at: datetime) -> int:
    """Keep the days that wait for a price or rate, let those go that had it; the trades that wait.

    Each trade that waits is work for the desk, and no longer once nothing of it waits.
    """
    unpriced = [one for one in judged if one.is_unpriced]
    UnpricedFail.objects.bulk_create(
        (
            UnpricedFail(
                book=book,
                trade_id=one.fail.trade_id,
                business_date=one.fail.day,
                kind=one.kind,
            )
            for one in unpriced
        ),
        ignore_conflicts=True,
        batch_size=2_000,
    )
    trades = {one.fail.trade_id: one for one in reversed(unpriced)}
    priced = [one for one in judged if not one.is_unpriced]
    names: dict[str, Any] = {
        "trades": [one.fail.trade_id for one in priced],
        "days": [one.fail.day for one in priced],
        "kinds": [one.kind.value for one in priced],
    }
    with connection.cursor() as cursor:
        cursor.execute(PRICED, names)
        gone = {trade_id for (trade_id,) in cursor.fetchall()} - trades.keys()
    claiming.close_done(
        kind=UNPRICED,
        subject_kind="settlement.trade",
        subject_refs=[str(trade_id) for trade_id in sorted(gone)],
        answer="charged",
        actor=actor,
        at=at,
    )
    _ask([trades[trade_id] for trade_id in sorted(trades)], actor, at)
    return len(trades)


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


def _terms(markets: Iterable[str], day: date, at: datetime) -> dict[str, _Terms]:
    regimes: dict[str, list[PenaltyRegime]] = {}
    for one in PenaltyRegime.objects.filter(market__in=list(markets), valid_from__lte=day).order_by(
        "valid_from"
    ):
        regimes.setdefault(one.market, []).append(one)
    names = {one.tariff for of_market in regimes.values() for one in of_market}
    tariffs = {name: _tariff(name) for name in sorted(names)}
    return {
        market: _Terms(tuple(of_market), tariffs, calendar_of(market, at))
        for market, of_market in regimes.items()
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


def _judge(
    one: FailedDay, kind: Penalty.Kind, terms: Mapping[str, _Terms], book: str, day: date
) -> _Judged:
    """What the trade owes for its day, charged on `day`; nothing where no regime is in force."""
    of_market = terms.get(one.market)
    regime = of_market.on(one.day) if of_market else None
    if of_market is None or regime is None:
        return _Judged(one, kind)
    valued = one.valued()
    if valued is None:
        return _Judged(one, kind, is_unpriced=True)
    tariff = of_market.tariffs[regime.tariff]
    try:
        found = _charge(one, kind, valued, tariff, of_market.calendar)
    except Refused as refused:
        return _Judged(one, kind, is_unpriced=True, why=refused)
    rows = [
        Penalty(
            book=book,
            trade_id=one.trade_id,
            business_date=charged.day,
            kind=charged.kind.value,
            payer_id=int(charged.payer),
            payee_id=int(charged.payee),
            category=charged.category.value,
            tariff=regime.tariff,
            value=valued[0],
            currency=charged.currency,
            amount=charged.amount,
            charged_on=day,
        )
        for charged in found
    ]
    return _Judged(one, kind, rows)


def _charge(
    one: FailedDay,
    kind: Penalty.Kind,
    valued: tuple[Decimal, str],
    tariff: rules.Tariff,
    calendar: Calendar,
) -> list[rules.Penalty]:
    """The penalty of a day of fail, or those of the days before a late matching."""
    value, currency = valued
    is_late = kind is Penalty.Kind.LATE_MATCHING
    late, other = one.late_party()
    failing = one.failing_id or one.seller_id
    receiving = one.seller_id if failing == one.buyer_id else one.buyer_id
    category = ageing.category_of(one.asset_class)
    if one.instrument_id is None:
        category = rules.Category.LACK_OF_CASH
    fail = rules.Fail(
        instruction=one.reference,
        intended=one.value_date if is_late else one.day,
        matched=one.matched_on if is_late else one.day,
        value=value,
        currency=Currency(currency, exponent_of(currency)),
        category=category,
        late_party=str(late),
        other_party=str(other),
    )
    cause = rules.Cause(one.day, str(failing), str(receiving), lack_of_cash=one.cause == "cash")
    return rules.penalties_of(
        fail,
        [cause],
        settled=None,
        until=one.matched_on - timedelta(days=1) if is_late else one.day,
        calendar=calendar,
        tariff=tariff,
    )


def _ask(unpriced: Sequence[_Judged], actor: Actor, at: datetime) -> None:
    queueing.open_items(
        kind=UNPRICED,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        work=[_unpriced(one.fail, one.why) for one in unpriced],
        actor=actor,
        at=at,
    )


def _unpriced(one: FailedDay, why: Refused | None) -> queueing.Work:
    reason_en = why.text("en") if why else "no price"
    reason_th = why.text("th") if why else "ไม่มีราคา"
    return queueing.Work(
        subject_ref=str(one.trade_id),
        title_en=f"Fail of {one.reference} is not charged: {reason_en}",
        title_th=f"ยังคิดค่าปรับของ {one.reference} ไม่ได้: {reason_th}",
        payload={"reference": one.reference, "market": one.market},
    )


def _buy_in(
    failed: Sequence[FailedDay],
    terms: dict[str, _Terms],
    day: date,
    actor: Actor,
    at: datetime,
) -> int:
    due = [
        (one, aged)
        for one in failed
        if one.instrument_id is not None
        and one.market in terms
        and (regime := terms[one.market].on(day)) is not None
        and ageing.is_bought_in(
            days=(aged := one.days(terms[one.market].calendar)),
            after=regime.buy_in_after,
            lacks_securities=one.cause != "cash",
        )
    ]
    known = set(
        BuyIn.objects.filter(trade_id__in=[one.trade_id for one, _ in due]).values_list(
            "trade_id", flat=True
        )
    )
    new = [(one, aged) for one, aged in due if one.trade_id not in known]
    BuyIn.objects.bulk_create(
        BuyIn(trade_id=one.trade_id, business_date=day, quantity=one.owed, days=aged)
        for one, aged in new
    )
    queueing.open_items(
        kind=BUY_IN,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        work=[
            queueing.Work(
                subject_ref=str(one.trade_id),
                title_en=f"Buy in {one.reference}: failed for {aged} business days",
                title_th=f"ซื้อคืนรายการ {one.reference}: ผิดนัดส่งมอบ {aged} วันทำการ",
                payload={"reference": one.reference, "quantity": f"{one.owed.normalize():f}"},
            )
            for one, aged in new
        ],
        priority=2,
        actor=actor,
        at=at,
    )
    return len(new)
