"""Prove a reconciliation: the bank's balance is the ledger's, but for what is still open."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from accounting import queries as ledger
from settlement.models import ReconciledAccount
from settlement.reconciliation import keeping

# Matches that reach over the day: a side of them is dated later, so the other is on its way.
OPEN_SUMS = """
    SELECT (SELECT coalesce(sum(l.amount), 0) FROM settlement_statementline l
             WHERE l.account_id = %(account)s AND l.booked_on <= %(day)s AND NOT EXISTS
                   (SELECT 1 FROM settlement_matchedline m WHERE m.line_id = l.id)),
           (SELECT coalesce(sum(h.amount), 0) FROM settlement_houseline h
             WHERE h.account_id = %(account)s AND h.date <= %(day)s AND NOT EXISTS
                   (SELECT 1 FROM settlement_matchedline m WHERE m.house_line_id = h.id)),
           (SELECT coalesce(sum(coalesce(l.amount, 0) - coalesce(h.amount, 0)), 0)
              FROM settlement_matchedline m
              JOIN settlement_reconciliationmatch x ON x.id = m.match_id
              LEFT JOIN settlement_statementline l
                     ON l.id = m.line_id AND l.booked_on <= %(day)s
              LEFT JOIN settlement_houseline h ON h.id = m.house_line_id AND h.date <= %(day)s
             WHERE x.account_id = %(account)s)
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """How bank and books come together; amounts in major units of the account's currency.

    Attributes:
        bank, ledger: balances at the end of `as_of`.
        open_bank, open_house: sums of lines that are matched with nothing.
        on_the_way: sum of matches of which one side is dated later.
    """

    account: str
    as_of: date
    bank: Decimal
    ledger: Decimal
    open_bank: Decimal
    open_house: Decimal
    on_the_way: Decimal

    @property
    def difference(self) -> Decimal:
        """What nothing explains: zero unless a statement is missing or the start disagreed."""
        explained = self.ledger + self.open_bank - self.open_house + self.on_the_way
        return self.bank - explained


def prove(*, account: ReconciledAccount, as_of: date) -> Proof | None:
    """The proof at the account's last statement up to `as_of`; None without one."""
    statement = keeping.last_statement(account, until=as_of)
    if statement is None or statement.closing is None:
        return None
    day = statement.closed_on
    with connection.cursor() as cursor:
        cursor.execute(OPEN_SUMS, {"account": account.pk, "day": day})
        open_bank, open_house, on_the_way = cursor.fetchone()
    balance = ledger.balance(
        entity=account.book, account=account.ledger_account, as_of=day, currency=account.currency
    )
    return Proof(
        account=str(account),
        as_of=day,
        bank=statement.closing,
        ledger=balance[account.currency],
        open_bank=open_bank,
        open_house=open_house,
        on_the_way=on_the_way,
    )
