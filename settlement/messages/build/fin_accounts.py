"""MT940 (statement), MT900 and MT910 (advices) out of facts."""

import datetime as dt
from decimal import Decimal

from settlement.messages.build.fin_message import digits, text
from settlement.messages.facts import AccountStatement, Entry
from settlement.messages.to_mt.drafting import NOT_PROVIDED, Draft, fold, reference

DETAIL_LENGTH = 34
SERVICER_LENGTH = 16


def mt940(fact: AccountStatement) -> str:
    """A statement of account; intermediate balances where pages follow.

    Raises:
        BrokenField: a value that could not be read back as written.
    """
    draft = Draft()
    draft.add("20", _own(fact))
    draft.add("25", fact.account)
    draft.add("28C", f"{fact.number % 100_000}/{fact.page}")
    opening = "60F" if fact.page == 1 else "60M"
    draft.add(opening, _balance(fact.opening, fact.opened_on, fact.currency))
    for entry in fact.entries:
        draft.add("61", _line(entry))
    closing = "62F" if fact.last_page else "62M"
    draft.add(closing, _balance(fact.closing, fact.closed_on, fact.currency))
    return text(fact.header, "940", draft)


def mt900(fact: AccountStatement) -> list[str]:
    """An advice for each entry: MT900 for a debit, MT910 for a credit.

    Raises:
        BrokenField: a value that could not be read back as written.
    """
    return [_advice(fact, entry) for entry in fact.entries]


def _advice(fact: AccountStatement, entry: Entry) -> str:
    draft = Draft()
    draft.add("20", reference(entry.servicer_reference or _own(fact)))
    draft.add("21", reference(entry.instruction_id or entry.reference))
    draft.add("25", fact.account)
    amount = f"{fact.currency}{digits(abs(entry.amount))}"
    draft.add("32A", f"{entry.value_date:%y%m%d}{amount}")
    draft.add("52D", NOT_PROVIDED if entry.amount >= 0 else None)
    return text(fact.header, "900" if entry.amount < 0 else "910", draft, uetr=entry.uetr)


def _own(fact: AccountStatement) -> str:
    """The statement's own reference where FIN can carry it, the message's otherwise."""
    told = reference(fact.statement_id)
    return told if told == fact.statement_id else reference(fact.header.message_id)


def _balance(amount: Decimal, day: dt.date, currency: str) -> str:
    return f"{'D' if amount < 0 else 'C'}{day:%y%m%d}{currency}{digits(abs(amount))}"


def _line(entry: Entry) -> str:
    """Value date, entry date, mark, amount, type, references; details on a second line."""
    told = reference(entry.reference)
    owner = "NONREF" if told == NOT_PROVIDED else told
    own = (
        f"//{fold(entry.servicer_reference)[:SERVICER_LENGTH]}" if entry.servicer_reference else ""
    )
    mark = "D" if entry.amount < 0 else "C"
    head = f"{entry.value_date:%y%m%d}{entry.booked_on:%m%d}{mark}{digits(abs(entry.amount))}"
    detail = f"\n{fold(entry.detail)[:DETAIL_LENGTH]}" if entry.detail else ""
    return f"{head}NTRF{owner}{own}{detail}"
