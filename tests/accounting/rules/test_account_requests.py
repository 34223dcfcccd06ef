from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.rules.account_requests import AccountRequest, decide
from accounting.rules.transfers import CREATED, LAST_ID


def ask(number: int, **other) -> AccountRequest:
    return AccountRequest(**{"id": number, "currency": "L1", "code": 1, **other})


LINKED = {"linked": True}


@pytest.mark.parametrize(
    ("batch", "statuses"),
    [
        ([ask(1, **LINKED), ask(2, **LINKED), ask(3)], [CREATED] * 3),
        ([ask(1, **LINKED), ask(2, code=0), ask(3)],
         ["linked_event_failed", "code_must_not_be_zero", CREATED]),
        ([ask(7, **LINKED), ask(2)], ["exists_with_different_flags", "linked_event_failed"]),
        ([ask(1, **LINKED), ask(1, **LINKED), ask(2)],
         ["linked_event_failed", "exists", "linked_event_failed"]),
        ([ask(1, **LINKED)], ["linked_event_chain_open"]),
        ([ask(1, **LINKED), ask(2, **LINKED)], ["linked_event_failed", "linked_event_chain_open"]),
        ([ask(1, **LINKED), ask(7, **LINKED), ask(2, **LINKED)],
         ["linked_event_failed", "exists_with_different_flags", "linked_event_chain_open"]),
        ([ask(0)], ["id_must_not_be_zero"]),
        ([ask(LAST_ID)], ["id_must_not_be_int_max"]),
        ([ask(1, limits=("debits_must_not_exceed_credits", "credits_must_not_exceed_debits"))],
         ["flags_are_mutually_exclusive"]),
        ([ask(1, totals=(Decimal(0), Decimal(1), Decimal(1), Decimal(0)))],
         ["debits_posted_must_be_zero"]),
        ([ask(1, currency="")], ["ledger_must_not_be_zero"]),
    ],
)  # fmt: skip
def test_a_batch_is_judged_in_order(batch, statuses):
    known = {7: ask(7)}
    assert decide(batch, known) == statuses
    kept = [r for r, status in zip(batch, statuses, strict=True) if status == CREATED]
    assert known == {7: ask(7)} | {request.id: request for request in kept}


requests = st.builds(
    ask, st.integers(0, 4), linked=st.booleans(), code=st.integers(0, 2), history=st.booleans()
)


@given(st.lists(requests, max_size=8))
def test_a_chain_is_opened_whole_or_not_at_all(batch):
    known: dict[int, AccountRequest] = {}
    statuses = decide(batch, known)
    chains, chain = [], []
    for request, status in zip(batch, statuses, strict=True):
        chain.append(status)
        if not request.linked:
            chains.append(chain)
            chain = []
    assert all(status != CREATED for status in chain)
    for chain in chains:
        failed = [status for status in chain if status != CREATED]
        assert not failed or len(failed) == len(chain)
        assert sum(status != "linked_event_failed" for status in failed) <= 1
    created = [r for r, status in zip(batch, statuses, strict=True) if status == CREATED]
    assert known == {request.id: request for request in created}
