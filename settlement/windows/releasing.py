"""Four eyes on large payments: above the limit, one waits until another person agrees.

Payments between participants wait in the queue, the house's own instructions to pay wait unsent.
The end of day puts each on the desk; `decide` runs when a checker approves or rejects it there
(backoffice/reactions.py, DECISIONS).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from backoffice.desk import approving
from backoffice.desk import queries as desk
from backoffice.desk.queueing import Work
from backoffice.frame import audit
from backoffice.frame.amounts import amount_text
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused
from settlement.models import Instruction, PaymentRelease, ReleaseLimit, Trade, UnsettledTrade
from settlement.windows import due

KIND: Final = "settlement.release_payment"
# The limit in force for a payment's currency, and what was decided about the payment.
ABOVE = """
    SELECT t.id, r.approved
      FROM settlement_trade t
      JOIN LATERAL (SELECT amount FROM settlement_releaselimit x
                     WHERE x.book = t.book AND x.currency = t.currency
                       AND x.valid_from <= %(day)s
                     ORDER BY x.valid_from DESC, x.id DESC LIMIT 1) limits
        ON t.amount >= limits.amount
      LEFT JOIN settlement_paymentrelease r ON r.trade_id = t.id
     WHERE t.id = ANY(%(ids)s) AND t.type = 'PAYMENT'
     ORDER BY t.id
"""
# The house's own payments: due, not settled, and above the limit in force for their currency.
LIMITED: Final = """
    LEFT JOIN LATERAL (SELECT amount FROM settlement_releaselimit x
                        WHERE x.book = o.book AND x.currency = i.currency
                          AND x.valid_from <= %(day)s AND i.direction = 'pay'
                        ORDER BY x.valid_from DESC, x.id DESC LIMIT 1) limits ON true
    LEFT JOIN settlement_paymentrelease r
      ON r.instruction_id = i.id AND i.amount >= limits.amount
"""
"""Joined to instructions `i` of obligations `o`: the limit that stops one, and what was decided."""
STOPPED: Final = "(i.amount >= limits.amount AND r.approved IS NOT TRUE)"
OWN = """
    SELECT i.id, i.reference, i.amount, i.currency, p.code
      FROM settlement_instruction i
      JOIN settlement_obligation o ON o.id = i.obligation_id
      JOIN settlement_participant p ON p.id = o.participant_id
      {LIMITED}
     WHERE o.book = %(book)s AND i.value_date <= %(day)s AND {STOPPED} AND r.id IS NULL
       AND NOT EXISTS (SELECT 1 FROM settlement_instructionstatus s
                        WHERE s.instruction_id = i.id AND s.status = 'settled')
     ORDER BY i.id
""".replace("{LIMITED}", LIMITED).replace("{STOPPED}", STOPPED)
DUE = "SELECT DISTINCT trade_id FROM settling_due WHERE type = 'PAYMENT' ORDER BY trade_id"
UNDECIDED = UnsettledTrade.Reason.UNRELEASED.value


class ReleasedByCapturer(Refused):
    """Four eyes: who captured a payment does not release it."""

    code = "released-by-capturer"
    status = 403
    en = "You captured payment {reference} yourself; another person must release it."
    th = "ท่านเป็นผู้บันทึกรายการชำระเงิน {reference} เอง ต้องให้บุคคลอื่นเป็นผู้ปล่อยรายการ"


def set_release_limit(
    *, book: str, currency: str, amount: Decimal, valid_from: date, actor: Actor, at: datetime
) -> None:
    """State from which amount on payments in a currency need a release, from a day on.

    Raises:
        NotAllowed, CurrencyUnknown.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    # A limit in a currency that nobody pays in would limit nothing, and nobody would notice.
    money.require_current(currency)
    with transaction.atomic():
        row = ReleaseLimit.objects.create(
            book=book,
            currency=currency,
            amount=amount,
            valid_from=valid_from,
            recorded_at=at,
            recorded_by=actor.name,
        )
        audit.record(
            actor=actor,
            at=at,
            verb="releasing.set_release_limit",
            subject_kind="settlement.release_limit",
            subject_id=row.pk,
            detail={"book": book, "currency": currency, "amount": str(amount)},
        )


def unreleased(*, book: str, trade_ids: Sequence[int], on: date) -> dict[int, str]:
    """Which of the book's payments may not settle on the day, and why; payment → reason."""
    if not trade_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, {"book": book, "ids": list(trade_ids), "day": on})
        return {
            trade_id: (
                UnsettledTrade.Reason.UNRELEASED
                if approved is None
                else UnsettledTrade.Reason.REJECTED
            ).value
            for trade_id, approved in cursor.fetchall()
            if not approved
        }


def request(*, book: str, business_date: date, actor: Actor, at: datetime) -> int:
    """Ask on the desk for the release of all that is due above its limit; returns how many.

    A payment that waits on the desk already is not asked for twice. The number of statements does
    not depend on how many there are; a book without a limit is asked nothing more.
    """
    if not ReleaseLimit.objects.filter(book=book).exists():
        return 0
    with transaction.atomic():
        payments = _payments(book, business_date)
        instructions = _instructions(book, business_date)
        for kind, work in (
            ("settlement.trade", payments),
            ("settlement.instruction", instructions),
        ):
            approving.propose_many(
                kind=KIND,
                department=Department.SETTLEMENT.value,
                subject_kind=kind,
                work=work,
                priority=2,
                actor=actor,
                at=at,
            )
    return len(payments) + len(instructions)


def waiting(*, book: str) -> int:
    """How many payments of the book wait for a second person; three queries."""
    payloads = desk.waiting_subjects(kind=KIND).values()
    trades, instructions = (
        [one[name] for one in payloads if name in one] for name in ("trade_id", "instruction_id")
    )
    return (
        Trade.objects.filter(pk__in=trades, book=book).count()
        + Instruction.objects.filter(pk__in=instructions, obligation__book=book).count()
    )


def decide(*, payload: dict[str, Any], approved: bool, actor: Actor, at: datetime) -> None:
    """A checker decided about a payment's release; on the reactions page's DECISIONS.

    Raises:
        ReleasedByCapturer.
    """
    decision = PaymentRelease(approved=approved, decided_at=at, decided_by=actor.name)
    if "instruction_id" in payload:
        decision.instruction_id = payload["instruction_id"]
        subject = ("settlement.instruction", decision.instruction_id)
    else:
        trade = Trade.objects.get(pk=payload["trade_id"])
        if trade.captured_by == actor.name:
            raise ReleasedByCapturer(reference=trade.source_ref)
        decision.trade = trade
        subject = ("settlement.trade", trade.pk)
    decision.save(force_insert=True)
    audit.record(
        actor=actor,
        at=at,
        verb="releasing.decide",
        subject_kind=subject[0],
        subject_id=subject[1],
        detail={"approved": approved},
    )


def _payments(book: str, day: date) -> list[Work]:
    """Payments between participants that are due, above the limit and undecided."""
    due.collect(book=book, business_date=day)
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        payments = [row[0] for row in cursor.fetchall()]
    due.forget()
    found = unreleased(book=book, trade_ids=payments, on=day)
    waiting = [trade_id for trade_id, reason in found.items() if reason == UNDECIDED]
    trades = Trade.objects.filter(pk__in=waiting).select_related("buyer", "seller")
    return [
        _work(
            # Another book may have a trade of the same source and reference.
            subject=str(trade.pk),
            reference=trade.source_ref,
            amount=(trade.amount, trade.currency),
            way=(str(trade.seller), str(trade.buyer)),
            payload={
                "trade_id": trade.pk,
                "value_date": trade.value_date.isoformat(),
                "captured_by": trade.captured_by,
            },
        )
        for trade in trades.order_by("pk")
    ]


def _instructions(book: str, day: date) -> list[Work]:
    """The house's own payments that are due, above the limit and undecided."""
    with connection.cursor() as cursor:
        cursor.execute(OWN, {"book": book, "day": day})
        rows = cursor.fetchall()
    return [
        _work(
            subject=reference,
            reference=reference,
            amount=(amount, currency),
            way=(book, participant),
            payload={"instruction_id": pk},
        )
        for pk, reference, amount, currency, participant in rows
    ]


def _work(
    *,
    subject: str,
    reference: str,
    amount: tuple[Decimal, str],
    way: tuple[str, str],
    payload: dict[str, Any],
) -> Work:
    number, currency = amount
    told = f"{amount_text(number, currency)} {currency}"
    payer, payee = way
    return Work(
        subject_ref=subject,
        title_en=f"Release payment {reference}: {told}, {payer} → {payee}",
        title_th=f"ปล่อยรายการชำระเงิน {reference} จำนวน {told} {payer} → {payee}",
        # What the second person decides by.
        payload={"amount": told, "payer": payer, "payee": payee, **payload},
    )
