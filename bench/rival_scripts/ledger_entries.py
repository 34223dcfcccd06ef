"""django-ledger's way in: `commit_txs` makes the journal entry, its two transactions, and posts it.

It verifies the entry and numbers it, in a transaction of its own.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import rounds

rounds.open_schema(
    "django_ledger", ["django.contrib.sessions", "treebeard", "django_ledger"], SECRET_KEY="bench"
)

from django.contrib.auth import get_user_model  # noqa: E402
from django_ledger.io.roles import ASSET_CA_CASH  # noqa: E402
from django_ledger.models import EntityModel  # noqa: E402

FIRST = datetime(2026, 1, 5, tzinfo=UTC)

entity = EntityModel.create_entity(
    name="Bench",
    use_accrual_method=True,
    admin=get_user_model().objects.create_user("bench"),
    fy_start_month=1,
)
entity.create_chart_of_accounts(assign_as_default=True, commit=True, coa_name="Bench")
accounts = [
    entity.create_account(
        code=f"10{n:02}", role=ASSET_CA_CASH, name=f"A{n}", balance_type="debit", active=True
    )
    for n in range(50)
]
ledger = entity.create_ledger(name="Bench", posted=True)


def post(number: int) -> None:
    """One entry."""
    sides = (("debit", accounts[number % 50]), ("credit", accounts[(number * 7 + 1) % 50]))
    entry, _transactions = ledger.commit_txs(
        je_timestamp=FIRST + timedelta(seconds=number),
        je_txs=[
            {
                "account": account,
                "amount": Decimal(number + 1),
                "tx_type": side,
                "description": f"Payment {number}",
            }
            for side, account in sides
        ],
        je_posted=True,
        je_desc=f"Payment {number}",
    )
    if not entry.is_posted():
        raise RuntimeError(f"entry {number} is not posted")


rounds.take_turns("django-ledger", post)
