"""The firm's trades: instruments entered, a day's trade file captured."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime

from backoffice.demo.firm import BOOK, DATA, SEEDER, rows
from backoffice.kernel.calendars import Calendar
from backoffice.kernel.refusals import Refused
from settlement.directory import listing
from settlement.directory.listing import InstrumentDraft
from settlement.formats import trades, trades_csv
from settlement.rules.trades import PartyRef, Side, TradeDraft, TradeType
from settlement.trades import trading
from settlement.trades.trading import FileFacts

TRADES = DATA / "trades.csv"
SOURCE = "demo"
MARKET = "XBKK"


def enter_instruments(*, at: datetime) -> int:
    """Enter the securities, and each good under its own code; returns how many."""
    drafts = [
        InstrumentDraft(
            code=row["code"],
            kind="security",
            name_en=row["name_en"],
            name_th=row["name_th"],
            market=MARKET,
            symbol=row["symbol"],
        )
        for row in rows("securities.csv")
    ] + [
        InstrumentDraft(
            code=row["code"],
            kind="good",
            name_en=row["name_en"],
            name_th=row["name_th"],
            asset_class="goods",
        )
        for row in rows("goods.csv")
    ]
    return len(listing.enter_many(drafts=drafts, actor=SEEDER, at=at))


def capture_trades(*, day: date, calendar: Calendar, at: datetime) -> int:
    """Capture the trade file as struck on `day`; a rerun takes nothing twice.

    Returns:
        How many trades were new.
    """
    taken = trading.capture_many(
        drafts=_drafts(day, calendar),
        book=BOOK,
        actor=SEEDER,
        at=at,
        file=FileFacts(
            name=TRADES.name,
            sha256=hashlib.sha256(TRADES.read_bytes()).hexdigest(),
            format="trades_csv",
        ),
    )
    return len(taken.ids)


def _drafts(day: date, calendar: Calendar) -> Iterator[TradeDraft | Refused]:
    for item in trades_csv.read(TRADES):
        if isinstance(item, Refused):
            yield item
        elif isinstance(item, trades.Trade):
            yield _draft(item, day, calendar)


def _draft(trade: trades.Trade, day: date, calendar: Calendar) -> TradeDraft:
    """The file's trade with its days laid onto ours; weekends and holidays are passed over."""
    value_date = None
    if trade.value_date is not None:
        own = Calendar(code="weekdays")
        distance = len(own.business_days(trade.trade_date, trade.value_date)) - 1
        value_date = calendar.add_business_days(day, distance)
    return TradeDraft(
        source=SOURCE,
        source_ref=trade.trade_id,
        type=TradeType(trade.type.value),
        side=Side(trade.side.value),
        trade_date=day,
        buyer=PartyRef.code(trade.buyer),
        seller=PartyRef.code(trade.seller),
        value_date=value_date,
        market=trade.market,
        instrument=trade.instrument,
        quantity=trade.quantity,
        price=trade.price,
        amount=trade.amount,
        currency=trade.currency,
        locked_in=True,
        line_no=trade.line_no,
    )
