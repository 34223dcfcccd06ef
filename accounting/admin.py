"""The accounting clerk's pages, a room for each desk."""

from accounting.account_desk import admin as account_admin
from accounting.closing_desk import admin as closing_admin
from accounting.ledger_desk import admin as ledger_admin
from accounting.pricing_desk import admin as pricing_admin

__all__ = ["account_admin", "closing_admin", "ledger_admin", "pricing_admin"]
