"""The terms that settlement works under."""
