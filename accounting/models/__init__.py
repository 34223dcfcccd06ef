"""Tables of the ledger."""

from accounting.models.balances import AccountBalance, DayMovement, MonthEnd, MonthEndMark
from accounting.models.book import DimensionSet, Entry, FailedKey, Line, Pending, PendingLine
from accounting.models.chart import Account, Entity, Journal, Period
from accounting.models.prices import Good, Price, PriceList, StockLevel, StockMovement
from accounting.models.proof import LogLeaf, LogSeal, LogTile
from accounting.models.rates import Rate

__all__ = [
    "Account",
    "AccountBalance",
    "DayMovement",
    "DimensionSet",
    "Entity",
    "Entry",
    "FailedKey",
    "Good",
    "Journal",
    "Line",
    "LogLeaf",
    "LogSeal",
    "LogTile",
    "MonthEnd",
    "MonthEndMark",
    "Pending",
    "PendingLine",
    "Period",
    "Price",
    "PriceList",
    "Rate",
    "StockLevel",
    "StockMovement",
]
