"""A journal that hledger and ledger both read, with the same balances as ours.

Escaping, each by the manuals ("hledger 1.25: Journal format", "Ledger 3: Journal Format"):
- Account names end at two blanks and may hold single ones: runs of blanks become one. `;` begins
  a comment in one of the two, so it becomes `_`, and so does a first character that means
  something there ( `( [ < * ! ; ~ = & @ # %` and digits, which begin a date).
- Commodities stand behind the amount, in double quotes unless they are letters only.
- The memo is the description, behind date, `*` and `(id)`, so nothing in it can be taken for a
  status or a code; `;` becomes the full-width U+FF1B, `|` stays (hledger shows a payee before it).
- Everything else is a tag in a comment. hledger reads `date:` and `[2026-01-01]` in comments as
  dates, so of values only letters, digits and `. _ ~ / + -` stay, the rest is percent-encoded
  (RFC 3986).
- ledger takes the tags Value, Payee and UUID for itself (`value:` re-values the posting), so values
  that are no costs are told as `worth:`.
- Amounts have a decimal point and no digit groups; `commodity` directives say so, for "1.234".
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from accounting import currencies
from accounting.exporting.costs import tellable
from accounting.exporting.naming import Names
from accounting.exporting.reading import Book, Entry, Line, with_brought_forward

TYPES: Final = {"asset": "A", "liability": "L", "equity": "E", "income": "R", "expense": "X"}
BAD_FIRST: Final = frozenset("([<*!;~=&@#%{}|\"'")


def spelled(code: str) -> str:
    """An account's code as both programs take it."""
    name = " ".join(code.replace(";", "_").split())
    return f"_{name[1:]}" if name[:1] in BAD_FIRST or name[:1].isdigit() else name


def commodity(code: str) -> str:
    """A currency or commodity code, quoted unless it is letters only."""
    return code if code.isascii() and code.isalpha() else f'"{code.replace(chr(34), "_")}"'


def tag(text: str) -> str:
    """A tag's value with nothing in it that a comment could mean."""
    return "".join(c if c.isalnum() or c in "._~/+-" else quote(c, safe="") for c in text)


def write(book: Book) -> Iterator[str]:
    """The journal, a few lines at a time."""
    names = Names((account.code for account in book.accounts), spelled)
    yield from _head(book, names)
    for entry in with_brought_forward(book):
        yield "\n".join(_transaction(entry, names, book.functional)) + "\n\n"


def _head(book: Book, names: Names) -> Iterator[str]:
    yield f"; Books of {book.code}, {book.name_en}; functional currency {book.functional}\n\n"
    for code in book.currencies:
        yield f"commodity {commodity(code)}\n"
        exponent = currencies.find(code).exponent
        if exponent:
            yield f"  format 1000.{'0' * exponent} {commodity(code)}\n"
    yield "\n"
    for account in book.accounts:
        yield f"account {names[account.code]}\n"
        if account.type in TYPES:
            yield f"  ; type: {'C' if account.cash else TYPES[account.type]}\n"
        if names[account.code] != account.code:
            yield f"  ; code: {tag(account.code)}\n"
    yield "\n"


def _transaction(entry: Entry, names: Names, functional: str) -> Iterator[str]:
    memo = entry.memo.replace(";", "\uff1b")
    yield f"{entry.date.isoformat()} * ({entry.id}) {memo}".rstrip()
    if entry.id:
        yield f"  ; key: {tag(entry.key)}"
        yield f"  ; journal: {tag(entry.journal)}"
    if entry.number is not None:
        yield f"  ; number: {entry.number}"
    if entry.source:
        yield f"  ; source: {tag(entry.source)}"
    if entry.reversal_of is not None:
        yield f"  ; reverses: {entry.reversal_of}"
    at_cost = tellable(entry, functional)
    for line in entry.lines:
        yield from _posting(line, names, functional, at_cost=at_cost)


def _posting(line: Line, names: Names, functional: str, *, at_cost: bool) -> Iterator[str]:
    text = f"  {names[line.account]}  {line.amount:f} {commodity(line.currency)}"
    if line.currency != functional and line.value is not None:
        if at_cost:
            text += f" @@ {line.value.copy_abs():f} {commodity(functional)}"
        else:
            text += f"  ; worth: {line.value:f}"
    yield text
    for name, value in line.dimensions.items():
        yield f"    ; dim-{tag(name)}: {tag(value)}"
