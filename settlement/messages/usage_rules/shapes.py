"""Which rules a message of a shape can break: the others are not asked a second time.

A message has a hundred rules, most of them of elements that it does not hold. What breaks a rule
by its shape alone does so whatever the texts say, so a shape once found in order is so for good.
"""

import re
from hashlib import blake2b

from settlement.messages.mx_tree import every
from settlement.messages.usage_rules import tables
from settlement.messages.usage_rules.checks import At
from settlement.messages.usage_rules.tables import Rule
from settlement.messages.xml_door import Document

MOST_SHAPES = 2_000
LARGEST = 1 << 15
"""Bytes of a message beyond which it is hardly ever the shape of another one."""
_TEXT = re.compile(rb">[^<]+")
_LEFT: dict[tuple[str, int, bytes], tuple[Rule, ...]] = {}


def left(kind: str, year: int, document: Document, data: bytes) -> tuple[Rule, ...]:
    """The rules of the sheet that a document of this shape may break, in the table's order.

    Args:
        data: the document as it was written by lxml.
    """
    if len(data) > LARGEST:
        return tables.rules(kind, year)
    key = kind, year, blake2b(_TEXT.sub(b">", data), digest_size=16).digest()
    known = _LEFT.get(key)
    if known is None:
        known = tuple(rule for rule in tables.rules(kind, year) if _may_break(rule, document))
        if len(_LEFT) >= MOST_SHAPES:
            _LEFT.clear()
        _LEFT[key] = known
    return known


def _may_break(rule: Rule, document: Document) -> bool:
    check = rule.check
    if not isinstance(check, At):
        return True
    if check.by_shape:
        return any(True for _ in check(document))
    return all(every(document.body, path) for path in (check.path, check.where) if path)
