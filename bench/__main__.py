"""`make bench`: every area, or those named: `python -m bench ledger settlement`."""

import importlib
import sys
from pathlib import Path

AREAS = sorted(
    path.stem
    for path in Path(__file__).parent.glob("[a-z]*.py")
    if "\ndef main(" in path.read_text(encoding="utf-8")
)


def main(words: list[str]) -> int:
    """Run the areas in turn; each prints its own ratios; 1 when one misses a target."""
    wanted = words or AREAS
    unknown = [name for name in wanted if name not in AREAS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(AREAS)}")
        return 2
    missed = False
    for name in wanted:
        print(f"== {name}", flush=True)
        # Each area reads its own options from the command line; here it takes its defaults.
        sys.argv = [name]
        missed |= bool(importlib.import_module(f"bench.{name}").main())
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
