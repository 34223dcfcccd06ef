"""Instruments, trades and what is unmatched at the desk."""
