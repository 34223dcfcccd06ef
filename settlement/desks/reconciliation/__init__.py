"""Statements, matches and breaks at the desk."""
