"""Valuing: entries over several currencies, settlements at cost, residues in one currency only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from accounting import chart, positions, posting, rates, revaluing
from accounting.models import Entry
from accounting.positions import Keeper
from accounting.posting import POSTERS
from accounting.recording import PostedEntry
from accounting.refusals import KeyConflict
from accounting.rules import fx
from accounting.rules.drafts import EntryDraft, LineDraft
from accounting.rules.fx import Position
from backoffice.kernel.actors import Actor, Department
from backoffice.kernel.canonical import fingerprint
from backoffice.kernel.refusals import Place, Refused


class NotForeign(Refused):
    """The functional currency has no exchange difference with itself."""

    code = "fx-not-foreign"
    en = "{currency} is the entity's functional currency."
    th = "{currency} เป็นสกุลเงินที่ใช้ดำเนินงานของกิจการอยู่แล้ว"


@dataclass(frozen=True, slots=True)
class Payment:
    """A settlement of what is open on an account in a foreign currency.

    Attributes:
        key: the caller's key, as for any posting.
        date: effective date.
        entity: the entity's code.
        account, currency, dimensions: the position that is settled.
        amount: how much of it, above zero, in `currency`.
        paid: what came (debits) or went (credits) for it, in any currency; foreign lines without
            a value take the day's rate.
        journal, memo, source: as in an entry.
    """

    key: str
    date: date
    entity: str
    account: str
    currency: str
    amount: Decimal
    paid: tuple[LineDraft, ...]
    dimensions: Mapping[str, str] = field(default_factory=dict)
    journal: str = chart.GENERAL
    memo: str = ""
    source: str = ""


def post_valued(
    *, entry: EntryDraft, actor: Actor, at: datetime, source: str = "", pivot: str = ""
) -> PostedEntry:
    """Post an entry over several currencies.

    Foreign lines without a value take the rate of the entry's date; what the values then lack to
    zero is a realised exchange difference; trading accounts make each currency zero-sum.

    Args:
        entry: need not be zero-sum in each currency.
        actor, at: who and when.
        source, pivot: of the rates, as in `rates.rate_on`.

    Raises:
        RateMissing, or as `posting.post`.
    """
    actor.require(*POSTERS)
    keeper = positions.keeper_of(entry.entity)
    with transaction.atomic():
        lines = _valued(keeper, entry.lines, entry.date, source, pivot)
        missing = -sum((fx.worth(line, keeper.code) for line in lines), Decimal(0))
        if missing:
            lines = (*lines, LineDraft(fx.REALISED, missing, keeper.code, missing))
        lines = fx.with_trading(lines, keeper.code)
        positions.ensure_accounts(keeper, lines, actor=actor, at=at)
        return posting.post(entry=replace(entry, lines=lines), actor=actor, at=at)


def settle(
    *, payment: Payment, actor: Actor, at: datetime, source: str = "", pivot: str = ""
) -> PostedEntry:
    """Settle a foreign position, whole or in part; the difference to its cost is realised.

    Revaluations of that day or later days, which did not know of the payment, give up the settled
    share in the same transaction, so no difference ever counts twice.

    Args:
        payment: what is settled by what.
        actor, at: who and when.
        source, pivot: of the rates for foreign `paid` lines without a value.

    Raises:
        SettlesTooMuch, Unvalued, NotForeign, RateMissing, or as `posting.post`.
    """
    actor.require(*POSTERS)
    keeper = positions.keeper_of(payment.entity)
    if payment.currency == keeper.code:
        raise NotForeign(Place(field="currency"), currency=payment.currency)
    with transaction.atomic():
        positions.take_turn(keeper)
        known = Entry.objects.filter(entity_id=keeper.id, key=payment.key).first()
        if known is not None:
            return _again(payment, known)
        wanted = Position(
            payment.account, payment.currency, Decimal(0), Decimal(0), payment.dimensions
        )
        position, revalued = positions.at_cost(keeper, wanted, payment.date)
        paid = _valued(keeper, payment.paid, payment.date, source, pivot)
        lines = fx.settlement(position, payment.amount, paid, keeper.currency)
        positions.ensure_accounts(keeper, lines, actor=actor, at=at)
        posted = posting.post(entry=_entry(payment, lines), actor=actor, at=at)
        part = payment.amount.copy_sign(position.amount)
        for day, value in revalued:
            step = -fx.share_of(value, part, position.amount, keeper.currency)
            revaluing.correct(
                keeper=keeper, position=position, on=day, step=step, why=payment.key, actor=actor,
                at=at,
            )  # fmt: skip
        return posted


def clear_residues(
    *,
    entity: str,
    on: date,
    key: str,
    accounts: Iterable[str],
    stated: Mapping[str, Decimal] | None = None,
    source: str = "",
    pivot: str = "",
    actor: Actor,
    at: datetime,
) -> PostedEntry | None:
    """Clear positions that are left in one currency only, for good; None when there are none.

    A value without an amount is a realised difference. An amount without a value is taken up at
    the day's rate and written off at it. What revaluations say does not count: it is taken back.

    Args:
        key: the caller's key; other arguments as in `revalue`.

    Raises:
        As `revalue`.
    """
    actor.require(*POSTERS, department=Department.ACCOUNTING)
    keeper = positions.keeper_of(entity)
    with transaction.atomic():
        positions.take_turn(keeper)
        found = [
            positions.without_revaluation(keeper, position, on)
            for position in positions.found(keeper, on, accounts)
        ]
        left = [position for position in found if not (position.amount and position.value)]
        positions.require_values(keeper, on, left)
        wanted = {position.currency for position in left if position.amount}
        rate_of = rates.required_on(
            bases=wanted, quote=keeper.code, on=on, stated=stated, source=source, pivot=pivot
        )
        lines = [
            line
            for position in left
            for line in fx.residue(position, rate_of.__getitem__, keeper.currency)
        ]
        if not lines:
            return None
        positions.ensure_accounts(keeper, lines, actor=actor, at=at)
        draft = EntryDraft(
            key=key,
            date=on,
            journal=chart.GENERAL,
            entity=entity,
            memo="Residues in one currency only",
            lines=tuple(lines),
            source="fx:residues",
        )
        return posting.post(entry=draft, actor=actor, at=at)


def _valued(
    keeper: Keeper, lines: Sequence[LineDraft], on: date, source: str, pivot: str
) -> tuple[LineDraft, ...]:
    wanted = {line.currency for line in lines if line.value is None} - {keeper.code}
    known = rates.required_on(bases=wanted, quote=keeper.code, on=on, source=source, pivot=pivot)
    return fx.valued(lines, known, keeper.currency)


def _entry(payment: Payment, lines: tuple[LineDraft, ...]) -> EntryDraft:
    return EntryDraft(
        key=payment.key,
        date=payment.date,
        journal=payment.journal,
        entity=payment.entity,
        memo=payment.memo,
        lines=lines,
        source=payment.source,
        attributes={"payment": _print_of(payment)},
    )


def _print_of(payment: Payment) -> str:
    """What the payment asks for; its lines also depend on the books of the moment."""
    lines = [
        (line.account, line.amount, line.currency, line.value, line.dimensions)
        for line in payment.paid
    ]
    asked = (payment.account, payment.currency, payment.amount, payment.dimensions, lines)
    return fingerprint(asked)


def _again(payment: Payment, known: Entry) -> PostedEntry:
    """The first answer to a key that came before with the same payment."""
    pairs = {
        "date": (known.date, payment.date),
        "memo": (known.memo, payment.memo),
        "source": (known.source, payment.source),
        "payment": (known.attributes.get("payment"), _print_of(payment)),
    }
    for name, (then, now) in pairs.items():
        if then != now:
            raise KeyConflict(Place(field=name), key=payment.key, field=name)
    return PostedEntry(
        id=known.pk,
        number=known.number,
        key=known.key,
        entity=payment.entity,
        date=known.date,
        replayed=True,
    )
