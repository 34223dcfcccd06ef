"""The settlement clerk's pages; importing them registers them."""

from settlement.desks.after import admin as after
from settlement.desks.clearing import admin as clearing
from settlement.desks.dates import admin as dates
from settlement.desks.day import admin as day
from settlement.desks.rates import admin as rates
from settlement.desks.reconciliation import admin as reconciliation
from settlement.desks.trading import admin as trading

__all__ = ["after", "clearing", "dates", "day", "rates", "reconciliation", "trading"]
