"""Payments onward: to the creditor what its customer is paid, to the payer how its order fared.

A payment goes on when it is final and whole, as pacs.008 (MT103) for a customer, as pacs.009
(MT202) between participants; what came through the ACH goes on there. Who sent the order hears by
pacs.002 that it is settled, waits, or was rejected; of the last FIN tells as well (MT199). Why a
payment waits is not told: the reason may be a hold.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from backoffice.kernel import money
from settlement.correspondence.mailing import Letter, house_bic, rows
from settlement.messages import build, converting
from settlement.messages.facts import (
    BankTransfer,
    CreditTransfer,
    Header,
    Money,
    Party,
    PaymentStatus,
)
from settlement.rules import identities
from settlement.rules.drafts import CUSTOMER, ORDERS

REJECTED: Final = "MS03"
"""Rejected by the agent, reason not told."""
REMITTANCE_LENGTH: Final = 140
_UETR: Final = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}")
COLUMNS: Final = """
    t.source, t.source_ref, t.seller_account, t.buyer_account, t.detail, l.quantity, l.asset,
    d.id, d.name_en, d.bic, c.id, c.name_en, c.bic
"""
PARTIES: Final = """
      JOIN settlement_trade t ON t.id = l.trade_id AND t.type = 'PAYMENT'
                             AND NOT t.detail ? 'sec_code'
      JOIN settlement_participant d ON d.id = l.debtor_id
      JOIN settlement_participant c ON c.id = l.creditor_id
"""
SETTLED: Final = """
    SELECT {columns}, 'ACSC'
      FROM settlement_settlementrun r
      JOIN settlement_settlement s ON s.run_id = r.id
      JOIN settlement_leg l ON l.id = s.leg_id AND l.kind = 'cash'
      {parties}
     WHERE r.book = %(book)s AND r.business_date = %(day)s
       AND l.quantity = (
            SELECT sum(x.quantity) FROM settlement_settlement x
              JOIN settlement_settlementrun y ON y.id = x.run_id
             WHERE x.leg_id = l.id AND y.number <= r.number)
     ORDER BY t.source, t.source_ref
"""
LEFT: Final = """
    SELECT {columns}, CASE WHEN p.approved = false THEN 'RJCT' ELSE 'PDNG' END
      FROM settlement_failedleg f
      JOIN settlement_leg l ON l.id = f.leg_id AND l.kind = 'cash' AND l.book = %(book)s
      {parties}
      LEFT JOIN settlement_paymentrelease p ON p.trade_id = t.id
     WHERE f.business_date = %(day)s
     ORDER BY t.source, t.source_ref
"""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment and how it fared: ACSC, PDNG or RJCT."""

    source: str
    source_ref: str
    debtor_account: str
    creditor_account: str
    detail: dict[str, Any]
    amount: Decimal
    currency: str
    debtor: int
    debtor_name: str
    debtor_bic: str
    creditor: int
    creditor_name: str
    creditor_bic: str
    status: str

    @property
    def name(self) -> str:
        """How the trade is called for good."""
        return f"{self.source} {self.source_ref}"

    @property
    def kind(self) -> str:
        """Customer's or bank's transfer, or nothing for what no message ordered."""
        kind, mark, _ = self.source_ref.partition(":")
        return kind if mark and kind in ORDERS else ""

    @property
    def uetr(self) -> str | None:
        """The UETR that the order came with."""
        told = self.source_ref.partition(":")[2]
        return told if self.kind and _UETR.fullmatch(told) else None


def letters(*, book: str, business_date: date) -> Iterator[Letter]:
    """What the day's payments have to tell; two queries."""
    for sql in (SETTLED, LEFT):
        told = sql.format(columns=COLUMNS, parties=PARTIES)
        for row in rows(sql=told, book=book, day=business_date):
            payment = Payment(*[*row[:4], json.loads(row[4]), *row[5:]])
            if not money.is_current(payment.currency):
                continue
            if payment.status == "ACSC" and payment.creditor_bic:
                yield _onward(payment, book, business_date)
            if payment.kind and payment.debtor_bic:
                yield _status(payment, book, business_date)


def _onward(payment: Payment, book: str, day: date) -> Letter:
    if payment.kind == CUSTOMER:
        transfer = customer_transfer(payment, book=book, day=day)
        as_mx, as_mt = partial(build.pacs008, transfer), partial(build.mt103, transfer)
        head, definition = transfer.header, "pacs.008"
    else:
        between = bank_transfer(payment, book=book, day=day)
        as_mx, as_mt = partial(build.pacs009, between), partial(build.mt202, between)
        head, definition = between.header, "pacs.009"
    return Letter(
        definition=definition,
        reference=payment.name,
        message_id=head.message_id,
        receiver=head.receiver,
        as_mx=as_mx,
        as_mt=as_mt,
        participant=payment.creditor,
    )


def customer_transfer(payment: Payment, *, book: str, day: date) -> CreditTransfer:
    """The customer's payment as it goes on to the creditor's participant."""
    head = _header("pacs.008", payment, payment.creditor_bic, book, day)
    told = payment.detail
    return CreditTransfer(
        header=head,
        instruction_id=head.message_id,
        end_to_end_id=told.get("end_to_end_id") or identities.end_to_end(payment.source_ref),
        uetr=payment.uetr or identities.uetr("pacs.008", book, payment.name),
        settled=_money(payment),
        value_date=day,
        charge_bearer=told.get("charge_bearer") or "SHAR",
        debtor=_party(told.get("debtor"), payment.debtor_name, payment.debtor_bic),
        debtor_account=payment.debtor_account or None,
        debtor_agent=payment.debtor_bic or None,
        creditor_agent=payment.creditor_bic,
        creditor=_party(told.get("creditor"), payment.creditor_name, payment.creditor_bic),
        creditor_account=payment.creditor_account or None,
        remittance=(told.get("remittance") or "")[:REMITTANCE_LENGTH] or None,
    )


def bank_transfer(payment: Payment, *, book: str, day: date) -> BankTransfer:
    """A payment between participants as it goes on to the one that receives it."""
    head = _header("pacs.009", payment, payment.creditor_bic, book, day)
    told = payment.detail
    return BankTransfer(
        header=head,
        instruction_id=head.message_id,
        end_to_end_id=told.get("end_to_end_id") or identities.end_to_end(payment.source_ref),
        uetr=payment.uetr or identities.uetr("pacs.009", book, payment.name),
        settled=_money(payment),
        value_date=day,
        debtor=payment.debtor_bic or house_bic(),
        debtor_account=payment.debtor_account or None,
        creditor=payment.creditor_bic,
        creditor_account=payment.creditor_account or None,
        remittance=(told.get("remittance") or "")[:REMITTANCE_LENGTH] or None,
    )


def _status(payment: Payment, book: str, day: date) -> Letter:
    told = payment.detail
    head = _header(payment.status, payment, payment.debtor_bic, book, day)
    rejected = payment.status == "RJCT"
    fact = PaymentStatus(
        header=head,
        original_message_id=told.get("message_id") or identities.end_to_end(payment.source_ref),
        original_definition=ORDERS[payment.kind],
        status=payment.status,
        original_instruction_id=told.get("instruction_id"),
        original_end_to_end_id=told.get("end_to_end_id"),
        original_uetr=payment.uetr,
        reason=REJECTED if rejected else None,
    )
    return Letter(
        definition="pacs.002",
        reference=f"{payment.name} {payment.status}",
        message_id=head.message_id,
        receiver=head.receiver,
        as_mx=partial(build.pacs002, fact),
        as_mt=partial(_rejection, fact) if rejected else None,
        participant=payment.debtor,
    )


def _rejection(fact: PaymentStatus) -> str:
    return converting.to_fin(build.pacs002(fact)).text


def _header(what: str, payment: Payment, receiver: str, book: str, day: date) -> Header:
    return Header(
        message_id=identities.message_id(what, book, payment.source, payment.source_ref),
        sender=house_bic(),
        receiver=receiver,
        created=identities.made_on(day),
    )


def _money(payment: Payment) -> Money:
    exponent = Decimal(1).scaleb(-money.exponent_of(payment.currency))
    return Money(payment.currency, payment.amount.quantize(exponent))


def _party(told: dict[str, Any] | None, name: str, bic: str) -> Party:
    """The customer as the order names it; the participant itself where it names none."""
    if told:
        return Party(**{**told, "address": tuple(told.get("address", ()))})
    return Party(bic=bic) if bic else Party(name=name)
