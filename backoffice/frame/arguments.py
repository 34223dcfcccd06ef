"""Arguments that commands share."""

from argparse import ArgumentTypeError
from datetime import date, datetime
from typing import Final

from backoffice.kernel.thai import BUDDHIST_OFFSET, EARLIEST_YEAR, LATEST_YEAR, UNLIKELY_YEAR

MOMENT: Final = "write 2026-02-05T17:00+07:00"


def day(text: str) -> date:
    """An ISO date on the command line.

    Raises:
        ArgumentTypeError: no such day, or one of the Buddhist era or of a slip's year, which no
            book has.
    """
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date; write 2026-01-31") from error
    if found.year >= UNLIKELY_YEAR:
        meant = found.year - BUDDHIST_OFFSET
        raise ArgumentTypeError(
            f"{text!r}: years are those of the common era here; {found.year} B.E. is {meant}"
        )
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        years = f"{EARLIEST_YEAR} to {LATEST_YEAR}"
        raise ArgumentTypeError(f"{text!r} is not within the years {years}, which books lie in")
    return found


def moment(text: str) -> datetime:
    """A moment with its zone on the command line.

    Raises:
        ArgumentTypeError: no such moment, or one without a zone, which could mean any.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} is not a moment with its zone; {MOMENT}")
    return found
