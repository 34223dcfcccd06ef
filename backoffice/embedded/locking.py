"""One starter at a time: an exclusive file lock that the kernel drops when its holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.embedded.failures import FolderNotUsable


def make_folder(folder: Path) -> None:
    """Make a folder that others may pass through but not list.

    Raises:
        FolderNotUsable: when the place cannot be written.
    """
    try:
        for missing in reversed([folder, *folder.parents]):
            if not missing.exists():
                missing.mkdir(exist_ok=True)
                # PostgreSQL runs under another uid when we are root: it must reach its files
                # even if the umask of the starter is 077.
                missing.chmod(0o711)
    except OSError as error:
        raise FolderNotUsable(folder=folder, reason=error.strerror) from error


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; wait for whoever holds it.

    Raises:
        FolderNotUsable: when the place cannot be written.
    """
    make_folder(folder)
    try:
        handle = (folder / "lock").open("a")
    except OSError as error:
        raise FolderNotUsable(folder=folder, reason=error.strerror) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
