"""Advise participants of their trades in securities: matched, pending, failing, settled.

Each side with a BIC hears of its own trade under its own reference: sese.024 (MT548) that it is
matched when its window closes, that it waits for its day, that it failed on a day and why;
sese.025 (MT544 to MT547) of what became final. Why a trade is held is not told.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple

from backoffice.kernel import money
from settlement.correspondence.mailing import Letter, house_bic, rows
from settlement.correspondence.stating import account_number, is_debt
from settlement.messages import build
from settlement.messages.facts import (
    Confirmation,
    Header,
    InstructionStatus,
    Money,
    Movement,
    SecuritiesInstruction,
    SettlementParty,
    StatusKind,
)
from settlement.rules import identities
from settlement.rules.reconciliation import short

DESCRIPTION_LENGTH: Final = 140
FUTURE: Final = "FUTU"
"""Pending until its day comes."""
REASONS: Final[dict[str, tuple[str | None, str | None]]] = {
    "securities": ("LACK", "CLAC"),
    "cash": ("MONY", "CMON"),
}
"""Cause of a fail → reason for whoever lacks, and for its counterparty; the others are not told."""
COLUMNS: Final = """
    t.source, t.source_ref, coalesce(o.source_ref, t.source_ref), t.trade_date, t.value_date,
    i.code, i.name_en, i.asset_class, l.quantity, t.amount, t.currency, t.common_ref,
    b.id, b.code, b.bic, coalesce(nullif(x.safekeeping_account, ''), t.buyer_account),
    coalesce(x.depository, ''),
    s.id, s.code, s.bic, coalesce(nullif(y.safekeeping_account, ''), t.seller_account),
    coalesce(y.depository, '')
"""
SIDES: Final = """
      JOIN settlement_trade t ON t.id = l.trade_id
      JOIN settlement_instrument i ON i.id = t.instrument_id AND i.kind = 'security'
      JOIN settlement_participant b ON b.id = t.buyer_id
      JOIN settlement_participant s ON s.id = t.seller_id
      LEFT JOIN settlement_tradematch m ON m.sell_id = t.id
      LEFT JOIN settlement_trade o ON o.id = m.buy_id
      LEFT JOIN settlement_tradeenrichment e ON e.trade_id = t.id
      LEFT JOIN settlement_standinginstruction x ON x.id = e.buyer_instruction_id
      LEFT JOIN settlement_standinginstruction y ON y.id = e.seller_instruction_id
"""
REACHABLE: Final = "(b.bic <> '' OR s.bic <> '')"
CLOSED: Final = """
    SELECT {columns}
      FROM settlement_windowclosing c
      JOIN settlement_leg l ON l.window_id = c.window_id AND l.kind = 'delivery'
      {sides}
     WHERE c.business_date = %(day)s AND t.book = %(book)s AND {reachable}
       AND NOT EXISTS (SELECT FROM settlement_withdrawntrade w WHERE w.trade_id = t.id)
     ORDER BY t.source, t.source_ref
"""
FAILED: Final = """
    SELECT {columns}, f.cause, f.failing_id
      FROM settlement_failedleg f
      JOIN settlement_leg l ON l.id = f.leg_id AND l.kind = 'delivery'
      {sides}
     WHERE f.business_date = %(day)s AND t.book = %(book)s AND {reachable}
     ORDER BY t.source, t.source_ref
"""
FINAL: Final = """
    SELECT {columns}, r.number, z.quantity,
           l.quantity - (
                SELECT sum(q.quantity) FROM settlement_settlement q
                  JOIN settlement_settlementrun n ON n.id = q.run_id
                 WHERE q.leg_id = l.id AND n.number <= r.number)
              - coalesce((
                SELECT sum(g.quantity) FROM settlement_boughtinleg g
                  JOIN settlement_buyinexecution e ON e.id = g.execution_id
                 WHERE g.leg_id = l.id AND e.booked_on <= r.business_date), 0),
           (SELECT sum(q.quantity) FROM settlement_leg k
              JOIN settlement_settlement q ON q.leg_id = k.id AND q.run_id = r.id
             WHERE k.trade_id = t.id AND k.kind = 'cash')
      FROM settlement_settlementrun r
      JOIN settlement_settlement z ON z.run_id = r.id
      JOIN settlement_leg l ON l.id = z.leg_id AND l.kind = 'delivery'
      {sides}
     WHERE r.book = %(book)s AND r.business_date = %(day)s AND {reachable}
     ORDER BY r.number, t.source, t.source_ref
"""


class Side(NamedTuple):
    """A participant in a trade, where it holds the security."""

    id: int
    code: str
    bic: str
    account: str
    depository: str


@dataclass(frozen=True, slots=True)
class Dealt:
    """A trade as both sides are told of it."""

    source: str
    source_ref: str
    buyer_ref: str
    trade_date: date
    value_date: date
    isin: str
    name: str
    asset_class: str
    quantity: Decimal
    amount: Decimal
    currency: str
    common_ref: str
    buyer: Side
    seller: Side

    def own_ref(self, movement: Movement) -> str:
        """How the side itself calls the trade, within the length that both standards know."""
        told = self.buyer_ref if movement is Movement.RECEIVE else self.source_ref
        return identities.end_to_end(told)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a trade became final in a run: quantity, what is left, cash against it."""

    run: int
    quantity: Decimal
    remaining: Decimal
    paid: Decimal | None


@dataclass(frozen=True, slots=True)
class Advice:
    """What one side hears of a trade on a day; `mark` tells it from what else it hears."""

    deal: Dealt
    movement: Movement
    book: str
    day: date
    mark: str

    @property
    def own(self) -> Side:
        """The side that hears it."""
        return self.deal.buyer if self.movement is Movement.RECEIVE else self.deal.seller

    @property
    def other(self) -> Side:
        """Its counterparty."""
        return self.deal.seller if self.movement is Movement.RECEIVE else self.deal.buyer

    @property
    def reference(self) -> str:
        """What names the advice for good."""
        deal = self.deal
        return f"{deal.source} {deal.source_ref} {self.movement.value} {self.mark}"

    @property
    def header(self) -> Header:
        """The message's header; its id is the house's own reference."""
        return Header(
            message_id=identities.message_id("advice", self.book, self.reference),
            sender=house_bic(),
            receiver=self.own.bic,
            created=identities.made_on(self.day),
        )


def letters(*, book: str, business_date: date) -> Iterator[Letter]:
    """All that the day has to tell of trades in securities; three queries."""
    for deal, _ in _deals(CLOSED, book, business_date):
        for movement in _reachable(deal):
            yield _status(Advice(deal, movement, book, business_date, "MACH"), StatusKind.MATCHED)
            if deal.value_date > business_date:
                waits = Advice(deal, movement, book, business_date, FUTURE)
                yield _status(waits, StatusKind.PENDING, FUTURE)
    for deal, (cause, failing) in _deals(FAILED, book, business_date):
        for movement in _reachable(deal):
            fail = Advice(deal, movement, book, business_date, f"PENF {business_date:%Y%m%d}")
            lacking, waiting = REASONS.get(cause, (None, None))
            reason = lacking if fail.own.id == failing else waiting
            yield _status(fail, StatusKind.FAILING, reason)
    for deal, told in _deals(FINAL, book, business_date):
        part = Part(*told)
        for movement in _reachable(deal):
            final = Advice(deal, movement, book, business_date, f"run {part.run}")
            yield _confirmation(final, part)


def _deals(sql: str, book: str, day: date) -> Iterator[tuple[Dealt, tuple[Any, ...]]]:
    told = sql.format(columns=COLUMNS, sides=SIDES, reachable=REACHABLE)
    for row in rows(sql=told, book=book, day=day):
        deal = Dealt(*[*row[:12], Side(*row[12:17]), Side(*row[17:22])])
        if not deal.currency or money.is_current(deal.currency):
            yield deal, row[22:]


def _reachable(deal: Dealt) -> list[Movement]:
    sides = ((Movement.RECEIVE, deal.buyer), (Movement.DELIVER, deal.seller))
    return [movement for movement, side in sides if side.bic]


def _letter(
    advice: Advice, head: Header, name: str, as_mx: Callable[[], bytes], as_mt: Callable[[], str]
) -> Letter:
    return Letter(
        definition=name,
        reference=advice.reference,
        message_id=head.message_id,
        receiver=advice.own.bic,
        as_mx=as_mx,
        as_mt=as_mt,
        participant=advice.own.id,
    )


def _status(advice: Advice, kind: StatusKind, reason: str | None = None) -> Letter:
    head = advice.header
    fact = InstructionStatus(
        header=head,
        transaction_id=advice.deal.own_ref(advice.movement),
        kind=kind,
        reason=reason,
        servicer_id=head.message_id,
    )
    as_mx, as_mt = partial(build.sese024, fact), partial(build.mt548, fact)
    return _letter(advice, head, "sese.024", as_mx, as_mt)


def _confirmation(advice: Advice, part: Part) -> Letter:
    head = advice.header
    fact = Confirmation(
        instruction=_instruction(advice, head),
        header=head,
        settled_on=advice.day,
        settled_quantity=_plain(part.quantity),
        settled_amount=_money(advice.deal, part.paid),
        remaining=_plain(part.remaining) or None,
        servicer_id=head.message_id,
    )
    as_mx, as_mt = partial(build.sese025, fact), partial(build.mt544_to_547, fact)
    return _letter(advice, head, "sese.025", as_mx, as_mt)


def _instruction(advice: Advice, head: Header) -> SecuritiesInstruction:
    deal, own, other = advice.deal, advice.own, advice.other
    return SecuritiesInstruction(
        header=head,
        transaction_id=deal.own_ref(advice.movement),
        movement=advice.movement,
        isin=deal.isin,
        quantity=_plain(deal.quantity),
        trade_date=deal.trade_date,
        settlement_date=deal.value_date,
        account=account_number(own.account or own.code),
        owner=own.bic,
        depository=own.depository or house_bic(),
        counterparty=SettlementParty(other.bic or house_bic()),
        amount=_money(deal, deal.amount),
        face=is_debt(deal.asset_class),
        description=deal.name[:DESCRIPTION_LENGTH] or None,
        common_id=short(deal.common_ref) if deal.common_ref else None,
    )


def _plain(quantity: Decimal) -> Decimal:
    return quantity.normalize() + 0


def _money(deal: Dealt, amount: Decimal | None) -> Money | None:
    if not amount or not deal.currency:
        return None
    exponent = Decimal(1).scaleb(-money.exponent_of(deal.currency))
    return Money(deal.currency, amount.quantize(exponent))
