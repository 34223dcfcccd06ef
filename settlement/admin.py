"""The settlement clerk's pages; importing them registers them."""

from settlement.after_desk import admin as after
from settlement.clearing_desk import admin as clearing
from settlement.dates_desk import admin as dates
from settlement.day_desk import admin as day
from settlement.rates_desk import admin as rates
from settlement.reconciliation_desk import admin as reconciliation
from settlement.trading_desk import admin as trading

__all__ = ["after", "clearing", "dates", "day", "rates", "reconciliation", "trading"]
