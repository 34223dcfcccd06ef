"""Another Django ledger, installed beside the checkout for the benchmark and for nothing else."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from backoffice.embedded import services

SCRIPTS = Path(__file__).resolve().parent / "rival_scripts"
RIVALS = {"django-hordak": "hordak_entries.py"}


def measure() -> dict[str, float]:
    """Entries per second of each rival that could be installed, by its own documented way in."""
    rates = {}
    for package, script in RIVALS.items():
        folder = services.data_folder() / "bench-venv" / package
        python = folder / "bin" / "python"
        if not python.exists():
            venv.create(folder, with_pip=True)
        _run([str(python), "-m", "pip", "install", "-q", package, "django<6", "psycopg2-binary"])
        told = _run([str(python), str(SCRIPTS / script)]).split()
        rates[f"{package} {told[0]}"] = float(told[1])
    return rates


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        sys.stderr.write(done.stderr[-2_000:])
        raise RuntimeError(f"{command[-1]} failed")
    return done.stdout
