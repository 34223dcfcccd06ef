"""Post what participants owe each other: lines that sum to zero, an entry for each currency."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from accounting import chart, posting
from accounting.rules import EntryDraft, LineDraft
from backoffice.kernel.actors import Actor
from settlement import booking
from settlement.rules.booking import clearing_account

Nets = Mapping[tuple[str, str], Decimal]
"""(participant, currency) → what it receives, negative what it pays, in major units."""
Amounts = Mapping[tuple[str, str], Decimal]
"""(ledger account, currency) → above zero a debit, in major units."""


def post(
    *, key: str, memo: str, nets: Nets, book: str, day: date, actor: Actor, at: datetime
) -> int:
    """Post the nets on the participants' clearing accounts; returns how many entries."""
    amounts = on_clearing(nets)
    return post_amounts(key=key, memo=memo, amounts=amounts, book=book, day=day, actor=actor, at=at)


def on_clearing(nets: Nets) -> dict[tuple[str, str], Decimal]:
    """The nets as debits of the participants' clearing accounts."""
    return {
        (clearing_account(participant), currency): -net
        for (participant, currency), net in nets.items()
    }


def post_amounts(
    *, key: str, memo: str, amounts: Amounts, book: str, day: date, actor: Actor, at: datetime
) -> int:
    """Post an entry for each currency; an entry that was posted before is not posted again.

    Args:
        key: the entries' key, to which the currency is added.
        amounts: of each currency they sum to zero.

    Returns:
        How many entries.
    """
    lines: dict[str, list[LineDraft]] = {}
    for (account, currency), amount in sorted(amounts.items()):
        if amount:
            lines.setdefault(currency, []).append(LineDraft(account, amount, currency))
    if not lines:
        return 0
    booking.prepare(book=book, actor=actor, at=at)
    accounts = sorted({line.account for part in lines.values() for line in part})
    chart.ensure_accounts(entity=book, codes=accounts, actor=actor, at=at)
    drafts = [
        EntryDraft(
            key=f"{key}:{currency}",
            date=day,
            journal=booking.SETTLEMENT_JOURNAL,
            entity=book,
            memo=memo,
            lines=tuple(part),
            source="settlement",
        )
        for currency, part in sorted(lines.items())
    ]
    posting.post_many(entries=drafts, actor=actor, at=at)
    return len(drafts)
