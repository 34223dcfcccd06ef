"""What every rival's script does: Django on a schema of its own, then a round whenever asked.

Told on the first line: the rival's version. For each line read, a round is posted and its entries
per second are told.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import count, islice
from urllib.parse import parse_qs, unquote, urlparse

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

ENTRIES = 100


def open_schema(name: str, apps: Sequence[str], **others: object) -> None:
    """Django set up with the apps, and their tables in a schema of that name."""
    parts = urlparse(os.environ["DATABASE_URL"])
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parse_qs(parts.query).get("host", [parts.hostname or ""])[0]),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"options": f"-c search_path={name}"},
    }
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", *apps],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        **others,
    )
    django.setup()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        cursor.execute(f"CREATE SCHEMA {name}")
    call_command("migrate", verbosity=0)


def take_turns(package: str, post: Callable[[int], object]) -> None:
    """`post(number)` posts one entry of two lines in a transaction of its own."""
    numbers = count()
    _tell(version(package))
    for _line in sys.stdin:
        start = time.perf_counter()
        for number in islice(numbers, ENTRIES):
            post(number)
        _tell(str(ENTRIES / (time.perf_counter() - start)))


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
