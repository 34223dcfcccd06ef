"""Penalties, claims, fees, margins and messages at the desk."""
