"""What a reversal would do: it is posted, looked at, and rolled back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F

from accounting import reversing
from accounting.models import AccountBalance, Entry, Line, Period
from backoffice.frame.trying import trial
from backoffice.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Moved:
    """An account's balance in a currency before the reversal and after it."""

    account: str
    account_id: int
    currency: str
    amount: Decimal
    before: Decimal
    after: Decimal


def preview(
    *, entry: Entry, on: date, memo: str, key: str, actor: Actor, at: datetime
) -> list[Moved]:
    """The accounts that the reversal would move; nothing of it stays.

    Raises:
        Refused: whatever the reversal itself would be refused for.
    """
    with trial():
        posted = reversing.reverse(
            entity=entry.entity.code, entry_id=entry.pk, date=on, memo=memo, key=key, actor=actor,
            at=at,
        )  # fmt: skip
        return moved_by([posted.id])


def moved_by(entry_ids: Iterable[int]) -> list[Moved]:
    """The accounts that entries moved, with what they hold since; three queries."""
    lines = Line.objects.filter(entry_id__in=list(entry_ids)).select_related("account")
    moved: dict[tuple[int, str], tuple[str, Decimal]] = {}
    for line in lines.order_by("entry_id", "line_no"):
        slot = (line.account_id, line.currency)
        _code, sofar = moved.get(slot, ("", Decimal(0)))
        moved[slot] = (line.account.code, sofar + line.amount)
    balances = _balances({account for account, _currency in moved})
    return [
        Moved(code, account, currency, amount, (now := balances[account, currency]) - amount, now)
        for (account, currency), (code, amount) in moved.items()
    ]


def _balances(accounts: set[int]) -> dict[tuple[int, str], Decimal]:
    found = AccountBalance.objects.filter(account_id__in=accounts).annotate(
        now=F("debits_posted") - F("credits_posted")
    )
    rows: Any = found.values_list("account_id", "currency", "now")
    return {(account, currency): now for account, currency, now in rows}


def sensible_day(entry: Entry, *, today: date) -> date:
    """The entry's own day while its period is open, else today: the form begins with it."""
    shut = Period.objects.filter(
        entity_id=entry.entity_id, start__lte=entry.date, end__gte=entry.date
    ).exclude(state="open")
    return today if shut.exists() else entry.date
