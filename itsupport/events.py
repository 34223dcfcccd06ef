"""Facts of the helpdesk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TicketOpened:
    """Somebody, or a process, asked for help."""

    ticket_id: int
    number: str
    category: str
    priority: int
    requester_id: int | None
    source_key: str


@dataclass(frozen=True, slots=True)
class TicketAnswered:
    """The helpdesk wrote something that the requester may read."""

    ticket_id: int
    number: str
    requester_id: int | None


@dataclass(frozen=True, slots=True)
class TicketResolved:
    """The helpdesk says that it works again."""

    ticket_id: int
    number: str
    requester_id: int | None


@dataclass(frozen=True, slots=True)
class TicketReopened:
    """It does not work after all."""

    ticket_id: int
    number: str
    requester_id: int | None
