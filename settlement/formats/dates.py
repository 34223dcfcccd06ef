"""Dates as files write them."""

import re
from datetime import date

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
