"""Business days: a book's day is opened, closes, and is sealed; postings need it open.

Lock order: the business-day row comes before any other row of the posting, and the poster holds it
FOR SHARE until commit, so that closing waits for postings under way and none slips in behind it.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Role
from backoffice.kernel.refusals import Refused
from backoffice.reference.models import BusinessDay

HOUSE: Final = "HOUSE"
OPEN, CLOSING, CLOSED = BusinessDay.State.OPEN, BusinessDay.State.CLOSING, BusinessDay.State.CLOSED

STATES_TH: Final = {
    "unopened": "ยังไม่เปิด",
    "open": "เปิดทำการ",
    "closing": "กำลังปิดสิ้นวัน",
    "closed": "ปิดและผนึกแล้ว",
}


class DayNotOpen(Refused):
    """The business day does not take postings: it was never opened, is closing, or is sealed."""

    code = "day-not-open"
    status = 409
    en = "Business day {date} of {book} is not open ({state})."
    th = "วันทำการ {date} ของสมุด {book} ไม่ได้เปิดอยู่ ({state_th})"


class DaySealed(Refused):
    """A sealed day is not opened again by the ordinary verbs."""

    code = "day-sealed"
    status = 409
    en = "Business day {date} of {book} is sealed."
    th = "วันทำการ {date} ของสมุด {book} ปิดผนึกแล้ว"


class DayNotClosing(Refused):
    """Only a day that is closing can be sealed."""

    code = "day-not-closing"
    status = 409
    en = "Business day {date} of {book} cannot be sealed: it is {state}, not closing."
    th = "ปิดผนึกวันทำการ {date} ของสมุด {book} ไม่ได้ สถานะคือ{state_th} ไม่ใช่กำลังปิดสิ้นวัน"


class EarlierDayUnsealed(Refused):
    """Days are sealed in their order."""

    code = "earlier-day-unsealed"
    status = 409
    en = "Business day {date} of {book} cannot be sealed before {earlier}."
    th = "ปิดผนึกวันทำการ {date} ของสมุด {book} ก่อนวันที่ {earlier} ไม่ได้"


class ReasonMissing(Refused):
    """Reopening a day is explained, or not done."""

    code = "reopen-reason-missing"
    en = "Reopening business day {date} needs a reason."
    th = "การเปิดวันทำการ {date} ใหม่ต้องระบุเหตุผล"


def open_day(*, business_date: date, actor: Actor, at: datetime, book: str = HOUSE) -> BusinessDay:
    """Open the day of `book`; one that is open already is left as it is.

    Raises DayNotOpen if it is closing, DaySealed if it is closed.
    """
    with transaction.atomic():
        day, created = BusinessDay.objects.get_or_create(
            book=book, date=business_date, defaults={"opened_at": at}
        )
        if created:
            _audit("days.open_day", day, actor, at)
    if day.state == CLOSED:
        raise DaySealed(date=business_date, book=book)
    if day.state != OPEN:
        raise DayNotOpen(date=business_date, book=book, **_state(day.state))
    return day


def require_open(*, business_date: date, book: str = HOUSE, closing_too: bool = False) -> None:
    """Refuse DayNotOpen unless the day takes postings; holds its row FOR SHARE until commit.

    Args:
        closing_too: the end-of-day ritual's own postings are also taken while the day closes.

    Raises RuntimeError outside a transaction, where the lock would hold nothing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("require_open() belongs in the transaction of the posting")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state FROM reference_businessday WHERE book = %s AND date = %s FOR SHARE",
            [book, business_date],
        )
        row = cursor.fetchone()
    state = row[0] if row else "unopened"
    if state != OPEN and not (closing_too and state == CLOSING):
        raise DayNotOpen(date=business_date, book=book, **_state(state))


def not_taking(*, dates: Iterable[date], book: str = HOUSE) -> set[date]:
    """Which of `dates` are closing or sealed; the rows of the others are held FOR SHARE.

    A date that was never opened takes what is captured for it: the day opens later.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT date, state FROM reference_businessday"
            " WHERE book = %s AND date = ANY(%s) ORDER BY date FOR SHARE",
            [book, sorted(dates)],
        )
        return {day for day, state in cursor.fetchall() if state != OPEN}


def begin_closing(
    *, business_date: date, actor: Actor, at: datetime, book: str = HOUSE
) -> BusinessDay:
    """Cut-off: the day takes no more postings; waits for those under way. Again: no effect.

    Raises DayNotOpen if it was never opened, DaySealed if it is closed.
    """
    with transaction.atomic():
        day = _locked(business_date, book)
        if day.state == CLOSED:
            raise DaySealed(date=business_date, book=book)
        if day.state == OPEN:
            day.state, day.closing_at = CLOSING, at
            day.save(update_fields=["state", "closing_at"])
            _audit("days.begin_closing", day, actor, at)
    return day


def seal(
    *, business_date: date, actor: Actor, at: datetime, book: str = HOUSE, fingerprint: str = ""
) -> BusinessDay:
    """Close the day for good. Sealing a sealed day has no effect.

    Args:
        fingerprint: SHA-256 of what the day's report states, kept as the seal.

    Raises DayNotOpen if there is no such day, DayNotClosing unless it is closing, and
    EarlierDayUnsealed while an earlier day of the book is not closed.
    """
    with transaction.atomic():
        day = _locked(business_date, book)
        if day.state == CLOSED:
            return day
        if day.state != CLOSING:
            raise DayNotClosing(date=business_date, book=book, **_state(day.state))
        unsealed = BusinessDay.objects.filter(book=book, date__lt=business_date)
        earlier = unsealed.exclude(state=CLOSED).order_by("date").first()
        if earlier:
            raise EarlierDayUnsealed(date=business_date, book=book, earlier=earlier.date)
        day.state, day.closed_at, day.seal = CLOSED, at, fingerprint
        day.save(update_fields=["state", "closed_at", "seal"])
        _audit("days.seal", day, actor, at)
    return day


def reopen(
    *, business_date: date, actor: Actor, at: datetime, reason: str, book: str = HOUSE
) -> BusinessDay:
    """Open a closing or sealed day again: a manager's act, on the trail with its reason.

    Raises ReasonMissing, NotAllowed, and DayNotOpen if there is no such day.
    """
    actor.require(Role.MANAGER)
    if not reason.strip():
        raise ReasonMissing(date=business_date)
    with transaction.atomic():
        day = _locked(business_date, book)
        before = {"state": day.state, "seal": day.seal, "reason": reason}
        if day.state != OPEN:
            day.state, day.closing_at, day.closed_at, day.seal = OPEN, None, None, ""
            day.save(update_fields=["state", "closing_at", "closed_at", "seal"])
            _audit("days.reopen", day, actor, at, before)
    return day


def _state(state: str) -> dict[str, str]:
    """The state as both languages' sentences name it."""
    return {"state": state, "state_th": STATES_TH[state]}


def _locked(business_date: date, book: str) -> BusinessDay:
    day = BusinessDay.objects.select_for_update().filter(book=book, date=business_date).first()
    if day is None:
        raise DayNotOpen(date=business_date, book=book, **_state("unopened"))
    return day


def _audit(
    verb: str, day: BusinessDay, actor: Actor, at: datetime, detail: dict[str, str] | None = None
) -> None:
    audit.record(
        actor=actor,
        at=at,
        verb=verb,
        subject_kind="reference.business_day",
        subject_id=f"{day.book}/{day.date}",
        detail=detail,
    )
