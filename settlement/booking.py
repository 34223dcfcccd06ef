"""Book what was cleared and what was settled: batches for the ledger, in its own transaction."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection

from accounting import chart, posting
from accounting import queries as ledger
from accounting.rules import EntryDraft, LineDraft
from backoffice.kernel.actors import Actor
from settlement.rules import booking as rules

CLEARED = """
    SELECT t.source, t.source_ref, t.account, t.direction = 'credit', t.operation, t.amount,
           t.currency, coalesce(p.code, ''), t.purpose
      FROM settlement_clearedtransaction c
      JOIN settlement_transaction t ON t.id = c.transaction_id
      LEFT JOIN settlement_participant p ON p.id = t.participant_id
     WHERE t.book = %s AND c.business_date = %s
     ORDER BY t.source, length(t.source_ref), t.source_ref
"""
CLEARING_JOURNAL = "CLR"
SETTLEMENT_JOURNAL = "STL"
JOURNALS = (
    (CLEARING_JOURNAL, "Clearing", "สมุดรายวันหักบัญชี"),
    (SETTLEMENT_JOURNAL, "Settlement", "สมุดรายวันชำระราคา"),
)


def prepare(*, book: str, actor: Actor, at: datetime) -> None:
    """Make sure that the book's legal entity and settlement's two journals are there."""
    known = ledger.journal_codes(entity=book)
    if known >= {code for code, _en, _th in JOURNALS}:
        return
    chart.ensure_entity(code=book, name_en=book, name_th=book, actor=actor, at=at)
    for code, name_en, name_th in JOURNALS:
        chart.ensure_journal(
            entity=book, code=code, name_en=name_en, name_th=name_th, actor=actor, at=at
        )


def book_cleared(*, book: str, business_date: date, actor: Actor, at: datetime) -> int:
    """Post an entry for each transaction cleared on the day; returns the number of entries."""
    with connection.cursor() as cursor:
        cursor.execute(CLEARED, [book, business_date])
        rows = cursor.fetchall()
    drafts = []
    for source, ref, account, credit, operation, amount, currency, participant, purpose in rows:
        fact = rules.ClearedFact(
            book=book,
            source=source,
            source_ref=ref,
            business_date=business_date,
            account=account,
            credit=credit,
            operation=operation,
            amount=amount,
            currency=currency,
            participant=participant,
            purpose=purpose,
        )
        drafts.append(
            _draft(
                key=f"{source}:{ref}",
                day=business_date,
                journal=CLEARING_JOURNAL,
                book=book,
                memo=f"{operation} {account}",
                lines=rules.entry_of_transaction(fact),
                currency=currency,
            )
        )
    return _post(drafts, book=book, actor=actor, at=at)


def book_settled(
    *, facts: Iterable[rules.SettledFact], book: str, actor: Actor, at: datetime
) -> int:
    """Post an entry for each settled instruction; returns the number of entries."""
    drafts = [
        _draft(
            key=f"settled:{fact.reference}",
            day=fact.business_date,
            journal=SETTLEMENT_JOURNAL,
            book=book,
            memo=f"settled {fact.reference}",
            lines=rules.entry_of_settlement(fact),
            currency=fact.currency,
        )
        for fact in facts
    ]
    return _post(drafts, book=book, actor=actor, at=at)


def _draft(
    *, key: str, day: date, journal: str, book: str, memo: str, lines: rules.Lines, currency: str
) -> EntryDraft:
    return EntryDraft(
        key=key,
        date=day,
        journal=journal,
        entity=book,
        memo=memo,
        lines=tuple(LineDraft(account, amount, currency) for account, amount in lines),
        source="settlement",
    )


def _post(drafts: list[EntryDraft], *, book: str, actor: Actor, at: datetime) -> int:
    if not drafts:
        return 0
    accounts = sorted({line.account for draft in drafts for line in draft.lines})
    chart.ensure_accounts(entity=book, codes=accounts, actor=actor, at=at)
    posting.post_many(entries=drafts, actor=actor, at=at)
    return len(drafts)
