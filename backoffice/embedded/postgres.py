"""An embedded PostgreSQL 18 on a folder: started by whoever needs it first, used by all.

The server outlives the process that started it; `stop` ends it. It listens on a Unix socket in a
folder that only its own account (and root) can enter, never on the network.
"""

import signal
from pathlib import Path
from urllib.parse import quote

from backoffice.embedded import processes
from backoffice.embedded.accounts import account_for
from backoffice.embedded.cluster import DATABASE, FIRST_STEPS, ROLE, ask, start
from backoffice.embedded.failures import DoesNotStop, OtherOwner
from backoffice.embedded.locking import only_one
from backoffice.embedded.postmaster import home_of, pid_on, running_on, settled_on
from backoffice.embedded.programs import postgres_bin

STOP_SECONDS = 60
CLIENTS = """\
SELECT count(*) FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();
"""


def ensure_running(folder: Path, *, durable: bool = True, role: str = ROLE) -> str:
    """Start the server on `folder` unless it runs; returns the URL of its database.

    Safe to call from many processes at once, as root (the server then runs as an account without
    rights) and as an ordinary user. After a crash PostgreSQL recovers by itself.

    Args:
        folder: the cluster's own folder; made when missing.
        durable: False only for tests: commits are not flushed to the disk.
        role: who the URL is for: the owner, or the application.

    Raises:
        FolderNotUsable, OtherOwner, AccountUnknown, ServerNotInstalled, DoesNotStart.
    """
    running = running_on(home_of(folder) / "cluster")
    if running is None:
        with only_one(folder):
            running = settled_on(home_of(folder) / "cluster") or start(folder, durable=durable)
    return _url(running.socket_folder, role)


def make_roles(folder: Path) -> None:
    """Make what a server lacks that an earlier version of the house has left running."""
    home = home_of(folder)
    running = running_on(home / "cluster")
    if running is not None:
        account = account_for(home / "cluster")
        ask(FIRST_STEPS, postgres_bin(account, spare=home), running, account)


def address(folder: Path, *, role: str = ROLE) -> str:
    """The URL the server has, or will have when somebody starts it. Starts nothing."""
    home = home_of(folder)
    try:
        running = running_on(home / "cluster")
    except OtherOwner:
        running = None
    return _url(running.socket_folder if running else str(home / "run"), role)


def running_pid(folder: Path) -> int | None:
    """The server's main process, or None when it does not run."""
    return pid_on(home_of(folder) / "cluster")


def clients(folder: Path) -> int:
    """How many programs are connected to the server on `folder`; 0 when it does not run."""
    home = home_of(folder)
    running = running_on(home / "cluster")
    if running is None:
        return 0
    account = account_for(home / "cluster")
    return int(ask(CLIENTS, postgres_bin(account, spare=home), running, account))


def stop(folder: Path) -> bool:
    """Stop the server on `folder`, rolling back what is open; False when none was running.

    Raises:
        DoesNotStop: when it is still there after a fast and an immediate shutdown.
    """
    if not folder.exists():
        return False
    with only_one(folder):
        pid = pid_on(home_of(folder) / "cluster")
        if pid is None:
            return False
        for number in (signal.SIGINT, signal.SIGQUIT):  # fast, then immediate
            processes.send(pid, number)
            if processes.wait_gone(pid, seconds=STOP_SECONDS):
                return True
    raise DoesNotStop(server="PostgreSQL", pid=pid)


def _url(socket_folder: str, role: str) -> str:
    return f"postgresql://{role}@/{DATABASE}?host={quote(socket_folder, safe='')}&port=5432"
