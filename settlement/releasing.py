"""Four eyes on large payments: above the limit, one stays in the queue until another person agrees.

The end of day puts each on the desk; `decide` runs when a checker approves or rejects it there
(backoffice/reactions.py, DECISIONS).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from backoffice.desk import approving
from backoffice.frame import audit
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Refused
from settlement import due
from settlement.models import PaymentRelease, ReleaseLimit, Trade, UnsettledTrade

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
    """State from which amount on payments in a currency need a release, from a day on."""
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
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
    """Ask on the desk for the release of every due payment above its limit; returns how many.

    A payment that waits on the desk already is not asked for twice.
    """
    if not ReleaseLimit.objects.filter(book=book).exists():
        return 0
    with transaction.atomic():
        due.collect(book=book, business_date=business_date)
        with connection.cursor() as cursor:
            cursor.execute(DUE)
            payments = [row[0] for row in cursor.fetchall()]
        due.forget()
        found = unreleased(book=book, trade_ids=payments, on=business_date)
        waiting = [trade_id for trade_id, reason in found.items() if reason == UNDECIDED]
        trades = Trade.objects.filter(pk__in=waiting).select_related("buyer", "seller")
        for trade in trades.order_by("pk"):
            _propose(trade, actor, at)
    return len(waiting)


def decide(*, payload: dict[str, Any], approved: bool, actor: Actor, at: datetime) -> None:
    """A checker decided about a payment's release; on the reactions page's DECISIONS.

    Raises:
        ReleasedByCapturer.
    """
    trade = Trade.objects.get(pk=payload["trade_id"])
    if trade.captured_by == actor.name:
        raise ReleasedByCapturer(reference=trade.source_ref)
    PaymentRelease.objects.create(
        trade=trade, approved=approved, decided_at=at, decided_by=actor.name
    )
    audit.record(
        actor=actor,
        at=at,
        verb="releasing.decide",
        subject_kind="settlement.trade",
        subject_id=trade.pk,
        detail={"approved": approved},
    )


def _propose(trade: Trade, actor: Actor, at: datetime) -> None:
    what = f"{trade.seller} → {trade.buyer}"
    amount = f"{money.format_amount(trade.amount, trade.currency)} {trade.currency}"
    approving.propose(
        kind=KIND,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.trade",
        subject_ref=f"{trade.source}/{trade.source_ref}",
        title_en=f"Release payment {trade.source_ref}: {amount}, {what}",
        title_th=f"ปล่อยรายการชำระเงิน {trade.source_ref} จำนวน {amount} {what}",
        payload={"trade_id": trade.pk},
        priority=2,
        actor=actor,
        at=at,
    )
