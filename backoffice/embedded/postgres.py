"""An embedded PostgreSQL 18 on a folder: started by whoever needs it first, used by all.

The server outlives the process that started it; `stop` ends it. It listens on a Unix socket in a
folder that only its own account (and root) can enter, never on the network.
"""

import hashlib
import shutil
import signal
import stat
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from backoffice.embedded import processes
from backoffice.embedded.accounts import Account, account_for
from backoffice.embedded.failures import DoesNotStart, DoesNotStop, FolderNotUsable, OtherOwner
from backoffice.embedded.locking import make_folder, only_one
from backoffice.embedded.postgres_conf import CONF_NAME, house_conf
from backoffice.embedded.programs import postgres_bin

ROLE = DATABASE = "backoffice"
SUPERUSER = "postgres"
# sockaddr_un holds 104 bytes on macOS and 108 on Linux; "/.s.PGSQL.5432" takes 14 of them.
SOCKET_FOLDER_BYTES = 88
# Crash recovery replays at most max_wal_size, so five minutes is generous.
START_SECONDS = 300
STOP_SECONDS = 60
PID_LIMIT = 2**22 - 1
# Where data go when the server's account cannot enter the folder asked for.
ELSEWHERE = (Path("/var/lib"), Path(tempfile.gettempdir()))
FIRST_STEPS = f"""\
SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec
SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608 - our own constants
# Tests empty append-only tables between each other; the house itself never may.
STEPS_FOR_TESTS = f"GRANT SET ON PARAMETER session_replication_role TO {ROLE};\n"

CLIENTS = """\
SELECT count(*) FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();
"""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A running server, as its lock file tells.

    Attributes:
        pid: the process that all others of the server descend from.
        socket_folder: the folder of its Unix socket.
    """

    pid: int
    socket_folder: str


def ensure_running(folder: Path, *, durable: bool = True) -> str:
    """Start the server on `folder` unless it runs; returns the URL of its database.

    Safe to call from many processes at once, as root (the server then runs as an account without
    rights) and as an ordinary user. After a crash PostgreSQL recovers by itself.

    Args:
        folder: the cluster's own folder; made when missing.
        durable: False only for tests: commits are not flushed to the disk.

    Raises:
        FolderNotUsable, OtherOwner, AccountUnknown, ServerNotInstalled, DoesNotStart.
    """
    running = _running(_home(folder) / "cluster")
    if running is None:
        with only_one(folder):
            running = _settled(_home(folder) / "cluster") or _start(folder, durable=durable)
    return _url(running.socket_folder)


def address(folder: Path) -> str:
    """The URL the server has, or will have when somebody starts it. Starts nothing."""
    home = _home(folder)
    try:
        running = _running(home / "cluster")
    except OtherOwner:
        running = None
    return _url(running.socket_folder if running else str(home / "run"))


def running_pid(folder: Path) -> int | None:
    """The server's main process, or None when it does not run."""
    return _pid(_home(folder) / "cluster")


def clients(folder: Path) -> int:
    """How many programs are connected to the server on `folder`; 0 when it does not run."""
    home = _home(folder)
    running = _running(home / "cluster")
    if running is None:
        return 0
    account = account_for(home / "cluster")
    return int(_ask(CLIENTS, postgres_bin(account, spare=home), running, account))


def stop(folder: Path) -> bool:
    """Stop the server on `folder`, rolling back what is open; False when none was running.

    Raises:
        DoesNotStop: when it is still there after a fast and an immediate shutdown.
    """
    if not folder.exists():
        return False
    with only_one(folder):
        pid = _pid(_home(folder) / "cluster")
        if pid is None:
            return False
        for number in (signal.SIGINT, signal.SIGQUIT):  # fast, then immediate
            processes.send(pid, number)
            if processes.wait_gone(pid, seconds=STOP_SECONDS):
                return True
    raise DoesNotStop(server="PostgreSQL", pid=pid)


def _url(socket_folder: str) -> str:
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(socket_folder, safe='')}&port=5432"


def _home(folder: Path) -> Path:
    """Where the cluster really lies: `folder`, or where a note in it points."""
    try:
        return Path((folder / "elsewhere").read_text(encoding="utf-8").strip())
    except (FileNotFoundError, NotADirectoryError):
        return folder


def _running(cluster: Path) -> Postmaster | None:
    """The server on `cluster` when it is up and accepts connections."""
    lines, pid = _lock_file(cluster), _pid(cluster)
    if pid is None or len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return Postmaster(pid, lines[4].strip())


def _settled(cluster: Path) -> Postmaster | None:
    """The same, after waiting for a server that is just starting (its starter killed) or ending."""
    deadline = time.monotonic() + START_SECONDS
    while _pid(cluster) is not None and time.monotonic() < deadline:
        if running := _running(cluster):
            return running
        time.sleep(0.05)
    return None


def _pid(cluster: Path) -> int | None:
    """The main process of the server on `cluster`, not a stranger with its number used again."""
    lines = _lock_file(cluster)
    if not lines or not lines[0].strip().isdigit():
        return None
    words = processes.command_line(int(lines[0])) or [""]
    ours = Path(words[0]).name == "postgres" and str(cluster) in words
    return int(lines[0]) if ours else None


def _lock_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError as error:
        raise OtherOwner(folder=cluster, owner=cluster.stat().st_uid) from error


def _start(folder: Path, *, durable: bool) -> Postmaster:
    """Bring the server up; the caller holds the folder's lock."""
    account = account_for(_home(folder) / "cluster")
    home = _home(folder)
    if home == folder and not account.can_enter(folder):
        home = _move_elsewhere(folder, account)
    programs = postgres_bin(account, spare=home)
    cluster = home / "cluster"
    log = account.own_folder(home / "log") / "postgres.log"
    try:
        if not cluster.exists():
            _make_cluster(cluster, account, programs, log=log, durable=durable)
        socket_folder = _socket_folder(home, account)
        _forget_the_dead(cluster, socket_folder)
        conf = house_conf(socket_folder=socket_folder, durable=durable)
        (cluster / CONF_NAME).write_text(conf, encoding="utf-8")
        account.own_file(cluster / CONF_NAME)
        words = [programs / "pg_ctl", "start", "-w", "-s", "-t", str(START_SECONDS)]
        done = account.run([*words, "-D", cluster, "-l", log])
    except OSError as error:
        raise DoesNotStart(server="PostgreSQL", reason=error, log=log) from error
    running = _running(cluster)
    if running is None:
        raise DoesNotStart(server="PostgreSQL", reason=_reason(log, done.stdout), log=log)
    steps = FIRST_STEPS if durable else FIRST_STEPS + STEPS_FOR_TESTS
    _ask(steps, programs, running, account)
    return running


def _make_cluster(
    cluster: Path, account: Account, programs: Path, *, log: Path, durable: bool
) -> None:
    """Make the cluster under another name first, so that a half-made one is never taken for it.

    The built-in locale C.UTF-8 sorts by code point and knows every letter's case, and unlike the
    machine's own locales it never changes under an index.
    """
    making = cluster.with_name("cluster.making")
    shutil.rmtree(making, ignore_errors=True)
    account.own_folder(making)
    words = [programs / "initdb", "-D", making, "-U", SUPERUSER, "-E", "UTF8", "--locale=C"]
    words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    words += ["--auth-local=trust", "--auth-host=reject", *([] if durable else ["--no-sync"])]
    done = account.run(words)
    if done.returncode:
        raise DoesNotStart(server="PostgreSQL", reason=_last_line(done.stdout), log=log)
    with (making / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write(f"include '{CONF_NAME}'\n")
    making.rename(cluster)


def _forget_the_dead(cluster: Path, socket_folder: Path) -> None:
    """Clear what a killed server left in the way of the next; the caller knows that none runs.

    PostgreSQL itself forgives a dead process, but not a zombie, nor a living stranger with the
    same number, both common in containers. The lock file stays, with a number that nobody has:
    its other lines let PostgreSQL see whether some child of the dead server still holds memory.
    """
    for left in socket_folder.glob(".s.PGSQL.*"):
        left.unlink()
    lines = _lock_file(cluster)
    if lines and processes.exists(int(lines[0])):
        nobody = next(pid for pid in range(PID_LIMIT, 1, -1) if not processes.exists(pid))
        # Opened for writing, not made anew: the file stays its owner's.
        with (cluster / "postmaster.pid").open("r+", encoding="utf-8") as file:
            file.write("\n".join([str(nobody), *lines[1:]]) + "\n")
            file.truncate()


def _socket_folder(home: Path, account: Account) -> Path:
    """A folder for the socket with a path short enough for the operating system."""
    folder = home / "run"
    if len(bytes(folder)) <= SOCKET_FOLDER_BYTES:
        return account.own_folder(folder)
    digest = hashlib.sha256(bytes(home)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"backoffice-{account.uid}-{digest}"
    if short.is_symlink() or (short.exists() and not _is_private(short, account)):
        # Somebody put a folder of theirs in the way.
        short = Path(tempfile.mkdtemp(prefix="backoffice-"))
    return account.own_folder(short)


def _is_private(folder: Path, account: Account) -> bool:
    seen = folder.lstat()
    return seen.st_uid == account.uid and stat.S_IMODE(seen.st_mode) == stat.S_IRWXU


def _move_elsewhere(folder: Path, account: Account) -> Path:
    """Choose a place that the account can enter and leave a note of it in `folder`."""
    for place in ELSEWHERE:
        if not account.can_enter(place):
            continue
        make_folder(place / "backoffice")
        home = Path(tempfile.mkdtemp(prefix="postgres-", dir=place / "backoffice"))
        home.chmod(0o711)
        (folder / "elsewhere").write_text(f"{home}\n", encoding="utf-8")
        return home
    raise FolderNotUsable(folder=folder, reason="closed to the server's account")


def _ask(statements: str, programs: Path, running: Postmaster, account: Account) -> str:
    """What the server answers to its superuser."""
    words = [programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", SUPERUSER]
    words += ["-h", running.socket_folder, "-p", "5432", "-d", "postgres"]
    done = account.run(words, text=statements)
    if done.returncode:
        raise DoesNotStart(server="PostgreSQL", reason=_last_line(done.stdout), log="-")
    return done.stdout


def _reason(log: Path, said: str) -> str:
    """The last complaint in the log, or what the starter said."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    complaints = [line for line in lines[-40:] if "FATAL" in line or "PANIC" in line]
    return complaints[-1] if complaints else _last_line(said)


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
