"""Pure rules of the ledger: what a draft must be, how accounts are named, what limits allow."""

from accounting.rules.chart import AccountCodeRefused, account_type, ancestors, check_code
from accounting.rules.days import DraftRefused
from accounting.rules.drafts import (
    CheckedEntry,
    CheckedLine,
    EntryDraft,
    LineDraft,
    checked,
)

__all__ = [
    "AccountCodeRefused",
    "CheckedEntry",
    "CheckedLine",
    "DraftRefused",
    "EntryDraft",
    "LineDraft",
    "account_type",
    "ancestors",
    "check_code",
    "checked",
]
