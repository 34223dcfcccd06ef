"""What `make run` says: short lines in English and Thai, one per step, with the time it took."""

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.kernel.refusals import Refused


def speak_on_any_terminal() -> None:
    """Let a terminal without Thai letters show question marks instead of ending in an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str = "") -> None:
    """One line, at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def refuse(refused: Refused) -> None:
    """The sentence of a refusal in both languages, on the error stream."""
    sys.stderr.write(f"\n{refused.text('en')}\n{refused.text('th')}\n")
    sys.stderr.flush()


class Steps:
    """Numbered steps: '[2/6] Migrations · ปรับโครงสร้างฐานข้อมูล … 1.4 s'."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0

    @contextmanager
    def step(self, en: str, th: str) -> Iterator[None]:
        """Announce a step, do it, add how long it took."""
        self.done += 1
        begun = time.monotonic()
        sys.stdout.write(f"[{self.done}/{self.total}] {en} · {th} … ")
        sys.stdout.flush()
        yield
        say(f"{time.monotonic() - begun:.1f} s")
