"""The ledger measured against bare PostgreSQL: `python -m bench.ledger [--lines 10000000]`.

Every ratio is to bare PostgreSQL doing the same rows in the same run, on the same server with the
same settings: the same input, tables of the same columns with the same indexes, but no checks, no
totals and no guards. Pairs are interleaved and the median of their ratios is printed, so that a
machine that is busy with other things disturbs both sides alike.

The rivals, django-hordak and django-ledger, are installed beside the checkout
(`.data/bench-venv`) for the benchmark only; one that cannot be installed is skipped, saying so.
BACKOFFICE_BENCH_FULL=1 reads from a book of ten million lines instead of one million.
"""

import argparse
import importlib
import os
import sys

import django

from bench import databases

# In this order: the rivals' books and ours are empty when they are compared.
FIGURES = {
    "rivals": "bench.ledger_rivals",
    "bulk": "bench.ledger_figures",
    "single": "bench.ledger_figures",
    "hot": "bench.ledger_figures",
    "file": "bench.ledger_figures",
    "reads": "bench.ledger_reads",
    "close": "bench.ledger_reads",
}
FULL, SHORT = 10_000_000, 1_000_000


def main() -> int:
    """Measure; the exit status is 1 if a target is missed."""
    book = FULL if os.environ.get("BACKOFFICE_BENCH_FULL") == "1" else SHORT
    parser = argparse.ArgumentParser(description="The ledger against bare PostgreSQL.")
    parser.add_argument("--lines", type=int, default=book, help="lines in the big book")
    parser.add_argument("--pairs", type=int, default=7, help="pairs behind each ratio")
    parser.add_argument("--entries", type=int, default=100_000, help="entries in the file posted")
    parser.add_argument("--only", default="", help=f"some of {','.join(FIGURES)}")
    options = parser.parse_args()
    asked = options.only.split(",") if options.only else list(FIGURES)
    unknown = [name for name in asked if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}; there are: {', '.join(FIGURES)}")
    with databases.fresh("bench_ledger"):
        django.setup()
        # Only now: the figures' modules import the ledger, which needs Django set up.
        importlib.import_module("bench.ledger_figures").prepare()
        met = []
        for name in asked:
            met += getattr(importlib.import_module(FIGURES[name]), name)(options)
        return int(not all(met))


if __name__ == "__main__":
    sys.exit(main())
