"""Send out: pacs.009 for what the house pays, sese.023 for what is delivered, and what follows.

What follows are payments onward with their statuses (`forwarding`) and advices of trades
(`advising`). Each fact is told once, in ISO 20022 or SWIFT FIN as its reader wants (`preferring`),
checked against its schema and filed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Final

from backoffice.kernel import money
from backoffice.kernel.actors import Actor
from settlement.correspondence import advising, forwarding, mailing
from settlement.correspondence.stating import is_debt
from settlement.messages import build
from settlement.messages.facts import (
    BankTransfer,
    Header,
    Money,
    Movement,
    SecuritiesInstruction,
    SettlementParty,
)
from settlement.rules import identities
from settlement.rules.reconciliation import short
from settlement.windows import releasing

RECORD_CLASS: Final = "RPT"
# What waits for its release is not sent; what was released since is, with value on the day.
PAYMENTS: Final = """
    WITH found AS (
        SELECT i.id FROM settlement_obligation o
          JOIN settlement_instruction i ON i.obligation_id = o.id
         WHERE o.book = %(book)s AND o.business_date = %(day)s
         UNION
        SELECT instruction_id FROM settlement_paymentrelease r
         WHERE approved AND instruction_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM settlement_instructionstatus s
                            WHERE s.instruction_id = r.instruction_id AND s.status = 'settled'
                              AND s.business_date < %(day)s))
    SELECT i.reference, i.amount, i.currency, GREATEST(i.value_date, %(day)s), p.id, p.bic
      FROM found
      JOIN settlement_instruction i ON i.id = found.id
      JOIN settlement_obligation o ON o.id = i.obligation_id
      JOIN settlement_participant p ON p.id = o.participant_id
      {LIMITED}
     WHERE o.book = %(book)s AND o.business_date <= %(day)s AND i.direction = 'pay'
       AND p.bic <> '' AND NOT coalesce({STOPPED}, false)
     ORDER BY i.reference
""".replace("{LIMITED}", releasing.LIMITED).replace("{STOPPED}", releasing.STOPPED)
# Trades whose legs were netted on the day, both sides told where they hold the security; and those
# of earlier windows whose standing instructions came since the windows of the last day closed.
DELIVERIES: Final = """
    WITH before AS MATERIALIZED (
        SELECT min(c.closed_at) AS closed_at
          FROM settlement_windowclosing c JOIN settlement_window w ON w.id = c.window_id
         WHERE w.book = %(book)s AND c.business_date = (
               SELECT max(c.business_date)
                 FROM settlement_windowclosing c JOIN settlement_window w ON w.id = c.window_id
                WHERE w.book = %(book)s AND c.business_date < %(day)s)
    ), found AS MATERIALIZED (
        SELECT l.trade_id
          FROM settlement_windowclosing c
          JOIN settlement_leg l ON l.window_id = c.window_id AND l.kind = 'delivery'
         WHERE c.business_date = %(day)s AND l.book = %(book)s
         UNION
        SELECT l.trade_id
          FROM settlement_tradeenrichment e
          JOIN settlement_leg l ON l.trade_id = e.trade_id AND l.kind = 'delivery'
          JOIN settlement_windowclosing c ON c.window_id = l.window_id
         WHERE e.enriched_at > (SELECT closed_at FROM before) AND e.enriched_at > c.closed_at
           AND c.business_date < %(day)s AND l.book = %(book)s)
    SELECT t.source, t.source_ref, t.trade_date, t.value_date, i.code, i.name_en, t.quantity,
           t.amount, t.currency, t.common_ref, b.bic, s.bic, x.custodian, x.safekeeping_account,
           x.depository, y.custodian, y.safekeeping_account, y.depository, i.asset_class
      FROM found
      JOIN settlement_trade t ON t.id = found.trade_id
      JOIN settlement_instrument i ON i.id = t.instrument_id AND i.kind = 'security'
      JOIN settlement_participant b ON b.id = t.buyer_id
      JOIN settlement_participant s ON s.id = t.seller_id
      JOIN settlement_tradeenrichment e ON e.trade_id = t.id
      JOIN settlement_standinginstruction x ON x.id = e.buyer_instruction_id
      JOIN settlement_standinginstruction y ON y.id = e.seller_instruction_id
     WHERE x.custodian <> '' AND y.custodian <> '' AND x.safekeeping_account <> ''
       AND y.safekeeping_account <> '' AND x.depository <> '' AND y.depository <> ''
       AND NOT EXISTS (SELECT FROM settlement_withdrawntrade w WHERE w.trade_id = t.id)
     ORDER BY t.id
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A trade to be instructed, with both sides' places."""

    source: str
    source_ref: str
    trade_date: date
    value_date: date
    isin: str
    name: str
    quantity: Decimal
    amount: Decimal
    currency: str
    common_ref: str
    buyer_bic: str
    seller_bic: str
    buyer_custodian: str
    buyer_account: str
    buyer_depository: str
    seller_custodian: str
    seller_account: str
    seller_depository: str
    asset_class: str


def dispatch(*, book: str, business_date: date, actor: Actor, at: datetime) -> int:
    """Make and file what the day has to tell, each once; returns how many messages were new.

    Instructions out, payments onward and their statuses, advices of trades: each receiver in the
    standard that it wants. A step of the end of day, after settling and marking fails; earlier
    calls send what there is by then.

    Raises:
        SchemaBroken, BrokenField: a fact does not fit the message, with field and rule.
    """
    post = mailing.Post(book, business_date, RECORD_CLASS, actor, at)
    return mailing.send(letters=_letters(book, business_date), post=post).new


def _letters(book: str, day: date) -> Iterator[mailing.Letter]:
    yield from _payments(book, day)
    yield from _deliveries(book, day)
    yield from forwarding.letters(book=book, business_date=day)
    yield from advising.letters(book=book, business_date=day)


def _payments(book: str, day: date) -> Iterator[mailing.Letter]:
    for reference, *rest, participant, bic in mailing.rows(sql=PAYMENTS, book=book, day=day):
        fact = payment(reference, *rest, payee=bic, day=day)
        yield mailing.Letter(
            definition="pacs.009",
            reference=reference,
            message_id=fact.header.message_id,
            receiver=bic,
            as_mx=partial(build.pacs009, fact),
            as_mt=partial(build.mt202, fact),
            participant=participant,
        )


def _deliveries(book: str, day: date) -> Iterator[mailing.Letter]:
    for row in mailing.rows(sql=DELIVERIES, book=book, day=day):
        delivery = Delivery(*row)
        for movement in (Movement.DELIVER, Movement.RECEIVE):
            told = securities(delivery, movement, book=book, day=day)
            yield mailing.Letter(
                definition="sese.023",
                reference=f"{delivery.source} {delivery.source_ref} {movement.value}",
                message_id=told.transaction_id,
                receiver=told.header.receiver,
                as_mx=partial(build.sese023, told),
                as_mt=partial(build.mt54x, told),
            )


def payment(
    reference: str, amount: Decimal, currency: str, value_date: date, *, payee: str, day: date
) -> BankTransfer:
    """The transfer that pays an instruction, from the house to the participant's bank."""
    return BankTransfer(
        header=Header(
            message_id=identities.message_id("pacs.009", reference),
            sender=mailing.house_bic(),
            receiver=payee,
            created=identities.made_on(day),
        ),
        instruction_id=short(reference),
        end_to_end_id=identities.end_to_end(reference),
        uetr=identities.uetr("pacs.009", reference),
        settled=Money(currency, _exact(amount, currency)),
        value_date=value_date,
        debtor=mailing.house_bic(),
        creditor=payee,
    )


def securities(one: Delivery, movement: Movement, *, book: str, day: date) -> SecuritiesInstruction:
    """One side's instruction to its custodian: what it delivers or receives, against what."""
    delivers = movement is Movement.DELIVER
    own = (one.seller_custodian, one.seller_account, one.seller_bic)
    other = (one.buyer_custodian, one.buyer_account, one.buyer_bic)
    if not delivers:
        own, other = other, own
    identity = identities.message_id("sese.023", book, one.source, one.source_ref, movement.value)
    return SecuritiesInstruction(
        header=Header(
            message_id=identity,
            sender=mailing.house_bic(),
            receiver=own[0],
            created=identities.made_on(day),
        ),
        transaction_id=identity,
        movement=movement,
        isin=one.isin,
        quantity=one.quantity.normalize() + 0,
        trade_date=one.trade_date,
        settlement_date=one.value_date,
        account=own[1],
        owner=own[2] or None,
        depository=one.seller_depository if delivers else one.buyer_depository,
        counterparty=SettlementParty(other[0], other[1]),
        counterparty_client=SettlementParty(other[2]) if other[2] else None,
        amount=Money(one.currency, _exact(one.amount, one.currency)) if one.amount else None,
        face=is_debt(one.asset_class),
        description=one.name[:140] or None,
        common_id=short(one.common_ref) if one.common_ref else None,
    )


def _exact(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-money.exponent_of(currency)))
