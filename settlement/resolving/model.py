"""The queue to resolve, and what came of it: frozen facts, amounts in integers.

Every amount is an integer in the smallest unit of its asset (minor units of a currency, the
smallest deliverable fraction of a security); `Problem.decimals` says how many decimals that is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

type Account = tuple[str, str]
"""(participant, asset)."""


class Mode(StrEnum):
    """How the settled set is chosen.

    GROSS: one obligation at a time in queue order, repeated until nothing moves.
    FIFO: the largest set that settles at once and skips nobody's place in the queue.
    OPTIMAL: the best set that settles at once, order ignored, with a bound on any other set.
    """

    GROSS = "gross"
    FIFO = "fifo"
    OPTIMAL = "optimal"


class Objective(StrEnum):
    """What the optimal mode makes largest: obligations settled, or their value."""

    COUNT = "count"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Leg:
    """One delivery: `giver` hands `amount` units of `asset` to `taker`."""

    giver: str
    taker: str
    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class Obligation:
    """Legs that settle together or not at all: a payment, a DvP trade, a PvP pair.

    Attributes:
        id: the obligation's name, unique in the queue.
        legs: every leg, whole.
        value: what settling it whole is worth in the objective, smallest units.
        priority: 0 most urgent to 9; the queue is by priority, then by place in the file.
        lots: 1 for all-or-nothing; k when it may settle in any number of k equal lots.
    """

    id: str
    legs: tuple[Leg, ...]
    value: int
    priority: int = 5
    lots: int = 1


@dataclass(frozen=True, slots=True)
class Limit:
    """How far one account may fall. A field that is None does not apply.

    Attributes:
        credit_line: the balance may close this far below zero.
        net_debit_cap: the batch may take at most this much out of the account, net.
        minimum_balance: the balance must close at or above this.
    """

    participant: str
    asset: str
    credit_line: int | None = None
    net_debit_cap: int | None = None
    minimum_balance: int | None = None

    def floor(self, opening: int) -> int:
        """The lowest closing balance allowed; never above `opening`, so that nothing forces."""
        floor = -(self.credit_line or 0) if self.minimum_balance is None else self.minimum_balance
        if self.net_debit_cap is not None:
            floor = max(floor, opening - self.net_debit_cap)
        return min(floor, opening)


@dataclass(frozen=True, slots=True)
class BilateralLimit:
    """`participant` sends `counterparty` at most `amount` of `asset` in the batch, net."""

    participant: str
    counterparty: str
    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A queue with the balances and limits it settles under.

    Attributes:
        balances: opening balance of each account that was stated; any other opens at zero.
        obligations: in the file's order.
        decimals: decimals per asset; 0 where the input spoke in integers.
        value_decimals: decimals of the obligations' values.
    """

    participants: tuple[str, ...]
    balances: Mapping[Account, int]
    obligations: tuple[Obligation, ...]
    limits: tuple[Limit, ...] = ()
    bilateral_limits: tuple[BilateralLimit, ...] = ()
    decimals: Mapping[str, int] = field(default_factory=dict)
    value_decimals: int = 0

    def queue(self) -> list[int]:
        """Indices of the obligations in queue order: priority first, then place in the file."""
        return sorted(range(len(self.obligations)), key=lambda i: self.obligations[i].priority)


@dataclass(frozen=True, slots=True)
class Shortage:
    """A balance (or, with `counterparty`, a bilateral limit) that one more item would break.

    Attributes:
        short: by how much, in smallest units of `asset`; above zero.
    """

    participant: str
    asset: str
    short: int
    counterparty: str | None = None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Why an obligation (or the `lots` of it that stayed behind) did not settle.

    Attributes:
        shortages: each limit that its next lot would break on top of the settled batch, largest
            share of its need first; empty only when the queue's order alone holds it back.
        behind: the earlier unsettled obligation it waits for (FIFO mode), or None.
    """

    id: str
    lots: int
    shortages: tuple[Shortage, ...]
    behind: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """An obligation that settles in this batch, and how many of its lots."""

    id: str
    lots: int
    of: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """The batch to settle, all at once, and how good it is.

    Attributes:
        count: obligations settled whole.
        value: value settled, partial lots included.
        objective: what was made largest (or, outside the optimal mode, measured).
        bound: no set that keeps the limits reaches more than this; None outside optimal mode.
        gap: (bound - achieved) / bound, 0 when proven; None outside the optimal mode.
        proven: the set is proven best.
        stages: objective reached after each stage of the search, in order.
    """

    mode: Mode
    by: Objective
    settled: tuple[Settled, ...]
    unsettled: tuple[Unsettled, ...]
    closing: Mapping[Account, int]
    count: int
    value: int
    bound: int | None
    gap: float | None
    proven: bool
    stages: tuple[tuple[str, int], ...]
    seconds: float

    @property
    def achieved(self) -> int:
        """The figure that the objective speaks of."""
        return self.count if self.by is Objective.COUNT else self.value
