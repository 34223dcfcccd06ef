"""Post what participants owe each other: nets that sum to zero, on their clearing accounts."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from accounting import chart, posting
from accounting.rules import EntryDraft, LineDraft
from backoffice.kernel.actors import Actor
from settlement import booking
from settlement.rules.booking import clearing_account

Nets = Mapping[tuple[str, str], Decimal]


def post(
    *, key: str, memo: str, nets: Nets, book: str, day: date, actor: Actor, at: datetime
) -> int:
    """Post an entry for each currency; an entry that was posted before is not posted again.

    Args:
        key: the entries' key, to which the currency is added.
        nets: (participant, currency) → what it receives, negative what it pays, major units; a
            currency's nets sum to zero.

    Returns:
        How many entries.
    """
    lines: dict[str, list[LineDraft]] = {}
    for (participant, currency), net in sorted(nets.items()):
        if net:
            line = LineDraft(clearing_account(participant), -net, currency)
            lines.setdefault(currency, []).append(line)
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
