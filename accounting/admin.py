"""The accounting clerk's pages; goods, prices and price requests have a room of their own."""

from accounting.pricing_desk import admin as pricing_admin

__all__ = ["pricing_admin"]
