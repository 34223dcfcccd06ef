"""Which status of a trade may follow which, as depositories and counterparties report them.

After ISO 20022 sese.024 (processing, matching and settlement status) and sese.025: what is settled,
rejected or cancelled is over; nothing settles that was never matched or accepted.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Status(StrEnum):
    """What is reported of a trade."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MATCHED = "matched"
    UNMATCHED = "unmatched"
    PENDING = "pending"
    FAILING = "failing"
    SETTLED = "settled"
    CANCELLED = "cancelled"


FINAL: Final = frozenset({Status.REJECTED, Status.SETTLED, Status.CANCELLED})
_S = Status
NEXT: Final[Mapping[Status | None, frozenset[Status]]] = MappingProxyType(
    {
        None: frozenset({_S.ACCEPTED, _S.REJECTED, _S.MATCHED, _S.UNMATCHED, _S.PENDING}),
        _S.ACCEPTED: frozenset(_S) - {_S.ACCEPTED, _S.FAILING},
        _S.UNMATCHED: frozenset({_S.UNMATCHED, _S.MATCHED, _S.REJECTED, _S.CANCELLED}),
        _S.MATCHED: frozenset({_S.PENDING, _S.FAILING, _S.SETTLED, _S.CANCELLED}),
        _S.PENDING: frozenset(_S) - {_S.ACCEPTED, _S.REJECTED},
        _S.FAILING: frozenset({_S.PENDING, _S.FAILING, _S.SETTLED, _S.CANCELLED}),
        **{status: frozenset[Status]() for status in FINAL},
    }
)


def may_follow(before: Status | None, after: Status) -> bool:
    """True if `after` can come next; `before` is None when nothing was reported yet."""
    return after in NEXT[before]
