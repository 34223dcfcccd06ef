"""Facts of the ledger that others may want to know. Amounts travel as decimal text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class YearClosed:
    """A year's result was carried to retained earnings and its periods shut."""

    entity: str
    year: int
    result: dict[str, str]


@dataclass(frozen=True, slots=True)
class YearReopened:
    """A closed year was opened again, for a reason."""

    entity: str
    year: int
    reason: str
