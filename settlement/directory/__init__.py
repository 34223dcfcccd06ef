"""Whom the house settles with and in what: participants, instruments, standing instructions."""
