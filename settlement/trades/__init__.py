"""Trades from capture to open legs: dated, enriched, matched, gated, amended."""
