"""A seed calendar: its days with names and evidence, before it is imported as a version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backoffice.kernel.calendars import SAT_SUN, Calendar


@dataclass(frozen=True, slots=True)
class SeedDay:
    """A day that differs from its week, or that a notice expressly leaves open.

    Attributes:
        date: the day.
        name_en, name_th: what it is called.
        evidence: notice or source, where the day does not follow from the calendar's own rules.
        is_open: True where business is done although a rule or a source says otherwise.
    """

    date: date
    name_en: str
    name_th: str = ""
    evidence: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Seed:
    """A calendar's days from `covers_from` to `covers_until`, and what they rest on."""

    code: str
    name_en: str
    name_th: str
    time_zone: str
    covers_from: date
    covers_until: date
    days: Sequence[SeedDay]
    notice_text: str
    notice_url: str = ""
    weekend: frozenset[int] = SAT_SUN

    def calendar(self) -> Calendar:
        """The seed as a calendar to reckon with."""
        return Calendar(
            code=self.code,
            holidays=frozenset(day.date for day in self.days if not day.is_open),
            weekend=self.weekend,
            working_days=frozenset(
                day.date
                for day in self.days
                if day.is_open and day.date.isoweekday() in self.weekend
            ),
            covers_from=self.covers_from,
            covers_until=self.covers_until,
        )
