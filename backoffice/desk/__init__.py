"""Everything that waits for a person: one table of work items, claimed, timed, approved by two."""
