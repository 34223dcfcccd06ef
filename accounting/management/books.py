"""Arguments that the ledger's commands share."""

from django.core.management.base import CommandError

from accounting import queries
from backoffice.reference.days import HOUSE


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
