"""Queue resolution measured: `python -m bench.resolving [--deadline 90]`.

Every queue is synthetic, made here from a fixed seed. Printed per queue: gross FIFO, the best
set, their ratio, the bound and the gap, and the seconds taken.
"""

import argparse
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from settlement.resolving import Mode, Objective, Problem, resolve
from settlement.resolving.model import Leg, Obligation

WANTED_RATIO = 2.5
SEEDS_APART = 1_000_003


@dataclass(frozen=True, slots=True)
class Job:
    """A queue to resolve, how long it may take, and whether that is enough for proof."""

    name: str
    make: Callable[[], Problem]
    by: Objective
    deadline: float
    proven: bool = False
    ratio: float = 1.0


def trades(
    count: int, banks: int, securities: int, tightness: tuple[int, int], seed: int = 0
) -> Problem:
    """DvP trades: securities traded by rank (Zipf), one price each, cash and positions scarce.

    Args:
        count: trades.
        seed: another one makes another queue of the same kind.
        banks: participants.
        securities: different securities.
        tightness: mean cash a participant opens with; mean position in the first security.
    """
    chance = random.Random(count + seed * SEEDS_APART)
    names = [f"P{number}" for number in range(banks)]
    papers = [f"S{number}" for number in range(securities)]
    prices = {paper: chance.lognormvariate(3.2, 1) for paper in papers}
    weights = [1 / (rank + 1) for rank in range(securities)]
    obligations = []
    for number in range(count):
        buyer, seller = chance.sample(names, 2)
        paper, quantity = chance.choices(papers, weights)[0], chance.randint(1, 99) * 100
        amount = max(1, round(quantity * prices[paper]))
        legs = (Leg(buyer, seller, "CASH", amount), Leg(seller, buyer, paper, quantity))
        obligations.append(Obligation(str(number + 1), legs, amount))
    cash, position = tightness
    balances = {(name, "CASH"): int(chance.expovariate(1) * cash) for name in names}
    for name in names:
        for rank, paper in enumerate(papers):
            if chance.random() < 0.6:
                balances[name, paper] = int(chance.expovariate(1) * position / (rank + 1))
    return Problem(tuple(names), balances, tuple(obligations))


def payments(count: int) -> Problem:
    """Payments among four banks of unequal size, so that some end short of what they owe."""
    chance = random.Random(count)
    sizes = {"A": 5.0, "B": 3.0, "C": 2.0, "D": 1.7}
    obligations = []
    for number in range(count):
        debtor = chance.choices(list(sizes), list(sizes.values()))[0]
        creditor = chance.choice([name for name in sizes if name != debtor])
        amount = chance.randint(1, 13) * 1000
        legs = (Leg(debtor, creditor, "CASH", amount),)
        obligations.append(Obligation(f"T{number + 1}", legs, amount))
    opening = {"A": 1_000_000, "B": 200_000, "C": 500_000, "D": 10_000}
    balances = {(name, "CASH"): units for name, units in opening.items()}
    return Problem(tuple(sizes), balances, tuple(obligations))


def jobs(deadline: float) -> list[Job]:
    """The queues of the issue's targets, smallest first."""
    found: list[Job] = []
    small, middle = (15, 20, (200_000, 2_000)), (25, 30, (200_000, 2_000))
    for by in Objective:
        found += [
            Job(f"5,000 payments by {by}", partial(payments, 5_000), by, 2.0, proven=True),
            Job(f"300 trades by {by}", partial(trades, 300, *small), by, 10.0, proven=True),
            Job(f"800 trades by {by}", partial(trades, 800, *middle), by, 60.0),
        ]
    large = [
        ("100 banks", (100, 200, (1_000_000, 5_000))),
        ("200 banks", (200, 200, (500_000, 2_000))),
        ("100 banks, 100 securities", (100, 100, (1_000_000, 5_000))),
    ]
    for name, sizes in large:
        make = partial(trades, 20_000, *sizes)
        title = f"20,000 trades, {name}, by value"
        found.append(Job(title, make, Objective.VALUE, deadline, ratio=WANTED_RATIO))
    return found


def run(job: Job) -> bool:
    """Resolve the job's queue, print its figures, say whether they are what is asked."""
    problem = job.make()
    gross = resolve(problem, mode=Mode.GROSS, by=job.by)
    best = resolve(problem, mode=Mode.OPTIMAL, by=job.by, deadline=job.deadline)
    ratio = best.achieved / max(gross.achieved, 1)
    good = ratio >= job.ratio and (best.proven or not job.proven)
    sys.stdout.write(
        f"{job.name}: gross FIFO {gross.achieved:,}, best {best.achieved:,} = {ratio:.2f} x gross, "
        f"bound {best.bound or 0:,}, gap {best.gap or 0:.1%}, "
        f"{'proven, ' if best.proven else ''}{best.seconds:.1f} s"
        f"  {'met' if good else 'MISSED'}\n"
    )
    sys.stdout.flush()
    return good


def main() -> int:
    """Run every job; the exit status is 1 if one misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deadline", type=float, default=90.0, help="seconds per large queue")
    options = parser.parse_args()
    reached = [run(job) for job in jobs(options.deadline)]
    return 0 if len(reached) == sum(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
