"""Customers' transactions: captured, cleared and netted, instructed, traced."""
