"""`make bench`: every area, or those named: `python -m bench ledger settlement`.

An area is a module of this package with a `main` of its own; the others are their parts.
"""

import ast
import importlib
import sys
import time
from pathlib import Path


def areas() -> list[str]:
    """The modules that define `main`, read without importing them, in order of name."""
    return sorted(
        path.stem
        for path in Path(__file__).parent.glob("[a-z]*.py")
        if any(
            isinstance(node, ast.FunctionDef) and node.name == "main"
            for node in ast.parse(path.read_text(encoding="utf-8")).body
        )
    )


def main(words: list[str]) -> int:
    """Run the areas in turn; each prints its own ratios; 1 when one misses a target."""
    known = areas()
    unknown = [name for name in words if name not in known]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    missed = []
    start = time.monotonic()
    for name in words or known:
        print(f"== {name}", flush=True)
        # Each area reads its own options from the command line; here it takes its defaults.
        sys.argv = [name]
        if importlib.import_module(f"bench.{name}").main():
            missed.append(name)
    told = f"targets missed in {', '.join(missed)}" if missed else "every target met"
    print(f"== {told}; {time.monotonic() - start:.0f} s")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
