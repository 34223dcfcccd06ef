"""Matching measured: a queue of sides captured a moment ago, and one of four times its length."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from backoffice.kernel.actors import Actor
from settlement.clearing import capturing
from settlement.directory import listing
from settlement.rules.trades import PartyRef, Side, TradeDraft, TradeType
from settlement.trades import matching, trading

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
ACTOR = Actor.system("bench")
PARTIES = [f"M{number:02}" for number in range(60)]
GOODS = [f"GOODS-{number:02}" for number in range(100)]
FEW, TIMES = 5_000, 4
# Linear is four; what is sorted takes a little more, the square of it sixteen.
RATIO = 6.0
# One pair in so many differs by a baht, one in so many lacks its other side.
NEAR, LONELY = 40, 50


def measure() -> tuple[str, bool]:
    """Match both queues; the figures in one line, and whether the long one took what it may."""
    furnish()
    seconds = []
    for count in (FEW, FEW * TIMES):
        book = f"MATCH{count}"
        trading.capture_many(drafts=sides(count), book=book, actor=ACTOR, at=AT)
        started = time.monotonic()
        found = matching.match(book=book, actor=ACTOR, at=AT)
        matching.ask_about_unmatched(book=book, due=date(2026, 1, 7), actor=ACTOR, at=AT)
        seconds.append(time.monotonic() - started)
    few, many = seconds
    text = (
        f"match {FEW * TIMES:,} trades captured a moment ago: {many:.1f} s, {found.equal:,} equal, "
        f"{found.near:,} near; {many / few:.1f} x that of {FEW:,} ({few:.1f} s)"
    )
    return text, many <= RATIO * few


def furnish() -> None:
    """Brokers and goods."""
    for code in PARTIES:
        capturing.enter_participant(
            code=code, name_en=code, name_th=code, kind="broker", actor=ACTOR, at=AT
        )
    listing.enter_many(
        drafts=[
            listing.InstrumentDraft(
                code=code, kind="good", name_en=code, name_th=code, decimals=0, market="XBKK"
            )
            for code in GOODS
        ],
        actor=ACTOR,
        at=AT,
    )


def sides(count: int) -> Iterator[TradeDraft]:
    """Both sides of so many trades, but for some that lack one."""
    chance = random.Random(count)
    for number in range(count):
        buyer, seller = chance.sample(PARTIES, 2)
        quantity, price = chance.randint(1, 900), Decimal(chance.randint(100, 90_000)) / 100
        said = TradeDraft(
            source=buyer,
            source_ref=f"B{number}",
            type=TradeType.DVP,
            side=Side.BUY,
            trade_date=date(2026, 1, 5),
            value_date=date(2026, 1, 7),
            market="XBKK",
            buyer=PartyRef.code(buyer),
            seller=PartyRef.code(seller),
            instrument=chance.choice(GOODS),
            quantity=Decimal(quantity),
            amount=quantity * price,
            currency="THB",
        )
        yield said
        if number % LONELY:
            amount = said.amount + (number % NEAR == 0)
            yield replace(
                said, source=seller, source_ref=f"S{number}", side=Side.SELL, amount=amount
            )
