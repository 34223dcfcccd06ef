"""Reading a big book and closing a big year, as `bench.ledger` measures them."""

import argparse
import random
import statistics
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from accounting import chart, closing, month_ends, queries
from bench import big_book
from bench.ledger_figures import ACTOR, AT, CODES, open_books, say, timed

FIRST, LAST = date(2016, 1, 1), date(2025, 12, 31)
ASKED_OF = 10_000_000
CLOSED_LINES = 1_000_000
BIG_IDS, YEAR_IDS = 5 * 10**9, 6 * 10**9
FULL_SCAN = """
SELECT a.code, l.currency, sum(l.amount) FROM accounting_line l
  JOIN accounting_account a ON a.id = l.account_id
 WHERE a.entity_id = %s AND l.date <= %s GROUP BY a.code, l.currency ORDER BY 1, 2
"""
RESULT_LINES = """
SELECT count(*), -sum(l.amount) FROM accounting_line l
  JOIN accounting_account a ON a.id = l.account_id
 WHERE a.entity_id = %s AND a.type IN ('income', 'expense') AND l.date BETWEEN %s AND %s
"""


def reads(options: argparse.Namespace) -> list[bool]:
    """A big book over ten years: trial balance at any date, one account's balance."""
    open_books("BIG", CODES)
    entries = options.lines // 2
    seconds = timed(lambda: big_book.lay("BIG", CODES, (FIRST, LAST), entries, BIG_IDS))
    tidy()
    say("big book", f"{options.lines:,} lines laid in {seconds:.0f} s")
    kept: list[date] = []
    seconds = timed(
        lambda: kept.extend(month_ends.keep(entity="BIG", until=LAST, actor=ACTOR, at=AT))
    )
    say("month ends", f"{len(kept)} kept in {seconds:.1f} s")
    rng = random.Random(1)
    days = [FIRST + timedelta(days=rng.randint(40, 3_640)) for _ in range(options.pairs)]
    return [_trial_balances(options.lines, days), _balances(days, rng)]


def tidy() -> None:
    """What autovacuum would have done by the time that a book has grown."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _trial_balances(lines: int, days: list[date]) -> bool:
    """Of a smaller book than the target's the ratio is told, and no target is met or missed."""
    pairs = [_any_date(chart.entity_id("BIG"), day) for day in days]
    ratio = statistics.median(full / short for short, full in pairs)
    short, full = (statistics.median(side) for side in zip(*pairs, strict=True))
    told = f"{short * 1_000:.1f} ms = 1/{ratio:,.0f} of a full scan ({full * 1_000:,.0f} ms)"
    if lines < ASKED_OF:
        say(
            "trial balance, any date",
            f"{told}; 1/50 asked of {ASKED_OF:,} lines, these are"
            f" {lines:,} (BACKOFFICE_BENCH_FULL=1 lays them all)",
        )
        return True
    say("trial balance, any date", f"{told} (1/50 asked)", met=ratio >= 50)
    return ratio >= 50


def _any_date(owner: int, day: date) -> tuple[float, float]:
    """Seconds of a trial balance and of a full scan; both must give the same figures."""
    found: list[queries.BalanceRow] = []
    short = timed(lambda: found.extend(queries.trial_balance(entity="BIG", as_of=day)))
    with connection.cursor() as cursor:
        full = timed(lambda: cursor.execute(FULL_SCAN, [owner, day]))
        if cursor.fetchall() != [(row.account, row.currency, row.balance) for row in found]:
            raise RuntimeError(f"the figures differ as of {day}")
    return short, full


def _balances(days: list[date], rng: random.Random) -> bool:
    spent = [
        timed(lambda day=day, code=code: queries.balance(entity="BIG", account=code, as_of=day))  # type: ignore[misc]
        for code in rng.sample(CODES, 50)
        for day in days[:2]
    ]
    milliseconds = statistics.median(spent) * 1_000
    say("one account's balance", f"{milliseconds:.1f} ms (5 allowed)", met=milliseconds <= 5)
    return milliseconds <= 5


def close(_options: argparse.Namespace) -> list[bool]:
    """A year of a million lines on income and expense accounts: carried, and shut."""
    codes = [f"{root}:Bench:{n:03}" for root in ("Income", "Expenses") for n in range(500)]
    open_books("YEAR", codes)
    days = (date(LAST.year, 1, 1), LAST)
    big_book.lay("YEAR", codes, days, CLOSED_LINES // 2, YEAR_IDS)
    tidy()
    with connection.cursor() as cursor:
        cursor.execute(RESULT_LINES, [chart.entity_id("YEAR"), *days])
        lines, result = cursor.fetchone()
    closed: list[closing.ClosedYear] = []
    seconds = timed(
        lambda: closed.append(closing.close_year(entity="YEAR", year=LAST.year, actor=ACTOR, at=AT))
    )
    if closed[0].result.get("THB", Decimal(0)) != result:
        raise RuntimeError("the result differs from the sum of the lines")
    say(
        "year close",
        f"a year of {lines:,} income and expense lines: {seconds:.1f} s (60 allowed)",
        met=seconds <= 60,
    )
    return [seconds <= 60]
