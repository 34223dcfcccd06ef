"""Accounts asked for in batches, judged one after the other, as TigerBeetle judges them.

Pure: names of statuses, the order in which rules are tried and what a linked chain means are those
of TigerBeetle 0.17, `create_accounts` (docs/reference/requests/create_accounts.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from accounting.rules.transfers import CREATED, LAST_ID

TOTALS: Final = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")
NOTHING: Final = (Decimal(0),) * 4


@dataclass(frozen=True, slots=True)
class AccountRequest:
    """An account to open for transfers.

    Attributes:
        id: its number.
        currency: its ledger; required.
        code: the caller's own kind of account; required.
        limits: what may not exceed what; one at most.
        user_data: the caller's own data of 128, 64 and 32 bits.
        history: asks for balances after every transfer, which this ledger can always tell.
        linked: opened together with the next one, or not at all.
        totals: what the caller says it holds, as `TOTALS` names it: an account begins with nothing.
    """

    id: int
    currency: str
    code: int
    limits: tuple[str, ...] = ()
    user_data: tuple[int, int, int] = (0, 0, 0)
    history: bool = False
    linked: bool = False
    totals: tuple[Decimal, ...] = NOTHING

    @property
    def flags(self) -> tuple[object, ...]:
        """All flags, as they are compared with those of an account of the same number."""
        return (self.limits, self.history, self.linked)


def decide(batch: Sequence[AccountRequest], known: dict[int, AccountRequest]) -> list[str]:
    """One status for each request; a linked chain is opened whole or not at all.

    Args:
        batch: in the order in which they came.
        known: the accounts there are; afterwards also those that were created.
    """
    statuses: list[str] = []
    start: int | None = None
    broken = False
    fresh: list[int] = []
    for index, request in enumerate(batch):
        if start is None and request.linked:
            start, broken = index, False
            fresh.clear()
        status = _in_chain(request, known, broken=broken, last=index == len(batch) - 1)
        statuses.append(status)
        if status == CREATED:
            known[request.id] = request
            fresh.append(request.id)
        if start is None:
            continue
        if status != CREATED and not broken:
            broken = True
            for number in fresh:
                del known[number]
            statuses[start:index] = ["linked_event_failed"] * (index - start)
        if not request.linked or status == "linked_event_chain_open":
            start, broken = None, False
    return statuses


def _in_chain(
    request: AccountRequest, known: dict[int, AccountRequest], *, broken: bool, last: bool
) -> str:
    if request.linked and last:
        return "linked_event_chain_open"
    if broken:
        return "linked_event_failed"
    if request.id in known:
        return _already(request, known[request.id])
    return _form(request)


def _form(request: AccountRequest) -> str:
    tests = (
        (request.id == 0, "id_must_not_be_zero"),
        (request.id == LAST_ID, "id_must_not_be_int_max"),
        (len(request.limits) > 1, "flags_are_mutually_exclusive"),
        *((total != 0, f"{name}_must_be_zero")
          for name, total in zip(TOTALS, request.totals, strict=True)),
        (not request.currency, "ledger_must_not_be_zero"),
        (not request.code, "code_must_not_be_zero"),
    )  # fmt: skip
    return next((name for wrong, name in tests if wrong), CREATED)


def _already(request: AccountRequest, known: AccountRequest) -> str:
    same = [("flags", known.flags == request.flags)]
    same += [
        (f"user_data_{bits}", mine == its)
        for bits, mine, its in zip((128, 64, 32), request.user_data, known.user_data, strict=True)
    ]
    same += [("ledger", known.currency == request.currency), ("code", known.code == request.code)]
    return next((f"exists_with_different_{name}" for name, equal in same if not equal), "exists")
