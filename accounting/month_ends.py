"""Month-end totals: they keep reads as of any date short, however long the books are.

A kept month end is the sum of all days up to it. Posting corrects it in its own transaction when a
line is back-dated (the line table's trigger does), so it is never stale.
"""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from accounting import chart
from accounting.models import MonthEndMark
from backoffice.kernel.actors import Actor


def keep(*, entity: str, until: date, actor: Actor, at: datetime) -> list[date]:
    """Keep the totals of every month that ends by `until` and is not kept yet.

    Each month is one transaction, carried forward from the month before; postings of the entity
    wait for it, so it takes the previous month end and one month's days, nothing more.

    Args:
        entity: the entity's code.
        until: the newest month end that may be kept, usually yesterday.
        actor, at: who and when.

    Returns:
        The month ends that were kept now.
    """
    actor.require(*chart.KEEPERS)
    first = _first_missing(chart.entity_id(entity))
    kept = []
    while first is not None and first <= until:
        with transaction.atomic():
            owner = chart.hold_entity(entity)
            with connection.cursor() as cursor:
                cursor.execute("SELECT accounting_keep_month_end(%s, %s, %s)", [owner, first, at])
                if cursor.fetchone()[0]:
                    kept.append(first)
        first = end_of_month(first + timedelta(days=1))
    return kept


def end_of_month(day: date) -> date:
    """The last day of the month of `day`."""
    later = day.replace(day=28) + timedelta(days=4)
    return later - timedelta(days=later.day)


def _first_missing(owner: int) -> date | None:
    """The first month end to keep: after the newest kept one, or that of the first movement."""
    newest = MonthEndMark.objects.filter(entity_id=owner).order_by("-month_end").first()
    if newest is not None:
        return end_of_month(newest.month_end + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(d.day) FROM accounting_daymovement d"
            " JOIN accounting_account a ON a.id = d.account_id WHERE a.entity_id = %s",
            [owner],
        )
        day = cursor.fetchone()[0]
    return None if day is None else end_of_month(day)
