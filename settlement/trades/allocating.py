"""Divide a block among accounts: the parts make up the block to the last unit, or nothing is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from backoffice.frame import audit
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.directory import identifying
from settlement.models import Trade, UnmatchedTrade
from settlement.rules.trades import PartyRef, SameParty, check_account
from settlement.trades import gating, recording, trading

REFERENCE_MAX = 80


class NotAllocatable(Refused):
    """Only a trade in force that nobody has matched or allocated is divided."""

    code = "trade-not-allocatable"
    status = 409
    en = "Trade {ref} cannot be allocated: it is matched, allocated, amended or settled already."
    th = "จัดสรรรายการ {ref} ไม่ได้ เพราะจับคู่ จัดสรร แก้ไข หรือชำระไปแล้ว"


class PartsDiffer(Refused):
    """The parts do not come to the block."""

    code = "allocation-sum"
    en = "The parts come to {parts}, the block has {whole}."
    th = "ส่วนที่จัดสรรรวมได้ {parts} แต่รายการรวมมี {whole}"


class PartsIncomplete(Refused):
    """Amounts are given for all parts, or for none."""

    code = "allocation-amounts"
    en = "Give the amount of every part, or of none."
    th = "ต้องระบุจำนวนเงินทุกส่วน หรือไม่ระบุเลย"


class PartEmpty(Refused):
    """A part of nothing is no part."""

    code = "allocation-part-empty"
    en = "A part needs a quantity above zero."
    th = "แต่ละส่วนต้องมีจำนวนมากกว่าศูนย์"


@dataclass(frozen=True, slots=True)
class Part:
    """What one participant takes of a block.

    Attributes:
        participant: on the side that sent the block.
        quantity: in units; of a payment, 0.
        amount: in major units; None to divide the block's in proportion to the quantities
            (largest remainder, so that the parts sum to the whole).
        account: the participant's, empty for its standing instruction.
    """

    participant: PartyRef
    quantity: Decimal
    amount: Decimal | None = None
    account: str = ""


def allocate(*, block_id: int, parts: Sequence[Part], actor: Actor, at: datetime) -> list[int]:
    """Write a fact for each part, named after the block: S-1/1, S-1/2…; one statement.

    The parts go where their block would have gone: to the queue, or, locked in, to the gate.

    Returns:
        The parts' ids.

    Raises:
        NotAllowed, NotAllocatable, PartsDiffer, PartsIncomplete, PartEmpty, TradePartyUnknown;
        finer than the smallest unit: QuantityTooFine, AmountTooFine; a wrong account.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    with transaction.atomic():
        block = Trade.objects.select_related("instrument").filter(pk=block_id).first()
        if block is None:
            raise NotAllocatable(ref=block_id)
        gating.take_turn(block.book)
        _require_whole(block)
        rows = _rows(block, parts)
        ids = recording.record(rows=rows, book=block.book, actor=actor, at=at)
        if len(ids) < len(rows):
            # A part's name is taken by a trade that came by itself: it would be no part.
            raise NotAllocatable(ref=block.source_ref)
        UnmatchedTrade.objects.filter(trade=block).delete()
        trading.take_up(trade_ids=ids, at=at)
        audit.record(
            actor=actor,
            at=at,
            verb="allocating.allocate",
            subject_kind="settlement.trade",
            subject_id=block.pk,
            detail={"parts": len(ids)},
        )
        return ids


def _require_whole(block: Trade) -> None:
    spent = (
        block.action == Trade.Action.CANCEL
        or Trade.objects.filter(amends=block).exists()
        or block.parts.exists()
        or block.legs.exists()
    )
    waits = block.is_block or UnmatchedTrade.objects.filter(trade=block).exists()
    if spent or not waits:
        raise NotAllocatable(ref=block.source_ref)


def _rows(block: Trade, parts: Sequence[Part]) -> list[recording.TradeRow]:
    amounts = _amounts(block, parts)
    for number, part in enumerate(parts, start=1):
        try:
            _check(block, part)
        except Refused as refused:
            raise refused.at(line=number) from None
    _require_sum(block.quantity, [part.quantity for part in parts], "quantity")
    _require_sum(block.amount, amounts, "amount")
    directory = identifying.Directory()
    directory.learn(parties=[part.participant for part in parts], instruments=[])
    whole = recording.row_of_fact(block)
    rows = []
    for number, (part, amount) in enumerate(zip(parts, amounts, strict=True), start=1):
        ref = f"{block.source_ref}/{number}"
        if len(ref) > REFERENCE_MAX:
            raise NotAllocatable(ref=block.source_ref)
        row = replace(
            whole,
            source_ref=ref,
            version=1,
            action=Trade.Action.NEW.value,
            amends_id=None,
            block_id=block.pk,
            is_block=False,
            quantity=part.quantity,
            amount=amount,
        )
        participant = _party(directory, part, number)
        if block.side == Trade.Side.BUY:
            row = replace(row, buyer_id=participant, buyer_account=part.account)
        else:
            row = replace(row, seller_id=participant, seller_account=part.account)
        if row.buyer_id == row.seller_id:
            place = Place(line=number, field="participant")
            raise SameParty(place, value=part.participant.value)
        rows.append(row)
    return rows


def _check(block: Trade, part: Part) -> None:
    """A part is held to the smallest units of the block's instrument and currency."""
    check_account(part.account, "account", part.participant.scheme)
    if block.instrument is not None:
        decimals = format(part.quantity, "f").partition(".")[2].rstrip("0")
        if len(decimals) > block.instrument.decimals:
            raise trading.QuantityTooFine(
                Place(field="quantity"),
                value=part.quantity,
                instrument=block.instrument.code,
                decimals=block.instrument.decimals,
            )
    elif part.quantity:
        raise PartsDiffer(Place(field="quantity"), parts=part.quantity, whole=block.quantity)
    if part.amount is not None and block.currency:
        try:
            money.to_minor(part.amount, block.currency)
        except Refused as refused:
            raise refused.at(field="amount") from None


def _party(directory: identifying.Directory, part: Part, number: int) -> int:
    """The part's participant; a refusal names the part by its number."""
    try:
        return directory.party(part.participant, name="participant")
    except Refused as refused:
        refused.place = Place(line=number, field="participant")
        raise


def _amounts(block: Trade, parts: Sequence[Part]) -> list[Decimal]:
    given = [part.amount for part in parts if part.amount is not None]
    is_payment = block.type == Trade.Type.PAYMENT
    for number, part in enumerate(parts, start=1):
        if not is_payment and part.quantity <= 0:
            raise PartEmpty(Place(line=number, field="quantity"))
        if part.amount is not None and part.amount <= 0:
            raise PartEmpty(Place(line=number, field="amount"))
    if not parts or (given and len(given) < len(parts)) or (is_payment and not given):
        raise PartsIncomplete(Place(field="amount"))
    if given or not block.currency:
        return given or [Decimal(0)] * len(parts)
    shares = money.allocate(block.amount, [part.quantity for part in parts], block.currency)
    if not all(shares):
        raise PartEmpty(Place(line=shares.index(Decimal(0)) + 1, field="amount"))
    return shares


def _require_sum(whole: Decimal, parts: Sequence[Decimal], name: str) -> None:
    total = sum(parts, Decimal(0))
    if total != whole:
        raise PartsDiffer(Place(field=name), parts=total, whole=whole)
