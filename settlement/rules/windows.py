"""How far a participant is covered, and in which state a window is.

Cover counts what stands on the account and what is still owed in every window, open or closed. To
settle a window moves an amount from the one to the other, so that no window's settlement can take
the cover away from another's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from settlement.rules.lifecycle import State


@dataclass(frozen=True, slots=True)
class Cover:
    """What one participant has of one asset, may fall to, and still owes; in units of the asset.

    Attributes:
        position: on the account.
        credit: how far below zero the account may fall.
        owed: window → net still owed in it (above zero) or to come (below zero).
    """

    position: Decimal
    credit: Decimal
    owed: Mapping[int, Decimal]

    @property
    def free(self) -> Decimal:
        """What may still be taken on: below zero, the participant is not covered."""
        return self.position + self.credit - sum(self.owed.values(), Decimal(0))


def settled(cover: Cover, window: int) -> Cover:
    """The cover after all of one window's net is settled: as free as before."""
    owed = {one: amount for one, amount in cover.owed.items() if one != window}
    return replace(cover, position=cover.position - cover.owed.get(window, Decimal(0)), owed=owed)


def window_state(*, is_open: bool, netted: bool, unsettled: int) -> State:
    """A window's state: open, closed, pending settlement, or settled.

    A window without unsettled legs is settled, also when nothing had to be moved: it was empty, or
    every net of it was zero.
    """
    if is_open:
        return State.OPEN
    if not netted:
        return State.CLOSED
    return State.PENDING if unsettled else State.SETTLED
