"""How accounts are named: paths whose first part tells the account's type."""

from typing import Final

from backoffice.kernel.refusals import Refused

MAX_CODE: Final = 255

TYPES: Final = {
    "Assets": "asset",
    "Liabilities": "liability",
    "Equity": "equity",
    "Income": "income",
    "Revenue": "income",
    "Revenues": "income",
    "Expenses": "expense",
}
"""Account type by the first part of the path, as ledger, hledger and beancount name them."""


class AccountCodeRefused(Refused):
    """A code that is no path below one of the five types."""

    code = "account-code-refused"
    en = (
        "{account} is not an account code: start with Assets, Liabilities, Equity, Income or"
        " Expenses, separate parts by a colon, at most {most} characters."
    )
    th = "{account} ไม่ใช่รหัสบัญชี ให้ขึ้นต้นด้วย Assets, Liabilities, Equity, Income หรือ Expenses คั่นด้วยเครื่องหมาย : และไม่เกิน {most} ตัวอักษร"  # noqa: E501


def check_code(code: str) -> str:
    """Return `code` if it may name an account.

    Raises:
        AccountCodeRefused: otherwise.
    """
    parts = code.split(":")
    whole = all(part and part == part.strip() for part in parts) and code.isprintable()
    if not whole or len(code) > MAX_CODE or parts[0].capitalize() not in TYPES:
        raise AccountCodeRefused(account=repr(code[:80]), most=MAX_CODE)
    return code


def account_type(code: str) -> str:
    """The type that the first part of the path tells: asset, liability, equity, income, expense.

    Raises:
        AccountCodeRefused: when it tells none.
    """
    return TYPES[check_code(code).split(":", 1)[0].capitalize()]


def ancestors(code: str) -> list[str]:
    """The paths above `code`, the highest first: "Assets:Bank:A" gives Assets, Assets:Bank."""
    parts = code.split(":")
    return [":".join(parts[:depth]) for depth in range(1, len(parts))]
