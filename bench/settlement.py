"""Settlement measured against bare PostgreSQL: `python -m bench.settlement [--legs 1000000]`.

Closing a window is compared with the bare GROUP BY of the same rows, on the same server, in pairs
that are interleaved, so that a machine busy with other things disturbs both sides alike. Capture
is measured while windows close, against itself when nothing closes. BACKOFFICE_BENCH_FULL=1 adds
ten million legs. $GOLDEN_DATA names the folder with the 100,000-entry ACH file.
$BENCH_DATABASE_URL names a server of your own instead of the embedded one.
"""

import argparse
import importlib
import os
import sys

import django

from bench import databases


def main() -> int:
    """Measure; the exit status is 1 if a target is missed."""
    parser = argparse.ArgumentParser(description="Settlement against bare PostgreSQL.")
    parser.add_argument("--legs", type=int, default=1_000_000, help="legs in the window")
    parser.add_argument("--pairs", type=int, default=5, help="pairs behind each ratio")
    parser.add_argument("--captures", type=int, default=1600, help="captures behind each p99")
    options = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    with databases.fresh("bench_settlement"):
        django.setup()
        # Only now: the figures' module imports settlement, which needs Django set up.
        figures = importlib.import_module("bench.settlement_figures")
        return int(figures.run(options, full=os.environ.get("BACKOFFICE_BENCH_FULL") == "1"))


if __name__ == "__main__":
    sys.exit(main())
