"""How positions are booked: what a participant has with the house is the house's liability to it.

The house's own side is where the assets lie: cash on its nostro, everything else in custody. Every
asset is a currency of the ledger, so entries balance asset by asset, and a participant's account
in the ledger always shows its position with the sign turned.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from backoffice.kernel.money import WIDE
from settlement.rules.booking import NOSTRO, Lines

PARTICIPANTS: Final = "Liabilities:Participants"
CUSTODY: Final = "Assets:Custody"
_LEDGER_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,23}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one position, in units of the asset; an empty participant is the house's side."""

    participant: str
    asset: str
    is_cash: bool
    quantity: Decimal


def ledger_code(asset: str) -> str:
    """What the ledger calls an asset: its own code, or a digest of one that it could not take."""
    if _LEDGER_CODE.fullmatch(asset):
        return asset
    return "X-" + hashlib.sha256(asset.encode()).hexdigest()[:16].upper()


def position_account(change: Change) -> str:
    """The ledger account that a change of position is booked on."""
    if change.participant:
        return f"{PARTICIPANTS}:{change.participant.replace(':', '.')}"
    return f"{NOSTRO}:{change.asset}" if change.is_cash else CUSTODY


def lines_of(changes: Iterable[Change]) -> Lines:
    """Lines of one asset's changes as (account, amount): what comes to a participant is a credit.

    The changes sum to zero, and so do the lines. Changes of the same account are put together, and
    those that cancel out are left out.
    """
    sums: dict[str, Decimal] = {}
    for change in changes:
        account = position_account(change)
        sums[account] = WIDE.subtract(sums.get(account, Decimal(0)), change.quantity)
    return tuple((account, amount) for account, amount in sorted(sums.items()) if amount)
