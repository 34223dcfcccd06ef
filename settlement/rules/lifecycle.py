"""The states of windows, settlements and their accounts, and the steps between them.

The order is that of Mojaloop's deferred net settlement: OPEN, CLOSED, PENDING_SETTLEMENT,
PS_TRANSFERS_RECORDED, PS_TRANSFERS_RESERVED, PS_TRANSFERS_COMMITTED, SETTLED. A settlement's state
follows from its accounts'; a window's from its settlement's. From COMMITTED on nothing is aborted:
that is the point of finality.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from backoffice.kernel.refusals import Refused


class State(StrEnum):
    """States of accounts and settlements (OPEN and CLOSED are windows' alone)."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    PENDING = "PENDING_SETTLEMENT"
    RECORDED = "PS_TRANSFERS_RECORDED"
    RESERVED = "PS_TRANSFERS_RESERVED"
    COMMITTED = "PS_TRANSFERS_COMMITTED"
    SETTLING = "SETTLING"
    SETTLED = "SETTLED"
    ABORTED = "ABORTED"


PATH: Final = (State.PENDING, State.RECORDED, State.RESERVED, State.COMMITTED, State.SETTLED)
"""The way of an account: no step is skipped, and none is taken back."""


class StepRefused(Refused):
    """A step that the lifecycle does not have."""

    code = "settlement-step-refused"
    status = 409
    en = "{subject} cannot go from {before} to {after}."
    th = "{subject} เปลี่ยนจาก {before} เป็น {after} ไม่ได้"


class AbortRefused(Refused):
    """A settlement with a committed account is final and cannot be aborted."""

    code = "settlement-final"
    status = 409
    en = "The settlement cannot be aborted: account {account} is {state}."
    th = "ยกเลิกการชำระดุลไม่ได้ บัญชี {account} อยู่ในสถานะ {state}"


@dataclass(frozen=True, slots=True)
class Change:
    """A state that something entered; changes are kept, never rewritten."""

    subject: str
    state: State
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settlement with its accounts' states, and the changes that led there.

    Attributes:
        accounts: account → state.
        state: derived from the accounts.
        changes: every state that accounts and settlement entered, in order.
    """

    accounts: Mapping[str, State]
    state: State
    changes: tuple[Change, ...] = field(default=())

    @classmethod
    def of(cls, accounts: Iterable[str]) -> "Settlement":
        """A new settlement over `accounts`, all pending; one without any settles at once."""
        states = dict.fromkeys(accounts, State.PENDING)
        state = settlement_state(states.values())
        made = tuple(Change(account, State.PENDING) for account in states)
        return cls(MappingProxyType(states), state, (*made, Change("", state)))


def settlement_state(accounts: Iterable[State]) -> State:
    """A settlement's state: that of the account furthest behind.

    SETTLING once some, but not all, accounts are settled. A settlement without accounts (every net
    is zero) is SETTLED: nothing is left to do.
    """
    states = set(accounts)
    if not states:
        return State.SETTLED
    if State.ABORTED in states:
        return State.ABORTED
    behind = min(states, key=PATH.index)
    if State.SETTLED in states and behind is not State.SETTLED:
        return State.SETTLING
    return behind


def advance(settlement: Settlement, account: str, to: State, note: str = "") -> Settlement:
    """The settlement after `account` has gone one step on to `to`.

    No account runs ahead: it takes a step when all accounts have taken the one before. The state
    that an account is in already may be told again, with another note: the change is kept, the
    state stays. Raises StepRefused for any other step.
    """
    before = settlement.accounts.get(account)
    if before is None or not _may_step(before, to, settlement.accounts.values()):
        raise StepRefused(subject=account, before=before or "-", after=to)
    accounts = {**settlement.accounts, account: to}
    state = settlement_state(accounts.values())
    changes = [*settlement.changes, Change(account, to, note)]
    if state is not settlement.state:
        changes.append(Change("", state, note))
    return Settlement(MappingProxyType(accounts), state, tuple(changes))


def _may_step(before: State, to: State, accounts: Iterable[State]) -> bool:
    if before not in PATH or to not in PATH or to is State.PENDING:
        return False
    if before is to:
        return True
    needed = PATH.index(to) - 1
    return PATH.index(before) == needed and all(PATH.index(one) >= needed for one in accounts)


def abort(settlement: Settlement, note: str = "") -> Settlement:
    """The settlement with all its accounts aborted; told again, only the note is kept.

    Raises AbortRefused once any account is committed or settled.
    """
    for account, state in settlement.accounts.items():
        if state in {State.COMMITTED, State.SETTLED}:
            raise AbortRefused(account=account, state=state)
    if settlement.state is State.SETTLED:
        raise AbortRefused(account="-", state=settlement.state)
    told = Change("", State.ABORTED, note)
    if settlement.state is State.ABORTED:
        return replace(settlement, changes=(*settlement.changes, told))
    accounts = dict.fromkeys(settlement.accounts, State.ABORTED)
    changes = tuple(Change(account, State.ABORTED, note) for account in accounts)
    return Settlement(
        MappingProxyType(accounts), State.ABORTED, (*settlement.changes, *changes, told)
    )


# ---- Windows ---------------------------------------------------------------------------------
WINDOW_STEPS: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.OPEN: frozenset({State.CLOSED}),
        State.CLOSED: frozenset({State.PENDING, State.SETTLED}),
        State.PENDING: frozenset({State.SETTLED, State.ABORTED}),
        # What an aborted settlement left is taken up by the next one.
        State.ABORTED: frozenset({State.PENDING, State.SETTLED}),
        State.SETTLED: frozenset(),
    }
)


def window_state(settlement: State) -> State:
    """The state of a window whose content is in a settlement of that state."""
    if settlement in {State.SETTLED, State.ABORTED}:
        return settlement
    return State.PENDING


def step_window(before: State, after: State) -> State:
    """`after`, if a window may go there from `before`; raises StepRefused."""
    if after not in WINDOW_STEPS.get(before, frozenset()):
        raise StepRefused(subject="window", before=before, after=after)
    return after
