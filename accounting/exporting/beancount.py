"""A file for beancount, with the same balances as ours.

Escaping, by "Beancount - Language Syntax" and beancount 2.3.5's own patterns:
- Accounts begin with one of the five roots, by their type; below it a part is letters, digits and
  dashes (`parser/lexer.l`, `core/account.py`: it begins with a capital or a digit, and signs above
  and below letters, as in Thai, are none), so other characters become dashes. What was there
  stands in the `open` directive's `code`. Memorandum accounts go below Equity:Memorandum.
- Commodities are capitals, digits and `' . _ -`, 2 to 24, a letter first, no sign last; their own
  code stands in the `commodity` directive's `code`.
- Strings are quoted, with a backslash before a backslash and a quote.
- Functional values stand as total costs (`@@`) where the entry balances at cost too. beancount
  divides them into prices of one unit, and what is lost in the 28th digit it holds against the
  entry: so it is told to let half of the functional currency's smallest unit pass.
"""

import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from accounting import currencies
from accounting.exporting.costs import tellable
from accounting.exporting.naming import Names
from accounting.exporting.reading import Account, Book, Entry, Line, with_brought_forward
from accounting.rules.chart import TYPES
from backoffice.kernel.canonical import canonical_json

ROOTS: Final = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
    "memorandum": "Equity:Memorandum",
}
LONGEST_COMMODITY: Final = 24


def account_name(account: Account) -> str:
    """The account's path below its type's root."""
    parts = account.code.split(":")
    if TYPES.get(parts[0].lower()) == account.type:
        parts = parts[1:] or parts
    return ":".join([ROOTS[account.type], *map(_part, parts)])


def _part(text: str) -> str:
    kept = "".join(c if _is_letter(c) or c in "0123456789-" else "-" for c in text)
    first = kept[:1].upper()
    capital = unicodedata.category(first) == "Lu" or first.isdecimal() if len(first) == 1 else False
    return first + kept[1:] if capital else f"X{kept}"


def _is_letter(character: str) -> bool:
    return unicodedata.category(character).startswith("L")


def commodity_name(code: str) -> str:
    """The code as beancount takes it."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "'._-") else "-" for c in code.upper())
    kept = kept if kept[:1].isalpha() else f"C{kept}"
    kept = kept[:LONGEST_COMMODITY].rstrip("'._-")
    return kept if len(kept) > 1 else f"{kept}X"


def string(text: str) -> str:
    """A quoted string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def write(book: Book) -> Iterator[str]:
    """The file, a few lines at a time."""
    names = _distinct({account.code: account_name(account) for account in book.accounts})
    commodities = Names(book.currencies, commodity_name, longest=LONGEST_COMMODITY)
    yield f"option {string('title')} {string(f'{book.code} {book.name_en}'.strip())}\n"
    home = commodities.get(book.functional) or commodity_name(book.functional)
    if book.functional in commodities:
        yield f'option "operating_currency" {string(home)}\n'
    half = currencies.find(book.functional).unit / 2
    yield f'option "inferred_tolerance_default" {string(f"{home}:{half:f}")}\n'
    yield "\n"
    yield from _head(book.starts, names, commodities)
    for entry in with_brought_forward(book):
        yield "\n".join(_transaction(entry, names, commodities, book.functional)) + "\n\n"


def _distinct(proper: dict[str, str]) -> dict[str, str]:
    """Where two codes are spelled the same, the later gets a number behind it."""
    taken: set[str] = set()
    names = {}
    for code, spelled in proper.items():
        name, number = spelled, 2
        while name in taken:
            name, number = f"{spelled}-{number}", number + 1
        taken.add(name)
        names[code] = name
    return names


def _head(starts: date, names: dict[str, str], commodities: Names) -> Iterator[str]:
    for code, name in commodities.items():
        yield f"{starts.isoformat()} commodity {name}\n"
        if name != code:
            yield f"  code: {string(code)}\n"
    yield "\n"
    for code, name in names.items():
        yield f"{starts.isoformat()} open {name}\n"
        if name != code:
            yield f"  code: {string(code)}\n"
    yield "\n"


def _transaction(
    entry: Entry, names: dict[str, str], commodities: Names, functional: str
) -> Iterator[str]:
    yield f"{entry.date.isoformat()} * {string(entry.memo)}"
    yield f"  entry: {string(str(entry.id))}"
    facts = {"key": entry.key, "journal": entry.journal, "source": entry.source}
    for name, fact in facts.items():
        if fact:
            yield f"  {name}: {string(fact)}"
    if entry.number is not None:
        yield f"  number: {string(str(entry.number))}"
    if entry.reversal_of is not None:
        yield f"  reverses: {string(str(entry.reversal_of))}"
    at_cost = tellable(entry, functional)
    for line in entry.lines:
        yield from _posting(line, names, commodities, functional if at_cost else None)


def _posting(
    line: Line, names: dict[str, str], commodities: Names, functional: str | None
) -> Iterator[str]:
    text = f"  {names[line.account]}  {line.amount:f} {commodities[line.currency]}"
    valued = line.value is not None and functional is not None and line.currency != functional
    if valued and line.value is not None and functional is not None:
        unit = commodities.get(functional) or commodity_name(functional)
        text += f" @@ {line.value.copy_abs():f} {unit}"
    yield text
    if line.dimensions:
        yield f"    dimensions: {string(canonical_json(line.dimensions).decode())}"
