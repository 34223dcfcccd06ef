#!/usr/bin/env python3
"""Check an exported ledger log with nothing but Python's standard library.

    python3 offline_verify.py EXPORT.jsonl [--root HEX --size N]

Reads the file that `manage.py verify_ledger --export` writes and recomputes everything from it:
the Merkle root of every seal (RFC 6962), zero sums per entry, currency and value, unique keys,
gapless numbers, that pending entries are settled once and within what they reserved, and that the
lines add up to the totals at the end. With --root and --size, a
seal that was handed out earlier is looked for, so that a rewritten log cannot pass as the old one.
Exit status 0: everything holds; 1: something does not; 2: the file cannot be read.

It shares no code with the ledger on purpose.
"""

# ruff: noqa: T201
# A script: it speaks by printing.

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from decimal import Context, Decimal, setcontext
from typing import Any, BinaryIO

FORMAT = "backoffice-ledger-log/1"
MOST_SHOWN = 20
Entry = dict[str, Any]
Slot = tuple[str, str, bool]


class Log:
    """The tree over the lines read so far: one digest for each level that is complete."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[tuple[int, bytes]] = []

    def add(self, line: bytes) -> None:
        """Append a line's leaf."""
        height, node = 0, hashlib.sha256(b"\x00" + line).digest()
        while self.peaks and self.peaks[-1][0] == height:
            node = hashlib.sha256(b"\x01" + self.peaks.pop()[1] + node).digest()
            height += 1
        self.peaks.append((height, node))
        self.size += 1

    def root(self) -> str:
        """Root over all leaves, hexadecimal."""
        if not self.peaks:
            return hashlib.sha256(b"").hexdigest()
        node = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            node = hashlib.sha256(b"\x01" + peak + node).digest()
        return node.hex()


class Checker:
    """Reads the export once, keeping keys, open reservations and totals."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.log = Log()
        self.keys: set[str] = set()
        self.numbers: dict[tuple[str, int | None], int] = defaultdict(int)
        self.reserved: dict[int, dict[Slot, Decimal]] = {}
        self.totals: dict[tuple[str, str], list[Decimal]] = defaultdict(
            lambda: [Decimal(0), Decimal(0)]
        )
        self.lines = 0

    def wrong(self, entry: Entry, text: str) -> None:
        """Note a problem."""
        self.problems.append(f"entry {entry.get('id')} ({entry.get('key')}): {text}")

    def entry(self, entry: Entry, gapless: set[str]) -> None:
        """Check one entry."""
        if entry["key"] in self.keys:
            self.wrong(entry, "its key came before")
        self.keys.add(entry["key"])
        if entry["journal"] in gapless:
            self.numbers[entry["journal"], entry["number"]] += 1
        self.sums(entry)
        if entry["pending"] is not None:
            self.settle(entry)
        if entry["phase"] == "pending":
            self.reserved[entry["id"]] = amounts(entry)
        if entry["phase"] == "posted":
            self.count(entry)

    def sums(self, entry: Entry) -> None:
        """Zero in every currency, and in functional value."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        value = Decimal(0)
        for line in entry["lines"]:
            sums[line["currency"]] += Decimal(line["amount"])
            value += Decimal(line["value"] or 0)
        for currency, total in sums.items():
            if total:
                self.wrong(entry, f"lines in {currency} sum to {total}")
        if value:
            self.wrong(entry, f"values sum to {value}")
        if bool(entry["lines"]) == (entry["phase"] == "void"):
            self.wrong(entry, "it has no lines, or lines though it is void")

    def settle(self, entry: Entry) -> None:
        """Posted or voided once, and no more than reserved."""
        reserved = self.reserved.pop(entry["pending"], None)
        if reserved is None:
            self.wrong(entry, f"pending entry {entry['pending']} is unknown or settled before")
            return
        for slot, amount in amounts(entry).items():
            if amount > reserved.get(slot, 0):
                self.wrong(entry, f"posts more on {slot[0]} than was reserved")

    def count(self, entry: Entry) -> None:
        """Add the lines to the totals."""
        for line in entry["lines"]:
            amount = Decimal(line["amount"])
            self.totals[line["account"], line["currency"]][amount < 0] += abs(amount)
            self.lines += 1

    def finish(self, totals: list[dict[str, str]]) -> None:
        """Compare with the ledger's own totals and look for missing numbers."""
        for total in totals:
            slot = total["account"], total["currency"]
            mine = self.totals.pop(slot, [Decimal(0), Decimal(0)])
            if mine != [Decimal(total["debits"]), Decimal(total["credits"])]:
                self.problems.append(f"{slot[0]} {slot[1]}: lines give {mine[0]} and {mine[1]}")
        for slot, mine in self.totals.items():
            if any(mine):
                self.problems.append(f"{slot[0]} {slot[1]}: missing from the totals")
        self.number_gaps()

    def number_gaps(self) -> None:
        """Gapless journals have every number once."""
        highest: dict[str, int] = defaultdict(int)
        for (journal, number), times in self.numbers.items():
            if number is None or times > 1:
                self.problems.append(f"journal {journal}: number {number} occurs {times} times")
            else:
                highest[journal] = max(highest[journal], number)
        for journal, most in highest.items():
            missing = [n for n in range(1, most + 1) if (journal, n) not in self.numbers]
            if missing:
                self.problems.append(f"journal {journal}: missing numbers {missing[:5]}")


def amounts(entry: Entry) -> dict[Slot, Decimal]:
    """Absolute amounts by account, currency and side."""
    found: dict[Slot, Decimal] = defaultdict(Decimal)
    for line in entry["lines"]:
        amount = Decimal(line["amount"])
        found[line["account"], line["currency"], amount < 0] += abs(amount)
    return found


def _head(stream: BinaryIO) -> dict[str, Any]:
    first = next(stream, b"")
    if not first.strip():
        raise ValueError("the file is empty")
    head = json.loads(first)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ValueError(f"not a {FORMAT} file")
    return head


def check(stream: BinaryIO, root: str | None = None, size: int | None = None) -> Checker:
    """Check an export (a binary stream); returns the checker with its problems."""
    head = _head(stream)
    checker = Checker()
    seals = {seal["size"]: seal["root"] for seal in head["seals"]}
    if root is not None and seals.get(size) != root.lower():
        checker.problems.append(f"the log has no seal {root} at size {size}")
    gapless = set(head["journals"])
    totals = None
    for raw in stream:
        line = raw.rstrip(b"\n")
        entry = json.loads(line)
        if "totals" in entry:
            totals = entry["totals"]
            continue
        checker.log.add(line)
        checker.entry(entry, gapless)
        wanted = seals.pop(checker.log.size, None)
        if wanted is not None and wanted != checker.log.root():
            checker.problems.append(f"seal at size {checker.log.size}: another root comes out")
    if seals:
        checker.problems.append(f"sealed entries are missing: sizes {sorted(seals)[:5]}")
    if totals is None:
        checker.problems.append("the totals at the end are missing")
    checker.finish(totals or [])
    return checker


def main(words: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Check an exported ledger log.")
    parser.add_argument("file")
    parser.add_argument("--root", help="root of a seal handed out earlier")
    parser.add_argument("--size", type=int, help="its size")
    options = parser.parse_args(words)
    setcontext(Context(prec=100))
    try:
        with open(options.file, "rb") as stream:  # noqa: PTH123  (this script stands alone)
            checker = check(stream, options.root, options.size)
    except (OSError, ValueError, KeyError) as error:
        told = f"{error} is missing" if isinstance(error, KeyError) else error
        print(f"cannot be read: {told}", file=sys.stderr)
        return 2
    for problem in checker.problems[:MOST_SHOWN]:
        print(problem)
    more = len(checker.problems) - MOST_SHOWN
    if more > 0:
        print(f"and {more} more")
    verdict = "FAILED" if checker.problems else "holds"
    print(
        f"{verdict}: {checker.log.size} entries, {checker.lines} posted lines,"
        f" root {checker.log.root()}"
    )
    return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main())
