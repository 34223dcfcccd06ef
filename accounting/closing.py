"""Year-end: income and expense are carried to retained earnings, and the year is shut.

The closing entry is an ordinary entry in a journal of its own, so any report can leave it out, and
reopening reverses it instead of removing it.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import connection, transaction

from accounting import chart, periods, posting, reversing, year_ends
from accounting.events import YearClosed, YearReopened
from accounting.models import Entry
from accounting.recording import PostedEntry
from accounting.rules import EntryDraft, LineDraft
from accounting.year_ends import JOURNAL, SOURCE
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from backoffice.outbox import publishing

RETAINED: Final = "Equity:Retained Earnings"
# What income and expense accounts moved in the year, by currency and dimension set.
RESULT = """
    SELECT a.code, m.currency, coalesce(d.dimensions, '{}'::jsonb),
           sum(m.debits - m.credits), sum(m.value)
      FROM accounting_daymovement m
      JOIN accounting_account a ON a.id = m.account_id
      LEFT JOIN accounting_dimensionset d ON d.id = m.dimension_set_id
     WHERE a.entity_id = %(entity)s AND a.type IN ('income', 'expense')
       AND m.day BETWEEN %(first)s AND %(last)s
     GROUP BY 1, 2, 3
    HAVING sum(m.debits - m.credits) <> 0 OR sum(m.value) <> 0
     ORDER BY 1, 2, 3
"""


class YearClosedAlready(Refused):
    """The year was closed and not reopened since."""

    code = "year-closed"
    status = 409
    en = "The year {year} of {entity} is closed."
    th = "ปี {year} ของกิจการ {entity} ปิดแล้ว"


class YearNotClosed(Refused):
    """Only a closed year can be reopened."""

    code = "year-not-closed"
    status = 409
    en = "The year {year} of {entity} is not closed."
    th = "ปี {year} ของกิจการ {entity} ยังไม่ได้ปิด"


@dataclass(frozen=True, slots=True)
class ClosedYear:
    """What closing a year did.

    Attributes:
        entry: the closing entry, None when there was no result to carry.
        result: net income by currency; above zero is a profit.
        periods: names of the periods that were hard-closed.
    """

    entry: PostedEntry | None
    result: dict[str, Decimal]
    periods: tuple[str, ...]


def close_year(*, entity: str, year: int, actor: Actor, at: datetime) -> ClosedYear:
    """Carry the year's result to retained earnings and hard-close its periods, in one transaction.

    Dimensions stay on the income and expense lines and on their counterparts, so that mandatory
    dimensions are met and retained earnings can be read by dimension too.

    Raises:
        YearClosedAlready, EarlierPeriodOpen, EntityUnknown, NotAllowed (a manager's act).
    """
    actor.require(Role.MANAGER, department=Department.ACCOUNTING)
    with transaction.atomic():
        # Who is posting comes before the result is summed up, or finds the year shut.
        owner = chart.hold_entity(entity)
        if year_ends.standing(owner, year) is not None:
            raise YearClosedAlready(Place(field="year"), entity=entity, year=year)
        periods.define_year(entity=entity, year=year, actor=actor, at=at)
        chart.ensure_journal(
            entity=entity,
            code=JOURNAL,
            name_en="Year-end closing",
            name_th="สมุดรายวันปิดบัญชีสิ้นปี",
            actor=actor,
            at=at,
        )
        lines, result = _lines(owner, year)
        posted = _post(entity, year, lines, actor, at) if lines else None
        names = tuple(periods.open_ones(entity=entity, until=date(year, 12, 31)))
        for name in names:
            periods.hard_close(entity=entity, name=name, actor=actor, at=at)
        audit.record(
            actor=actor,
            at=at,
            verb="closing.close_year",
            subject_kind="accounting.year",
            subject_id=f"{entity} {year}",
            detail={"result": {code: str(amount) for code, amount in result.items()}},
        )
        told = {code: str(amount) for code, amount in result.items()}
        publishing.publish(event=YearClosed(entity=entity, year=year, result=told), at=at)
    return ClosedYear(posted, result, names)


def reopen_year(*, entity: str, year: int, reason: str, actor: Actor, at: datetime) -> PostedEntry:
    """Reopen a closed year: its periods open again, and the closing entry is reversed.

    Raises:
        YearNotClosed, ReasonMissing, NotAllowed.
    """
    actor.require(Role.MANAGER, department=Department.ACCOUNTING)
    with transaction.atomic():
        owner = chart.hold_entity(entity)
        found = year_ends.standing(owner, year)
        if found is None:
            raise YearNotClosed(Place(field="year"), entity=entity, year=year)
        for name in periods.names_of_year(entity=entity, year=year):
            periods.open_again(entity=entity, name=name, reason=reason, actor=actor, at=at)
        publishing.publish(event=YearReopened(entity=entity, year=year, reason=reason), at=at)
        return reversing.take_back(
            entity=entity,
            entry_id=found.pk,
            date=found.date,
            key=f"reopen:{found.key}",
            memo=f"Year {year} reopened: {reason}"[:500],
            actor=actor,
            at=at,
        )


def _lines(owner: int, year: int) -> tuple[tuple[LineDraft, ...], dict[str, Decimal]]:
    """Lines that empty income and expense into retained earnings, and the result by currency."""
    with connection.cursor() as cursor:
        cursor.execute(
            RESULT, {"entity": owner, "first": date(year, 1, 1), "last": date(year, 12, 31)}
        )
        rows = cursor.fetchall()
    result: dict[str, Decimal] = {}
    carried: dict[tuple[str, str], tuple[dict[str, str], Decimal, Decimal]] = {}
    lines = []
    for account, currency, text, balance, value in rows:
        # Django hands jsonb of hand-written SQL over as text.
        dimensions = json.loads(text)
        lines.append(LineDraft(account, -balance, currency, -value, dimensions))
        result[currency] = result.get(currency, Decimal(0)) - balance
        place = (currency, text)
        _dimensions, amount, worth = carried.get(place, (dimensions, Decimal(0), Decimal(0)))
        carried[place] = (dimensions, amount + balance, worth + value)
    lines += [
        LineDraft(RETAINED, amount, currency, worth, dimensions)
        for (currency, _text), (dimensions, amount, worth) in sorted(carried.items())
        if amount or worth
    ]
    return tuple(lines), result


def _post(
    entity: str, year: int, lines: tuple[LineDraft, ...], actor: Actor, at: datetime
) -> PostedEntry:
    chart.ensure_accounts(entity=entity, codes=[RETAINED], actor=actor, at=at)
    owner = chart.entity_id(entity)
    earlier = Entry.objects.filter(entity_id=owner, key__startswith=f"year-close:{year}:").count()
    draft = EntryDraft(
        key=f"year-close:{year}:{earlier + 1}",
        date=date(year, 12, 31),
        journal=JOURNAL,
        entity=entity,
        memo=f"Closing {year}",
        lines=lines,
        source=SOURCE,
    )
    return posting.post(entry=draft, actor=actor, at=at)
