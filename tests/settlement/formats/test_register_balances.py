"""The balance check of a register, against plain re-computation."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.formats import register_balances
from settlement.formats.register import Direction, Operation, RegisterLine

DAY = date(2026, 1, 5)


def line(no, account, day, amount, balance):
    return RegisterLine(
        line_no=no,
        trans_id=no,
        account=account,
        business_date=DAY + timedelta(days=day),
        direction=Direction.CREDIT if amount > 0 else Direction.DEBIT,
        operation=Operation.CASH_IN if amount > 0 else Operation.CASH_OUT,
        amount=abs(Decimal(amount)),
        balance=Decimal(balance),
        purpose="",
        partner_bank=None,
        partner_account=None,
    )


def test_the_nearest_balance_of_the_day_counts_whatever_the_order_of_the_lines():
    lines = [line(2, "1", 0, -30, 70), line(3, "1", 0, 100, 100), line(4, "1", 1, 1, "71.99")]
    first, second = register_balances.account_days(lines)
    assert (first.running, first.printed, first.line_no) == (70, 70, 2)
    assert second.difference == Decimal("-0.99")
    assert second.agrees()
    assert not second.agrees(Decimal("0.98"))
    assert register_balances.check(lines) == register_balances.BalanceCheck(2, 2, 1, Decimal(71))


def test_a_date_that_goes_back_is_refused_with_its_line():
    with pytest.raises(register_balances.OutOfDateOrder) as refused:
        list(register_balances.account_days([line(2, "1", 1, 5, 5), line(3, "1", 0, 5, 10)]))
    assert (refused.value.place.line, refused.value.place.field) == (3, "date")


moves = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 5), st.integers(1, 99)))


@given(moves)
def test_days_and_closing_total_equal_a_plain_sum(found):
    ordered = sorted(found, key=lambda move: move[1])
    lines = [line(n, a, d, v, v) for n, (a, d, v) in enumerate(ordered, 2)]
    result = register_balances.check(lines)
    assert result.account_days == len({(a, d) for a, d, _ in found})
    assert result.closing_total == sum(v for *_, v in found)
