"""Trades that a hold stops, and those taken back, at the desk."""
