"""Rates that fails are charged by, at the desk."""
