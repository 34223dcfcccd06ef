"""A market with money and papers in it: funded participants, locked-in trades, payments."""

from datetime import UTC, date, datetime
from decimal import Decimal

from backoffice.kernel.actors import Actor
from settlement import end_of_day
from settlement.clearing import capturing
from settlement.models import MarketRule, Participant, Trade, UnsettledTrade, WithdrawnTrade
from settlement.rules.trades import PartyRef, TradeType
from settlement.windows import funding, novating, settling, windowing
from tests.settlement import desk

BOOK = "HOUSE"
AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
ACTOR = Actor.system("tests")
CLOSER = Actor.system("close_day")
PTT, RICE, DUE, TRADED = desk.PTT, desk.RICE, desk.DUE, desk.TRADED
SIAM, KRUNG, ISARA = "SIAMSEC", "KRUNGSEC", "ISARASEC"


def furnish():
    desk.furnish(actor=ACTOR, at=AT)


def fund(reference="F-1", *, day=TRADED, **wealth):
    """`fund(SIAMSEC={"THB": 100})`: what each brings in on the day."""
    funds = [
        funding.Funds(code, asset, Decimal(quantity))
        for code, assets in wealth.items()
        for asset, quantity in assets.items()
    ]
    return funding.fund(
        book=BOOK, reference=reference, business_date=day, funds=funds, actor=ACTOR, at=AT
    )


def trade(ref, buyer, seller, quantity=100, amount="1000.00", **changes):
    """A locked-in trade as it is captured: its legs open at once."""
    told = {
        "source_ref": ref,
        "buyer": PartyRef.code(buyer),
        "seller": PartyRef.code(seller),
        "quantity": Decimal(quantity),
        "amount": Decimal(amount),
        "locked_in": True,
        "price": None,
        "market": "XBKK",
    }
    return desk.draft(**{**told, **changes})


def pay(ref, debtor, creditor, amount, **changes):
    """A payment; its market is none."""
    told = {"buyer": PartyRef.code(creditor), "seller": PartyRef.code(debtor), "market": ""}
    return desk.payment(source_ref=ref, amount=Decimal(amount), **{**told, **changes})


def exchange(ref, buyer, seller, dollars, baht):
    """Foreign exchange: `seller` gives dollars, `buyer` gives baht."""
    return trade(ref, buyer, seller, dollars, baht, type=TradeType.PVP, instrument="USD", market="")


def capture(*drafts):
    return desk.capture(*drafts, actor=ACTOR, at=AT)


def rule(market="", **terms):
    funding.set_market_rule(
        rule=MarketRule(market=market, valid_from=date(2020, 1, 1), **terms), actor=ACTOR, at=AT
    )


def close_and_net(day=DUE):
    windowing.close_all(book=BOOK, business_date=day, actor=ACTOR, at=AT)
    return novating.net_all(book=BOOK, business_date=day, at=AT)


def settle(day=DUE):
    """Close, net and settle."""
    close_and_net(day)
    return settling.settle(book=BOOK, business_date=day, actor=ACTOR, at=AT)


def close_day(day=DUE, clock=lambda: AT):
    return end_of_day.run(business_date=day, book=BOOK, actor=ACTOR, clock=clock)


def ids():
    return dict(Participant.objects.values_list("code", "pk"))


def reasons():
    """Reference of the trade → (reason, shortages)."""
    rows = UnsettledTrade.objects.select_related("trade").order_by("run__number")
    return {row.trade.source_ref: (row.reason, row.shortages) for row in rows}


def enter(code):
    """One more participant."""
    return capturing.enter_participant(
        code=code, name_en=code, name_th=code, kind="broker", actor=ACTOR, at=AT
    )


def withdraw(reference):
    """What both sides cancelled, while its window is open."""
    WithdrawnTrade.objects.create(
        trade=Trade.objects.get(source_ref=reference), withdrawn_at=AT, withdrawn_by=ACTOR.name
    )
