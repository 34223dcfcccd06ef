"""Capture of trades: each once, whole or not at all, every refusal with its field."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.refusals import Refused
from settlement.models import ImportFile, Leg, Participant, Trade, UnmatchedTrade
from settlement.rules.trades import PartyRef, Scheme, TradeType
from settlement.trades import recording, trading
from tests.settlement import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished")]
GOOD_LEI = "5493001KJTIIGC8Y1R12"


@pytest.fixture
def take(system, at):
    return lambda *drafts: desk.capture(*drafts, actor=system, at=at)


def test_a_side_waits_for_its_other_side(take):
    taken = take(desk.draft())
    assert (len(taken.ids), taken.known, taken.legs) == (1, 0, 0)
    assert UnmatchedTrade.objects.get().trade_id == taken.ids[0]


def test_the_same_trade_is_taken_once_and_other_content_is_refused(take):
    take(desk.draft())
    again = take(desk.draft())
    assert (again.ids, again.known, Trade.objects.count()) == ((), 1, 1)
    with pytest.raises(recording.TradeDiffers) as refused:
        take(desk.draft(amount=Decimal("3400.01")))
    assert refused.value.place.field == "source_ref"


def test_the_same_message_twice_in_one_file_is_one_trade(take):
    taken = take(desk.draft(line_no=1), desk.draft(line_no=2))
    assert (len(taken.ids), taken.known) == (1, 1)
    with pytest.raises(recording.TradeDiffers):
        take(
            desk.draft(source_ref="S-2", line_no=1),
            desk.draft(source_ref="S-2", quantity=Decimal(7), line_no=2),
        )


def test_a_payment_opens_its_leg_at_once(take):
    taken = take(desk.payment())
    leg = Leg.objects.select_related("debtor", "creditor").get()
    assert (taken.legs, leg.debtor.code, leg.creditor.code) == (1, "KRUNGSEC", "SIAMSEC")
    assert (leg.asset, leg.quantity, leg.value_date) == ("THB", Decimal(500), desk.DUE)
    assert not UnmatchedTrade.objects.exists()


def test_a_locked_in_trade_owes_both_ways(take):
    take(desk.draft(locked_in=True))
    owed = {(leg.kind, leg.debtor.code, leg.asset, leg.quantity) for leg in Leg.objects.all()}
    assert owed == {
        ("delivery", "KRUNGSEC", desk.PTT, Decimal(100)),
        ("cash", "SIAMSEC", "THB", Decimal(3400)),
    }


def test_currencies_and_goods_are_delivered_like_securities(take):
    take(
        desk.draft(
            source_ref="FX",
            type=TradeType.PVP,
            instrument="USD",
            quantity=Decimal("100.00"),
            locked_in=True,
        ),
        desk.draft(
            source_ref="RICE",
            type=TradeType.FOP,
            instrument=desk.RICE,
            quantity=Decimal("1.250"),
            amount=Decimal(0),
            currency="",
            locked_in=True,
        ),
    )
    assert sorted(Leg.objects.values_list("asset", flat=True)) == sorted(["USD", "THB", desk.RICE])


REFUSED = {
    "wrong ISIN": ({"instrument": "TH0646010R17"}, "instrument", "identifier-refused"),
    "unknown instrument": ({"instrument": "TEAK"}, "instrument", "instrument-unknown"),
    "unknown party": ({"seller": PartyRef.code("NOBODY")}, "seller", "trade-party-unknown"),
    "wrong BIC": ({"buyer": PartyRef.bic("SIAMZZ")}, "buyer", "identifier-refused"),
    "wrong LEI": (
        {"buyer": PartyRef(Scheme.LEI, GOOD_LEI[:-1] + "3")},
        "buyer",
        "identifier-refused",
    ),
    "wrong routing number": (
        {"seller": PartyRef(Scheme.ABA, "121042883")},
        "seller",
        "identifier-refused",
    ),
    "wrong IBAN": (
        {"buyer_account": "DE89370400440532013001"},
        "buyer_account",
        "identifier-refused",
    ),
    "one party twice": ({"seller": PartyRef.code("SIAMSEC")}, "seller", "trade-same-party"),
    "one party by two names": (
        {"seller": PartyRef.bic("SIAMTHBK")},
        "seller",
        "trade-same-party",
    ),
    "New Year": ({"value_date": date(2027, 1, 1)}, "value_date", "not-a-business-day"),
    "a Saturday": ({"value_date": date(2026, 1, 10)}, "value_date", "not-a-business-day"),
    "before the trade": (
        {"value_date": date(2026, 1, 2)},
        "value_date",
        "trade-value-before-trade",
    ),
    "a Buddhist trade date": (
        {"trade_date": date(2569, 1, 5), "value_date": date(2569, 1, 7)},
        "trade_date",
        "trade-date-of-another-era",
    ),
    "a Buddhist value date": (
        {"value_date": date(2569, 1, 7)},
        "value_date",
        "trade-date-of-another-era",
    ),
    "a trade date of two digits": (
        {"trade_date": date(26, 1, 5), "value_date": date(2026, 1, 7)},
        "trade_date",
        "trade-date-unlikely",
    ),
    "a trade date before any book": (
        {"trade_date": date(1799, 12, 31)},
        "trade_date",
        "trade-date-unlikely",
    ),
    "digits that changed places": (
        {"value_date": date(2206, 1, 7)},
        "value_date",
        "trade-date-unlikely",
    ),
    "no such market": ({"market": "XXXX"}, "market", "calendar-unknown"),
    "half a satang": ({"amount": Decimal("1.005")}, "amount", "amount-too-fine"),
    "half a share": ({"quantity": Decimal("0.5")}, "quantity", "quantity-too-fine"),
    "nothing": ({"quantity": Decimal(0)}, "quantity", "trade-not-for-type"),
    "free and paid": ({"type": TradeType.FOP}, "amount", "trade-not-for-type"),
    "unknown currency": ({"currency": "XQQ"}, "currency", "currency-unknown"),
    "endless reference": ({"source_ref": "x" * 81}, "source_ref", "trade-field-wrong"),
}


@pytest.mark.parametrize(("changes", "field", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_settle_is_refused_by_line_and_field(take, changes, field, code):
    with pytest.raises(Refused) as refused:
        take(desk.draft(source_ref="good"), desk.draft(**{"line_no": 7, **changes}))
    assert (refused.value.place.field, refused.value.code) == (field, code)
    assert refused.value.place.line == 7
    assert refused.value.text("th") != refused.value.text("en")
    assert not Trade.objects.exists()


def test_all_refusals_of_a_file_are_told_and_nothing_is_kept(system, at):
    told = []
    file = trading.FileFacts(name="f.csv", sha256="0" * 64, format="csv")
    drafts = [desk.draft(source_ref=f"R{n}", market="XXXX", line_no=n) for n in range(1, 80)]
    with pytest.raises(Refused):
        trading.capture_many(
            drafts=drafts, book="HOUSE", actor=system, at=at, file=file, on_refused=told.append
        )
    assert len(told) == trading.REFUSALS_SHOWN
    assert str(told[1].place) == "f.csv, line 2, market"
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize(
    ("traded", "market", "due", "cycle"),
    [
        (date(2018, 2, 28), "XBKK", date(2018, 3, 6), "T+3"),
        (date(2018, 3, 2), "XBKK", date(2018, 3, 6), "T+2"),
        (date(2026, 4, 10), "XBKK", date(2026, 4, 17), "T+2"),
        (date(2024, 5, 24), "XNYS", date(2024, 5, 29), "T+2"),
        (date(2024, 5, 28), "XNYS", date(2024, 5, 29), "T+1"),
    ],
)
def test_value_dates_follow_the_cycle_of_the_trade_date(take, traded, market, due, cycle):
    """Songkran, the Thai change to T+2 and the American one to T+1."""
    taken = take(desk.draft(trade_date=traded, value_date=None, market=market))
    trade = Trade.objects.get(pk=taken.ids[0])
    assert (trade.value_date, trade.cycle) == (due, cycle)
    assert trade.calendar_version is not None


def test_participants_are_found_by_any_of_their_names(take):
    taken = take(desk.draft(buyer=PartyRef.bic("SIAMTHBK"), seller=PartyRef.bic("KRUNTHBKXXX")))
    trade = Trade.objects.select_related("buyer", "seller").get(pk=taken.ids[0])
    assert (trade.buyer.code, trade.seller.code) == ("SIAMSEC", "KRUNGSEC")


def test_unknown_banks_are_entered_when_asked(system, at):
    bank = PartyRef(Scheme.ABA, "121042882")
    draft = desk.payment(buyer=bank, market="", currency="USD", value_date=date(2026, 1, 6))
    for _ in range(2):
        trading.capture_many(drafts=[draft], book="HOUSE", actor=system, at=at, enter_unknown=True)
    assert Participant.objects.filter(identifiers__value="121042882").count() == 1


def test_statements_do_not_grow_with_the_file(system, at):
    desk.capture(desk.payment(source_ref="warm"), actor=system, at=at)
    statements = []
    for name, size in (("few", 3), ("many", 3_000)):
        drafts = [desk.payment(source_ref=f"{name} {n}") for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            taken = desk.capture(*drafts, actor=system, at=at)
        assert (len(taken.ids), taken.legs) == (size, size)
        statements.append(len(queries))
    assert statements[0] == statements[1] <= 16


@pytest.mark.parametrize("table", ["trade", "leg", "tradematch", "standinginstruction"])
def test_facts_are_never_changed(take, table):
    take(desk.payment())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE settlement_{table} SET id = id")
