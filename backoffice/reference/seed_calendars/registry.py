"""All seed calendars by code."""

from collections.abc import Callable
from functools import cache
from typing import Final

from backoffice.reference.seed_calendars import thailand
from backoffice.reference.seed_calendars.seed import Seed

BUILDERS: Final[dict[str, Callable[[], Seed]]] = {"XBKK": thailand.seed}


@cache
def get(code: str) -> Seed:
    """The seed calendar `code`; raises KeyError if there is none."""
    return BUILDERS[code]()
