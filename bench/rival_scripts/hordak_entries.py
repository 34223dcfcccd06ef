"""django-hordak's way in: a transaction and its two legs, one commit each."""

from decimal import Decimal

import rounds

rounds.open_schema(
    "hordak",
    ["mptt", "hordak"],
    DEFAULT_CURRENCY="THB",
    CURRENCIES=["THB"],
    HORDAK_CURRENCIES=["THB"],
)

from django.db import transaction  # noqa: E402
from hordak.models import Account, Leg, Transaction  # noqa: E402

accounts = [
    Account.objects.create(name=f"A{n}", code=str(n), type="AS", currencies=["THB"])
    for n in range(50)
]


def post(number: int) -> None:
    """One entry."""
    debit, credit = accounts[number % 50], accounts[(number * 7 + 1) % 50]
    amount = Decimal(number + 1)
    with transaction.atomic():
        entry = Transaction.objects.create(description=f"Payment {number}")
        Leg.objects.create(transaction=entry, account=debit, debit=amount, currency="THB")
        Leg.objects.create(transaction=entry, account=credit, credit=amount, currency="THB")


rounds.take_turns("django-hordak", post)
