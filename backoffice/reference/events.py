"""Facts of reference data. Dates travel as ISO text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalendarChanged:
    """A calendar has a new version: what rests on an earlier one may be derived anew."""

    calendar: str
    version_id: int
    number: int
