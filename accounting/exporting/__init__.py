"""The book written out: for other programs' check (ledger, beancount), for people, for auditors."""

from accounting.exporting.formats import FORMATS, FormatUnknown, export
from accounting.exporting.reading import Selection

__all__ = ["FORMATS", "FormatUnknown", "Selection", "export"]
