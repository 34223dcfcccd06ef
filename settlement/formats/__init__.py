"""File formats at the door of settlement: pure, streaming readers and writers.

Nothing here knows Django or the database. Every reader yields frozen lines with flat memory and
refuses bad input with file, line, field and rule. README.md describes each format.
"""
