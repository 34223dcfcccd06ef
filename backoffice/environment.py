"""Typed readers of the environment: a setting is read in one place and fails loudly."""

import os
from urllib.parse import unquote, urlparse

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off", ""}


def env_text(name: str, default: str = "") -> str:
    """The variable's text, stripped."""
    return os.environ.get(name, default).strip()


def env_bool(name: str, *, default: bool) -> bool:
    """The variable as a truth value.

    Raises:
        ImproperlyConfigured: when the text is neither a yes nor a no.
    """
    text = os.environ.get(name)
    if text is None:
        return default
    if text.strip().lower() in TRUE_WORDS:
        return True
    if text.strip().lower() in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {text!r}.")


def env_list(name: str, default: str = "") -> list[str]:
    """The variable as a comma-separated list without blanks."""
    return [part.strip() for part in env_text(name, default).split(",") if part.strip()]


def database_from_url(url: str) -> dict[str, object]:
    """Django's DATABASES entry for a `postgresql://user:password@host:port/name?host=/socket` URL.

    Raises:
        ImproperlyConfigured: when the scheme is not PostgreSQL's.
    """
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.pop("host", "")) or (parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": {key: unquote(value) for key, value in query.items()},
    }
