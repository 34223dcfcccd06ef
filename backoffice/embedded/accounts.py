"""Which account of the machine a server runs as. PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded.failures import AccountUnknown, FolderNotUsable, OtherOwner

# Accounts without rights that a machine usually has; the first one found is taken. No account is
# ever created: adding users to somebody's machine is not ours to do.
UNPRIVILEGED = ("postgres", "nobody", "daemon")
ROOT = 0


@dataclass(frozen=True, slots=True)
class Account:
    """An account that programs are run as and that owns the server's files.

    Attributes:
        uid: its number.
        gid: its primary group's number.
        ours: whether it is the account of this very process, so that nothing need be dropped.
    """

    uid: int
    gid: int
    ours: bool

    def run(
        self, words: Sequence[str | Path], *, env: Mapping[str, str] | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this account, `text` on its standard input.

        Its standard output and error come back as one text; a non-zero end raises nothing.
        """
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        return subprocess.run(  # noqa: S603 - programs of the wheel, never a shell
            [str(word) for word in words],
            check=False,
            # The folder that we stand in may be closed to the other account.
            cwd="/",
            encoding="utf-8",
            env={**clean, "LC_ALL": "C", **(env or {})},
            errors="replace",
            extra_groups=None if self.ours else [],
            group=None if self.ours else self.gid,
            input=text,
            stderr=subprocess.STDOUT,
            stdout=subprocess.PIPE,
            umask=0o077,
            user=None if self.ours else self.uid,
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may pass through the folder and all above it."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def own_folder(self, folder: Path) -> Path:
        """Make a folder that only this account (and root) can open; returns it.

        Raises:
            FolderNotUsable: when it cannot be made.
        """
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if not self.ours:
                os.chown(folder, self.uid, self.gid)
            folder.chmod(0o700)
        except OSError as error:
            raise FolderNotUsable(folder=folder, reason=error.strerror) from error
        return folder

    def own_file(self, file: Path) -> None:
        """Give a file to this account alone."""
        if not self.ours:
            os.chown(file, self.uid, self.gid)
        file.chmod(0o600)


def account_for(folder: Path) -> Account:
    """The account that the server on `folder` runs as: ours, or as root an unprivileged one.

    Data that exist already keep their owner, so that root may start what a user has made.

    Raises:
        OtherOwner: when the data belong to somebody else and we are not root.
        AccountUnknown: when our account has no name.
    """
    uid = os.geteuid()
    owner = folder.stat().st_uid if folder.exists() else None
    if uid != ROOT:
        if owner is not None and owner != uid:
            raise OtherOwner(folder=folder, owner=owner)
        if not any(known.pw_uid == uid for known in pwd.getpwall()):
            raise AccountUnknown(uid=uid)
        return Account(uid=uid, gid=os.getegid(), ours=True)
    if owner:
        return Account(uid=owner, gid=folder.stat().st_gid, ours=False)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, ours=False)
    raise AccountUnknown(uid=uid)
