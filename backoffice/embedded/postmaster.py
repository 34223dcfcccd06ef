"""What is known of the server on a cluster's folder: its lock file, held against the processes."""

import time
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded import processes
from backoffice.embedded.failures import OtherOwner

# Crash recovery replays at most max_wal_size, so five minutes is generous.
START_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A running server, as its lock file tells.

    Attributes:
        pid: the process that all others of the server descend from.
        socket_folder: the folder of its Unix socket.
    """

    pid: int
    socket_folder: str


def home_of(folder: Path) -> Path:
    """Where the cluster really lies: `folder`, or where a note in it points."""
    try:
        return Path((folder / "elsewhere").read_text(encoding="utf-8").strip())
    except (FileNotFoundError, NotADirectoryError):
        return folder


def running_on(cluster: Path) -> Postmaster | None:
    """The server on `cluster` when it is up and accepts connections."""
    lines, pid = lock_file_of(cluster), pid_on(cluster)
    if pid is None or len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return Postmaster(pid, lines[4].strip())


def settled_on(cluster: Path) -> Postmaster | None:
    """The same, after waiting for a server that is just starting (its starter killed) or ending."""
    deadline = time.monotonic() + START_SECONDS
    while pid_on(cluster) is not None and time.monotonic() < deadline:
        if running := running_on(cluster):
            return running
        time.sleep(0.05)
    return None


def pid_on(cluster: Path) -> int | None:
    """The main process of the server on `cluster`, not a stranger with its number used again."""
    lines = lock_file_of(cluster)
    if not lines or not lines[0].strip().isdigit():
        return None
    words = processes.command_line(int(lines[0])) or [""]
    ours = Path(words[0]).name == "postgres" and str(cluster) in words
    return int(lines[0]) if ours else None


def lock_file_of(cluster: Path) -> list[str]:
    """The lines of postmaster.pid: number, folder, start, port, socket folder, …, memory, state.

    Raises:
        OtherOwner: when the cluster is another account's.
    """
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError as error:
        raise OtherOwner(folder=cluster, owner=cluster.stat().st_uid) from error
