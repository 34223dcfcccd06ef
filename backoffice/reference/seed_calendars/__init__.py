"""Calendars that a new house starts with: rules and notices in code, imported as version 1."""
