"""Entries per second of other Django ledgers, as `bench.ledger` compares them with ours."""

import argparse
import statistics

from accounting import posting
from bench import rivals as beside
from bench.ledger_figures import ACTOR, AT, drafts, say, timed

ROUNDS = 5
MANY, ONES = 50_000, 50
MANY_ASKED, ONE_ASKED = 50, 1.5


def rivals(_options: argparse.Namespace) -> list[bool]:
    """`post_many` and `post` against each rival that can be installed, in rounds that alternate."""
    met = []
    for package in beside.RIVALS:
        try:
            with beside.started(package) as rival:
                met.append(_compare(rival))
        except beside.Unavailable as error:
            say(package, f"skipped, as it cannot be installed or started here: {error}")
    return met


def _compare(rival: beside.Rival) -> bool:
    rates, many, one = [], [], []
    for _ in range(ROUNDS):
        rates.append(rival.rate())
        batch, ones = drafts(MANY), drafts(ONES)
        seconds = timed(lambda: posting.post_many(entries=batch, actor=ACTOR, at=AT))  # noqa: B023
        many.append(MANY / seconds / rates[-1])
        seconds = timed(lambda: [posting.post(entry=d, actor=ACTOR, at=AT) for d in ones])  # noqa: B023
        one.append(ONES / seconds / rates[-1])
    many_ratio, one_ratio = statistics.median(many), statistics.median(one)
    met = many_ratio >= MANY_ASKED and one_ratio >= ONE_ASKED
    say(
        rival.name,
        f"{statistics.median(rates):,.0f} entries/s: post_many {many_ratio:.0f} x"
        f" ({MANY_ASKED} asked), post {one_ratio:.1f} x ({ONE_ASKED} asked)",
        met=met,
    )
    return met
