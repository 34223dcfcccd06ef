"""The accounting clerk's pages for the journal."""
