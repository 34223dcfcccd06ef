"""Arguments that the ledger's commands share."""

from argparse import ArgumentTypeError
from datetime import date

from django.core.management.base import CommandError

from accounting import queries
from backoffice.reference.days import HOUSE


def day(text: str) -> date:
    """An ISO date on the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date; write 2026-01-31") from error


def one_entity(code: str | None) -> str:
    """The entity named; else the only one there is, or the house's own books among several.

    The commands of the end of day work on the house's books too when nobody names others.

    Raises:
        CommandError: when none is named and none of these is there.
    """
    if code:
        return code
    codes = queries.entities()
    if HOUSE in codes:
        return HOUSE
    if len(codes) != 1:
        raise CommandError(f"Say which entity with --entity: {', '.join(codes) or 'there is none'}")
    return codes[0]
