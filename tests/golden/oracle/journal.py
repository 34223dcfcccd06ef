"""A set's postings as entries for the ledger, with what their source says of types and costs."""

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from accounting.rules import EntryDraft, LineDraft
from accounting.rules.chart import TYPES
from accounting.rules.reports import CASH
from backoffice.kernel.money import MAX_EXPONENT
from tests.golden.oracle.amounts import Codes, amount_of, number

TRADING = "Equity:Currency Trading"
ENTITY = "ORACLE"
DECLARED = re.compile(
    r"^account[ \t]+(?P<account>\S.*?)(?:(?:[ ]{2,}|\t)[^\n]*|(?:\n[ \t]+;[^\n]*)+)"
    r"\btype:[ \t]*(?P<type>\w+)",
    re.MULTILINE,
)
LETTERS = {"a": "asset", "c": "cash", "l": "liability", "e": "equity", "v": "conversion"}
LETTERS |= {"r": "revenue", "x": "expense"}
HOUSE = {"cash": "asset", "conversion": "equity", "revenue": "income"}
PRICED = re.compile(
    r"^[ \t]+(?:[*!][ \t]+)?(?P<account>\S.*?)(?:[ ]{2,}|[ ]*\t)[ \t]*(?P<amount>[^;@{\n]+?)[ \t]*"
    r"(?P<lot>\{[^;@\n]*?)?(?P<at>@@?)[ \t]*(?P<price>[^;=\n]+?)[ \t]*(?:[;=].*)?$",
    re.MULTILINE,
)


@dataclass
class Posting:
    account: str
    symbol: str
    quantity: Decimal
    cost: tuple[str, Decimal] | None = None


@dataclass
class Transaction:
    number: str
    date: date
    memo: str
    postings: list[Posting]
    virtual: list[Posting] = field(default_factory=list)

    def residual(self) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for posting in self.postings:
            sums[posting.symbol] = sums.get(posting.symbol, Decimal(0)) + posting.quantity
        return {symbol: amount for symbol, amount in sums.items() if amount}


class Underivable(Exception):
    """The set does not say what every posting cost."""


class Journal:
    """One set, read."""

    def __init__(self, folder: Path) -> None:
        self.source = ""
        for path in sorted(folder.glob("source.*")):
            self.source += path.read_text("utf-8")
        with (folder / "postings.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        self.transactions = [
            _transaction(number, list(group))
            for number, group in groupby(rows, key=lambda row: row["txnidx"])
        ]
        posted = [p for t in self.transactions for p in (*t.postings, *t.virtual)]
        self.codes = Codes([(p.symbol, p.quantity) for p in posted])
        self.first = min(t.date for t in self.transactions)
        self.last = max(t.date for t in self.transactions)
        self.declared = {
            found["account"].strip(): LETTERS.get(found["type"].lower(), found["type"].lower())
            for found in DECLARED.finditer(self.source)
        }

    def types(self) -> dict[str, str]:
        """Types as hledger 1.25 sees them.

        Where the source declares accounts of a type, only they and what is below them are of it;
        where it declares none, names tell it. What is of no type is a memorandum here.
        """
        stated = {account.split(":", 1)[0]: "memorandum" for account in self.accounts()}
        stated = {root: kind for root, kind in stated.items() if root.lower() not in TYPES}
        declared = {HOUSE.get(kind, kind) for kind in self.declared.values() if kind != "cash"}
        for account in sorted(self.accounts()):
            kind = self._declared(account)
            if kind:
                stated[account] = HOUSE.get(kind, kind)
            elif TYPES.get(account.split(":", 1)[0].lower()) in declared:
                stated[account] = "memorandum"
        return stated

    def cash(self) -> dict[str, bool]:
        """Whether an account is cash, where the source declares any that are."""
        if "cash" not in self.declared.values():
            stated = self.types()
            return {
                account: True for account in self.accounts() & stated.keys() if CASH.match(account)
            }
        return {account: self._declared(account) == "cash" for account in self.accounts()}

    def _declared(self, account: str) -> str | None:
        parts = account.split(":")
        paths = (":".join(parts[:depth]) for depth in range(len(parts), 0, -1))
        return next((self.declared[path] for path in paths if path in self.declared), None)

    def accounts(self) -> set[str]:
        return {p.account for t in self.transactions for p in t.postings}

    def drafts(self, functional: str | None) -> list[EntryDraft]:
        """Entries that balance in each currency, by a trading account where they do not."""
        return [self._draft(t, functional) for t in self.transactions if t.postings]

    def _draft(self, transaction: Transaction, functional: str | None) -> EntryDraft:
        lines = []
        values: dict[str, Decimal] = {}
        for posting in transaction.postings:
            value = None
            if posting.cost is not None and posting.symbol != functional:
                value = posting.cost[1]
                values[posting.symbol] = values.get(posting.symbol, Decimal(0)) + value
            code = self.codes.code(posting.symbol)
            lines.append(LineDraft(posting.account, posting.quantity, code, value))
        for symbol, amount in transaction.residual().items():
            worth = -values[symbol] if symbol in values else None
            lines.append(LineDraft(TRADING, -amount, self.codes.code(symbol), worth))
        memo = "".join(c if c.isprintable() else " " for c in transaction.memo)[:500]
        return EntryDraft(
            key=f"txn:{transaction.number}",
            date=transaction.date,
            journal="GEN",
            entity=ENTITY,
            memo=memo,
            lines=tuple(lines),
        )

    def settle_costs(self) -> str | None:
        """Tell each posting its cost; the one commodity that costs are told in.

        Costs are what the source says behind @ and @@, else what hledger infers: in a transaction
        of two commodities the first is priced in the second.

        Raises:
            Underivable: the source says it in a way that is not read here.
        """
        said = _costs_said(self.source)
        told: Counter[str] = Counter()
        for transaction in self.transactions:
            for posting in transaction.postings:
                prices = said.get((posting.account, posting.symbol, posting.quantity))
                if prices:
                    posting.cost = prices.pop(0)
                    told[posting.cost[0]] += 1
            self._infer(transaction, told)
        if any(said.values()):
            raise Underivable("costs stand in the source that no posting has")
        if len(told) > 1:
            raise Underivable(f"costs are told in several commodities: {sorted(told)}")
        functional = next(iter(told), None)
        self._check_whole(functional)
        if functional is not None:
            self._count_finely(functional)
        return functional

    def _count_finely(self, functional: str) -> None:
        """Count the commodity that costs are told in as finely as costs are."""
        costs = [
            posting
            for transaction in self.transactions
            for posting in transaction.postings
            if posting.cost is not None
        ]
        for posting in costs:
            code, cost = posting.cost
            posting.cost = (code, round(cost, MAX_EXPONENT).normalize())
        amounts = [(p.symbol, p.quantity) for t in self.transactions for p in t.postings]
        self.codes = Codes(amounts + [p.cost for p in costs])

    def _infer(self, transaction: Transaction, told: Counter[str]) -> None:
        residual = transaction.residual()
        if any(posting.cost for posting in transaction.postings) or len(residual) < 2:
            return
        if len(residual) > 2:
            raise Underivable(f"{transaction.number}: more than two commodities without costs")
        symbols = list(dict.fromkeys(p.symbol for p in transaction.postings))
        priced, base = (s for s in symbols if s in residual)
        told[base] += 1
        unit = -residual[base] / residual[priced]
        for posting in transaction.postings:
            if posting.symbol == priced:
                posting.cost = (base, posting.quantity * unit)

    def _check_whole(self, functional: str | None) -> None:
        for transaction in self.transactions:
            for symbol in {p.symbol for p in transaction.postings} - {functional}:
                have = {p.cost is None for p in transaction.postings if p.symbol == symbol}
                if len(have) > 1:
                    raise Underivable(f"{transaction.number}: {symbol} is priced in part")


def _transaction(number_: str, rows: list[dict[str, str]]) -> Transaction:
    found = Transaction(number_, date.fromisoformat(rows[0]["date"]), rows[0]["description"], [])
    for row in rows:
        account = row["account"]
        posting = Posting(account.strip("[]"), row["commodity"].strip('"'), _quantity(row))
        if account.startswith("("):
            posting.account = account.strip("()")
            found.virtual.append(posting)
        else:
            found.postings.append(posting)
    return found


def _quantity(row: dict[str, str]) -> Decimal:
    text = row["amount"].strip()
    return -number(text[1:]) if text.startswith("-") else number(text)


def _costs_said(source: str) -> dict[tuple[str, str, Decimal], list[tuple[str, Decimal]]]:
    said: dict[tuple[str, str, Decimal], list[tuple[str, Decimal]]] = {}
    text = re.sub(r"(?ms)^comment$.*?(?:^end comment$|\Z)", "", source)
    for found in PRICED.finditer(text):
        if found["account"].startswith((";", "#")):
            continue
        amount, price = amount_of(found["amount"]), amount_of(found["price"])
        if amount is None or price is None:
            raise Underivable(f"not read: {found[0].strip()}")
        total = price[1] if found["at"] == "@@" else price[1] * abs(amount[1])
        signed = total if amount[1] >= 0 else -total
        account = found["account"].strip("[]")
        said.setdefault((account, *amount), []).append((price[0], signed))
    return said
