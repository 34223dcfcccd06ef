"""What a work item tells, as a person reads it: words for names, days, lists, and where to look."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.models import WorkItem
from backoffice.frame.dates import day_text, reads_thai

WORDS: Final[Mapping[str, Any]] = {
    "account": _("account"),
    "amount": _("amount"),
    "asked": _("asked for"),
    "asset_class": _("asset class"),
    "before": _("before"),
    "body": _("description"),
    "book": _("book"),
    "breaks": _("breaks"),
    "calendar": _("calendar"),
    "cancelled": _("cancelled"),
    "captured_by": _("captured by"),
    "cash_account": _("cash account"),
    "cash_agent": _("cash agent (BIC)"),
    "category": _("category"),
    "count": _("count"),
    "currency": _("currency"),
    "custodian": _("custodian (BIC)"),
    "customer": _("customer"),
    "depository": _("place of settlement (BIC)"),
    "difference": _("difference"),
    "effective_from": _("effective from"),
    "effective_to": _("effective to"),
    "field": _("field"),
    "first_needed": _("first needed on"),
    "line": _("line"),
    "market": _("market"),
    "message": _("message"),
    "nearest": _("nearest other side"),
    "participant": _("participant"),
    "payee": _("payee"),
    "payer": _("payer"),
    "proposed_by": _("proposed by"),
    "quantity": _("quantity"),
    "rates": _("rates"),
    "reason": _("reason"),
    "reasons": _("reasons"),
    "receiver": _("receiver"),
    "reference": _("reference"),
    "safekeeping_account": _("safekeeping account"),
    "since": _("since"),
    "source": _("source"),
    "stands": _("still stands"),
    "status": _("status"),
    "text": _("text"),
    "trades": _("trades"),
    "value dates": _("value dates"),
    "value_date": _("value date"),
    "version": _("version"),
}
"""Names that payloads have; a name that is not here is shown as it stands, without underscores."""
SAID_IN_WORDS: Final = "differences"
"""For machines: `reasons_en` and `reasons_th` beside it say the same in sentences."""
LANGUAGES: Final = ("_en", "_th")
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
PAGES: Final[Mapping[str, tuple[str, int | None]]] = {
    "party": ("compliance_party", 0),
    "settlement.account": ("settlement_break", None),
    "settlement.break": ("settlement_break", 0),
    "settlement.instruction": ("settlement_instruction", 0),
    "settlement.participant": ("settlement_participant", 0),
    "settlement.penalty_rate": ("settlement_penaltyrate", None),
    "settlement.redating": ("settlement_redating", None),
    "settlement.standing_instruction": ("settlement_standinginstruction", 0),
    "settlement.standing_scope": ("settlement_standinginstruction", 1),
    "settlement.trade": ("settlement_trade", -1),
    "settlement.unmatched": ("settlement_unmatchedtrade", None),
}
"""Kind of subject → its list, and which part of the subject's name is searched for there."""
BY_KEY: Final = frozenset({"settlement.break", "settlement.trade"})
"""Subjects that are named by their row's key when it is all digits."""


def told(item: WorkItem) -> list[tuple[str, Any]]:
    """The item's details as (word, text) in the reader's language; text may hold lists."""
    return _told(item.details)


def page_of(item: WorkItem) -> str:
    """Where the item's subject is looked at; "" when no page shows it."""
    if item.subject_kind not in PAGES:
        return ""
    name, part = PAGES[item.subject_kind]
    try:
        if item.subject_kind in BY_KEY and item.subject_ref.isdecimal():
            return reverse(f"admin:{name}_change", args=[item.subject_ref])
        address = reverse(f"admin:{name}_changelist")
    except NoReverseMatch:
        return ""
    if part is None:
        return address
    words = re.split(r"[/ ]", item.subject_ref)
    return f"{address}?{urlencode({'q': words[part]})}"


def _told(facts: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    found = []
    for name, value in facts:
        if name == SAID_IN_WORDS or value in (None, "", [], {}):
            continue
        if name.endswith(LANGUAGES):
            if name.endswith("_th") is not reads_thai():
                continue
            name = name[:-3]  # noqa: PLW2901 - both languages have the one word
        word = str(WORDS[name]) if name in WORDS else gettext(name.replace("_", " "))
        found.append((word, _text(value)))
    return found


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Mapping):
        pairs = format_html_join(SafeString(" · "), "{}: {}", _told(value.items()))
        return pairs or "-"
    if isinstance(value, list):
        rows = format_html_join("", "<li>{}</li>", ((_text(one),) for one in value))
        return format_html('<ul class="desk-told">{}</ul>', rows)
    if isinstance(value, str) and DAY.fullmatch(value):
        return _day(value)
    return value


def _day(value: str) -> str:
    try:
        return day_text(date.fromisoformat(value))
    except ValueError:
        return value
