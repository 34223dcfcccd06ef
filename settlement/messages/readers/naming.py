"""Every refusal of a reader names the file it read."""

from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.kernel.refusals import Refused


@contextmanager
def naming(file: str | None, *, line: int | None = None) -> Iterator[None]:
    """Add file, and line where none is known, to any refusal raised within."""
    try:
        yield
    except Refused as refusal:
        raise refusal.at(file=file, line=line) from None
