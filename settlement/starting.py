"""Start the end of day by hand: the same job that the night starts, on a person's word."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from backoffice.outbox import jobs
from backoffice.outbox import queries as outbox
from settlement import readiness
from settlement.closing import KIND
from settlement.rules import cut_offs
from settlement.trades.deadlines import Deadlines

BANGKOK: Final = ZoneInfo("Asia/Bangkok")


class DayNotReached(Refused):
    """A day that lies ahead takes transactions still."""

    code = "end-of-day-ahead"
    en = "{day} has not come yet; its end cannot be started."
    th = "ยังไม่ถึงวันที่ {day} จึงเริ่มปิดสิ้นวันไม่ได้"


class EarlierDaysOpen(Refused):
    """Days are closed in their order."""

    code = "end-of-day-earlier-open"
    status = 409
    en = "{count} earlier days of {book} are not sealed; close them first."
    th = "ยังมีวันก่อนหน้าของสมุด {book} ที่ยังไม่ปิดผนึก {count} วัน กรุณาปิดวันเหล่านั้นก่อน"


class BeforeCutOff(Refused):
    """A day takes trades until its last cut-off; ending it earlier is a decision of its own."""

    code = "end-of-day-before-cut-off"
    status = 409
    en = (
        "The cut-off of {day} for {scope} is at {until} ({zone}) and has not passed; say that the"
        " day is to be ended before it, or wait."
    )
    th = (
        "เวลาปิดรับของวันที่ {day} สำหรับ {scope} คือ {until} ({zone}) ซึ่งยังไม่ถึง"
        " หากต้องการปิดสิ้นวันก่อนเวลานั้นให้ระบุไว้ มิฉะนั้นกรุณารอ"
    )


def require_reached(*, business_date: date, at: datetime) -> None:
    """Raises DayNotReached before the day has begun in Bangkok."""
    if business_date > at.astimezone(BANGKOK).date():
        raise DayNotReached(Place(field="date"), day=business_date)


def require_order(*, book: str, business_date: date) -> None:
    """Raises EarlierDaysOpen: the seal would refuse, when all else of the day is done already."""
    earlier = readiness.earlier_days(book=book, business_date=business_date)
    if earlier:
        raise EarlierDaysOpen(Place(field="date"), count=len(earlier), book=book)


def require_cut_offs(*, book: str, days: Iterable[date], at: datetime) -> None:
    """Raises BeforeCutOff while a cut-off of one of the days, whose windows are open, is ahead."""
    found = Deadlines(at).ahead(book=book, days=days)
    if found is not None:
        raise BeforeCutOff(
            Place(field="date"),
            day=found.value_date,
            scope=cut_offs.scope_words(found.rule.scope),
            until=f"{found.local:%Y-%m-%d %H:%M}",
            zone=found.rule.zone,
        )


def start(
    *, book: str, business_date: date, actor: Actor, at: datetime, before_cut_off: bool = False
) -> int:
    """See that the day's job is there and goes on; started twice, it goes on as it is.

    A job that failed for good gets a new start; a sealed day has nothing left to do.

    Args:
        before_cut_off: the day is to be ended though a cut-off of it has not passed.

    Returns:
        The job's number.

    Raises:
        NotAllowed: neither checker nor manager of settlement; DayNotReached, EarlierDaysOpen,
        BeforeCutOff.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    require_reached(business_date=business_date, at=at)
    require_order(book=book, business_date=business_date)
    early = Deadlines(at).ahead(book=book, days=[business_date]) if before_cut_off else None
    if not before_cut_off:
        require_cut_offs(book=book, days=[business_date], at=at)
    told = {"before_cut_off": early.local.isoformat()} if early else {}
    with transaction.atomic():
        job_id = jobs.ensure(kind=KIND, business_date=business_date, partition=book, at=at)
        job = outbox.job_progress(kind=KIND, business_date=business_date, partition=book)
        if job["state"] == "failed":
            jobs.retry(job_id=job_id, at=at)
        audit.record(
            actor=actor,
            at=at,
            verb="starting.start",
            subject_kind="settlement.day",
            subject_id=f"{book} {business_date.isoformat()}",
            detail={"job": job_id, "state": job["state"], **told},
        )
    return job_id
