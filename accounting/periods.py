"""Periods of the books: open, soft-closed (checkers may still post), hard-closed (nobody may).

A poster holds the period's row FOR SHARE until commit, and closing takes it FOR UPDATE: a posting
either comes before the close or is refused, never in between.
"""

import calendar
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from accounting import chart, year_ends
from accounting.models import Entry, Period
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused

OPEN, SOFT, HARD = Period.State.OPEN, Period.State.SOFT, Period.State.HARD
KEEPERS: Final = (Role.CHECKER, Role.MANAGER)


class PeriodUnknown(Refused):
    """No such period in the entity's books."""

    code = "period-unknown"
    status = 404
    en = "The entity {entity} has no period {name}."
    th = "กิจการ {entity} ไม่มีงวด {name}"


class PeriodsOverlap(Refused):
    """A day belongs to one period at most."""

    code = "periods-overlap"
    en = "The period {name} overlaps {other}."
    th = "งวด {name} ซ้อนกับงวด {other}"


class EarlierPeriodOpen(Refused):
    """Periods are hard-closed in their order."""

    code = "earlier-period-open"
    status = 409
    en = "The period {name} cannot be hard-closed before {earlier}."
    th = "ปิดงวด {name} ถาวรก่อนงวด {earlier} ไม่ได้"


class ReasonMissing(Refused):
    """Reopening is explained, or not done."""

    code = "reopen-reason-missing"
    en = "Reopening the period {name} needs a reason."
    th = "การเปิดงวด {name} ใหม่ต้องระบุเหตุผล"


def define_year(*, entity: str, year: int, actor: Actor, at: datetime) -> list[int]:
    """Make the twelve monthly periods of a calendar year, open; those there already stay.

    Returns:
        Their ids, January first.

    Raises:
        EntityUnknown, PeriodsOverlap, NotAllowed.
    """
    actor.require(*KEEPERS, department=Department.ACCOUNTING)
    owner = chart.entity_id(entity)
    with transaction.atomic():
        ids = []
        for month in range(1, 13):
            start = date(year, month, 1)
            end = date(year, month, calendar.monthrange(year, month)[1])
            ids.append(_define(owner, f"{year}-{month:02d}", start, end))
        _trail("periods.define_year", f"{entity} {year}", actor, at)
    return ids


def _define(owner: int, name: str, start: date, end: date) -> int:
    near = Period.objects.filter(entity_id=owner, start__lte=end, end__gte=start)
    for known in near:
        if (known.start, known.end) == (start, end):
            return known.pk
        raise PeriodsOverlap(name=name, other=known.name)
    return Period.objects.create(entity_id=owner, name=name, start=start, end=end).pk


def soft_close(*, entity: str, name: str, actor: Actor, at: datetime) -> None:
    """Let only checkers and managers post into the period from now on.

    Raises:
        PeriodUnknown, NotAllowed.
    """
    actor.require(*KEEPERS, department=Department.ACCOUNTING)
    with transaction.atomic():
        period = _locked(entity, name)
        if period.state == OPEN:
            _change(
                period, SOFT, "periods.soft_close", entity=entity, actor=actor, at=at, reason=""
            )


def hard_close(*, entity: str, name: str, actor: Actor, at: datetime) -> None:
    """Let nobody post into the period. Periods are hard-closed in their order.

    Raises:
        PeriodUnknown, EarlierPeriodOpen, NotAllowed.
    """
    actor.require(Role.MANAGER, department=Department.ACCOUNTING)
    with transaction.atomic():
        period = _locked(entity, name)
        earlier = (
            Period.objects.filter(entity_id=period.entity_id, end__lt=period.start)
            .exclude(state=HARD)
            .order_by("start")
            .first()
        )
        if earlier is not None:
            raise EarlierPeriodOpen(name=name, earlier=earlier.name)
        if period.state != HARD:
            _change(
                period, HARD, "periods.hard_close", entity=entity, actor=actor, at=at, reason=""
            )


def reopen(*, entity: str, name: str, reason: str, actor: Actor, at: datetime) -> None:
    """Open a closed period again: a manager's act, on the trail with its reason.

    Not one of a closed year: what was posted there would never be carried with its result.

    Raises:
        PeriodUnknown, ReasonMissing, YearIsShut, NotAllowed.
    """
    actor.require(Role.MANAGER, department=Department.ACCOUNTING)
    with transaction.atomic():
        # A year that is being closed is waited for.
        owner = chart.hold_entity(entity)
        found = Period.objects.filter(entity_id=owner, name=name).first()
        if found is not None and year_ends.standing(owner, found.end.year) is not None:
            raise year_ends.YearIsShut(Place(field="name"), year=found.end.year)
        open_again(entity=entity, name=name, reason=reason, actor=actor, at=at)


def open_again(*, entity: str, name: str, reason: str, actor: Actor, at: datetime) -> None:
    """As `reopen`, without a look at the year: its closing is taken back in the same transaction.

    Raises:
        PeriodUnknown, ReasonMissing, NotAllowed.
    """
    actor.require(Role.MANAGER, department=Department.ACCOUNTING)
    if not reason.strip():
        raise ReasonMissing(Place(field="reason"), name=name)
    with transaction.atomic():
        period = _locked(entity, name)
        if period.state != OPEN:
            _change(
                period, OPEN, "periods.reopen", entity=entity, actor=actor, at=at, reason=reason
            )


def names_of_year(*, entity: str, year: int) -> list[str]:
    """Names of the periods that end in the year, in order."""
    found = Period.objects.filter(entity_id=chart.entity_id(entity), end__year=year)
    return list(found.order_by("start").values_list("name", flat=True))


def is_closed(*, entity_id: int, day: date) -> bool:
    """Whether the day lies in a period that is soft-closed or hard-closed."""
    found = Period.objects.filter(entity_id=entity_id, start__lte=day, end__gte=day)
    return found.exclude(state=OPEN).exists()


def open_ones(*, entity: str, until: date) -> Iterable[str]:
    """Names of the periods that end by `until` and are not hard-closed, in order."""
    found = Period.objects.filter(entity_id=chart.entity_id(entity), end__lte=until)
    return found.exclude(state=HARD).order_by("start").values_list("name", flat=True)


def _locked(entity: str, name: str) -> Period:
    owner = chart.entity_id(entity)
    found = Period.objects.select_for_update().filter(entity_id=owner, name=name).first()
    if found is None:
        raise PeriodUnknown(Place(field="name"), entity=entity, name=name)
    return found


def _change(
    period: Period, state: str, verb: str, *, entity: str, actor: Actor, at: datetime, reason: str
) -> None:
    detail = {"from": str(period.state), "to": str(state), "reason": reason}
    # Who was waited for may say a later moment than who closes: the close comes after both.
    inside = Entry.objects.filter(
        entity_id=period.entity_id, date__range=(period.start, period.end)
    )
    newest = inside.aggregate(newest=Max("recorded_at"))["newest"] if state == HARD else None
    period.state, period.changed_at = state, max(at, newest or at)
    period.save(update_fields=["state", "changed_at"])
    _trail(verb, f"{entity} {period.name}", actor, at, detail)


def _trail(
    verb: str, subject: str, actor: Actor, at: datetime, detail: dict[str, str] | None = None
) -> None:
    audit.record(
        actor=actor,
        at=at,
        verb=verb,
        subject_kind="accounting.period",
        subject_id=subject,
        detail=detail,
    )
