"""Who hears what: every subscription, decision and job of the house on one page.

SUBSCRIPTIONS  event class → functions(event=, at=), run by the outbox, each once.
DECISIONS      work item kind → function(payload=, approved=, actor=, at=), run when a checker
               decides, in the same transaction.
JOBS           job kind → function(claim=, clock=), run by a worker that holds the claim.
UPLOADS        the kinds of files that may be brought to the desk, in the order shown.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from accounting import uploading as accounting_files
from backoffice.desk.events import WorkItemClosed
from backoffice.intake import receiving, working
from backoffice.intake.kinds import Kind
from backoffice.kernel.actors import Actor
from backoffice.portal import notices
from backoffice.reference.events import CalendarChanged
from compliance import parties
from compliance.events import HoldReleased
from itsupport import ticketing
from records.events import ContentDamaged
from settlement import closing
from settlement import uploading as settlement_files
from settlement.charges import buying_in, rating
from settlement.directory import standing
from settlement.events import DayFailed
from settlement.reconciliation import writing_off
from settlement.trades import enriching, gating, redating
from settlement.windows import releasing

HIGH = 1


def ticket_for_failed_day(*, event: DayFailed, at: datetime) -> None:
    """A failed end of day opens one ticket by itself, however often it fails on that step."""
    ticketing.open_ticket(
        title=f"End of day {event.book} {event.business_date} stopped at {event.step}",
        body=event.error,
        category="batch",
        requester_id=None,
        actor=Actor.system("end_of_day"),
        at=at,
        source_key=f"end_of_day:{event.book}:{event.business_date}:{event.step}",
        impact=HIGH,
        urgency=HIGH,
    )


def ticket_for_damage(*, event: ContentDamaged, at: datetime) -> None:
    """A document whose content no longer has its hash opens a ticket."""
    ticketing.open_ticket(
        title=f"Record {event.number} is damaged",
        body=f"Document {event.number} no longer matches its SHA-256.",
        category="data",
        requester_id=None,
        actor=Actor.system("verify_records"),
        at=at,
        source_key=f"damaged:{event.number}",
        impact=HIGH,
        urgency=HIGH,
    )


SUBSCRIPTIONS: Mapping[type[Any], Sequence[Callable[..., None]]] = {
    WorkItemClosed: (notices.answer_arrived, ticketing.follow_desk),
    ContentDamaged: (ticket_for_damage,),
    DayFailed: (ticket_for_failed_day,),
    HoldReleased: (gating.hold_released,),
    CalendarChanged: (redating.calendar_changed,),
}

DECISIONS: Mapping[str, Callable[..., None]] = {
    parties.ACTIVATION: parties.decide_activation,
    standing.KIND: enriching.decide,
    writing_off.KIND: writing_off.decide,
    releasing.KIND: releasing.decide,
    rating.KIND: rating.decide,
    buying_in.KIND: buying_in.decide,
}

JOBS: Mapping[str, Callable[..., None]] = {
    closing.KIND: closing.run_job,
    receiving.JOB: working.run_job,
}

UPLOADS: Sequence[Kind] = (*accounting_files.UPLOADS, *settlement_files.UPLOADS)
