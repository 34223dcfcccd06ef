"""A small market to trade in: participants, instruments, and trades said by either side."""

from datetime import date
from decimal import Decimal

from settlement.clearing import capturing
from settlement.directory import identifying, listing
from settlement.rules.trades import PartyRef, Side, TradeDraft, TradeType
from settlement.trades import trading

PTT = "TH0646010R18"
RICE = "RICE-HOMMALI"
TRADED, DUE = date(2026, 1, 5), date(2026, 1, 7)
PARTIES = {"SIAMSEC": "SIAMTHBKXXX", "KRUNGSEC": "KRUNTHBKXXX", "ISARASEC": "ISARTHBKXXX"}


def furnish(*, actor, at):
    """Three brokers, a share and a kind of goods."""
    for code, bic in PARTIES.items():
        capturing.enter_participant(
            code=code,
            name_en=code.title(),
            name_th=code,
            kind="broker",
            bic=bic,
            actor=actor,
            at=at,
        )
        identifying.add_identifier(participant=code, scheme="BIC", value=bic, actor=actor, at=at)
    share = listing.InstrumentDraft(
        code=PTT, kind="security", name_en="PTT", name_th="ปตท.", market="XBKK", symbol="PTT"
    )
    goods = listing.InstrumentDraft(
        code=RICE,
        kind="good",
        name_en="Hom Mali rice, tonnes",
        name_th="ข้าวหอมมะลิ (ตัน)",
        decimals=3,
    )
    listing.enter_many(drafts=[share, goods], actor=actor, at=at)


def draft(**changes):
    """Siam buys 100 PTT of Krung for 3,400 baht, as Siam says it."""
    told = {
        "source": "SIAMSEC",
        "source_ref": "S-1",
        "type": TradeType.DVP,
        "side": Side.BUY,
        "trade_date": TRADED,
        "value_date": DUE,
        "market": "XBKK",
        "buyer": PartyRef.code("SIAMSEC"),
        "seller": PartyRef.code("KRUNGSEC"),
        "instrument": PTT,
        "quantity": Decimal(100),
        "price": Decimal(34),
        "amount": Decimal("3400.00"),
        "currency": "THB",
    }
    return TradeDraft(**{**told, **changes})


def other_side(**changes):
    """The same trade as Krung says it."""
    return draft(**{"source": "KRUNGSEC", "source_ref": "K-1", "side": Side.SELL, **changes})


def payment(**changes):
    """Krung pays Siam 500 baht."""
    free = {"instrument": "", "quantity": Decimal(0), "price": None}
    told = {"type": TradeType.PAYMENT, "amount": Decimal("500.00"), "source_ref": "P-1", **free}
    return draft(**{**told, **changes})


def capture(*drafts, actor, at, book="HOUSE"):
    """Capture some drafts together."""
    return trading.capture_many(drafts=drafts, book=book, actor=actor, at=at)
