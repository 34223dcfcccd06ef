"""The ledger's door for transfers: batches decided in order, a status each, once for a key."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from accounting import chart, periods, queries
from accounting.models import Account, Entry

pytestmark = [pytest.mark.django_db, pytest.mark.department("accounting")]
ROOT = "/api/v1/accounting/"
BIG = 2**128 - 2


@pytest.fixture
def door(db, cast, system, at):
    told = {"functional_currency": "THB", "actor": system, "at": at}
    chart.ensure_entity(code="HOUSE", name_en="House", name_th="บ้าน", **told)

    def client(name="chai"):
        found = APIClient()
        found.force_authenticate(cast.staff(name))
        return found

    return client


def post(client, path, body, key="k-1"):
    return client.post(
        ROOT + path, {"entity": "HOUSE", **body}, format="json", HTTP_IDEMPOTENCY_KEY=key
    )


def account(number, **changes):
    return {"id": str(number), "currency": "THB", "code": 1, **changes}


def transfer(number, amount="10.00", **changes):
    told = {"debit": "1", "credit": "2", "currency": "THB", "code": 7}
    return {"id": str(number), "amount": amount, **told, **changes}


def opened(door, *more):
    accounts = [account(1), account(2), *more]
    return post(door(), "transfer-accounts", {"accounts": accounts}, key=f"open-{len(accounts)}")


def send(door, *transfers, key="k-1"):
    return post(door(), "transfers", {"transfers": list(transfers)}, key=key)


def balance(number, day):
    rows = queries.trial_balance(entity="HOUSE", as_of=day)
    return sum(r.balance for r in rows if r.account == f"Liabilities:Transfers:{number}")


def test_accounts_are_opened_once_and_the_rest_is_told(door):
    assert opened(door).json() == {"statuses": ["created", "created"]}
    again = post(door(), "transfer-accounts", {"accounts": [account(1), account(2, code=9)]})
    assert again.json() == {"statuses": ["exists", "exists_with_different_code"]}
    codes = Account.objects.filter(code__startswith="Liabilities:Transfers:")
    assert codes.count() == 2


def test_transfers_move_what_they_say_and_are_read_again(door):
    opened(door)
    first = send(door, transfer(BIG, user_data_128=str(BIG)), transfer(4, "2.50"))
    assert (first.status_code, first.json()) == (201, {"statuses": ["created", "created"]})
    again = send(door, transfer(BIG, user_data_128=str(BIG)), transfer(4, "2.50"))
    assert again.headers["Idempotency-Replayed"] == "true"
    day = Entry.objects.latest("pk").date
    assert balance(1, day) == Decimal("12.50") == -balance(2, day)
    told = door().get(ROOT + "transfers", {"entity": "HOUSE", "account": "1"}).json()
    assert [one["id"] for one in told] == [str(BIG), "4"]
    assert (told[0]["amount"], told[0]["user_data_128"]) == ("10.00", str(BIG))
    newest = {"entity": "HOUSE", "limit": 1, "backwards": True}
    assert [one["id"] for one in door().get(ROOT + "transfers", newest).json()] == ["4"]


def test_another_key_for_the_same_transfer_finds_it_there(door):
    opened(door)
    send(door, transfer(3))
    assert send(door, transfer(3), key="k-2").json() == {"statuses": ["exists"]}
    assert Entry.objects.count() == 1


def test_linked_ones_come_together_or_not_at_all(door):
    opened(door)
    answer = send(door, transfer(3, linked=True), transfer(4, debit="99"))
    assert answer.json() == {"statuses": ["linked_event_failed", "debit_account_not_found"]}
    assert not Entry.objects.exists()


def test_a_pending_one_is_posted_later(door):
    opened(door)
    send(door, transfer(3, pending=True, timeout=3600))
    day = Entry.objects.latest("pk").date
    assert balance(1, day) == 0
    told = {"id": "4", "pending_id": "3", "post": True, "amount": "10.00"}
    assert send(door, told, key="k-2").json() == {"statuses": ["created"]}
    assert balance(1, day) == 10


def test_a_limit_holds(door):
    opened(door, account(5, limits=["debits_must_not_exceed_credits"]))
    assert send(door, transfer(3, debit="5")).json() == {"statuses": ["exceeds_credits"]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("transfers", {"transfers": [transfer("x")]}),
        ("transfers", {"transfers": [transfer(2**128)]}),
        ("transfers", {"transfers": [transfer(3, amount="1e3")]}),
        ("transfers", {"transfers": [transfer(3, user_data_32=str(2**32))]}),
        ("transfers", {"transfers": []}),
        ("transfer-accounts", {"accounts": [account(3, limits=["none_of_these"])]}),
        ("transfer-accounts", {"accounts": [account(3, currency="")]}),
    ],
)
def test_what_has_not_the_shape_is_a_problem_at_its_field(door, path, body):
    refused = post(door(), path, body)
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["errors"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("transfers", {"transfers": [transfer(4), transfer(3, "0.001")]}, "/transfers/1/amount"),
        ("transfers", {"entity": "HUOSE", "transfers": [transfer(3)]}, None),
        ("transfers", {"journal": "NONE", "transfers": [transfer(3)]}, "/transfers/0/journal"),
        ("transfer-accounts", {"accounts": [account(3, currency="NO")]}, "/accounts/0/currency"),
    ],
)
def test_what_the_books_do_not_take_is_a_problem_and_nothing_is_kept(door, path, body, field):
    """The last but one: told as created, and in no book, before."""
    opened(door)
    refused = post(door(), path, body)
    assert 400 <= refused.status_code < 500, refused.content
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json().get("field") == field
    assert not Entry.objects.exists()
    assert not Account.objects.filter(code="Liabilities:Transfers:3").exists()


@pytest.mark.parametrize("name", ["ann", "aree"])
def test_who_does_not_post_does_not_come_in(door, name):
    for path, body in (
        ("transfers", {"transfers": [transfer(3)]}),
        ("transfer-accounts", {"accounts": [account(3)]}),
    ):
        assert post(door(name), path, body).status_code == 403


def test_a_closed_period_takes_no_transfer(door, system, at):
    """Told as created, and in no book, before."""
    opened(door)
    send(door, transfer(3))
    day = Entry.objects.latest("pk").date
    periods.define_year(entity="HOUSE", year=day.year, actor=system, at=at)
    periods.soft_close(entity="HOUSE", name=f"{day:%Y-%m}", actor=system, at=at)
    refused = send(door, transfer(4), key="k-2")
    assert (refused.status_code, refused.json()["code"]) == (422, "period-closed")
    assert Entry.objects.count() == 1
