"""Making and starting a cluster; the caller holds its folder's lock."""

import hashlib
import shutil
import stat
import tempfile
from pathlib import Path

from backoffice.embedded import processes
from backoffice.embedded.accounts import Account, account_for
from backoffice.embedded.failures import DoesNotStart, FolderNotUsable
from backoffice.embedded.locking import make_folder
from backoffice.embedded.postgres_conf import CONF_NAME, house_conf
from backoffice.embedded.postmaster import (
    START_SECONDS,
    Postmaster,
    home_of,
    lock_file_of,
    running_on,
)
from backoffice.embedded.programs import postgres_bin

# The owner migrates; the application works with the rights that the owner gives it.
ROLE = DATABASE = "backoffice"
APPLICATION = "backoffice_app"
SUPERUSER = "postgres"
# sockaddr_un holds 104 bytes on macOS and 108 on Linux; "/.s.PGSQL.5432" takes 14 of them.
SOCKET_FOLDER_BYTES = 88
PID_LIMIT = 2**22 - 1
# Where data go when the server's account cannot enter the folder asked for.
ELSEWHERE = (Path("/var/lib"), Path(tempfile.gettempdir()))
FIRST_STEPS = f"""\
SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec
SELECT 'CREATE ROLE {APPLICATION} LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}') \\gexec
SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608 - our own constants
# Tests empty append-only tables between each other, and step into the application's role; the
# house itself never may.
STEPS_FOR_TESTS = f"""\
GRANT SET ON PARAMETER session_replication_role TO {ROLE};
GRANT {APPLICATION} TO {ROLE} WITH INHERIT FALSE, SET TRUE;
"""


def start(folder: Path, *, durable: bool) -> Postmaster:
    """Bring the server up; the caller holds the folder's lock."""
    account = account_for(home_of(folder) / "cluster")
    home = home_of(folder)
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
        wait = ["-w", "-s", "-t", str(START_SECONDS)]
        done = account.run([programs / "pg_ctl", "start", *wait, "-D", cluster, "-l", log])
    except OSError as error:
        raise DoesNotStart(server="PostgreSQL", reason=error, log=log) from error
    running = running_on(cluster)
    if running is None:
        raise DoesNotStart(server="PostgreSQL", reason=_reason(log, done.stdout), log=log)
    steps = FIRST_STEPS if durable else FIRST_STEPS + STEPS_FOR_TESTS
    ask(steps, programs, running, account)
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
    options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    options += ["--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
    if not durable:
        options.append("--no-sync")
    done = account.run([programs / "initdb", "-D", making, "-U", SUPERUSER, *options])
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
    lines = lock_file_of(cluster)
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


def ask(statements: str, programs: Path, running: Postmaster, account: Account) -> str:
    """What the server answers to its superuser."""
    plain = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
    where = ["-U", SUPERUSER, "-h", running.socket_folder, "-p", "5432", "-d", "postgres"]
    done = account.run([programs / "psql", *plain, *where], text=statements)
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
