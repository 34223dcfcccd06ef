"""The door: which rules a document breaks, where, and the refusal of one that breaks any."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from backoffice.kernel.refusals import Place
from settlement.messages.mx_tree import at, local_name, text_at
from settlement.messages.refusals import UsageRuleBroken
from settlement.messages.usage_rules import shapes, tables
from settlement.messages.xml_door import Document

DEFAULT_YEAR = 2025
FIRST_DAYS: Final = {2026: dt.date(2026, 11, 14)}
"""Standards release → the first day on which its sheets are in force (SWIFT standards releases)."""
_VARIANTS = ("stp", "cov", "adv")


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is broken.

    Attributes:
        rule: its id, "pacs.008-R41".
        name: its published name.
        line: 1-based line of the element.
        path: the element, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmAmt".
        reason: what is wrong with this instance.
    """

    rule: str
    name: str
    line: int
    path: str
    reason: str


def year_on(day: dt.date) -> int:
    """The standards release whose rules are in force on a day."""
    begun = [year for year, first in FIRST_DAYS.items() if first <= day]
    return max(begun, default=DEFAULT_YEAR)


def profile(document: Document) -> str:
    """The message and its variant, "pacs.009_cov"; empty where no table covers it."""
    message = document.definition[:8]
    if message not in tables.profiles():
        return ""
    service = text_at(document.header, "BizSvc") or ""
    variant = next((name for name in _VARIANTS if f".{name}." in service), "")
    if not variant and at(document.body, "CdtTrfTxInf/UndrlygCstmrCdtTrf") is not None:
        variant = "cov"
    return f"{message}_{variant}" if variant else message


def check(
    document: Document, *, year: int = DEFAULT_YEAR, written: bytes | None = None
) -> list[Violation]:
    """Every rule of the year's sheet that the document breaks, in the order of the table.

    Args:
        year: standards release, 2025 or 2026.
        written: the document as the house wrote it; rules that messages of its shape were found
            to keep are not asked again.
    """
    kind = profile(document)
    if not kind:
        return []
    rules = tables.rules(kind, year)
    if written is not None:
        rules = shapes.left(kind, year, document, written)
    return [
        Violation(rule.id, rule.name, _line(element), _path(element), reason)
        for rule in rules
        for element, reason in rule.check(document)
    ]


def require_usage(document: Document, *, year: int = DEFAULT_YEAR, file: str | None = None) -> None:
    """Refuse a document that breaks a rule.

    Raises:
        UsageRuleBroken: with file, line, field and rule of the first one.
    """
    found = check(document, year=year)
    if found:
        first = found[0]
        raise UsageRuleBroken(
            Place(file, first.line, first.path), rule=first.rule, reason=first.reason
        )


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return int(line or 1)


def _path(element: etree._Element) -> str:
    names = [local_name(element)]
    names += [local_name(outer) for outer in element.iterancestors()]
    return "/" + "/".join(reversed(names))
