"""IT support: tickets from the first word to the closed case."""
