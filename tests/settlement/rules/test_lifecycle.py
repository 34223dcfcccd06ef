import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.lifecycle import (
    PATH,
    WINDOW_STEPS,
    AbortRefused,
    Settlement,
    State,
    StepRefused,
    abort,
    advance,
    step_window,
    window_state,
)

ACCOUNTS = ("PAYER", "PAYEE")


def reached(state):
    settlement = Settlement.of(ACCOUNTS)
    for step in PATH[1 : PATH.index(state) + 1]:
        for account in ACCOUNTS:
            settlement = advance(settlement, account, step)
    return settlement


@pytest.mark.parametrize("state", PATH)
def test_a_settlement_walks_the_path(state):
    settlement = reached(state)
    assert settlement.state is state
    assert [one.state for one in settlement.changes if not one.subject][-1] is state


def test_settling_until_all_accounts_are_settled():
    settlement = advance(reached(State.COMMITTED), "PAYER", State.SETTLED)
    assert settlement.state is State.SETTLING
    assert advance(settlement, "PAYEE", State.SETTLED).state is State.SETTLED


def test_no_account_runs_ahead():
    settlement = advance(reached(State.PENDING), "PAYER", State.RECORDED)
    with pytest.raises(StepRefused):
        advance(settlement, "PAYER", State.RESERVED)


@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(PATH)), max_size=30))
def test_states_only_go_forward(steps):
    settlement = Settlement.of(ACCOUNTS)
    for account, to in steps:
        before = settlement
        try:
            settlement = advance(settlement, account, to)
        except StepRefused:
            assert settlement is before
            continue
        assert PATH.index(settlement.accounts[account]) >= PATH.index(before.accounts[account])
        assert before.changes == settlement.changes[: len(before.changes)]
    positions = sorted(PATH.index(state) for state in settlement.accounts.values())
    assert positions[-1] - positions[0] <= 1


@pytest.mark.parametrize("state", PATH[:3])
def test_abort_before_commitment(state):
    aborted = abort(reached(state), "by the operator")
    assert aborted.state is State.ABORTED
    assert set(aborted.accounts.values()) == {State.ABORTED}
    assert len(abort(aborted).changes) == len(aborted.changes) + 1
    with pytest.raises(StepRefused):
        advance(aborted, "PAYER", State.RECORDED)


@pytest.mark.parametrize("state", PATH[3:])
def test_no_abort_from_commitment_on(state):
    with pytest.raises(AbortRefused):
        abort(reached(state))
    one_committed = advance(reached(State.RESERVED), "PAYER", State.COMMITTED)
    with pytest.raises(AbortRefused):
        abort(one_committed)


def test_mojaloop_936_a_window_without_nets_settles():
    empty = Settlement.of([])
    assert empty.state is State.SETTLED
    assert step_window(State.CLOSED, window_state(empty.state)) is State.SETTLED
    with pytest.raises(AbortRefused):
        abort(empty)


@given(st.sampled_from(State), st.sampled_from(State))
def test_windows_take_only_their_own_steps(before, after):
    if after in WINDOW_STEPS.get(before, ()):
        assert step_window(before, after) is after
    else:
        with pytest.raises(StepRefused):
            step_window(before, after)
    assert not WINDOW_STEPS[State.SETTLED]


def test_strangers_take_no_step():
    with pytest.raises(StepRefused):
        advance(Settlement.of(ACCOUNTS), "STRANGER", State.RECORDED)
