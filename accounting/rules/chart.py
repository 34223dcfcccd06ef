"""How accounts are named: paths whose first part tells the account's type."""

from collections.abc import Mapping
from typing import Final

from backoffice.kernel.refusals import Refused

MAX_CODE: Final = 255

TYPES: Final = {
    "asset": "asset",
    "assets": "asset",
    "debt": "liability",
    "debts": "liability",
    "liability": "liability",
    "liabilities": "liability",
    "equity": "equity",
    "income": "income",
    "incomes": "income",
    "revenue": "income",
    "revenues": "income",
    "expense": "expense",
    "expenses": "expense",
}
"""Account type by the first part of the path in lower case, as hledger infers it (manual,
"Account types"); ledger and beancount name the same five."""

MEMORANDUM: Final = "memorandum"
"""Type of accounts that stand in the books but on no statement (quantities, guarantees given)."""

ALL_TYPES: Final = frozenset({*TYPES.values(), MEMORANDUM})


class AccountCodeRefused(Refused):
    """A code that is no path below one of the five types."""

    code = "account-code-refused"
    en = (
        "{account} is not an account code: start with Assets, Liabilities, Equity, Income or"
        " Expenses, separate parts by a colon, at most {most} characters."
    )
    th = "{account} ไม่ใช่รหัสบัญชี ให้ขึ้นต้นด้วย Assets, Liabilities, Equity, Income หรือ Expenses คั่นด้วยเครื่องหมาย : และไม่เกิน {most} ตัวอักษร"  # noqa: E501


def check_code(code: str, stated: Mapping[str, str] | None = None) -> str:
    """Return `code` if it may name an account.

    Args:
        code: path such as "Assets:Bank".
        stated: types of accounts or whole branches that their names do not tell.

    Raises:
        AccountCodeRefused: otherwise.
    """
    parts = code.split(":")
    whole = all(part and part == part.strip() for part in parts) and code.isprintable()
    if not whole or len(code) > MAX_CODE or _type(code, stated or {}) not in ALL_TYPES:
        raise AccountCodeRefused(account=repr(code[:80]), most=MAX_CODE)
    return code


def account_type(code: str, stated: Mapping[str, str] | None = None) -> str:
    """The account's type: asset, liability, equity, income, expense or memorandum.

    What is stated for the account goes first, then what is stated for the nearest account above
    it, then what the first part of the path tells.

    Raises:
        AccountCodeRefused: when nothing tells it.
    """
    return _type(check_code(code, stated), stated or {})


def _type(code: str, stated: Mapping[str, str]) -> str:
    for path in (code, *reversed(ancestors(code))):
        if path in stated:
            return stated[path]
    return TYPES.get(code.split(":", 1)[0].lower(), "")


def ancestors(code: str) -> list[str]:
    """The paths above `code`, the highest first: "Assets:Bank:A" gives Assets, Assets:Bank."""
    parts = code.split(":")
    return [":".join(parts[:depth]) for depth in range(1, len(parts))]
