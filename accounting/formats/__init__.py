"""Readers of other programs' books: pure, bytes in and records or refusals out."""
