"""Whether an entry's functional values may stand as costs (`@@`) in a plain-text journal.

Programs that read costs balance a transaction at cost. Ours balances in every currency and, apart
from that, in value; both hold at once only where every line of another currency has a value of its
amount's own sign, and lines in the functional currency are worth what they say.
"""

from decimal import Decimal
from functools import reduce

from accounting.exporting.reading import Entry, Line
from backoffice.kernel.money import WIDE

_ZERO = Decimal(0)


def tellable(entry: Entry, functional: str) -> bool:
    """True if `@@ value` on the lines of other currencies leaves the entry balanced."""
    others = [line for line in entry.lines if line.currency != functional]
    if not others or not all(map(_plain, others)):
        return False
    own = [line for line in entry.lines if line.currency == functional]
    return all(line.value in {None, line.amount} for line in own) and not _left(others)


def _plain(line: Line) -> bool:
    return line.value is not None and line.amount * line.value > 0


def _left(lines: list[Line]) -> Decimal:
    return reduce(WIDE.add, (line.value or _ZERO for line in lines), _ZERO)
