"""The settlement clerk's pages; importing them registers them."""

from settlement.desks.after import admin as after
from settlement.desks.buying_in import admin as buying_in
from settlement.desks.clearing import admin as clearing
from settlement.desks.dates import admin as dates
from settlement.desks.day import admin as day
from settlement.desks.exceptions import admin as exceptions
from settlement.desks.matching import admin as matching
from settlement.desks.rates import admin as rates
from settlement.desks.reconciliation import admin as reconciliation
from settlement.desks.terms import admin as terms
from settlement.desks.trading import admin as trading
from settlement.desks.windows import admin as windows

__all__ = [
    "after",
    "buying_in",
    "clearing",
    "dates",
    "day",
    "exceptions",
    "matching",
    "rates",
    "reconciliation",
    "terms",
    "trading",
    "windows",
]
