"""Others' statements held against the house's books, and what becomes of differences."""
