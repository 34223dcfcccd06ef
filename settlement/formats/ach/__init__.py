"""NACHA ACH files: read as a stream, checked by the NACHA Operating Rules, written and repaired.

`reader` reads, `writer` writes, `returning` builds returns and notifications of change,
`repairing` puts a sloppy file in order. README.md of the formats tells the rules.
"""
