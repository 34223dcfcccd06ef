"""`make bench`: every area, or those named: `python -m bench ledger settlement`."""

import importlib
import sys
from pathlib import Path

AREAS = sorted(p.stem for p in Path(__file__).parent.glob("[a-z]*.py"))


def main(words: list[str]) -> int:
    """Run the areas in turn; each prints its own ratios. Unknown names are refused."""
    wanted = words or AREAS
    unknown = [name for name in wanted if name not in AREAS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(AREAS)}")
        return 2
    for name in wanted:
        print(f"== {name}", flush=True)
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
