"""Usage rules of CBPR+ (SWIFT cross-border payments and reporting), beyond the schema.

`checking.check` is the door. `checks` are the kinds of rule, `tables` say which applies where.
Source: CBPR+ usage guidelines SR2025 and SR2026, rules sheets; the rule names are theirs.
"""
