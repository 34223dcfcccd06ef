"""Compliance: who the firm deals with, and what may not move."""
