"""Statements from banks and custodians: MT940, MT942, MT535."""
