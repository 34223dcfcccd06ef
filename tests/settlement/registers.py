"""Registers made for the tests, in a bank's own layout: the same for the same seed."""

import io
import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

COLUMNS = "trans_id account_id date type operation amount balance k_symbol bank account"
HEADER = ";".join(f'"{name}"' for name in COLUMNS.split())
KINDS = (
    ("PRIJEM", "VKLAD", ""),
    ("VYDAJ", "VYBER", ""),
    ("VYDAJ", "VYBER", "SLUZBY"),
    ("PRIJEM", "", "UROK"),
    ("VYDAJ", "PREVOD NA UCET", "SIPO"),
    ("PRIJEM", "PREVOD Z UCTU", ""),
)
BANKS = ("AB", "CD", "EF", "GH")


def lines(*, seed: int, first: date, days: int, a_day: int) -> Iterator[str]:
    """Register lines: `a_day` transactions on each of `days` days from `first` on."""
    dice = random.Random(seed)
    balances: dict[int, Decimal] = {}
    number = 0
    for offset in range(days):
        day = (first + timedelta(days=offset)).strftime("%y%m%d")
        for _turn in range(a_day):
            number += 1
            account = dice.randint(1, 40)
            kind, operation, symbol = dice.choice(KINDS)
            amount = Decimal(dice.randint(100, 5_000_000)) / 100
            sign = 1 if kind == "PRIJEM" else -1
            balances[account] = balances.get(account, Decimal(0)) + sign * amount
            bank = f'"{dice.choice(BANKS)}"' if operation.startswith("PREVOD") else ""
            partner = str(dice.randint(10_000, 99_999)) if bank else ""
            yield (
                f'{number};{account};{day};"{kind}";"{operation}";{amount:.2f};'
                f'{balances[account]:.2f};"{symbol}";{bank};{partner}'
            )


def file(
    *, seed: int = 1, first: date = date(1993, 1, 1), days: int = 3, a_day: int = 20
) -> io.BytesIO:
    """The same as a file."""
    text = "\n".join([HEADER, *lines(seed=seed, first=first, days=days, a_day=a_day)]) + "\n"
    return io.BytesIO(text.encode())
