"""State accounts to participants: camt.053 and camt.054 of a closed day, filed as records.

Built from the ledger: a participant's account with the house, and what is on its way to or from
it. Participants with a BIC get statements; the others have nowhere to receive them. The same books
give the same bytes, whenever they are made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import transaction

from accounting import queries as ledger
from backoffice.kernel import money
from backoffice.kernel.actors import Actor
from records import filing
from settlement.messages import build
from settlement.messages.facts import AccountStatement, Entry, Header
from settlement.models import OutgoingMessage, Participant
from settlement.rules import identities
from settlement.rules.booking import clearing_account
from settlement.rules.reconciliation import short
from settlement.rules.trade_booking import Change, position_account

RECORD_CLASS: Final = "STM"
DEFAULT_BIC: Final = "BCKOTHBKXXX"
CLEARING: Final = "-CLR"
"""What ends the number of a participant's clearing account."""


@dataclass(frozen=True, slots=True)
class Stated:
    """Messages made now, and how many of the day there are."""

    made: int
    messages: int


@dataclass(frozen=True, slots=True)
class _Account:
    """A participant's account that moved on the day; amounts as the ledger has them."""

    participant: Participant
    number: str
    ledger_account: str
    currency: str
    opening: Decimal
    closing: Decimal


def house_bic() -> str:
    """The BIC that the house sends under."""
    return str(getattr(settings, "HOUSE_BIC", DEFAULT_BIC))


def state_day(*, book: str, business_date: date, actor: Actor, at: datetime) -> Stated:
    """Make, check and file the day's statements and advices: a step of the end of day.

    A camt.053 and a camt.054 for each account that moved, valid against their schemas. Making
    them again changes nothing.

    Raises:
        SchemaBroken: a fact does not fit the message, with field and rule.
    """
    known = set(
        OutgoingMessage.objects.filter(
            book=book, business_date=business_date, definition__startswith="camt."
        ).values_list("definition", "reference")
    )
    made = 0
    with transaction.atomic():
        for account in _moved(book, business_date):
            fact = _statement(account, book, business_date)
            for definition, builder in BUILDERS.items():
                if (definition, fact.statement_id) not in known:
                    keep(
                        definition=definition,
                        reference=fact.statement_id,
                        message_id=fact.header.message_id,
                        content=builder(fact),
                        record_class=RECORD_CLASS,
                        book=book,
                        business_date=business_date,
                        participant=account.participant,
                        actor=actor,
                        at=at,
                    )
                    made += 1
    return Stated(made, len(known) + made)


def statement(*, book: str, business_date: date, participant: str) -> list[AccountStatement]:
    """A participant's statements of a day as facts; `build.mt940` makes their MT equivalents."""
    return [
        _statement(account, book, business_date)
        for account in _moved(book, business_date)
        if account.participant.code == participant
    ]


def keep(
    *,
    definition: str,
    reference: str,
    message_id: str,
    content: bytes,
    record_class: str,
    book: str,
    business_date: date,
    participant: Participant | None,
    actor: Actor,
    at: datetime,
) -> OutgoingMessage:
    """File a message that leaves the house, and note where it lies."""
    filed = filing.file(
        record_class=record_class,
        title=f"{definition} {reference}",
        content=content,
        media_type="application/xml",
        source_key=f"{definition}/{book}/{reference}",
        actor=Actor.system("stating") if actor.is_process else actor,
        at=at,
    )
    return OutgoingMessage.objects.create(
        book=book,
        business_date=business_date,
        participant=participant,
        definition=definition,
        reference=reference,
        message_id=message_id,
        document_id=filed.id,
        made_at=at,
    )


def _moved(book: str, day: date) -> Iterator[_Account]:
    """The accounts of participants with a BIC that moved on the day, in order."""
    reachable = list(Participant.objects.exclude(bic="").order_by("code"))
    if not reachable:
        return
    owners: dict[str, tuple[Participant, str]] = {}
    for one in reachable:
        own = position_account(Change(one.code, "", is_cash=True, quantity=Decimal(0)))
        owners[own] = (one, one.code)
        owners[clearing_account(one.code)] = (one, one.code + CLEARING)
    before = {
        (row.account, row.currency): row
        for row in ledger.trial_balance(entity=book, as_of=day - timedelta(days=1))
        if row.account in owners
    }
    for row in ledger.trial_balance(entity=book, as_of=day):
        if row.account not in owners or not money.is_current(row.currency):
            continue
        was = before.get((row.account, row.currency))
        if was is not None and (was.debit, was.credit) == (row.debit, row.credit):
            continue
        participant, number = owners[row.account]
        opening = was.balance if was is not None else Decimal(0)
        yield _Account(participant, number, row.account, row.currency, opening, row.balance)


def _statement(account: _Account, book: str, day: date) -> AccountStatement:
    """The day of an account as its participant sees it: what the house owes it is its credit."""
    reference = f"{account.number[:12]}-{account.currency}-{day:%Y%m%d}"
    lines = ledger.statement_lines(entity=book, account=account.ledger_account, from_=day, to=day)
    entries = tuple(
        Entry(
            amount=_exact(-line.amount, line.currency),
            booked_on=line.date,
            value_date=line.date,
            reference=identities.end_to_end(line.key.partition(":")[2] or line.key),
            servicer_reference=short(line.key),
            detail=line.memo[:140] or None,
        )
        for line in lines
        if line.currency == account.currency
    )
    return AccountStatement(
        header=Header(
            message_id=identities.message_id(book, reference, account.participant.code),
            sender=house_bic(),
            receiver=account.participant.bic,
            created=identities.made_on(day),
        ),
        statement_id=reference,
        account=account.number,
        currency=account.currency,
        number=day.timetuple().tm_yday,
        opened_on=day,
        opening=_exact(-account.opening, account.currency),
        closed_on=day,
        closing=_exact(-account.closing, account.currency),
        entries=entries,
    )


def _exact(amount: Decimal, currency: str) -> Decimal:
    """With the currency's own decimals; zero without a sign."""
    return amount.quantize(Decimal(1).scaleb(-money.exponent_of(currency))) + 0


BUILDERS: Final[dict[str, Callable[[AccountStatement], bytes]]] = {
    "camt.053": build.camt053,
    "camt.054": build.camt054,
}
