"""Arguments that commands share."""

from argparse import ArgumentTypeError
from datetime import date

from backoffice.kernel.thai import BUDDHIST_OFFSET, UNLIKELY_YEAR


def day(text: str) -> date:
    """An ISO date on the command line.

    Raises:
        ArgumentTypeError: no such day, or one of the Buddhist era, which no book has.
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
    return found
