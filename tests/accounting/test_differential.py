"""Journals from a seed, posted through the verbs, exported, and other programs asked for balances.

A failure prints its seed; DIFFERENTIAL_SEED repeats a run, DIFFERENTIAL_RUNS makes more of them.
"""

import os
import random
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounting import chart, currencies, pending, posting, queries, reversing
from accounting.exporting import Selection, export, ledger
from accounting.exporting.naming import Names
from accounting.recording import PostedEntry
from accounting.refusals import BookRefused
from accounting.rules.drafts import EntryDraft, LineDraft
from backoffice.kernel.actors import Actor
from backoffice.kernel.money import Currency, from_minor
from backoffice.reference import listing
from tests.accounting.plaintext import programs

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
START = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
ENTITY = "SEEDED"
SEEDS = [
    int(os.environ.get("DIFFERENTIAL_SEED", "20260105")) + run
    for run in range(int(os.environ.get("DIFFERENTIAL_RUNS", "3")))
]
MONEY = ("THB", "USD", "JPY", "KWD", "EUR", "RICE-5PCT", "5G.UNIT")
PARTS = ("Bank of A", "ธนาคาร", "x;y", "Cash", "(old)", "A  B", "9 lives", "100%")
MEMOS = ("", "ค่าเช่า; ม.ค.", "a | b", "(x) * ! ;", "date:2026-99-99", "[2026-01-01]", 'q "\\"')


@dataclass
class Seeded:
    """A random journal under way, and what the books must say of it."""

    chance: random.Random
    accounts: list[str] = field(default_factory=list)
    currencies: list[Currency] = field(default_factory=list)
    posted: list[PostedEntry] = field(default_factory=list)
    reversed: set[int] = field(default_factory=set)
    open: list[PostedEntry] = field(default_factory=list)
    moved: list[tuple[date, datetime, str, str, Decimal]] = field(default_factory=list)
    number: int = 0

    def at(self) -> datetime:
        return START + timedelta(minutes=self.number)

    def day(self) -> date:
        return date(2025, 11, 1) + timedelta(days=self.chance.randrange(150))

    def lines(self) -> tuple[LineDraft, ...]:
        lines = []
        most = min(2, len(self.currencies))
        for currency in self.chance.sample(self.currencies, self.chance.randint(1, most)):
            count = self.chance.randint(1, 4)
            minors = [self.chance.randint(-(10**9), 10**9) for _ in range(count)]
            valued = self.chance.random() < 0.5 and currency.code != "THB"
            rate = Decimal(self.chance.randint(1, 4000)).scaleb(-2)
            worth = [
                (from_minor(minor, currency) * rate).quantize(Decimal("0.01")) for minor in minors
            ]
            for minor, value in zip(
                (*minors, -sum(minors)), (*worth, -sum(worth, Decimal(0))), strict=True
            ):
                amount = from_minor(minor, currency)
                lines.append(
                    LineDraft(
                        account=self.chance.choice(self.accounts),
                        amount=amount,
                        currency=currency.code,
                        value=value if valued else None,
                        dimensions=self.chance.choice(({}, {"site": "BKK"}, {"date": "x;y"})),
                    )
                )
        return tuple(lines)

    def draft(self) -> EntryDraft:
        return EntryDraft(
            key=f"key {self.number} date:2026-99-99",
            date=self.day(),
            journal="GEN",
            entity=ENTITY,
            memo=self.chance.choice(MEMOS),
            lines=self.lines(),
            source=self.chance.choice(("", "a:b; c")),
        )

    def remember(self, day: date, lines: tuple[LineDraft, ...], sign: int = 1) -> None:
        for line in lines:
            self.moved.append((day, self.at(), line.account, line.currency, sign * line.amount))

    def balances(self, day: date, known_at: datetime) -> dict[tuple[str, str], Decimal]:
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for moved, recorded, account, code, amount in self.moved:
            if moved <= day and recorded <= known_at:
                sums[account, code] += amount
        return {slot: amount for slot, amount in sums.items() if amount}


def grown(seed: int, size: int) -> Seeded:
    """Post, pend, settle, void and reverse at random, back and forth in time."""
    seeded = Seeded(random.Random(seed))
    _open_books(seeded)
    drafts: dict[int, EntryDraft] = {}
    for number in range(size):
        seeded.number = number
        act = seeded.chance.choice(("post", "post", "batch", "pend", "settle", "void", "reverse"))
        ACTS[act](seeded, drafts)
    return seeded


def _open_books(seeded: Seeded) -> None:
    names = seeded.chance.sample(MONEY, seeded.chance.randint(1, 6))
    for code in names:
        known = {"RICE-5PCT": 3, "5G.UNIT": 0}
        if code in known:
            commodity = Currency.commodity(code, exponent=known[code])
            listing.list_commodity(
                commodity=commodity, name_en=code, name_th=code, actor=SYSTEM, at=START
            )
        seeded.currencies.append(currencies.find(code))
    roots = ("Assets", "liabilities", "Equity", "Income", "Expenses")
    seeded.accounts = [
        f"{root}:{':'.join(seeded.chance.sample(PARTS, seeded.chance.randint(1, 3)))}"
        for root in roots
        for _ in range(3)
    ]
    chart.ensure_entity(code=ENTITY, name_en="S", name_th="S", actor=SYSTEM, at=START)
    chart.ensure_accounts(entity=ENTITY, codes=seeded.accounts, actor=SYSTEM, at=START)


def _post(seeded: Seeded, drafts: dict[int, EntryDraft]) -> None:
    entry = seeded.draft()
    posted = posting.post(entry=entry, actor=SYSTEM, at=seeded.at())
    seeded.remember(entry.date, entry.lines)
    seeded.posted.append(posted)
    drafts[posted.id] = entry


def _batch(seeded: Seeded, drafts: dict[int, EntryDraft]) -> None:
    entries = []
    for part in range(3):
        entry = seeded.draft()
        entries.append(
            EntryDraft(f"{entry.key} {part}", entry.date, "GEN", ENTITY, entry.memo, entry.lines)
        )
    outcomes = posting.post_many(entries=entries, actor=SYSTEM, at=seeded.at())
    for entry, outcome in zip(entries, outcomes, strict=True):
        seeded.remember(entry.date, entry.lines)
        seeded.posted.append(outcome.posted)
        drafts[outcome.posted.id] = entry


def _pend(seeded: Seeded, drafts: dict[int, EntryDraft]) -> None:
    entry = seeded.draft()
    timeout = seeded.chance.choice((None, timedelta(minutes=5)))
    held = pending.pend(entry=entry, timeout=timeout, actor=SYSTEM, at=seeded.at())
    seeded.open.append(held)
    drafts[held.id] = entry


def _settle(seeded: Seeded, drafts: dict[int, EntryDraft]) -> None:
    if not seeded.open:
        return
    held = seeded.open.pop(seeded.chance.randrange(len(seeded.open)))
    day = seeded.day()
    try:
        pending.post_pending(
            entity=ENTITY, pending_id=held.id, key=f"settle {seeded.number}", date=day,
            actor=SYSTEM, at=seeded.at(),
        )  # fmt: skip
    except BookRefused:
        return
    seeded.remember(day, drafts[held.id].lines)


def _void(seeded: Seeded, drafts: dict[int, EntryDraft]) -> None:
    if not seeded.open:
        return
    held = seeded.open.pop(seeded.chance.randrange(len(seeded.open)))
    try:
        pending.void(
            entity=ENTITY, pending_id=held.id, key=f"void {seeded.number}", actor=SYSTEM,
            at=seeded.at(),
        )  # fmt: skip
    except BookRefused:
        return


def _reverse(seeded: Seeded, drafts: dict[int, EntryDraft]) -> None:
    whole = [entry for entry in seeded.posted if entry.id not in seeded.reversed]
    if not whole:
        return
    chosen = seeded.chance.choice(whole)
    day = seeded.day()
    reversing.reverse(
        entity=ENTITY, entry_id=chosen.id, date=day, key=f"reverse {seeded.number}", actor=SYSTEM,
        at=seeded.at(),
    )  # fmt: skip
    seeded.reversed.add(chosen.id)
    seeded.remember(day, drafts[chosen.id].lines, -1)


ACTS = {
    "post": _post,
    "batch": _batch,
    "pend": _pend,
    "settle": _settle,
    "void": _void,
    "reverse": _reverse,
}


@pytest.fixture(params=SEEDS)
def seeded(request, db, monkeypatch) -> Seeded:
    monkeypatch.setattr(currencies, "_KNOWN", {})
    sys.stdout.write(f"DIFFERENTIAL_SEED={request.param}\n")
    return grown(request.param, 120)


def moments(seeded: Seeded) -> list[tuple[date, datetime]]:
    """Random days, as known at random moments and in the end."""
    end = seeded.at()
    found = [(date(2026, 12, 31), end), (seeded.day(), end)]
    for _ in range(2):
        known = START + timedelta(minutes=seeded.chance.randrange(seeded.number))
        found.append((seeded.day(), known))
    return found


def test_our_balances_are_those_of_the_acts(seeded):
    for day, known_at in moments(seeded):
        rows = queries.trial_balance(entity=ENTITY, as_of=day, known_at=known_at)
        ours = {(row.account, row.currency): row.balance for row in rows if row.balance}
        assert ours == seeded.balances(day, known_at)


@pytest.mark.parametrize("program", ["hledger", "ledger"])
def test_other_programs_read_our_balances(seeded, tmp_path, program):
    programs.needed(program)
    names = Names(_ever_moved(), ledger.spelled)
    for number, (day, known_at) in enumerate(moments(seeded)):
        journal = tmp_path / f"{number}.journal"
        from_ = seeded.chance.choice((None, date(2025, 12, 15)))
        with journal.open("wb") as out:
            selection = Selection(ENTITY, from_, None, known_at)
            export(selection=selection, format_name="ledger", out=out, at=START)
        asked = max(day, from_ or day)
        expected = seeded.balances(asked, known_at)
        found = getattr(programs, program)(journal, asked)
        assert found == {(names[account], code): v for (account, code), v in expected.items()}


def test_beancount_reads_our_balances(seeded, tmp_path):
    programs.needed("bean-check")
    file = tmp_path / "books.beancount"
    day, known_at = moments(seeded)[-1]
    with file.open("wb") as out:
        selection = Selection(ENTITY, None, None, known_at)
        export(selection=selection, format_name="beancount", out=out, at=START)
    expected = programs.as_beans(seeded.balances(day, known_at), file)
    assert programs.beancount(file, day) == expected


def _ever_moved() -> set[str]:
    """Accounts that the export declares: those that moved, also by what was only reserved."""
    return {row.account for row in queries.trial_balance(entity=ENTITY, as_of=date.max)}


def test_an_altered_journal_is_seen(seeded, tmp_path):
    programs.needed("hledger")
    journal = tmp_path / "all.journal"
    with journal.open("wb") as out:
        export(selection=Selection(ENTITY), format_name="ledger", out=out, at=START)
    names = Names(_ever_moved(), ledger.spelled)
    account, code = min(seeded.balances(date.max, seeded.at()))
    with journal.open("a", encoding="utf-8") as out:
        unit = ledger.commodity(code)
        out.write(f"2026-01-01 * altered\n  {names[account]}  1 {unit}\n  Equity:Odd  -1 {unit}\n")
    found = programs.hledger(journal, date(2026, 12, 31))
    expected = seeded.balances(date.max, seeded.at())
    assert found != {(names[account], code): v for (account, code), v in expected.items()}
