"""An embedded Valkey (a Redis) on a folder: started by whoever needs it first, used by all.

It listens on the loopback address only, asks for a password that lies beside its data, and keeps
every message in an append-only file, so that a crash loses at most one second of hints.
"""

import re
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded import processes
from backoffice.embedded.failures import DoesNotStart, DoesNotStop, FolderNotUsable
from backoffice.embedded.locking import only_one
from backoffice.embedded.programs import valkey_server

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
ANSWER_SECONDS = 2.0
PORTS_TO_TRY = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server listens, kept in its settings file.

    Attributes:
        port: TCP port on the loopback address.
        password: what a client must say first.
    """

    port: int
    password: str

    @property
    def url(self) -> str:
        """The address as redis-py and Celery read it."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"


def ensure_running(folder: Path, *, durable: bool = True) -> str:
    """Start the server on `folder` unless it runs; returns its URL.

    Args:
        folder: the server's own folder; made when missing.
        durable: False only for tests: nothing is written to the disk.

    Raises:
        FolderNotUsable, ServerNotInstalled, DoesNotStart.
    """
    place = _place(folder)
    if place is None or _server_pid(place) is None:
        with only_one(folder):
            place = _place(folder)
            if place is None or _server_pid(place) is None:
                place = _start(folder, place, durable=durable)
    return place.url


def address(folder: Path) -> str:
    """The URL the server had last; a closed port when it never ran. Starts nothing."""
    place = _place(folder) or Place(port=1, password="none")  # noqa: S106 - nobody listens there
    return place.url


def running_pid(folder: Path) -> int | None:
    """The server's process, or None when it does not run."""
    place = _place(folder)
    return _server_pid(place) if place else None


def stop(folder: Path) -> bool:
    """Stop the server on `folder`, its file written; False when none was running.

    Raises:
        DoesNotStop: when it is still there after both a polite and a rude request.
    """
    if not folder.exists():
        return False
    with only_one(folder):
        place = _place(folder)
        pid = _server_pid(place) if place else None
        if pid is None:
            return False
        for number in (signal.SIGTERM, signal.SIGKILL):
            processes.send(pid, number)
            if processes.wait_gone(pid, seconds=STOP_SECONDS):
                return True
    raise DoesNotStop(server="Valkey", pid=pid)


def _place(folder: Path) -> Place | None:
    try:
        conf = (folder / "valkey.conf").read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FolderNotUsable(folder=folder, reason=error.strerror) from error
    port = re.search(r"^port (\d+)$", conf, re.MULTILINE)
    password = re.search(r"^requirepass (\S+)$", conf, re.MULTILINE)
    return Place(int(port[1]), password[1]) if port and password else None


def _server_pid(place: Place) -> int | None:
    """The process that answers to our password at our port; None when nobody does.

    A stranger on the port does not know the password, so a stale settings file is no danger.
    """
    said = _ask(place, "INFO server")
    pid = re.search(r"^process_id:(\d+)", said, re.MULTILINE)
    return int(pid[1]) if pid else None


def _ask(place: Place, command: str) -> str:
    """What the server answers to one command in its inline form; empty when it does not."""
    said = b""
    try:
        with socket.create_connection((HOST, place.port), timeout=ANSWER_SECONDS) as link:
            link.sendall(f"AUTH {place.password}\r\n{command}\r\nQUIT\r\n".encode())
            while part := link.recv(65536):
                said += part
    except OSError:
        return ""
    return said.decode(errors="replace")


def _start(folder: Path, place: Place | None, *, durable: bool) -> Place:
    """Bring the server up, at its old port if that is free; the caller holds the lock."""
    _end_silent(folder)
    password = place.password if place else secrets.token_urlsafe(24)
    log = folder / "valkey.log"
    for _ in range(PORTS_TO_TRY):
        port = place.port if place and _is_free(place.port) else _free_port()
        place = Place(port, password)
        _write_conf(folder, place, durable=durable)
        done = subprocess.run(  # noqa: S603 - the wheel's program, never a shell
            [valkey_server(), folder / "valkey.conf"],
            check=False,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            start_new_session=True,
            text=True,
        )
        if done.returncode == 0 and _wait_ready(place):
            return place
        place = None  # somebody took the port meanwhile, perhaps: try another
    raise DoesNotStart(server="Valkey", reason=_last_line(log), log=log)


def _end_silent(folder: Path) -> None:
    """End a server of this folder that lives but does not answer: two would write one file.

    Known by its process file, and only where /proc shows that it is ours; elsewhere nothing is
    done.
    """
    try:
        pid = int((folder / "valkey.pid").read_text(encoding="utf-8"))
        program = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
        home = Path(f"/proc/{pid}/cwd").resolve(strict=True)
    except (OSError, ValueError):
        return
    if b"valkey-server" in program and home == folder.resolve():
        processes.send(pid, signal.SIGKILL)
        if not processes.wait_gone(pid, seconds=STOP_SECONDS):
            raise DoesNotStop(server="Valkey", pid=pid)


def _wait_ready(place: Place) -> bool:
    """Wait until the file is loaded; False when the server died instead."""
    deadline = time.monotonic() + START_SECONDS
    silent = 0
    while time.monotonic() < deadline:
        said = _ask(place, "PING")
        if "+PONG" in said:
            return True
        # While it loads it answers -LOADING; no answer at all for a second means it is gone.
        silent = 0 if said else silent + 1
        if silent > 50:
            return False
        time.sleep(0.02)
    return False


def _write_conf(folder: Path, place: Place, *, durable: bool) -> None:
    lines = [
        "# Written anew at every start.",
        f"bind {HOST}",
        f"port {place.port}",
        f"requirepass {place.password}",
        "daemonize yes",
        "pidfile valkey.pid",
        "logfile valkey.log",
        f"appendonly {'yes' if durable else 'no'}",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
    ]
    conf = folder / "valkey.conf"
    try:
        conf.touch(mode=0o600)
        conf.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise FolderNotUsable(folder=folder, reason=error.strerror) from error


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return lines[-1].strip() if lines else "it said nothing"
