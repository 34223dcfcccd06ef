"""Priority, promised times, and which state a ticket may go to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from backoffice.kernel.refusals import Place, Refused

CATEGORIES = ("access", "hardware", "software", "network", "data", "batch", "other")
STATES = ("new", "assigned", "waiting", "resolved", "closed")
OPEN = frozenset({"new", "assigned", "waiting"})

# Impact (1 high … 3 low) plus urgency (1 … 3), as the ITIL matrix has it: high and high is
# critical, low and low is low; the counter-diagonal is normal.
PRIORITY_OF_SUM: Mapping[int, int] = MappingProxyType({2: 1, 3: 2, 4: 3, 5: 4, 6: 4})


@dataclass(frozen=True, slots=True)
class Promise:
    """Round-the-clock times within which a ticket is answered and resolved."""

    response: timedelta
    resolution: timedelta


PROMISES: Mapping[int, Promise] = MappingProxyType(
    {
        1: Promise(timedelta(minutes=15), timedelta(hours=4)),
        2: Promise(timedelta(hours=1), timedelta(hours=8)),
        3: Promise(timedelta(hours=4), timedelta(hours=24)),
        4: Promise(timedelta(hours=8), timedelta(hours=72)),
    }
)

# act → the states it may start from and the one it leads to ("" leaves the state as it is).
ACTS: Mapping[str, tuple[frozenset[str], str]] = MappingProxyType(
    {
        "assign": (OPEN, "assigned"),
        "reply": (OPEN, ""),
        "wait": (OPEN, "waiting"),
        "resolve": (OPEN, "resolved"),
        "close": (frozenset({"resolved"}), "closed"),
        "reopen": (frozenset({"resolved", "closed"}), "new"),
    }
)


class BadTicket(Refused):
    """One of the ticket's particulars is missing or unknown."""

    code = "ticket-malformed"
    en = "{value!r} is not a valid {what}."
    th = "{value!r} ไม่ใช่{what_th}ที่ถูกต้อง"


class WrongState(Refused):
    """The act is not for a ticket in this state."""

    code = "ticket-wrong-state"
    status = 409
    en = "Ticket {ticket} is {state}: {act} is not possible."
    th = "เรื่องแจ้ง {ticket} อยู่ในสถานะ {state} จึงทำรายการ {act} ไม่ได้"


def priority(impact: int, urgency: int) -> int:
    """1 critical … 4 low, from impact and urgency (each 1 high … 3 low).

    Raises:
        BadTicket: naming the level that is none.
    """
    for field, value in (("impact", impact), ("urgency", urgency)):
        if value not in (1, 2, 3):
            raise BadTicket(Place(field=field), value=value, what=field, what_th="ระดับ")
    return PRIORITY_OF_SUM[impact + urgency]


def due_times(opened_at: datetime, level: int) -> tuple[datetime, datetime]:
    """When the first response and the resolution of a ticket of priority `level` are due."""
    promise = PROMISES[level]
    return opened_at + promise.response, opened_at + promise.resolution


def state_after(act: str, state: str, *, ticket: str) -> str:
    """The state that `act` leads to from `state`. Raises WrongState."""
    sources, target = ACTS[act]
    if state not in sources:
        raise WrongState(ticket=ticket, state=state, act=act)
    return target or state


def category(text: str) -> str:
    """A known category. Raises BadTicket."""
    if text not in CATEGORIES:
        raise BadTicket(Place(field="category"), value=text, what="category", what_th="หมวดหมู่")
    return text


def title(text: str) -> str:
    """The title in one line of at most 200 characters. Raises BadTicket when nothing is left."""
    found = " ".join(text.split())[:200].rstrip()
    if not found:
        raise BadTicket(Place(field="title"), value=text[:80], what="title", what_th="หัวข้อ")
    return found


def words(text: str, field: str = "body") -> str:
    """What somebody wrote, trimmed. Raises BadTicket when it says nothing or holds NUL."""
    found = text.strip()
    if not found or "\x00" in found:
        raise BadTicket(Place(field=field), value=text[:80], what="text", what_th="ข้อความ")
    return found


def number(serial: int) -> str:
    """The number that people say on the telephone: IT-000123."""
    return f"IT-{serial:06d}"
