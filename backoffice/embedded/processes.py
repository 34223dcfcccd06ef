"""What the operating system says of a process, without a library: /proc, or `ps` elsewhere."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")


def command_line(pid: int) -> list[str] | None:
    """The words a living process was started with; None when it is gone or a zombie."""
    if (PROC / "self" / "cmdline").exists():
        try:
            words = (PROC / str(pid) / "cmdline").read_bytes()
        except OSError:
            return None
        # A zombie has an empty command line.
        return words.decode(errors="replace").rstrip("\0").split("\0") if words else None
    ps = shutil.which("ps") or "/bin/ps"
    shown = subprocess.run(  # noqa: S603 - a fixed program, a number as its argument
        [ps, "-o", "args=", "-p", str(int(pid))], capture_output=True, text=True, check=False
    ).stdout.strip()
    return shown.split() if shown and "<defunct>" not in shown else None


def find(wanted: Callable[[list[str]], bool]) -> list[int]:
    """The living processes, but for this one, whose command line is wanted."""
    if (PROC / "self" / "cmdline").exists():
        pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    else:
        ps = shutil.which("ps") or "/bin/ps"
        shown = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
            [ps, "-A", "-o", "pid="], capture_output=True, text=True, check=False
        )
        pids = [int(word) for word in shown.stdout.split()]
    lines = {pid: command_line(pid) for pid in pids if pid != os.getpid()}
    return [pid for pid, words in lines.items() if words and wanted(words)]


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    return command_line(pid) is not None


def exists(pid: int) -> bool:
    """Whether the number is taken, be it by a zombie or by another account's process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_gone(pid: int, *, seconds: float) -> bool:
    """Wait until the process is gone; False when it is still there after `seconds`."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is already gone is no error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
