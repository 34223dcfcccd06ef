"""`make stop`: take down the house that another process runs, and whatever a crash left."""

import fcntl
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from backoffice.embedded import services
from backoffice.launching import parts


def stop_elsewhere(data: Path) -> Sequence[str]:
    """Stop the house that another process runs on this data folder, and all that was left.

    Returns the names of what was stopped.
    """
    stopped: list[str] = []
    pid = _holder(data / "run.lock")
    if pid:
        os.kill(pid, signal.SIGTERM)
        while _holder(data / "run.lock"):
            time.sleep(0.1)
        stopped.append(f"make run ({pid})")
    if parts.sweep(data):
        stopped.append("parts that were left behind")
    return [*stopped, *services.stop()]


def _holder(lock: Path) -> int | None:
    """The process that holds the run lock."""
    if not lock.exists():
        return None
    with lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read().strip() or 0) or None
    return None
