"""Which closing entry of a year stands: what shuts a year, and what must not be undone apart."""

from typing import Final

from django.db.models import QuerySet

from accounting.models import Entry
from backoffice.kernel.refusals import Refused

JOURNAL: Final = "YEC"
SOURCE: Final = "year-end"


class YearIsShut(Refused):
    """A part of a closed year is not opened or undone alone: its result was carried as a whole."""

    code = "year-shut"
    status = 409
    en = "The year {year} is closed and its result carried; reopen the year as a whole."
    th = "ปี {year} ปิดแล้วและยกผลไปแล้ว ต้องเปิดทั้งปีใหม่"


def standing(owner: int, year: int) -> Entry | None:
    """The closing entry of an entity's year that stands: posted and not reversed."""
    reversed_ones = Entry.objects.filter(entity_id=owner, reversal_of__isnull=False)
    found = entries(owner, year)
    return found.exclude(pk__in=reversed_ones.values("reversal_of_id")).order_by("-pk").first()


def entries(owner: int, year: int) -> QuerySet[Entry]:
    """Those that closing posted; an entry that somebody else gave such a key is none."""
    return Entry.objects.filter(
        entity_id=owner,
        journal__code=JOURNAL,
        source=SOURCE,
        key__startswith=f"year-close:{year}:",
    )


def is_of_closing(entry: Entry) -> bool:
    """Whether the entry closed a year, or took such a closing back."""
    told = entry.reversal_of if entry.reversal_of is not None else entry
    return told.source == SOURCE and told.journal.code == JOURNAL
