"""The tables beside the day's pictures, row by row, to be taken away."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from settlement.pictures import figures

BANGKOK: Final = "Asia/Bangkok"
Table = tuple[tuple[Any, ...], Iterable[tuple[Any, ...]]]


def flows(book: str, day: date, asset: str) -> Table:
    """Who pays whom how much of the asset."""
    house = gettext("House")
    header = (_("Pays"), _("Receives"), _("Net amount"), _("Currency"))
    told = figures.flows(book=book, day=day, asset=asset)
    return header, ((o.payer or house, o.payee or house, plain(o.value), asset) for o in told)


def hours(book: str, day: date, _asset: str) -> Table:
    """Items settled in each hour in Bangkok, and the share of what was due, in percent."""
    header = (_("Hour"), _("Settled"), _("Share"))
    told = figures.by_hour(book=book, day=day, zone=BANGKOK)
    return header, ((f"{o.hour:02}:00", o.settled, o.percent) for o in told)


def ages(book: str, day: date, asset: str) -> Table:
    """Failing trades by business days of fail, and their value in the asset."""
    header = (_("Business days"), _("Trades"), _("Value"), _("Currency"))
    told = figures.fails(book=book, day=day, asset=asset)
    return header, ((o.name, o.fails, plain(o.value), asset) for o in told)


def uses(book: str, day: date, asset: str) -> Table:
    """The most that each participant drew of what it could draw on."""
    header = (_("Participant"), _("Used"), _("Used at most"), _("Available"), _("Currency"))
    told = figures.liquidity(book=book, day=day, asset=asset)
    rows = ((f"{o.percent}%", plain(o.used), plain(o.available)) for o in told)
    return header, ((o.participant, *row, asset) for o, row in zip(told, rows, strict=True))


def plain(value: Decimal) -> str:
    """A number for a spreadsheet: exact, without the zeros that a column keeps at its end."""
    return f"{value.normalize():f}"


TABLES: Final[Mapping[str, Callable[[str, date, str], Table]]] = {
    "flows": flows,
    "hours": hours,
    "ages": ages,
    "uses": uses,
}
