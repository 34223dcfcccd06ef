"""Dates as files write them."""

import re
from datetime import date

from backoffice.kernel.thai import EARLIEST_YEAR, LATEST_YEAR

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_YYMMDD = re.compile(r"[0-9]{6}\Z", re.ASCII)


def yymmdd(text: str) -> date | None:
    """The day written YYMMDD, or None when it is none.

    Two-digit years by POSIX: 69-99 are 1969-1999, 00-68 are 2000-2068.
    """
    if not _YYMMDD.match(text):
        return None
    year = int(text[:2])
    try:
        return date((1900 if year >= 69 else 2000) + year, int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def iso(text: str) -> date | None:
    """The day written 2026-01-31; None when it is none, of the Buddhist era, or a slip's year."""
    if not _ISO.match(text):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST_YEAR <= found.year <= LATEST_YEAR else None
