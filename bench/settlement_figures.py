"""The figures of `bench.settlement`: a window closed while capture goes on; an ACH file."""

import argparse
import gzip
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from backoffice.kernel.actors import Actor
from bench import settlement_matching
from settlement.clearing import capturing
from settlement.models import Leg
from settlement.rules.trades import PartyRef, Side, TradeDraft, TradeType
from settlement.trades import trading
from settlement.windows import novating, windowing

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
DAY = date(2026, 1, 7)
ACTOR = Actor.system("bench")
BOOK, LIVE = "BENCH", "LIVE"
BLOCKS = 8
PARTICIPANTS, CURRENCIES = 200, ("THB", "USD", "EUR", "JPY")
CLOSE_RATIO, CLOSE_SECONDS, TEN_TIMES, CAPTURE_RATIO = 3.0, 5.0, 12.0, 2.0
ACH_SECONDS, ACH_MEGABYTES = 10.0, 200.0
ACH_FILE = "settlement/ach/large-files/PPD-200-batches-100000-entries.ach.gz"
# As capture leaves them: two participants, an asset and a value date a leg, no order in it.
FILL = """
    INSERT INTO settlement_leg
        (book, trade_id, kind, debtor_id, creditor_id, asset, quantity, value_date, window_id,
         opened_at)
    SELECT %(book)s, %(first)s + n, 'cash', %(low)s + d, %(low)s + (d + 1 + c) %% %(parties)s,
           (%(assets)s::text[])[1 + a], q::numeric / 100 + 1, %(day)s::date + v, %(window)s, %(at)s
      FROM generate_series(1, %(legs)s::bigint) n
     CROSS JOIN LATERAL (
            SELECT abs(hashint8extended(n, 1) %% %(parties)s) AS d,
                   abs(hashint8extended(n, 2) %% (%(parties)s - 1)) AS c,
                   abs(hashint8extended(n, 3) %% 4)::int AS a,
                   abs(hashint8extended(n, 4) %% 2)::int AS v,
                   abs(hashint8extended(n, 5) %% 10000000) AS q) dice
"""
BARE = """
    SELECT debtor_id, asset, value_date, sum(quantity), count(*) FROM settlement_leg
     WHERE window_id = %s GROUP BY 1, 2, 3
"""
BARE_BOTH = f"""
    {BARE} UNION ALL {BARE.replace("debtor_id", "creditor_id")}
"""


def run(options: argparse.Namespace, *, full: bool) -> int:
    """Measure everything; 1 if a target is missed."""
    call_command("migrate", verbosity=0)
    low = furnish()
    window = fill(options.legs, low)
    reached = [
        close_window(window, options.legs, options.pairs),
        capture_beside_close(window, options.captures),
        ten_times(options.legs, low) if full else left_out(options.legs * 10),
        match_sides(),
        import_ach(),
    ]
    return int(not all(reached))


def furnish() -> int:
    """Participants; returns the first one's id, the others follow it."""
    ids = [
        capturing.enter_participant(
            code=f"P{n:03}", name_en=f"P{n}", name_th="", kind="bank", actor=ACTOR, at=AT
        )
        for n in range(PARTICIPANTS)
    ]
    return ids[0]


def fill(legs: int, low: int) -> int:
    """An open window with so many legs; returns its id. Their trades are left out."""
    windowing.open_window(book=BOOK, actor=ACTOR, at=AT)
    window = windowing.WindowPointer.objects.get(book=BOOK).window_id
    names = {
        "book": BOOK,
        "first": 10**12 + Leg.objects.count(),
        "low": low,
        "parties": PARTICIPANTS,
        "assets": list(CURRENCIES),
        "day": DAY,
        "window": window,
        "at": AT,
        "legs": legs,
    }
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE settlement_leg DISABLE TRIGGER settlement_leg_refers")
        cursor.execute(FILL, names)
        cursor.execute("ALTER TABLE settlement_leg ENABLE TRIGGER settlement_leg_refers")
        cursor.execute("VACUUM ANALYZE settlement_leg")
    return int(window)


def close_window(window: int, legs: int, pairs: int) -> bool:
    """Closing and netting the window, beside the bare GROUP BY of the same rows.

    The target is held against the smaller GROUP BY, by debtor alone, which PostgreSQL spreads over
    two processes; the two that find what netting finds, each leg at both ends, stand beside it.
    """
    bare(BARE, window)
    bares, boths, closes = [], [], []
    for _turn in range(pairs):
        bares.append(bare(BARE, window))
        boths.append(bare(BARE_BOTH, window))
        closes.append(close(window, keep=False))
    ratio = middle(c / b for c, b in zip(closes, bares, strict=True))
    both = middle(c / b for c, b in zip(closes, boths, strict=True))
    seconds = middle(closes)
    return told(
        f"close a window of {legs:,} legs: {seconds:.2f} s (best {min(closes):.2f}), "
        f"{ratio:.2f} x the bare GROUP BY by debtor ({middle(bares):.2f} s), "
        f"{both:.2f} x by debtor and by creditor ({middle(boths):.2f} s)",
        reached=ratio <= CLOSE_RATIO and seconds <= CLOSE_SECONDS * legs / 1_000_000,
    )


def ten_times(legs: int, low: int) -> bool:
    """A window of ten times the legs, beside the smaller one in the same run."""
    one = close(fill(legs, low), keep=True)
    large = close(fill(legs * 10, low), keep=True)
    return told(
        f"close a window of {legs * 10:,} legs: {large:.2f} s, {large / one:.1f} x "
        f"that of {legs:,} ({one:.2f} s)",
        reached=large <= TEN_TIMES * one,
    )


def left_out(legs: int) -> bool:
    """Say what was not measured; it fails nothing."""
    print(f"close a window of {legs:,} legs: only with BACKOFFICE_BENCH_FULL=1", flush=True)
    return True


def bare(query: str, window: int) -> float:
    """Seconds of the bare query, its rows taken: sums that nobody reads are not computed."""
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(query, [window] * query.count("%s"))
        cursor.fetchall()
    return time.monotonic() - started


def close(window: int, *, keep: bool) -> float:
    """Seconds from the close's first statement to the last net's commit."""
    started = time.monotonic()
    with transaction.atomic():
        windowing.close(book=BOOK, business_date=DAY, actor=ACTOR, at=AT)
        novating.net_window(window_id=window, business_date=DAY, at=AT)
        if not keep:
            transaction.set_rollback(True)
    return time.monotonic() - started


def capture_beside_close(window: int, captures: int) -> bool:
    """The capture verb's p99 while windows close and net beside it, and when none does."""
    windowing.close(book=BOOK, business_date=DAY, actor=ACTOR, at=AT)
    capture_many("warm", captures // 4)
    idle, busy, turns = [], [], []
    # In turns, so that whatever else the machine does falls on both.
    for turn in range(BLOCKS):
        idle += capture_many(f"idle-{turn}", captures // BLOCKS)
        stop = threading.Event()
        thread = threading.Thread(target=keep_closing, args=(window, stop, turns))
        thread.start()
        busy += capture_many(f"busy-{turn}", captures // BLOCKS)
        stop.set()
        thread.join()
    ratio = p99(busy) / p99(idle)
    return told(
        f"capture while windows close and net ({len(turns)} closes): p99 {p99(busy) * 1000:.1f} ms,"
        f" {ratio:.2f} x that when none does ({p99(idle) * 1000:.1f} ms);"
        f" medians {middle(busy) * 1000:.1f} and {middle(idle) * 1000:.1f} ms",
        reached=ratio <= CAPTURE_RATIO,
    )


def keep_closing(window: int, stop: threading.Event, turns: list[float]) -> None:
    """Close the window that capture fills, then net the large one, again and again."""
    while not stop.is_set():
        started = time.monotonic()
        windowing.close(book=LIVE, business_date=DAY, actor=ACTOR, at=AT)
        with transaction.atomic():
            novating.net_window(window_id=window, business_date=DAY, at=AT)
            transaction.set_rollback(True)
        turns.append(time.monotonic() - started)
    connection.close()


def capture_many(name: str, count: int) -> list[float]:
    """Seconds of each of so many captures of one payment, one after the other."""
    taken = []
    for number in range(count):
        draft = TradeDraft(
            source="BENCH",
            source_ref=f"{name}-{number}",
            type=TradeType.PAYMENT,
            side=Side.BUY,
            trade_date=date(2026, 1, 5),
            value_date=DAY,
            buyer=PartyRef.code(f"P{number % PARTICIPANTS:03}"),
            seller=PartyRef.code(f"P{(number + 1) % PARTICIPANTS:03}"),
            amount=Decimal("12.50"),
            currency="THB",
        )
        started = time.monotonic()
        trading.capture_many(drafts=[draft], book=LIVE, actor=ACTOR, at=AT)
        taken.append(time.monotonic() - started)
    return taken


def middle(figures: Iterable[float]) -> float:
    """The median."""
    return statistics.median(figures)


def p99(taken: list[float]) -> float:
    """The value that 99 of 100 stay below."""
    return statistics.quantiles(taken, n=100)[98]


def match_sides() -> bool:
    """Two queues of sides that just came, one four times as long."""
    text, reached = settlement_matching.measure()
    return told(text, reached=reached)


def import_ach() -> bool:
    """The 100,000-entry ACH file through the command: seconds and the most memory it held."""
    checkout = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("GOLDEN_DATA") or checkout.parent / "shared" / "data")
    packed = folder / ACH_FILE
    if not packed.exists():
        print(f"the 100,000-entry ACH file: not measured, {ACH_FILE} is not there")
        return True
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / packed.stem
        with gzip.open(packed) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        call_command("create_entity", "ACH", stdout=StringIO())
        manage("help", "import_trades")
        started = time.monotonic()
        done = manage(
            *("import_trades", str(path), "--format", "ach", "--enter-unknown"),
            *("--book", "ACH", "--json"),
        )
        seconds = time.monotonic() - started
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if done.returncode:
        return told(f"the 100,000-entry ACH file: {done.stderr.strip()[-300:]}", reached=False)
    return told(
        f"the 100,000-entry ACH file: {seconds:.1f} s, {megabytes:.0f} MB, {done.stdout.strip()}",
        reached=seconds <= ACH_SECONDS and megabytes <= ACH_MEGABYTES,
    )


def manage(*words: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, which keeps what it compiled as Python does by default."""
    surroundings = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=Path(__file__).resolve().parents[1],
        env=surroundings,
        check=False,
        capture_output=True,
        text=True,
    )


def told(text: str, *, reached: bool) -> bool:
    """Print a figure, and whether it is what is asked."""
    print(f"{text}  {'met' if reached else 'MISSED'}", flush=True)
    return reached
