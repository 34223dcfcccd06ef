"""Enter the demo firm: each step does nothing that is done already, so a killed run goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backoffice.demo import business, firm, market
from backoffice.demo.firm import NotInProduction

__all__ = ["NotInProduction", "Seeded", "seed"]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What stands after a run."""

    people: int
    parties: int
    goods: int
    trades: int
    days_closed: int
    papers: int
    requests: int


def seed(*, clock: Callable[[], datetime], tell: Callable[[str], None] | None = None) -> Seeded:
    """Enter people, parties, goods, a week's business with closed days, papers and requests.

    Args:
        clock: the shell's clock (aware, UTC).
        tell: told the name of each step before it begins.

    Raises:
        NotInProduction.
    """
    firm.require_demo()
    say = tell or (lambda _step: None)
    at = clock()
    say("people")
    with transaction.atomic():
        cast = firm.enter_people(at=at)
        firm.enter_books(at=at)
    say("customers and banks")
    parties = firm.enter_parties(at=at)
    say("goods and prices")
    with transaction.atomic():
        goods = firm.enter_goods(at=at)
    say("a week's transactions")
    wanted = business.capture_week(today=at.astimezone(firm.BANGKOK).date(), at=at)
    say("trades")
    with transaction.atomic():
        market.enter_instruments(at=at)
        trades = market.capture_trades(
            day=wanted[-1], calendar=business.calendar_of(day=wanted[-1], at=at), at=at
        )
    say("end of day")
    closed = business.close_days(wanted=wanted, clock=clock)
    say("documents and requests")
    with transaction.atomic():
        papers = business.file_papers(at=at)
        requests = business.ask_and_answer(cast=cast, at=at)
        business.leave_work(at=at)
    return Seeded(
        people=len(cast),
        parties=parties,
        goods=goods,
        trades=trades,
        days_closed=closed,
        papers=papers,
        requests=requests,
    )
