"""The ritual of `make run`: servers, migrations, demo firm, web, worker, beat; then the watch."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.embedded import postgres, redis, services
from backoffice.embedded.failures import FolderNotUsable
from backoffice.embedded.locking import make_folder
from backoffice.launching import parts
from backoffice.launching.asking import ask_readiness, refuse_taken_port
from backoffice.launching.failures import (
    AlreadyRunning,
    KeepsDying,
    NotReadyInTime,
    StepFailed,
)
from backoffice.launching.parts import Part
from backoffice.launching.speaking import Steps, say

READY_SECONDS = 120.0
WATCH_SECONDS = 1.0


class Stopped(Exception):
    """Somebody asked us to stop: no error."""


class House:
    """One running house on one data folder.

    Args:
        data: folder of the embedded servers, logs and locks.
        host: address that the web server listens on.
        port: its TCP port.
        seed: whether to bring in the demo firm.
    """

    def __init__(self, *, data: Path, host: str, port: int, seed: bool) -> None:
        self.data = data
        self.host = host
        self.port = port
        self.seed = seed
        self.checkout = services.CHECKOUT
        self.logs = data / "logs"
        self.stopping = threading.Event()
        self.env = dict(os.environ)
        self.env.pop("DATABASE_OWNER_URL", None)
        self.parts: list[Part] = []

    def run(self) -> None:
        """Bring everything up, watch over it until asked to stop, take everything down.

        Raises:
            Refused: with the reason, when something does not come up or does not stay up.
        """
        with self._alone():
            parts.sweep(self.data)
            refuse_taken_port(self.host, self.port)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda *_: self.stopping.set())
            try:
                self._bring_up()
                self._watch()
            except Stopped:
                pass
            finally:
                self._take_down()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the run lock, in which our process number stands for `make stop`."""
        make_folder(self.data)
        make_folder(self.logs)
        try:
            file = (self.data / "run.lock").open("a+")
        except OSError as error:
            raise FolderNotUsable(folder=self.data, reason=error.strerror) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise AlreadyRunning(folder=self.data, pid=file.read().strip()) from error
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield
            file.truncate(0)

    def _bring_up(self) -> None:
        begun = time.monotonic()
        steps = Steps(6 if self.seed else 5)
        with steps.step("PostgreSQL", "ฐานข้อมูล"):
            self.env["DATABASE_URL"] = services.database_url()
            owner = services.owner_url()
            services.make_roles()
        with steps.step("Redis (Valkey)", "คิวงาน"):
            self.env["REDIS_URL"] = services.redis_url()
        self.env["BACKOFFICE_DATA"] = str(self.data)
        with steps.step("Migrations", "ปรับโครงสร้างฐานข้อมูล"):
            # The owner's address is told to nobody else.
            self._manage("migrate", "--noinput", DATABASE_OWNER_URL=owner)
        if self.seed:
            with steps.step("Demo firm", "บริษัทตัวอย่าง"):
                self._manage("seed_demo")
        with steps.step("Web server, worker, beat", "เว็บ ผู้ปฏิบัติงาน และตัวตั้งเวลา"):
            self._pause_point()
            self.parts = self._house_parts()
            for part in self.parts:
                part.start(folder=self.checkout, env=self.env)
        with steps.step("Ready", "ตรวจความพร้อม"):
            accounts = self._manage("seed_demo", "--accounts") if self.seed else ""
            self._wait_ready()
        self._announce(time.monotonic() - begun, accounts=accounts)

    def _house_parts(self) -> list[Part]:
        python, data = sys.executable, self.data
        web = [python, "-m", "gunicorn", "backoffice.wsgi", "--bind", f"{self.host}:{self.port}"]
        web += ["--workers", os.environ.get("WEB_CONCURRENCY", "2"), "--threads", "4"]
        web += ["--graceful-timeout", "10", "--access-logfile", "-", "--no-control-socket"]
        web += ["--env", f"BACKOFFICE_DATA={data}"]
        celery = [python, "-m", "celery", "-A", "backoffice"]
        worker = [*celery, "worker", "-l", "INFO", "-c", os.environ.get("WORKERS", "2")]
        worker += ["--without-gossip", "--without-mingle", f"--statedb={data / 'worker.state'}"]
        beat = [*celery, "beat", "-l", "INFO", "--pidfile=", "-s", str(data / "beat.schedule")]
        named = (
            ("web server", "เว็บเซิร์ฟเวอร์", web),
            ("worker", "ตัวทำงานเบื้องหลัง", worker),
            ("beat", "ตัวตั้งเวลา", beat),
        )
        return [
            Part(name, thai, words, self.logs / f"{name.split()[0]}.log")
            for name, thai, words in named
        ]

    def _manage(self, *words: str, **more: str) -> str:
        """Run one of the house's commands to its end; returns what it printed.

        Raises:
            StepFailed: when it ends with an error.
            Stopped: when we are asked to stop meanwhile; the command is stopped too.
        """
        self._pause_point()
        log = self.logs / f"{words[0]}.log"
        with log.open("wb") as output:
            command = subprocess.Popen(  # noqa: S603 - our own command, never a shell
                [sys.executable, str(self.checkout / "manage.py"), *words],
                cwd=self.checkout,
                env={**self.env, **more},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            while command.poll() is None:
                if self.stopping.wait(0.05):
                    command.terminate()
                    command.wait()
        self._pause_point()
        said = log.read_text(encoding="utf-8", errors="replace")
        if command.returncode:
            lines = [line.strip() for line in said.splitlines() if line.strip()] or ["-"]
            reason = next((line for line in lines if line.startswith("CommandError")), lines[-1])
            raise StepFailed(step=f"manage.py {words[0]}", reason=reason, log=log)
        return said

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        said = ""
        while time.monotonic() < deadline:
            if self.stopping.wait(0.1):
                raise Stopped
            self._mend()
            ready, said = ask_readiness(self.host, self.port)
            if ready:
                return
        raise NotReadyInTime(seconds=int(READY_SECONDS), said=said)

    def _watch(self) -> None:
        """Restart what ends by itself; give up on what keeps ending."""
        while not self.stopping.wait(WATCH_SECONDS):
            self._mend()

    def _mend(self) -> None:
        for part in self.parts:
            if not part.has_ended():
                continue
            if not part.may_restart():
                times, reason = len(part.ends), part.last_words()
                raise KeepsDying(
                    part=part.name, thai=part.thai, times=times, reason=reason, log=part.log
                )
            say(f"The {part.name} ended and is started again · {part.thai}หยุดและเริ่มใหม่")
            part.start(folder=self.checkout, env=self.env)
        # A server that died (somebody killed it, memory ran out) comes back on the same address.
        services.database_url()
        services.redis_url()

    def _announce(self, seconds: float, *, accounts: str) -> None:
        shown = "localhost" if self.host in {"127.0.0.1", "0.0.0.0", "::1"} else self.host  # noqa: S104
        base = f"http://{shown}:{self.port}"
        say(f"\nBackoffice is ready after {seconds:.1f} s · พร้อมใช้งาน\n")
        say(f"  Front office  ฝ่ายหน้า       {base}/")
        say(f"  Clerks' desk  โต๊ะเจ้าหน้าที่   {base}/admin/")
        say(f"  API           ระบบภายนอก    {base}/api/docs/")
        if accounts:
            say(f"\n{accounts.rstrip()}")
        say(f"\n  Logs · บันทึก: {self.logs}")
        say("  Ctrl-C stops everything · กด Ctrl-C เพื่อหยุดทั้งหมด")

    def _take_down(self) -> None:
        say("\nStopping · กำลังหยุด …")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _hurry)
        parts.stop_all(self.parts)
        redis.stop(self.data / "valkey")
        postgres.stop(self.data / "postgres")
        say("Stopped; the data stay · หยุดแล้ว ข้อมูลยังอยู่")

    def _pause_point(self) -> None:
        if self.stopping.is_set():
            raise Stopped


def _hurry(*_: object) -> None:
    raise KeyboardInterrupt
