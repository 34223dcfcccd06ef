"""From what the readers hand out to trade drafts, one function a kind of source."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from stdnum.us import rtn

from backoffice.kernel.refusals import Refused
from settlement.formats import trades as house_format
from settlement.formats.ach import codes
from settlement.formats.ach.records import CURRENCY, Category, Entry, Record
from settlement.formats.dates import yymmdd
from settlement.messages.facts import (
    BankTransfer,
    CreditTransfer,
    Header,
    Movement,
    SecuritiesInstruction,
)
from settlement.rules.trades import PartyRef, Scheme, Side, TradeDraft, TradeType

MARKETS: Final = {"TSDCTHBK": "XBKK"}
"""Depository's BIC, first eight → the market whose calendar and cycle apply."""
CUSTOMER: Final = "CT"
BANK: Final = "FI"
ORDERS: Final = {CUSTOMER: "pacs.008.001.08", BANK: "pacs.009.001.08"}
"""How the reference of a payment begins that a message ordered → the message."""


def of_line(trade: house_format.Trade, *, source: str, locked_in: bool = False) -> TradeDraft:
    """A line of the house's trade file, as `source` sent it."""
    return TradeDraft(
        source=source,
        source_ref=trade.trade_id,
        type=trade.type,
        side=trade.side,
        trade_date=trade.trade_date,
        value_date=trade.value_date,
        market=trade.market,
        buyer=PartyRef.code(trade.buyer),
        seller=PartyRef.code(trade.seller),
        instrument=trade.instrument,
        quantity=trade.quantity,
        price=trade.price,
        amount=trade.amount,
        currency=trade.currency,
        locked_in=locked_in,
        line_no=trade.line_no,
    )


def of_ach(
    items: Iterable[Record | Entry | Refused], *, source: str
) -> Iterator[TradeDraft | Refused]:
    """The payments of an ACH file: who receives the money buys it.

    Entries without money (prenotes, notifications of change, acknowledgments) and accounting
    advices pay nothing and are passed over. ACH settles on the effective entry date, or on the
    next banking day; an effective date that is blank or past means the day of the file.
    """
    made, name = date.min, ""
    batch: _Batch | None = None
    for item in items:
        if isinstance(item, Refused):
            yield item
            continue
        if isinstance(item, Record):
            if item.kind == "file-header":
                made = yymmdd(item["file_creation_date"]) or made
                name = f"{item['file_creation_date']}{item['file_id_modifier']}"
            continue
        category = item.category
        pays = item.cents and category is not Category.CHANGE
        if pays and item.transaction_code not in codes.ADVICE_CODES:
            if batch is None or batch.header is not item.batch:
                batch = _Batch.of(item.batch, made, name)
            yield _of_entry(item, category, batch, source)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the payments of one batch share.

    Attributes:
        made, sent_for: the day of the file, and the day that the batch is to settle on.
        prefix: their references begin with it.
    """

    header: Record
    made: date
    sent_for: date
    prefix: str
    originator: PartyRef
    detail: dict[Category, dict[str, str]]

    @classmethod
    def of(cls, header: Record, made: date, file_name: str) -> "_Batch":
        sent_for = max(made, yymmdd(header["effective_entry_date"]) or made)
        # The day it was sent for stands beside the day it rolled to: a calendar may change.
        told = {"sec_code": header["sec_code"], "effective": sent_for.isoformat()}
        return cls(
            header,
            made,
            sent_for,
            f"{file_name}/{header['batch_number']}/",
            _bank(_routing(header["odfi_identification"])),
            {category: {**told, "category": category.value} for category in Category},
        )


def _of_entry(entry: Entry, category: Category, batch: _Batch, source: str) -> TradeDraft:
    receiver = _bank(entry.routing_number)
    account = entry.detail.get("account").strip()
    is_debit = entry.is_debit
    return TradeDraft(
        source=source,
        source_ref=f"{batch.prefix}{entry.trace_number or entry.line_no}",
        type=TradeType.PAYMENT,
        side=Side.BUY,
        trade_date=batch.made,
        value_date=batch.sent_for,
        rolls=True,
        buyer=batch.originator if is_debit else receiver,
        seller=receiver if is_debit else batch.originator,
        buyer_account="" if is_debit else account,
        seller_account=account if is_debit else "",
        amount=entry.amount,
        currency=CURRENCY,
        locked_in=True,
        detail=batch.detail[category],
        line_no=entry.line_no,
    )


@lru_cache(maxsize=4096)
def _bank(number: str) -> PartyRef:
    return PartyRef(Scheme.ABA, number)


@lru_cache(maxsize=4096)
def _routing(eight: str) -> str:
    """The nine digits of a routing number that is written without its check digit."""
    return eight + rtn.calc_check_digit(eight) if len(eight) == 8 and eight.isdigit() else eight


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A message that takes an earlier one back."""

    source: str
    source_ref: str


def of_fact(
    fact: CreditTransfer | BankTransfer | SecuritiesInstruction, *, line_no: int | None = None
) -> TradeDraft | Cancellation:
    """What a message means: a trade or a payment, or that an earlier instruction is cancelled."""
    if isinstance(fact, CreditTransfer):
        return of_credit_transfer(fact, line_no=line_no)
    if isinstance(fact, BankTransfer):
        return of_bank_transfer(fact, line_no=line_no)
    if fact.previous_id:
        return Cancellation(_sender(fact.header), fact.previous_id)
    return of_instruction(fact, line_no=line_no)


def of_credit_transfer(fact: CreditTransfer, *, line_no: int | None = None) -> TradeDraft:
    """A customer credit transfer: the creditor's agent receives what the debtor's agent pays."""
    return _payment(
        fact,
        kind=CUSTOMER,
        payer=fact.debtor_agent or fact.header.sender,
        payee=fact.creditor_agent or fact.header.receiver,
        line_no=line_no,
    )


def of_bank_transfer(fact: BankTransfer, *, line_no: int | None = None) -> TradeDraft:
    """A transfer between institutions."""
    return _payment(fact, kind=BANK, payer=fact.debtor, payee=fact.creditor, line_no=line_no)


def _payment(
    fact: CreditTransfer | BankTransfer, *, kind: str, payer: str, payee: str, line_no: int | None
) -> TradeDraft:
    head = fact.header
    # A UETR names a payment for good, whichever message carries it and however often.
    own = fact.uetr or f"{head.message_id}/{fact.instruction_id}"
    return TradeDraft(
        source=_sender(head),
        source_ref=f"{kind}:{own}",
        type=TradeType.PAYMENT,
        side=Side.SELL,
        # The day a payment is made is its value date; when a message was written differs by copy.
        trade_date=fact.value_date,
        value_date=fact.value_date,
        buyer=PartyRef.bic(payee),
        seller=PartyRef.bic(payer),
        buyer_account=fact.creditor_account or "",
        seller_account=fact.debtor_account or "",
        amount=fact.settled.amount,
        currency=fact.settled.currency,
        locked_in=True,
        detail={
            "message_id": head.message_id,
            "instruction_id": fact.instruction_id,
            "end_to_end_id": fact.end_to_end_id,
            **({"remittance": fact.remittance} if fact.remittance else {}),
            **(_customers(fact) if isinstance(fact, CreditTransfer) else {}),
        },
        line_no=line_no,
    )


def _customers(fact: CreditTransfer) -> dict[str, Any]:
    """Who pays whom at whose cost, for the message that goes on; what is not told is left out."""
    told = {"debtor": fact.debtor, "creditor": fact.creditor}
    return {
        "charge_bearer": fact.charge_bearer,
        **{
            role: {name: value for name, value in asdict(party).items() if value}
            for role, party in told.items()
        },
    }


def of_instruction(fact: SecuritiesInstruction, *, line_no: int | None = None) -> TradeDraft:
    """A settlement instruction: the account's owner on one side, the counterparty on the other."""
    own = PartyRef.bic(fact.owner or fact.header.sender)
    other = PartyRef.bic((fact.counterparty_client or fact.counterparty).bic)
    delivers = fact.movement is Movement.DELIVER
    return TradeDraft(
        source=_sender(fact.header),
        source_ref=fact.transaction_id,
        type=TradeType.DVP if fact.amount else TradeType.FOP,
        side=Side.SELL if delivers else Side.BUY,
        trade_date=fact.trade_date,
        value_date=fact.settlement_date,
        market=MARKETS.get(fact.depository[:8], ""),
        buyer=other if delivers else own,
        seller=own if delivers else other,
        buyer_account=(fact.counterparty.account or "") if delivers else fact.account,
        seller_account=fact.account if delivers else (fact.counterparty.account or ""),
        instrument=fact.isin,
        quantity=fact.quantity,
        amount=fact.amount.amount if fact.amount else Decimal(0),
        currency=fact.amount.currency if fact.amount else "",
        common_ref=fact.common_id or "",
        detail={"message_id": fact.header.message_id, "depository": fact.depository},
        line_no=line_no,
    )


def _sender(head: Header) -> str:
    return head.sender[:11] or "unnamed"
