"""Books for the ledger's tests, made through its verbs."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from accounting import chart
from accounting.rules.drafts import EntryDraft, LineDraft

ACCOUNTS = ("Assets:Cash", "Assets:Bank:A", "Income:Sales", "Expenses:Rent", "Equity:Opening")
DAY = date(2026, 1, 5)


@pytest.fixture
def books(db, system, at) -> str:
    """An entity in baht with a handful of accounts; its code."""
    return open_books(system, at)


def open_books(system, at, code: str = "HOUSE") -> str:
    chart.ensure_entity(code=code, name_en="House", name_th="บ้าน", actor=system, at=at)
    chart.ensure_accounts(entity=code, codes=ACCOUNTS, actor=system, at=at)
    return code


def draft(key: str, *lines: tuple, day: date = DAY, **other) -> EntryDraft:
    """An entry of (account, amount[, currency[, dimensions]]) lines."""
    made = tuple(
        LineDraft(
            account=line[0],
            amount=Decimal(line[1]),
            currency=line[2] if len(line) > 2 else "THB",
            dimensions=line[3] if len(line) > 3 else {},
        )
        for line in lines
    )
    fields = {"journal": "GEN", "entity": "HOUSE", "memo": "", **other}
    return EntryDraft(key=key, date=day, lines=made, **fields)


def sale(key: str, amount: str = "100.00", **other) -> EntryDraft:
    return draft(key, ("Assets:Cash", amount), ("Income:Sales", f"-{amount}"), **other)


Drafting = Callable[..., EntryDraft]
