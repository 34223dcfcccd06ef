"""The processes that make up the running house, each in a process group of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.embedded import processes

RESTARTS_MAX = 3
RESTART_WINDOW_SECONDS = 60.0
STOP_SECONDS = 25.0


@dataclass(slots=True)
class Part:
    """One long-running program of the house.

    Attributes:
        name: as the person at the keyboard knows it; the first word names its log.
        thai: the same in Thai.
        words: the command line; it holds the data folder's path, by which a part that was left
            behind (its starter killed) is recognised later.
        log: where its output goes.
        process: the program while it runs.
        ends: moments (monotonic seconds) at which it ended without being asked to.
    """

    name: str
    thai: str
    words: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    ends: list[float] = field(default_factory=list)

    def start(self, *, folder: Path, env: dict[str, str]) -> None:
        """Start it in `folder`, out of reach of the terminal's Ctrl-C."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own programs, never a shell
                self.words,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Whether it was started and is gone."""
        return self.process is not None and self.process.poll() is not None

    def may_restart(self) -> bool:
        """Note that it ended; whether starting it again is worth a try."""
        now = time.monotonic()
        self.ends = [end for end in self.ends if now - end < RESTART_WINDOW_SECONDS] + [now]
        return len(self.ends) <= RESTARTS_MAX

    def last_words(self) -> str:
        """The last line of its log."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"

    def signal(self, number: signal.Signals, *, group: bool = False) -> None:
        """Signal the program, or it and all its children."""
        if self.process is None:
            return
        try:
            if group:
                os.killpg(self.process.pid, number)
            elif self.process.poll() is None:
                self.process.send_signal(number)
        except ProcessLookupError:
            return


def stop_all(parts: Sequence[Part]) -> None:
    """Ask all to finish what they have in hand; after `STOP_SECONDS` end what is left.

    A second Ctrl-C (KeyboardInterrupt) during the wait ends them at once.
    """
    for part in parts:
        part.signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    try:
        while any(p.process and p.process.poll() is None for p in parts):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
    except KeyboardInterrupt:
        pass
    for part in parts:
        # Children may outlive their leader; the group ends with it.
        part.signal(signal.SIGKILL, group=True)
        if part.process:
            part.process.wait()


def sweep(data: Path) -> int:
    """End the parts that a killed starter left behind on this data folder; returns how many."""
    left = processes.find(lambda words: words[0] == sys.executable and _is_part(words, data))
    found = len(left)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in left:
            processes.send(pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while any(map(processes.is_alive, left)) and time.monotonic() < deadline:
            time.sleep(0.05)
        left = [pid for pid in left if processes.is_alive(pid)]
    return found


def _is_part(words: Sequence[str], data: Path) -> bool:
    return words[1:2] == ["-m"] and any(str(data) in word for word in words[3:])
