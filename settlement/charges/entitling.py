"""Corporate actions on fails: who should have held the security on the record date is paid."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.money import Rounding, round_amount
from backoffice.kernel.refusals import Place, Refused
from settlement.charges import posting_nets
from settlement.models import CorporateAction, Instrument, MarketClaim

# Deliveries of trades struck before the ex-date that had not settled on the record date; where that
# is no day that was closed, on the last one before, for nothing settled since.
# The day of the fails is asked once a record date, and each fail for its leg, its trade and the
# payments on its security: joined freely, every payment could be held against every fail.
FAILED = """
    WITH dates AS MATERIALIZED (
        SELECT d.record_date, coalesce(
               (SELECT max(r.business_date) FROM settlement_steprun r
                 WHERE r.book = %(book)s AND r.step = 'settle'
                   AND r.business_date <= d.record_date), d.record_date) AS failed_on
          FROM (SELECT DISTINCT record_date FROM settlement_corporateaction
                 WHERE record_date <= %(day)s AND payment_date <= %(day)s) d)
    SELECT a.id, a.reference, a.amount, a.currency, t.id, l.debtor_id, l.creditor_id, d.code,
           c.code, f.quantity
      FROM dates
      JOIN settlement_failedleg f ON f.business_date = dates.failed_on
     CROSS JOIN LATERAL (SELECT * FROM settlement_leg WHERE id = f.leg_id LIMIT 1) l
     CROSS JOIN LATERAL (SELECT * FROM settlement_trade WHERE id = l.trade_id LIMIT 1) t
     CROSS JOIN LATERAL (SELECT id FROM settlement_instrument WHERE code = l.asset LIMIT 1) i
     CROSS JOIN LATERAL (SELECT * FROM settlement_corporateaction
                          WHERE instrument_id = i.id AND record_date = dates.record_date
                            AND payment_date <= %(day)s OFFSET 0) a
      JOIN settlement_participant d ON d.id = l.debtor_id
      JOIN settlement_participant c ON c.id = l.creditor_id
     WHERE l.kind = 'delivery' AND t.book = %(book)s AND t.trade_date < a.ex_date
       AND (SELECT m.id FROM settlement_marketclaim m
             WHERE m.action_id = a.id AND m.trade_id = t.id LIMIT 1) IS NULL
     ORDER BY a.id, t.id
"""


class InstrumentMissing(Refused):
    """A corporate action on an instrument that the house does not know."""

    code = "corporate-action-instrument-unknown"
    status = 404
    en = "There is no instrument {instrument!r}."
    th = "ไม่มีหลักทรัพย์ {instrument!r}"


class ActionDiffers(Refused):
    """A corporate action that is known came again with other terms."""

    code = "corporate-action-differs"
    status = 409
    en = "Corporate action {reference} was announced before with other terms."
    th = "เคยประกาศสิทธิ {reference} ไว้แล้วด้วยเงื่อนไขที่ต่างกัน"


@dataclass(frozen=True, slots=True)
class Claimed:
    """Claims made now and entries posted."""

    claims: int
    entries: int


def announce(
    *,
    reference: str,
    instrument: str,
    record_date: date,
    ex_date: date,
    payment_date: date,
    amount: Decimal,
    currency: str,
    actor: Actor,
    at: datetime,
) -> CorporateAction:
    """Enter a payment on a security, once.

    Args:
        amount: for each unit, in `currency`'s major units.

    Raises:
        NotAllowed, InstrumentMissing, ActionDiffers, CurrencyUnknown.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    money.require_current(currency)
    with transaction.atomic():
        paper = Instrument.objects.filter(code=instrument).first()
        if paper is None:
            raise InstrumentMissing(Place(field="instrument"), instrument=instrument)
        terms = {
            "instrument": paper,
            "record_date": record_date,
            "ex_date": ex_date,
            "payment_date": payment_date,
            "amount": amount,
            "currency": currency,
        }
        action, created = CorporateAction.objects.get_or_create(
            reference=reference,
            defaults={**terms, "recorded_at": at, "recorded_by": actor.name},
        )
        if any(getattr(action, name) != value for name, value in terms.items()):
            raise ActionDiffers(Place(field="reference"), reference=reference)
        if created:
            audit.record(
                actor=actor,
                at=at,
                verb="entitling.announce",
                subject_kind="settlement.corporate_action",
                subject_id=reference,
            )
        return action


def claim(*, book: str, business_date: date, actor: Actor, at: datetime) -> Claimed:
    """Claim from deliverers what was paid on securities that they failed to deliver in time.

    A step of the end of day: on the payment date, once for each trade and action. The amount is
    rounded half up to the currency's minor unit.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FAILED, {"book": book, "day": business_date})
        rows = cursor.fetchall()
        nets: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        claims = []
        for action, _ref, rate, currency, trade, payer, payee, owes, gets, quantity in rows:
            amount = round_amount(rate * quantity, currency, Rounding.HALF_UP)
            nets[owes, currency] -= amount
            nets[gets, currency] += amount
            claims.append(
                MarketClaim(
                    book=book,
                    action_id=action,
                    trade_id=trade,
                    payer_id=payer,
                    payee_id=payee,
                    quantity=quantity,
                    currency=currency,
                    amount=amount,
                    claimed_on=business_date,
                )
            )
        MarketClaim.objects.bulk_create(claims, batch_size=2_000)
        entries = posting_nets.post(
            key=f"claims:{business_date.isoformat()}",
            memo=f"market claims of {business_date.isoformat()}",
            nets=nets,
            book=book,
            day=business_date,
            actor=actor,
            at=at,
        )
        return Claimed(len(claims), entries)
