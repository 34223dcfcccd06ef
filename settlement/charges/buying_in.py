"""Carry out buy-ins: what was bought, or paid off in cash, ends the fail and is charged for.

One person proposes an execution, another approves it; with the approval the failing legs end by so
much, and what the deliverer owes is posted on the clearing accounts, netted with the next day and
settled like every charge. Under the turn of settlement runs: an execution and a settlement of the
same delivery never both count. How much is owed, and by what rule: `rules.buy_ins`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from backoffice.desk import approving, claiming
from backoffice.desk import queries as desk
from backoffice.frame import audit
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.money import WIDE
from backoffice.kernel.refusals import Refused
from settlement.charges import judging_buy_ins, posting_nets
from settlement.charges.failing import BUY_IN
from settlement.charges.judging_buy_ins import Draft, Judged
from settlement.models import BoughtInLeg, BuyInExecution, Participant, Trade
from settlement.rules import buy_ins as rules
from settlement.rules.buy_ins import Execution
from settlement.windows import positions

KIND: Final = "settlement.buy_in_execution"


class ExecutionWaits(Refused):
    """Another execution of the same buy-in waits for a second person."""

    code = "buy-in-execution-waits"
    status = 409
    en = "Another execution for {reference} waits for a second person; it is decided first."
    th = "มีผลการซื้อคืนอีกรายการของ {reference} รอผู้อนุมัติอยู่ ต้องตัดสินรายการนั้นก่อน"


class OwedMoved(Refused):
    """What would be charged is no longer what was proposed: a price or day has moved."""

    code = "buy-in-owed-moved"
    status = 409
    en = (
        "{proposed} {currency} were proposed for {reference}, but {now} are owed now: propose anew."
    )
    th = "เสนอไว้ {proposed} {currency} สำหรับ {reference} แต่ขณะนี้เป็น {now} กรุณาเสนอใหม่"


def propose(*, draft: Draft, actor: Actor, at: datetime) -> int:
    """Ask a second person to approve an execution; nothing ends or is charged before.

    Returns:
        The work item's id; asked again with the same content, that of the one which waits.

    Raises:
        NotAllowed, ExecutionWaits; as `judging_buy_ins.judge`.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    with transaction.atomic():
        judged = judging_buy_ins.judge(draft=draft, at=at)
        trade = judged.buy_in.trade
        told = _told(draft, judged, actor)
        waiting = desk.waiting_subjects(kind=KIND).get(str(draft.buy_in_id))
        if waiting is not None and {**waiting, "proposed_by": ""} != {**told, "proposed_by": ""}:
            raise ExecutionWaits(reference=trade.source_ref)
        owed = f"{money.format_amount(judged.owed.amount, draft.executed.currency)}"
        quantity = _plain(draft.executed.quantity)
        return approving.propose(
            kind=KIND,
            department=Department.SETTLEMENT.value,
            subject_kind="settlement.buy_in",
            subject_ref=str(draft.buy_in_id),
            title_en=f"Buy-in of {trade.source_ref}: {quantity}, {owed} {draft.executed.currency}",
            title_th=f"ซื้อคืน {trade.source_ref}: {quantity} ชดเชย {owed} {draft.executed.currency}",
            payload=told,
            priority=2,
            actor=actor,
            at=at,
        )


def decide(*, payload: dict[str, Any], approved: bool, actor: Actor, at: datetime) -> None:
    """The effect of the desk's decision, on the reactions page as KIND.

    Raises:
        OwedMoved; as `record`.
    """
    if approved:
        record(
            draft=_read(payload),
            proposed_by=payload["proposed_by"],
            proposed=Decimal(payload["owed_id"]),
            actor=actor,
            at=at,
        )


def record(
    *,
    draft: Draft,
    proposed_by: str,
    actor: Actor,
    at: datetime,
    proposed: Decimal | None = None,
) -> BuyInExecution:
    """Write an approved execution: the legs end by so much, and what is owed is charged and posted.

    A process may call this; people go through `propose`.

    Args:
        proposed: what was to be owed when it was proposed; None for whatever it is now.

    Raises:
        SamePerson, OwedMoved; as `propose`.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    if not actor.is_process and proposed_by == actor.name:
        raise approving.SamePerson
    with transaction.atomic():
        judged = _under_turn(draft, at)
        if proposed is not None and proposed != judged.owed.amount:
            raise OwedMoved(
                proposed=proposed,
                now=judged.owed.amount,
                currency=draft.executed.currency,
                reference=judged.buy_in.trade.source_ref,
            )
        made = _write(draft, judged, proposed_by, actor, at)
        _post(made, judged, actor, at)
        if judged.delivery.left == made.quantity:
            _close([judged.buy_in.trade_id], "bought in", actor, at)
        audit.record(
            actor=actor,
            at=at,
            verb="buying_in.record",
            subject_kind="settlement.buy_in",
            subject_id=judged.buy_in.pk,
            detail={"quantity": _plain(made.quantity), "proposed_by": proposed_by},
        )
        return made


def close_delivered(*, book: str, business_date: date, actor: Actor, at: datetime) -> int:
    """Close the work of buy-ins whose delivery came after all; a step of the end of day.

    Returns:
        How many; two queries, however many wait.
    """
    del business_date
    waiting = [int(trade_id) for trade_id in desk.waiting_subjects(kind=BUY_IN)]
    if not waiting:
        return 0
    own = set(Trade.objects.filter(pk__in=waiting, book=book).values_list("pk", flat=True))
    failing = {
        trade_id for trade_id, legs in judging_buy_ins.left(sorted(own)).items() if legs[0].left > 0
    }
    return _close(sorted(own - failing), "delivered", actor, at)


def _under_turn(draft: Draft, at: datetime) -> Judged:
    """Judged once nobody else settles: the book's day first, then the turn, as everybody does."""
    judged = judging_buy_ins.judge(draft=draft, at=at)
    positions.take_turn(book=judged.buy_in.trade.book)
    return judging_buy_ins.judge(draft=draft, at=at)


def _write(
    draft: Draft, judged: Judged, proposed_by: str, actor: Actor, at: datetime
) -> BuyInExecution:
    executed, owed, trade = draft.executed, judged.owed, judged.buy_in.trade
    made = BuyInExecution.objects.create(
        book=trade.book,
        buy_in=judged.buy_in,
        number=judged.buy_in.executions.count() + 1,
        kind=_kind(executed).value,
        executed_on=draft.executed_on,
        booked_on=judged.booked_on,
        quantity=executed.quantity,
        price=judged.price,
        currency=executed.currency,
        worth=owed.worth,
        agreed=owed.agreed,
        costs=owed.costs,
        amount=owed.amount,
        payer_id=judged.delivery.debtor_id,
        payee_id=judged.delivery.creditor_id,
        reference=draft.reference,
        recorded_at=at,
        proposed_by=proposed_by,
        recorded_by=actor.name,
    )
    ended = {judged.delivery.id: executed.quantity}
    for leg in judged.legs[1:]:
        ended[leg.id] = rules.cash_part(
            cash=leg.left,
            quantity=executed.quantity,
            left=judged.delivery.left,
            currency=executed.currency,
        )
    BoughtInLeg.objects.bulk_create(
        BoughtInLeg(leg_id=leg_id, execution=made, quantity=quantity)
        for leg_id, quantity in ended.items()
        if quantity
    )
    return made


def _post(made: BuyInExecution, judged: Judged, actor: Actor, at: datetime) -> None:
    """What is owed, from clearing account to clearing account; the house keeps nothing."""
    trade = judged.buy_in.trade
    codes = dict(
        Participant.objects.filter(pk__in=[made.payer_id, made.payee_id]).values_list("pk", "code")
    )
    posting_nets.post(
        key=f"buy-in:{trade.source}:{trade.source_ref}:{made.number}",
        memo=f"buy-in of {trade.source} {trade.source_ref}",
        nets={
            (codes[made.payer_id], made.currency): -made.amount,
            (codes[made.payee_id], made.currency): made.amount,
        },
        book=made.book,
        day=made.booked_on,
        actor=actor,
        at=at,
    )


def _close(trade_ids: list[int], answer: str, actor: Actor, at: datetime) -> int:
    return claiming.close_done(
        kind=BUY_IN,
        subject_kind="settlement.trade",
        subject_refs=[str(trade_id) for trade_id in trade_ids],
        answer=answer,
        actor=actor,
        at=at,
    )


def _kind(executed: Execution) -> BuyInExecution.Kind:
    kinds = BuyInExecution.Kind
    return kinds.CASH if executed.price is None else kinds.BOUGHT


def _told(draft: Draft, judged: Judged, actor: Actor) -> dict[str, Any]:
    """The proposal as the second person reads it; what ends in `_id` is for `_read` alone."""
    executed, owed, currency = draft.executed, judged.owed, draft.executed.currency

    def shown(amount: Decimal) -> str:
        return f"{money.format_amount(amount, currency)} {currency}"

    trade, delivery = judged.buy_in.trade, judged.delivery
    codes = {trade.buyer_id: trade.buyer.code, trade.seller_id: trade.seller.code}
    return {
        "buy_in_id": draft.buy_in_id,
        "trade": trade.source_ref,
        "instrument": str(trade.instrument),
        "kind": _kind(executed).value,
        "quantity": _plain(executed.quantity),
        "left": _plain(delivery.left),
        "price": f"{_plain(judged.price)} {currency}",
        "worth": shown(owed.worth),
        "agreed": shown(owed.agreed),
        "difference": shown(owed.difference),
        "costs": shown(owed.costs),
        "owed": shown(owed.amount),
        "way": f"{codes[delivery.debtor_id]} → {codes[delivery.creditor_id]}",
        "executed_on": draft.executed_on.isoformat(),
        "reference": draft.reference,
        "proposed_by": actor.name,
        "price_id": None if executed.price is None else _plain(executed.price),
        "costs_id": _plain(executed.costs),
        "owed_id": _plain(owed.amount),
        "currency_id": currency,
    }


def _read(told: Mapping[str, Any]) -> Draft:
    price = told["price_id"]
    return Draft(
        buy_in_id=int(told["buy_in_id"]),
        executed=Execution(
            quantity=Decimal(told["quantity"]),
            price=None if price is None else Decimal(price),
            costs=Decimal(told["costs_id"]),
            currency=told["currency_id"],
        ),
        executed_on=date.fromisoformat(told["executed_on"]),
        reference=told["reference"],
    )


def _plain(number: Decimal) -> str:
    return f"{number.normalize(WIDE):f}"
