"""Numbers of the rules in the published sheets, by year and message.

A rule is known by its name and, where it recurs, by the place it applies to. Where no number
is on hand, the name itself is the rule's id.
"""

from settlement.messages.usage_rules import numbers_of_others, numbers_of_payments

NUMBERS = numbers_of_payments.NUMBERS | numbers_of_others.NUMBERS


def rule_id(year: int, profile: str, name: str, place: str) -> str:
    """The id of a rule: "pacs.008-R41", or the message and the rule's name."""
    table = NUMBERS.get((year, profile), {})
    number = table.get(f"{name}@{place}") or table.get(name)
    return f"{profile}-{number or name}"
