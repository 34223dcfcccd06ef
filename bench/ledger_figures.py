"""Posting, as `bench.ledger` measures it: each figure a function that prints what it measured."""

import argparse
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounting import chart, posting
from accounting.rules.drafts import EntryDraft, LineDraft
from backoffice.kernel.actors import Actor

ACTOR = Actor.system("bench")
AT = datetime(2026, 1, 5, tzinfo=UTC)
DAY = date(2026, 1, 5)
CODES = [f"Assets:Bench:{number:04}" for number in range(1_000)]
IDS = count(10**9)
BATCHES = 5_000, 50_000


def prepare() -> None:
    """The ledger's tables, a book to post to, and bare tables beside it."""
    call_command("migrate", verbosity=0)
    open_books("BENCH", CODES)
    with connection.cursor() as cursor:
        for table in ("entry", "line"):
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE accounting_{table} INCLUDING INDEXES)")


def say(name: str, text: str, *, met: bool | None = None) -> None:
    """One line of the report."""
    verdict = "" if met is None else "  met" if met else "  MISSED"
    sys.stdout.write(f"ledger  {name:<28} {text}{verdict}\n")
    sys.stdout.flush()


def open_books(entity: str, codes: list[str]) -> None:
    """An entity in baht with those accounts."""
    chart.ensure_entity(code=entity, name_en=entity, name_th=entity, actor=ACTOR, at=AT)
    chart.ensure_accounts(entity=entity, codes=codes, actor=ACTOR, at=AT)


def drafts(number: int, hot: str | None = None) -> list[EntryDraft]:
    """Entries of two lines between random accounts, or from one hot account."""
    rng = random.Random(uuid.uuid4().int)
    batch = uuid.uuid4().hex[:12]
    return [
        entry(f"{batch}-{index}", hot or rng.choice(CODES), rng.choice(CODES), rng)
        for index in range(number)
    ]


def entry(key: str, debit: str, credit: str, rng: random.Random) -> EntryDraft:
    """One entry of two lines."""
    amount = Decimal(rng.randint(1, 10**7)).scaleb(-2)
    lines = (LineDraft(debit, amount, "THB"), LineDraft(credit, -amount, "THB"))
    return EntryDraft(key, DAY, "GEN", "BENCH", f"Payment {key}", lines)


def timed(act: Callable[[], object]) -> float:
    """Seconds that `act` takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def account_ids() -> dict[str, int]:
    """Account ids by code."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, id FROM accounting_account")
        return dict(cursor.fetchall())


ENTRY_COLUMNS = (
    "id, entity_id, journal_id, date, recorded_at, actor, phase, line_count, key, fingerprint,"
    " memo, source, attributes"
)
LINE_COLUMNS = "entry_id, line_no, account_id, date, amount, currency, value, dimension_set_id"


def rows(batch: list[EntryDraft], ids: dict[str, int]) -> tuple[list[tuple], list[tuple]]:  # type: ignore[type-arg]
    """The rows that a bare program would write for the same drafts."""
    entries, lines = [], []
    for draft in batch:
        number = next(IDS)
        entries.append(
            (
                number,
                1,
                1,
                draft.date,
                AT,
                "system:bench",
                "posted",
                len(draft.lines),
                draft.key,
                "0" * 64,
                draft.memo,
                draft.source,
                "{}",
            )
        )
        lines += [
            (number, no, ids[line.account], draft.date, line.amount, line.currency, line.amount, 0)
            for no, line in enumerate(draft.lines, start=1)
        ]
    return entries, lines


def copied(table: list[tuple]) -> io.StringIO:  # type: ignore[type-arg]
    """Rows as COPY reads them."""
    return io.StringIO("".join("\t".join(map(str, row)) + "\n" for row in table))


def bulk(options: argparse.Namespace) -> list[bool]:
    """`post_many`, in a batch of 5,000 entries and of 50,000, against COPY."""
    return [_bulk(number, options.pairs) for number in BATCHES]


def _bulk(number: int, pairs: int) -> bool:
    """One batch against COPY of the same drafts, and of ready-made text."""
    ids = account_ids()
    posted, bare, ready = [], [], []
    for _ in range(pairs):
        batch = drafts(number)
        posted.append(timed(partial(posting.post_many, entries=batch, actor=ACTOR, at=AT)))
        batch = drafts(number)
        start = time.perf_counter()
        texts = [copied(table) for table in rows(batch, ids)]
        middle = time.perf_counter()
        _copy(texts)
        end = time.perf_counter()
        bare.append(end - start)
        ready.append(end - middle)
    rate = number / statistics.median(posted)
    ratio = statistics.median(b / p for b, p in zip(bare, posted, strict=True))
    to_ready = statistics.median(b / p for b, p in zip(ready, posted, strict=True))
    say(
        f"post_many of {number:,}",
        f"{rate:,.0f} entries/s = {ratio:.2f} x COPY of the same drafts (0.5 asked)",
        met=ratio >= 0.5,
    )
    say("", f"{to_ready:.2f} x COPY of text made ready beforehand")
    return ratio >= 0.5


def _copy(texts: list[io.StringIO]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns, text in zip(
            ("bare_entry", "bare_line"), (ENTRY_COLUMNS, LINE_COLUMNS), texts, strict=True
        ):
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", text)  # type: ignore[attr-defined]


def single(options: argparse.Namespace) -> list[bool]:
    """`post`, one commit each, against an INSERT of the entry and one of its lines."""
    ids = account_ids()
    posted, bare = [], []
    for draft in drafts(60 * options.pairs):
        posted.append(timed(lambda draft=draft: posting.post(entry=draft, actor=ACTOR, at=AT)))  # type: ignore[misc]
        bare.append(timed(lambda draft=draft: _insert(*rows([draft], ids))))  # type: ignore[misc]
    ratio = statistics.median(bare) / statistics.median(posted)
    rate = 1 / statistics.median(posted)
    say(
        "post",
        f"{rate:,.0f} entries/s = {ratio:.2f} x bare single commits (0.5 asked)",
        met=ratio >= 0.5,
    )
    return [ratio >= 0.5]


def _insert(entries: list[tuple], lines: list[tuple]) -> None:  # type: ignore[type-arg]
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns, values in (
            ("bare_entry", ENTRY_COLUMNS, entries),
            ("bare_line", LINE_COLUMNS, lines),
        ):
            places = ", ".join("(" + ", ".join(["%s"] * len(row)) + ")" for row in values)
            flat = [value for row in values for value in row]
            cursor.execute(f"INSERT INTO {table} ({columns}) VALUES {places}", flat)


def hot(options: argparse.Namespace) -> list[bool]:
    """16 clients in batches of 100: all on one account, against spread accounts."""
    clients(16, None, 2)
    ratios, rates, errors = [], [], []
    for _ in range(max(3, options.pairs // 2)):
        spread, failed = clients(16, None, 4)
        one, failed_hot = clients(16, CODES[0], 4)
        ratios.append(spread / one)
        rates.append(16 * 4 * 100 / one)
        errors += failed + failed_hot
    ratio = statistics.median(ratios)
    deadlocks = sum("deadlock" in error for error in errors)
    met = ratio >= 0.8 and not errors
    say(
        "16 clients, one account",
        f"{statistics.median(rates):,.0f} entries/s = {ratio:.2f} x spread accounts (0.8 asked),"
        f" {deadlocks} deadlocks",
        met=met,
    )
    return [met]


def clients(number: int, account: str | None, turns: int) -> tuple[float, list[str]]:
    """Seconds that the clients take together, and the errors they met."""
    errors: list[str] = []
    gate = threading.Barrier(number + 1)

    def work() -> None:
        batches = [drafts(100, account) for _ in range(turns)]
        connection.ensure_connection()
        gate.wait()
        try:
            for batch in batches:
                posting.post_many(entries=batch, actor=ACTOR, at=AT)
        except DatabaseError as error:
            errors.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    gate.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start, errors


def file(options: argparse.Namespace) -> list[bool]:
    """`manage.py post_entries` on a long file and on one of a tenth: time and memory."""
    peaks = []
    for number in (options.entries // 10, options.entries):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "entries.jsonl"
            with path.open("w") as out:
                for _ in range(0, number, 1_000):
                    out.writelines(_json_lines(1_000))
            start = time.perf_counter()
            peaks.append(_post_file(path))
            seconds = time.perf_counter() - start
        say(
            "post_entries",
            f"{number:,} entries in {seconds:.1f} s = {number / seconds:,.0f}/s,"
            f" {peaks[-1]:.0f} MB (300 allowed)",
            met=peaks[-1] <= 300,
        )
    return [peak <= 300 for peak in peaks]


def _json_lines(number: int) -> Iterator[str]:
    for draft in drafts(number):
        lines = [
            {"account": line.account, "amount": str(line.amount), "currency": line.currency}
            for line in draft.lines
        ]
        told = {
            "key": draft.key,
            "date": draft.date.isoformat(),
            "journal": "GEN",
            "entity": "BENCH",
            "memo": draft.memo,
            "lines": lines,
        }
        yield json.dumps(told) + "\n"


def _post_file(path: Path) -> float:
    """Megabytes that the command had at most, from its own page tables.

    The highest figure that a parent is told of its children counts the parent's memory too: a
    child begins in it.
    """
    command = [sys.executable, "manage.py", "post_entries", str(path), "--best-effort"]
    peak = 0
    with (path.parent / "said").open("w+") as said:
        child = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            env=os.environ,
            cwd=Path(__file__).resolve().parents[1],
        )
        while child.poll() is None:
            for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    peak = int(line.split()[1])
            time.sleep(0.05)
        if child.returncode:
            said.seek(0)
            raise RuntimeError(said.read()[-2_000:])
    return peak / 1024
