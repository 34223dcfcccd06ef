"""Charge fees: interchange between the participants of settled payments, rounded by tariff.

Rules and rounding are in `rules.fees`; tariffs are rows with a first day.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.money import Rounding
from settlement.charges import posting_nets
from settlement.models import Fee, FeeTariff, Participant
from settlement.rules import fees as rules

# Payments that became final in a run of the day: those that settle in parts, with their last one.
SETTLED = """
    SELECT t.source || ' ' || t.source_ref, t.source, d.code, c.code, l.quantity, t.currency,
           coalesce(t.detail ->> 'seller_account_kind', ''),
           coalesce(t.detail ->> 'buyer_account_kind', '')
      FROM settlement_settlementrun r
      JOIN settlement_settlement s ON s.run_id = r.id
      JOIN settlement_leg l ON l.id = s.leg_id AND l.kind = 'cash'
      JOIN settlement_trade t ON t.id = l.trade_id AND t.type = 'PAYMENT'
      JOIN settlement_participant d ON d.id = l.debtor_id
      JOIN settlement_participant c ON c.id = l.creditor_id
     WHERE r.book = %(book)s AND r.business_date = %(day)s AND r.kind = 'settlement'
       AND l.quantity = (SELECT sum(quantity) FROM settlement_settlement WHERE leg_id = l.id)
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class ChargedFees:
    """Fees written now and entries posted."""

    fees: int
    entries: int


def enter_tariff(*, tariff: FeeTariff, actor: Actor, at: datetime) -> FeeTariff:
    """Enter an interchange tariff from its first day on; the one before stays for days before.

    Args:
        tariff: unsaved, without who and when.

    Raises:
        NotAllowed; TariffRefused: negative, or its least fee above its most; CurrencyUnknown.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    _rule(tariff)
    if tariff.currency:
        money.require_current(tariff.currency)
    with transaction.atomic():
        tariff.recorded_at, tariff.recorded_by = at, actor.name
        tariff.save(force_insert=True)
        audit.record(
            actor=actor,
            at=at,
            verb="charging.enter_tariff",
            subject_kind="settlement.fee_tariff",
            subject_id=str(tariff),
        )
    return tariff


def charge_day(*, book: str, business_date: date, actor: Actor, at: datetime) -> ChargedFees:
    """Charge the payments that the day settled, and post the nets: a step of the end of day.

    A payment is charged once, by its whole amount.
    """
    begun = FeeTariff.objects.filter(valid_from__lte=business_date).order_by("-pk")
    tariffs = [_rule(one) for one in begun]
    if not tariffs:
        return ChargedFees(0, 0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SETTLED, {"book": book, "day": business_date})
        charged = []
        for reference, kind, payer, payee, amount, currency, *kinds in cursor.fetchall():
            transfer = rules.Transfer(
                reference=reference,
                day=business_date,
                payer=payer,
                payee=payee,
                amount=amount,
                currency=currency,
                payer_account=kinds[0],
                payee_account=kinds[1],
                kind=kind,
            )
            if fee := rules.interchange_of(transfer, tariffs):
                charged.append(fee)
        known = set(
            Fee.objects.filter(
                reference__in=[fee.reference for fee in charged], book=book
            ).values_list("reference", "tariff")
        )
        charged = [fee for fee in charged if (fee.reference, fee.tariff) not in known]
        ids = dict(Participant.objects.values_list("code", "pk"))
        Fee.objects.bulk_create(
            (
                Fee(
                    book=book,
                    business_date=business_date,
                    reference=fee.reference,
                    tariff=fee.tariff,
                    payer_id=ids[fee.payer],
                    payee_id=ids[fee.payee],
                    currency=fee.currency,
                    amount=fee.amount,
                )
                for fee in charged
            ),
            batch_size=2_000,
        )
        nets = {key: -owed for key, owed in rules.net_by_participant(charged).items()}
        entries = posting_nets.post(
            key=f"fees:{business_date.isoformat()}",
            memo=f"interchange of {business_date.isoformat()}",
            nets=nets,
            book=book,
            day=business_date,
            actor=actor,
            at=at,
        )
        return ChargedFees(len(charged), entries)


def _rule(one: FeeTariff) -> rules.Interchange:
    return rules.Interchange(
        tariff=rules.Tariff(
            name=one.name,
            rate=Decimal(one.rate),
            fixed=Decimal(one.fixed),
            least=one.least,
            most=one.most,
            rounding=Rounding(one.rounding),
        ),
        owed_by=rules.Side(one.owed_by),
        valid_from=one.valid_from,
        kind=one.kind,
        currency=one.currency,
        payer_account=one.payer_account,
        payee_account=one.payee_account,
    )
