"""Where PostgreSQL and Redis are: the environment's addresses, or embedded servers made ready.

Variables:
    DATABASE_URL, REDIS_URL: real servers; nothing is started then.
    DATABASE_OWNER_URL: the same database as the owner of its tables, for migrations; without it
        DATABASE_URL is the owner's too.
    BACKOFFICE_DATA: the folder of the embedded servers' data (default `.data` in the checkout).
    BACKOFFICE_SERVERS: "address" to ask only for the addresses and start nothing, as commands
        that touch no data do; "start" (the default) otherwise.
"""

import os
import secrets
from pathlib import Path

from backoffice.embedded import postgres, redis
from backoffice.embedded.cluster import APPLICATION, ROLE
from backoffice.embedded.failures import FolderNotUsable
from backoffice.embedded.locking import only_one

CHECKOUT = Path(__file__).resolve().parents[2]
ADDRESS_ONLY = "address"


def data_folder() -> Path:
    """The folder of all that the house keeps outside PostgreSQL servers of your own."""
    return Path(os.environ.get("BACKOFFICE_DATA", "").strip() or CHECKOUT / ".data").absolute()


def database_url() -> str:
    """The database's URL for the application; the embedded PostgreSQL runs when this returns.

    Raises:
        Refused: one of `backoffice.embedded.failures`, when it cannot be started.
    """
    return os.environ.get("DATABASE_URL", "").strip() or _embedded(APPLICATION)


def owner_url() -> str:
    """The database's URL for its owner, who migrates; the embedded PostgreSQL runs then.

    Raises:
        Refused: one of `backoffice.embedded.failures`, when it cannot be started.
    """
    named = (os.environ.get(name, "").strip() for name in ("DATABASE_OWNER_URL", "DATABASE_URL"))
    return next(filter(None, named), "") or _embedded(ROLE)


def make_roles() -> None:
    """Give a running embedded PostgreSQL of an earlier version the roles of this one."""
    if not os.environ.get("DATABASE_URL", "").strip():
        postgres.make_roles(data_folder() / "postgres")


def redis_url() -> str:
    """The broker's URL; the embedded Valkey runs when this returns.

    Raises:
        Refused: one of `backoffice.embedded.failures`, when it cannot be started.
    """
    if url := os.environ.get("REDIS_URL", "").strip():
        return url
    folder = data_folder() / "valkey"
    return redis.address(folder) if _address_only() else redis.ensure_running(folder)


def kept_secret() -> str:
    """A random secret that is made once and stays in the data folder, readable for us alone.

    Raises:
        FolderNotUsable: when it can be neither read nor made.
    """
    folder = data_folder()
    keep = folder / "secret_key"
    with only_one(folder):
        try:
            if not keep.exists() or not keep.read_text(encoding="utf-8"):
                keep.touch(mode=0o600)
                keep.write_text(secrets.token_urlsafe(50), encoding="utf-8")
            return keep.read_text(encoding="utf-8")
        except OSError as error:
            raise FolderNotUsable(folder=folder, reason=error.strerror) from error


def stop() -> list[str]:
    """Stop every embedded server on the data folder; returns the names of those that ran."""
    folder = data_folder()
    servers = {
        "PostgreSQL": (postgres.stop, "postgres"),
        "Valkey": (redis.stop, "valkey"),
        "PostgreSQL (tests)": (postgres.stop, "test-postgres"),
        "Valkey (tests)": (redis.stop, "test-valkey"),
    }
    return [name for name, (end, part) in servers.items() if end(folder / part)]


def _embedded(role: str) -> str:
    folder = data_folder() / "postgres"
    if _address_only():
        return postgres.address(folder, role=role)
    return postgres.ensure_running(folder, role=role)


def _address_only() -> bool:
    return os.environ.get("BACKOFFICE_SERVERS", "").strip() == ADDRESS_ONLY
