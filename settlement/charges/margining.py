"""Call margins: open trades at marked prices against pledged collateral, each day once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from backoffice.desk import queueing
from backoffice.frame import audit
from backoffice.frame.amounts import amount_text
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.directory import identifying
from settlement.models import Instrument, MarginCall, MarginRate, Participant
from settlement.rules import margin as rules

DUE_IN: Final = timedelta(hours=2)
# What is open of trades against payment, in the trade's proportion of cash to quantity. By index,
# however many were settled before: not due yet, failed on the day, or in a window that is open.
# Each leg with what is asked of it: joined again with the legs, of which the planner knows little
# while they are new, what was found would be held against all of them.
OPEN = """
    WITH found AS (
        SELECT id, trade_id, asset, quantity FROM settlement_leg
         WHERE book = %(book)s AND kind = 'delivery' AND value_date > %(day)s
         UNION
        SELECT l.id, l.trade_id, l.asset, l.quantity
          FROM settlement_failedleg f
         CROSS JOIN LATERAL (SELECT * FROM settlement_leg WHERE id = f.leg_id LIMIT 1) l
         WHERE f.business_date = %(day)s AND l.book = %(book)s AND l.kind = 'delivery'
         UNION
        SELECT l.id, l.trade_id, l.asset, l.quantity FROM settlement_windowpointer p
          JOIN settlement_leg l ON l.window_id = p.window_id AND l.kind = 'delivery'
         WHERE p.book = %(book)s
    )
    SELECT b.code, s.code, l.asset, l.quantity - coalesce(f.done, 0),
           t.amount * (l.quantity - coalesce(f.done, 0)) / l.quantity, t.currency
      FROM found l
      JOIN settlement_trade t ON t.id = l.trade_id AND t.type IN ('DVP', 'PVP')
      JOIN settlement_participant b ON b.id = t.buyer_id
      JOIN settlement_participant s ON s.id = t.seller_id
      LEFT JOIN LATERAL (
            SELECT sum(quantity) AS done
              FROM (SELECT quantity FROM settlement_settlement WHERE leg_id = l.id
                     UNION ALL
                    SELECT quantity FROM settlement_boughtinleg WHERE leg_id = l.id) x) f ON true
     WHERE t.trade_date <= %(day)s AND l.quantity > coalesce(f.done, 0)
       AND NOT EXISTS (SELECT 1 FROM settlement_withdrawntrade w WHERE w.trade_id = t.id)
     ORDER BY l.id
"""
# Of what is open alone, each by index: prices of all days before are not looked through.
MARKS = """
    SELECT w.asset, w.currency, p.price
      FROM unnest(%(assets)s::text[], %(currencies)s::text[]) AS w(asset, currency)
      JOIN settlement_instrument i ON i.code = w.asset
      JOIN LATERAL (SELECT price FROM settlement_referenceprice
                     WHERE instrument_id = i.id AND currency = w.currency AND day <= %(day)s
                     ORDER BY day DESC LIMIT 1) p ON true
"""
ENTER = """
    INSERT INTO settlement_referenceprice
        (instrument_id, day, price, currency, source, recorded_at)
    SELECT instrument, day, price, currency, %(source)s, %(at)s
      FROM unnest(%(instruments)s::bigint[], %(days)s::date[], %(prices)s::numeric[],
                  %(currencies)s::text[]) AS m(instrument, day, price, currency)
    ON CONFLICT (instrument_id, day) DO NOTHING
"""
COLLATERAL = """
    SELECT p.code, g.currency, sum(g.credit)
      FROM settlement_pledge g JOIN settlement_participant p ON p.id = g.participant_id
     WHERE g.book = %(book)s GROUP BY 1, 2
"""


class PriceUnknownInstrument(Refused):
    """A price of an instrument that the house does not know."""

    code = "price-instrument-unknown"
    en = "There is no instrument {instrument!r} to price."
    th = "ไม่มีหลักทรัพย์ {instrument!r} ให้บันทึกราคา"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a unit of an instrument was worth at the end of a day, in `currency`'s major units."""

    instrument: str
    day: date
    price: Decimal
    currency: str


def mark(*, marks: Iterable[Mark], source: str, actor: Actor, at: datetime) -> int:
    """Enter closing prices, for penalties and margins; a day's price is entered once.

    Returns:
        How many were new.

    Raises:
        NotAllowed, PriceUnknownInstrument, CurrencyUnknown.
    """
    if actor.role is not Role.INTEGRATOR:
        actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    told = list(marks)
    with transaction.atomic():
        ids = dict(
            Instrument.objects.filter(code__in={one.instrument for one in told}).values_list(
                "code", "pk"
            )
        )
        for number, one in enumerate(told, start=1):
            if one.instrument not in ids:
                raise PriceUnknownInstrument(
                    Place(line=number, field="instrument"), instrument=one.instrument
                )
            money.require_current(one.currency)
        with connection.cursor() as cursor:
            cursor.execute(
                ENTER,
                {
                    "instruments": [ids[one.instrument] for one in told],
                    "days": [one.day for one in told],
                    "prices": [one.price for one in told],
                    "currencies": [one.currency for one in told],
                    "source": source,
                    "at": at,
                },
            )
            new = int(cursor.rowcount)
        audit.record(
            actor=actor,
            at=at,
            verb="margining.mark",
            subject_kind="settlement.prices",
            subject_id=source,
            detail={"prices": len(told)},
        )
        return new


def enter_rate(*, rate: MarginRate, actor: Actor, at: datetime) -> MarginRate:
    """State an asset's initial margin from a day on.

    Args:
        rate: unsaved, without who and when.

    Raises:
        NotAllowed, InstrumentUnknown.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    if rate.asset:
        identifying.require_instrument(rate.asset, field="asset")
    with transaction.atomic():
        rate.recorded_at, rate.recorded_by = at, actor.name
        rate.save(force_insert=True)
        audit.record(
            actor=actor,
            at=at,
            verb="margining.enter_rate",
            subject_kind="settlement.margin_rate",
            subject_id=str(rate),
        )
    return rate


def call(*, book: str, business_date: date, actor: Actor, at: datetime) -> int:
    """Call what is missing from each participant, with a work item to follow; returns how many.

    A step of the end of day, after its fails are marked: asked again for the same day, nobody is
    called twice. Without any margin rate nobody is called. A call is a claim to collateral, not
    money owed: the ledger tells of it when the collateral comes in (`funding`).
    """
    names: dict[str, Any] = {"book": book, "day": business_date}
    rates = {
        one.asset: one.rate
        for one in MarginRate.objects.filter(valid_from__lte=business_date).order_by("valid_from")
    }
    if not rates:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OPEN, names)
        trades = [rules.OpenTrade(*row) for row in cursor.fetchall()]
        open_in = sorted({(one.asset, one.currency) for one in trades})
        names["assets"] = [asset for asset, _currency in open_in]
        names["currencies"] = [currency for _asset, currency in open_in]
        cursor.execute(MARKS, names)
        marks = {(asset, currency): price for asset, currency, price in cursor.fetchall()}
        cursor.execute(COLLATERAL, names)
        collateral = {(code, currency): credit for code, currency, credit in cursor.fetchall()}
        known = set(
            MarginCall.objects.filter(book=book, business_date=business_date).values_list(
                "participant__code", "currency"
            )
        )
        new = [
            one
            for one in rules.calls(rules.exposures(trades, marks, rates), collateral)
            if (one.exposure.participant, one.exposure.currency) not in known
        ]
        _write(new, book, business_date)
        queueing.open_items(
            kind="settlement.margin_call",
            department=Department.SETTLEMENT.value,
            subject_kind="settlement.participant",
            work=[_asked(one, business_date) for one in new],
            due_at=at + DUE_IN,
            priority=2,
            actor=actor,
            at=at,
        )
        return len(new)


def _write(new: list[rules.Call], book: str, day: date) -> None:
    ids = dict(Participant.objects.values_list("code", "pk"))
    MarginCall.objects.bulk_create(
        MarginCall(
            book=book,
            business_date=day,
            participant_id=ids[one.exposure.participant],
            currency=one.exposure.currency,
            variation=one.exposure.variation,
            initial=one.exposure.initial,
            covered=one.covered,
            amount=one.amount,
        )
        for one in new
    )


def _asked(one: rules.Call, day: date) -> queueing.Work:
    exposure = one.exposure
    amount = f"{amount_text(one.amount, exposure.currency)} {exposure.currency}"
    return queueing.Work(
        subject_ref=f"{exposure.participant} {exposure.currency} {day.isoformat()}",
        title_en=f"Margin call: {exposure.participant} to bring in {amount}",
        title_th=f"เรียกหลักประกันเพิ่ม: {exposure.participant} ต้องนำส่ง {amount}",
        payload={"participant": exposure.participant, "amount": amount},
    )
