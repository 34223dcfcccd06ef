"""django-hordak's entries per second: a transaction of two legs, one commit each."""

import os
import sys
import time
from decimal import Decimal
from importlib.metadata import version
from urllib.parse import parse_qs, unquote, urlparse

import django
from django.conf import settings
from django.core.management import call_command

ENTRIES = 300


def database() -> dict[str, str]:
    """The benchmark's database, as Django names it."""
    parts = urlparse(os.environ["DATABASE_URL"])
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"options": "-c search_path=hordak"},
    }


settings.configure(
    DATABASES={"default": database()},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DEFAULT_CURRENCY="THB",
    CURRENCIES=["THB"],
    HORDAK_CURRENCIES=["THB"],
    USE_TZ=True,
)
django.setup()

from django.db import connection, transaction  # noqa: E402
from hordak.models import Account, Leg, Transaction  # noqa: E402

with connection.cursor() as cursor:
    cursor.execute("CREATE SCHEMA IF NOT EXISTS hordak")
call_command("migrate", verbosity=0)
accounts = [
    Account.objects.create(name=f"A{n}", code=str(n), type="AS", currencies=["THB"])
    for n in range(50)
]
start = time.perf_counter()
for number in range(ENTRIES):
    debit, credit = accounts[number % 50], accounts[(number * 7 + 1) % 50]
    with transaction.atomic():
        entry = Transaction.objects.create(description=f"Payment {number}")
        amount = Decimal(number + 1)
        Leg.objects.create(transaction=entry, account=debit, debit=amount, currency="THB")
        Leg.objects.create(transaction=entry, account=credit, credit=amount, currency="THB")
seconds = time.perf_counter() - start
sys.stdout.write(f"{version('django-hordak')} {ENTRIES / seconds}\n")
