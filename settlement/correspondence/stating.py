"""State accounts to participants: cash and securities of a closed day, filed as records.

camt.053 (or MT940), camt.054 (MT900, MT910) out of the ledger: a participant's account with the
house, and what is on its way to or from it. semt.002 (MT535) out of the sheet of positions.
Participants with a BIC get statements; the others have nowhere to receive them. The same books
give the same bytes, whenever they are made.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Final

from accounting import queries as ledger
from accounting.queries import StatementLine
from backoffice.kernel import money
from backoffice.kernel.actors import Actor
from settlement.correspondence import mailing
from settlement.messages import build
from settlement.messages.facts import (
    AccountStatement,
    Entry,
    Header,
    Holding,
    HoldingsStatement,
)
from settlement.models import Participant
from settlement.rules import identities
from settlement.rules.booking import clearing_account
from settlement.rules.reconciliation import short
from settlement.rules.trade_booking import Change, position_account

RECORD_CLASS: Final = "STM"
CLEARING: Final = "-CLR"
"""What ends the number of a participant's clearing account."""
ACCOUNT: Final = re.compile(r"[A-Za-z0-9.-]{1,34}")
"""What an account's number may be in both standards."""
STATEMENT_ACCOUNT_LENGTH: Final = 20
HOLDINGS: Final = """
    SELECT p.id, p.code, p.bic, i.code, i.asset_class, i.name_en, h.quantity
      FROM settlement_positionsheet h
      JOIN settlement_participant p ON p.id = h.participant_id AND p.bic <> ''
      JOIN settlement_instrument i ON i.code = h.asset AND i.kind = 'security'
     WHERE h.book = %(book)s AND h.business_date = %(day)s AND h.quantity <> 0
     ORDER BY p.code, i.code
"""


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


def state_day(*, book: str, business_date: date, actor: Actor, at: datetime) -> Stated:
    """Make, check and file the day's statements and advices: a step of the end of day.

    For each account that moved a statement and an advice, for each participant that holds
    securities a statement of holdings, in the standard that it wants. Making them again changes
    nothing. Comes after posting and the sheet of positions.

    Raises:
        SchemaBroken, BrokenField: a fact does not fit the message, with field and rule.
    """
    post = mailing.Post(book, business_date, RECORD_CLASS, actor, at)
    sent = mailing.send(letters=_letters(book, business_date), post=post)
    return Stated(sent.new, sent.letters)


def _letters(book: str, day: date) -> Iterator[mailing.Letter]:
    for account, fact in _statements(book, day):
        yield from _cash_letters(account, fact)
    for participant, held in holdings(book=book, business_date=day):
        yield _custody_letter(participant, held)


def _cash_letters(account: _Account, fact: AccountStatement) -> Iterator[mailing.Letter]:
    mts: dict[str, Callable[[], str]] = {
        "camt.053": lambda: build.mt940(fact),
        "camt.054": lambda: "".join(build.mt900(fact)),
    }
    for definition, builder in BUILDERS.items():
        yield mailing.Letter(
            definition=definition,
            reference=fact.statement_id,
            message_id=fact.header.message_id,
            receiver=fact.header.receiver,
            as_mx=partial(builder, fact),
            as_mt=mts[definition],
            participant=account.participant.pk,
        )


def _custody_letter(participant: int, fact: HoldingsStatement) -> mailing.Letter:
    return mailing.Letter(
        definition="semt.002",
        reference=fact.statement_id,
        message_id=fact.header.message_id,
        receiver=fact.header.receiver,
        as_mx=partial(build.semt002, fact),
        as_mt=partial(build.mt535, fact),
        participant=participant,
    )


def holdings(*, book: str, business_date: date) -> Iterator[tuple[int, HoldingsStatement]]:
    """Participant's id and its statement of holdings, of those with a BIC and securities.

    Read from the day's sheet of positions, by participant's code and ISIN.
    """
    rows = mailing.rows(sql=HOLDINGS, book=book, day=business_date)
    for (participant, code, bic), group in groupby(rows, key=lambda row: row[:3]):
        fact = HoldingsStatement(
            header=Header(
                message_id=identities.message_id("semt.002", book, code, business_date),
                sender=mailing.house_bic(),
                receiver=bic,
                created=identities.made_on(business_date),
            ),
            statement_id=f"{_within(code)}-{business_date:%Y%m%d}",
            account=account_number(code),
            number=business_date.timetuple().tm_yday,
            as_of=business_date,
            holdings=tuple(
                Holding(isin, quantity.normalize() + 0, is_debt(asset_class), name or None)
                for *_, isin, asset_class, name, quantity in group
            ),
            owner=bic,
        )
        yield participant, fact


def account_number(number: str) -> str:
    """The number as it stands where both standards can carry it, short otherwise."""
    return number if ACCOUNT.fullmatch(number) else short(number)


def _within(number: str) -> str:
    """The number in as many characters as a statement's reference leaves."""
    return number if len(number) <= STATEMENT_ACCOUNT_LENGTH else short(number)


def is_debt(asset_class: str) -> bool:
    """Whether quantities of the class are face amounts."""
    return "bond" in asset_class or "debt" in asset_class


def statement(*, book: str, business_date: date, participant: str) -> list[AccountStatement]:
    """A participant's statements of a day as facts; `build.mt940` makes their MT equivalents."""
    return [
        fact
        for account, fact in _statements(book, business_date)
        if account.participant.code == participant
    ]


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


def _statements(book: str, day: date) -> Iterator[tuple[_Account, AccountStatement]]:
    """Every account that moved with its statement; the lines of all of them are one stream."""
    moved = [
        (name, list(accounts))
        for name, accounts in groupby(_moved(book, day), key=lambda one: one.ledger_account)
    ]
    lines = ledger.lines_of_accounts(
        entity=book, accounts=[name for name, _ in moved], from_=day, to=day
    )
    by_account = groupby(lines, key=lambda line: line[0])
    waiting = next(by_account, None)
    for name, accounts in moved:
        own: list[StatementLine] = []
        if waiting is not None and waiting[0] == name:
            own = [line for _, line in waiting[1]]
            waiting = next(by_account, None)
        for account in accounts:
            yield account, _statement(account, own, book, day)


def _statement(
    account: _Account, lines: list[StatementLine], book: str, day: date
) -> AccountStatement:
    """The day of an account as its participant sees it: what the house owes it is its credit."""
    reference = f"{_within(account.number)}-{account.currency}-{day:%Y%m%d}"
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
            sender=mailing.house_bic(),
            receiver=account.participant.bic,
            created=identities.made_on(day),
        ),
        statement_id=reference,
        account=account_number(account.number),
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
