"""What every batch keeps, whatever the queue: limits, totals, reasons, and the true optimum."""

import pytest
from hypothesis import given, settings

from settlement.resolving import Mode, Objective, Problem, Resolution, problem_of, resolve
from settlement.resolving.grid import lay_out
from settlement.resolving.queueing import settle_net_fifo
from settlement.resolving.resolution import settle_balances
from tests.settlement.resolving.queues import best_by_trying, mixed, payments


def settle_by_hand(problem: Problem, result: Resolution) -> dict[tuple[str, str], int]:
    """The closing balances, leg by leg from the problem."""
    closing = dict(problem.balances)
    settled = {item.id: item.lots for item in result.settled}
    for obligation in problem.obligations:
        for leg in obligation.legs:
            moved = leg.amount * settled.get(obligation.id, 0) // obligation.lots
            for account, units in (
                ((leg.giver, leg.asset), -moved),
                ((leg.taker, leg.asset), moved),
            ):
                closing[account] = closing.get(account, 0) + units
    return closing


def check(problem: Problem, result: Resolution) -> None:
    closing = settle_by_hand(problem, result)
    assert {key: units for key, units in closing.items() if units} == {
        key: units for key, units in result.closing.items() if units
    }
    floors = {(limit.participant, limit.asset): limit for limit in problem.limits}
    for account, units in closing.items():
        opening = problem.balances.get(account, 0)
        limit = floors.get(account)
        assert units >= (limit.floor(opening) if limit else min(0, opening))
    for asset in {asset for _, asset in closing}:
        opened = sum(units for (_, held), units in problem.balances.items() if held == asset)
        assert opened == sum(units for (_, held), units in closing.items() if held == asset)
    for bilateral in problem.bilateral_limits:
        assert sent(problem, result, bilateral) <= bilateral.amount
    known = {item.id for item in result.settled} | {item.id for item in result.unsettled}
    assert known == {obligation.id for obligation in problem.obligations}


def sent(problem: Problem, result: Resolution, limit) -> int:
    settled = {item.id: item.lots for item in result.settled}
    net = 0
    for obligation in problem.obligations:
        for leg in obligation.legs:
            moved = leg.amount * settled.get(obligation.id, 0) // obligation.lots
            if leg.asset == limit.asset and leg.giver == limit.participant:
                net += moved * (leg.taker == limit.counterparty)
            if leg.asset == limit.asset and leg.taker == limit.participant:
                net -= moved * (leg.giver == limit.counterparty)
    return net


@given(mixed())
def test_every_mode_keeps_every_limit_and_every_total(document):
    problem = problem_of(document)
    for mode in Mode:
        for by in Objective:
            check(problem, resolve(problem, mode=mode, by=by, deadline=10))


@given(mixed())
def test_the_optimum_is_the_one_found_by_trying_every_set(document):
    problem = problem_of(document)
    for by in Objective:
        result = resolve(problem, mode=Mode.OPTIMAL, by=by, deadline=10)
        best = best_by_trying(problem, by)
        assert result.achieved == best
        assert result.bound == best
        assert result.proven
        assert result.gap == 0


@given(mixed(most=12))
def test_the_optimum_is_never_below_fifo_or_gross(document):
    problem = problem_of(document)
    for by in Objective:
        best = resolve(problem, mode=Mode.OPTIMAL, by=by, deadline=10).achieved
        for mode in (Mode.FIFO, Mode.GROSS):
            assert resolve(problem, mode=mode, by=by).achieved <= best


@given(payments())
def test_fifo_settles_all_that_strict_gross_settlement_would(document):
    """One by one with nobody passing a waiting payment of its own bank: never more than FIFO."""
    problem = problem_of(document)
    queue = [problem.obligations[index] for index in problem.queue()]
    balances = {name: units for (name, _), units in problem.balances.items()}
    strict: set[str] = set()
    moved = True
    while moved:
        moved, blocked = False, set()
        for obligation in queue:
            leg = obligation.legs[0]
            if obligation.id in strict or leg.giver in blocked:
                continue
            if balances[leg.giver] < leg.amount:
                blocked.add(leg.giver)
                continue
            balances[leg.giver] -= leg.amount
            balances[leg.taker] += leg.amount
            strict.add(obligation.id)
            moved = True
    fifo = {item.id for item in resolve(problem, mode=Mode.FIFO).settled}
    assert strict <= fifo


@given(payments(most=9))
def test_the_fifo_set_is_the_largest_head_of_every_queue_and_the_only_one(document):
    problem = problem_of(document)
    grid = lay_out(problem)
    queues: dict[str, list[int]] = {}
    for item, place in enumerate(grid.place):
        queues.setdefault(problem.obligations[place].legs[0].giver, []).append(item)
    heads = [[]]
    for queue in queues.values():
        heads = [head + queue[:cut] for head in heads for cut in range(len(queue) + 1)]
    feasible = [
        set(head)
        for head in heads
        if grid.feasible([int(item in set(head)) for item in range(len(grid.items))])
    ]
    largest = max(feasible, key=len)
    assert {item for item, lots in enumerate(settle_net_fifo(grid)) if lots} == largest
    assert all(head <= largest for head in feasible)


@given(mixed())
def test_a_reason_is_true(document):
    """Settling one more lot breaks exactly the limits named, by exactly the shortage named."""
    problem = problem_of(document)
    result = resolve(problem, mode=Mode.OPTIMAL, by=Objective.VALUE, deadline=10)
    grid = lay_out(problem)
    lots = {item.id: item.lots for item in result.settled}
    numbers = {problem.obligations[place].id: item for item, place in enumerate(grid.place)}
    for unsettled in result.unsettled:
        chosen = [lots.get(problem.obligations[place].id, 0) for place in grid.place]
        chosen[numbers[unsettled.id]] += 1
        broken = {
            (row.participant, row.asset, row.counterparty): -left
            for row, left in zip(grid.rows, grid.left(chosen), strict=True)
            if left < 0
        }
        named = {
            (short.participant, short.asset, short.counterparty): short.short
            for short in unsettled.shortages
        }
        assert named == broken
        assert named


def test_fifo_names_the_payment_that_is_waited_for():
    document = {
        "balances": {"A": 5, "B": 0},
        "obligations": [
            {"id": "large", "debtor": "A", "creditor": "B", "amount": 9},
            {"id": "small", "debtor": "A", "creditor": "B", "amount": 1},
        ],
    }
    problem = problem_of(document)
    large, small = resolve(problem, mode=Mode.FIFO).unsettled
    assert [(short.participant, short.short) for short in large.shortages] == [("A", 4)]
    assert (small.shortages, small.behind) == ((), "large")
    assert [item.id for item in resolve(problem, mode=Mode.GROSS).settled] == ["small"]


def test_priority_decides_who_is_last_in_the_queue():
    obligations = [
        {"id": "late", "debtor": "A", "creditor": "B", "amount": 3},
        {"id": "urgent", "debtor": "A", "creditor": "B", "amount": 3, "priority": 0},
    ]
    problem = problem_of({"balances": {"A": 4, "B": 0}, "obligations": obligations})
    assert [item.id for item in resolve(problem).settled] == ["urgent"]


def test_divisible_obligations_settle_in_part():
    obligations = [{"id": "T", "debtor": "A", "creditor": "B", "amount": 100, "lots": 10}]
    problem = problem_of({"balances": {"A": 47, "B": 0}, "obligations": obligations})
    for mode in Mode:
        result = resolve(problem, mode=mode)
        assert [(item.lots, item.of) for item in result.settled] == [(4, 10)]
        assert (result.value, result.count) == (40, 0)
        (unsettled,) = result.unsettled
        assert (unsettled.lots, unsettled.shortages[0].short) == (6, 3)


def test_limits_open_and_close_the_same_payment():
    payment = [{"id": "T", "debtor": "A", "creditor": "B", "amount": 10}]

    def settles(balance: int, **limit: int) -> bool:
        limits = [{"participant": "A", **limit}] if limit else []
        document = {"balances": {"A": balance, "B": 0}, "limits": limits, "obligations": payment}
        return bool(resolve(problem_of(document)).settled)

    assert not settles(5)
    assert settles(5, credit_line=5)
    assert not settles(5, credit_line=4)
    assert settles(10, net_debit_cap=10)
    assert not settles(10, net_debit_cap=9)
    assert settles(12, minimum_balance=2)
    assert not settles(12, minimum_balance=3)


def test_an_account_already_below_its_floor_blocks_nobody_else():
    document = {
        "balances": {"A": -5, "B": 10},
        "obligations": [{"id": "T", "debtor": "B", "creditor": "A", "amount": 3}],
    }
    assert resolve(problem_of(document)).closing == {("A", "CASH"): -2, ("B", "CASH"): 7}


def test_a_set_that_breaks_a_limit_is_never_returned():
    problem = problem_of(
        {
            "balances": {"A": 1, "B": 0},
            "obligations": [{"debtor": "A", "creditor": "B", "amount": 2}],
        }
    )
    with pytest.raises(AssertionError, match="would close at -1"):
        settle_balances(problem, lay_out(problem), [1])


@settings(max_examples=15)
@given(mixed())
def test_the_same_queue_resolves_the_same_way_twice(document):
    problem = problem_of(document)
    for mode in Mode:
        first, second = (resolve(problem, mode=mode, deadline=10) for _ in range(2))
        assert first.settled == second.settled


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("by", Objective)
def test_a_limit_beyond_every_amount_binds_nobody(mode, by):
    """A line of a million million in an asset of nine decimals does not fit in 64 bits."""
    boundless = "999999999999999999"
    document = {
        "balances": {"A": "0.000000001", "B": 0, "C": 0},
        "limits": [{"participant": "A", "asset": "CASH", "credit_line": boundless}],
        "bilateral_limits": [
            {"participant": "A", "counterparty": "C", "asset": "CASH", "amount": boundless}
        ],
        "obligations": [
            {"debtor": "A", "creditor": "B", "amount": 500_000_000},
            {"debtor": "A", "creditor": "C", "amount": 700_000_000},
            {"debtor": "B", "creditor": "C", "amount": 500_000_001},
        ],
    }
    result = resolve(problem_of(document), mode=mode, by=by)
    assert [item.id for item in result.settled] == ["1", "2"]
    [left] = result.unsettled
    assert (left.id, left.shortages[0].short) == ("3", 10**9)
