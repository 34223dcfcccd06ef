"""A page costs the same queries however much stands on it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounting import chart, posting, proof
from accounting.models import Account
from tests.accounting.conftest import draft

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
JAN = date(2026, 1, 1)
# The least that one more row takes of a page, in bytes.
ROW = 40
API, DESK = "/api/v1/accounting/", "/admin/accounting/"
PAGES = {
    "trial balance at the desk": f"{DESK}account/trial-balance/?entity=HOUSE&as_of=2026-12-31",
    "trial balance by the API": f"{API}trial-balance?entity=HOUSE&as_of=2026-12-31",
    "balances by the API": f"{API}balances?entity=HOUSE&as_of=2026-12-31",
    "journal at the desk": f"{DESK}entry/",
    "journal by the API": f"{API}entries?entity=HOUSE&limit=100",
    "chart at the desk": f"{DESK}account/",
    "chart by the API": f"{API}accounts?entity=HOUSE&limit=100",
    "entry at the desk": f"{DESK}entry/{{entry}}/change/",
    "entry by the API": f"{API}entries/{{entry}}",
    "register at the desk": f"{DESK}account/{{cash}}/change/?from_=2026-01-01&to=2026-12-31",
    "register by the API": f"{API}ledger?entity=HOUSE&account=Assets:Cash"
    "&from_date=2026-01-01&to_date=2026-12-31&limit=100",
}


@pytest.fixture
def client(books, cast):
    """A clerk at the desk, and the same clerk at the API's door."""
    staff = cast.staff("chai")
    desk, door = Client(), APIClient()
    desk.force_login(staff, backend="backoffice.people.permissions.RoleBackend")
    door.force_authenticate(staff)
    return lambda address: (desk if address.startswith(DESK) else door).get(address)


def fill(system, at, several: int) -> int:
    """Accounts, entries of two lines, and one entry of many lines; its identifier."""
    codes = [f"Expenses:Site:{several}-{n}" for n in range(several)]
    chart.ensure_accounts(entity="HOUSE", codes=codes, actor=system, at=at)
    for number, code in enumerate(codes):
        entry = draft(
            code,
            (code, "1.00", "THB", {"site": f"S{number}"}),
            ("Assets:Cash", "-1.00"),
            day=JAN + timedelta(days=number),
        )
        posting.post(entry=entry, actor=system, at=at)
    sides = [(code, "1.00", "THB", {"site": f"S{n}"}) for n, code in enumerate(codes)]
    whole = draft(f"all {several}", *sides, ("Assets:Cash", f"-{several}.00"))
    found = posting.post(entry=whole, actor=system, at=at).id
    proof.seal(entity="HOUSE", at=at)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_queries_do_not_grow_with_the_rows(client, system, at, page):
    spent, shown = [], []
    for several in (3, 40):
        entry = fill(system, at, several)
        cash = Account.objects.get(code="Assets:Cash").pk
        address = PAGES[page].format(entry=entry, cash=cash)
        client(address)  # what is learnt once per process is learnt
        with CaptureQueriesContext(connection) as captured:
            answer = client(address)
        assert answer.status_code == 200
        spent.append(len(captured))
        shown.append(len(answer.content))
    assert shown[1] > shown[0] + 37 * ROW, "more stands on the page"
    assert spent[1] == spent[0], [query["sql"] for query in captured]
