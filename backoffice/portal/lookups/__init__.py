"""Answers from the books, the settlement and the records room."""
