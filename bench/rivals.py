"""Other Django ledgers, installed beside the checkout for the benchmark and for nothing else.

Each lives in a virtual environment of its own and posts in a process of its own, a round whenever
it is asked to, so that its rounds and ours take turns on the same server.
"""

import os
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded import services

SCRIPTS = Path(__file__).resolve().parent / "rival_scripts"
RIVALS = {"django-hordak": "hordak_entries.py", "django-ledger": "ledger_entries.py"}


class Unavailable(Exception):
    """A rival that cannot be installed or does not start here; the text says why."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A rival that waits for its next round."""

    name: str
    process: subprocess.Popen[str]

    def rate(self) -> float:
        """Entries per second of one more round."""
        told = _say(self.process, "\n")
        if not told:
            raise Unavailable(f"{self.name} ended in the middle")
        return float(told)


@contextmanager
def started(package: str) -> Iterator[Rival]:
    """The rival with its books open, ready to post; ended afterwards.

    Raises:
        Unavailable.
    """
    command = [str(_installed(package)), str(SCRIPTS / RIVALS[package])]
    with (
        tempfile.TemporaryFile(mode="w+") as complaints,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env=os.environ,
        ) as process,
    ):
        try:
            version = _say(process, "")
            if not version:
                complaints.seek(0)
                raise Unavailable(_last_line(complaints.read()))
            yield Rival(f"{package} {version}", process)
        finally:
            process.kill()


def _say(process: subprocess.Popen[str], text: str) -> str:
    """What the script answers; nothing when it has ended."""
    if process.stdin is None or process.stdout is None:
        return ""
    with suppress(BrokenPipeError):
        process.stdin.write(text)
        process.stdin.flush()
    return process.stdout.readline().strip()


def _installed(package: str) -> Path:
    """The Python that has the package, installed at the first time."""
    folder = services.data_folder() / "bench-venv" / package
    python = folder / "bin" / "python"
    try:
        if not python.exists():
            venv.create(folder, with_pip=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "-q",
            package,
            "django<6",
            "psycopg2-binary",
        ]
        subprocess.run(install, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        raise Unavailable(_last_line(str(error.stderr or error.stdout))) from error
    except OSError as error:
        raise Unavailable(str(error)) from error
    return python


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no word why"])[-1]
