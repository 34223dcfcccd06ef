"""Statements of many lines, and many statements: as many queries as for few."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.desk.models import WorkItem
from backoffice.kernel import money
from backoffice.reference import listing
from settlement.models import Break
from settlement.reconciliation import chasing, pairing, reconciling
from tests.settlement import statements
from tests.settlement.reconciliation.conftest import DAY

pytestmark = pytest.mark.django_db
CUSTODY = "Assets:Securities:CUST1"


def cost(verb):
    with CaptureQueriesContext(connection) as queries:
        verb()
    return len(queries)


@pytest.mark.usefixtures("nostro")
def test_many_breaks_close_in_as_many_statements_as_one(bring, post, system, at, monkeypatch):
    """Each with its item, and what the smallest share with the last that shares it."""
    monkeypatch.setattr(chasing, "ITEMS_MAX", 8)

    def close(number, size, opening):
        lines = [(f"{n + 1}.00", f"REF-{number}{n:04}") for n in range(size)]
        bring(statements.camt053(lines, day=DAY, number=number, opening=opening))
        for amount, reference in lines:
            post(reference, amount)
        told = {"book": "HOUSE", "business_date": DAY, "actor": system, "at": at}
        count = cost(lambda: reconciling.reconcile_day(**told))
        assert not Break.objects.filter(closed_at=None).exists()
        assert not WorkItem.objects.filter(state__in=WorkItem.WAITING).exists()
        return count

    assert close(1, 9, "0.00") == close(2, 30, "45.00")
    assert WorkItem.objects.filter(kind=chasing.SHARED, state="done").count() == 2


@pytest.mark.usefixtures("nostro")
def test_what_is_shared_stays_while_a_break_that_shares_it_is_open(
    bring, post, system, at, monkeypatch
):
    monkeypatch.setattr(chasing, "ITEMS_MAX", 1)
    bring(statements.camt053([(f"{n}.00", f"REF-000{n}") for n in (1, 2, 3)], day=DAY))
    told = {"book": "HOUSE", "business_date": DAY, "actor": system, "at": at}
    for number, left in ((3, ["settlement.breaks"]), (2, ["settlement.breaks"]), (1, [])):
        post(f"REF-000{number}", f"{number}.00")
        assert reconciling.reconcile_day(**told).closed == 1
        waiting = WorkItem.objects.filter(state__in=WorkItem.WAITING)
        assert list(waiting.values_list("kind", flat=True)) == left


def test_many_holdings_change_in_as_many_statements_as_one(bring, system, at):
    codes = [f"PAPER{number:02}" for number in range(30)]
    for code in codes:
        listing.list_commodity(
            commodity=money.Currency.commodity(code, exponent=0),
            name_en=code,
            name_th=code,
            actor=system,
            at=at,
        )

    def compare(size, held, day):
        told = dict.fromkeys(codes[:size], Decimal(held))
        return cost(
            lambda: chasing.compare_positions(
                statement=kept, told=told, ours={}, actor=system, at=at + timedelta(days=day)
            )
        )

    holdings = statements.mt535([("TH0016010017", 1)], day=DAY)
    bring(holdings, "mt535", ledger_account=CUSTODY)
    kept = Break.objects.get().statement
    compare(30, 5, 1)
    few, many = compare(2, 7, 2), compare(30, 5, 3)
    changes = compare(30, 6, 4)
    assert changes <= few
    assert many <= few + 2
    assert set(Break.objects.filter(closed_at=None).values_list("amount", flat=True)) == {6}
    compare(0, 0, 5)
    assert not WorkItem.objects.filter(state__in=WorkItem.WAITING).exists()


@pytest.mark.usefixtures("nostro")
def test_a_file_of_many_statements_is_matched_once(bring, post, monkeypatch):
    """A year's statements in one file: each line is looked at once, not once a statement."""
    asked = []
    whole = pairing.pair
    monkeypatch.setattr(pairing, "pair", lambda **told: asked.append(told) or whole(**told))
    for number in range(1, 6):
        post(f"REF-000{number}", "10.00", day=DAY + timedelta(days=number))
    pages = [
        statements.mt940(
            [("10.00", f"REF-000{number}")],
            day=DAY + timedelta(days=number),
            opening=f"{10 * (number - 1)}.00",
            number=number,
        )
        for number in range(1, 6)
    ]
    done = bring(b"\r\n".join(pages), "mt940")
    assert (done.statements, done.reconciled.matched) == (5, {"reference": 5})
    assert (done.reconciled.breaks, done.reconciled.open, len(asked)) == (0, 0, 1)
