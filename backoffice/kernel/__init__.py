"""Money, identifiers, dates, Thai text and refusals: pure Python, no framework."""
