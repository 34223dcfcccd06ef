"""Facts of settlement. Dates travel as ISO text, amounts as decimal text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DayCleared:
    """A business day was cleared, settled, reported and sealed."""

    book: str
    business_date: str
    transactions: int
    obligations: int
    document: str


@dataclass(frozen=True, slots=True)
class DayFailed:
    """The end of day stopped before its seal; somebody must look."""

    book: str
    business_date: str
    step: str
    error: str
