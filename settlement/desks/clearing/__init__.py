"""Participants, captured transactions, obligations and instructions at the desk."""
