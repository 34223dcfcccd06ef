"""A nostro, statements brought in, and what is booked on it."""

import io
from datetime import date
from decimal import Decimal

import pytest

from accounting import posting
from accounting.rules import EntryDraft, LineDraft
from settlement import booking
from settlement.formats.bank_statements import READERS
from settlement.reconciliation import keeping, reconciling

DAY = date(1993, 1, 1)
NOSTRO = "Assets:Nostro:CZK"


@pytest.fixture
def nostro(system, at):
    return keeping.enter_account(
        book="HOUSE",
        kind="cash",
        number="NOSTRO-1",
        currency="CZK",
        ledger_account=NOSTRO,
        starts_on=DAY,
        actor=system,
        at=at,
    )


@pytest.fixture
def bring(system, at):
    """Import bytes: `bring(content, "camt")`."""
    names = iter(range(1, 99))

    def bring_file(content, format_="camt", *, actor=system, **more):
        name = f"{format_}{next(names)}"
        return reconciling.import_file(
            statements=READERS[format_](io.BytesIO(content), name=name),
            file_name=name,
            sha256=f"{hash(content) % 16**12:064x}",
            format_=format_,
            book="HOUSE",
            actor=actor,
            at=at,
            **more,
        )

    return bring_file


@pytest.fixture
def post(system, at):
    """Book on the nostro: `post("REF-0001", "100.00")`."""

    def post_one(reference, amount, *, day=DAY, nostro=NOSTRO, currency="CZK"):
        booking.prepare(book="HOUSE", actor=system, at=at)
        draft = EntryDraft(
            key=f"settled:{reference}",
            date=day,
            journal="STL",
            entity="HOUSE",
            memo="",
            lines=(
                LineDraft(nostro, Decimal(amount), currency),
                LineDraft("Assets:Clearing:AB", -Decimal(amount), currency),
            ),
        )
        keeping.chart.ensure_accounts(
            entity="HOUSE", codes=[nostro, "Assets:Clearing:AB"], actor=system, at=at
        )
        return posting.post(entry=draft, actor=system, at=at)

    return post_one
