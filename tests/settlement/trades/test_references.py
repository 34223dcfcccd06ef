"""What trades and legs refer to exists and stays, whoever writes and in whatever order."""

import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction

from settlement.models import ImportFile, Instrument, Leg, Participant, Trade
from settlement.trades import trading
from tests.settlement import desk

pytestmark = pytest.mark.django_db
NOBODY = 10**12
FIELDS = ("buyer_id", "seller_id", "instrument_id", "file_id", "calendar_version_id", "block_id")


@pytest.fixture
def captured(system, at):
    desk.furnish(actor=system, at=at)
    file = trading.FileFacts("trades.csv", "0" * 64, "csv")
    drafts = [desk.draft(locked_in=True, source_ref=f"L-{n}") for n in range(3)]
    trading.capture_many(drafts=drafts, book="HOUSE", actor=system, at=at, file=file)
    return Trade.objects.order_by("pk")


def copies(rows):
    """New rows alike, not saved."""
    model = type(rows[0])
    return [
        model(**{f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields[1:]})
        for row in rows
    ]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("field", FIELDS)
def test_a_trade_that_refers_to_nothing_refuses_its_statement(captured, field, place):
    trades = copies(captured)
    for number, trade in enumerate(trades):
        trade.source_ref = f"C-{number}"
    setattr(trades[place], field, NOBODY)
    with pytest.raises(IntegrityError, match="refers to a"), transaction.atomic():
        Trade.objects.bulk_create(trades)
    assert Trade.objects.count() == 3


def test_a_trade_that_amends_nothing_is_refused(captured):
    (trade,) = copies(captured[:1])
    trade.version, trade.action, trade.amends_id = 2, "amend", NOBODY
    with pytest.raises(IntegrityError, match="refers to a trade"), transaction.atomic():
        trade.save()


@pytest.mark.parametrize("field", ["trade_id", "debtor_id", "creditor_id"])
def test_a_leg_is_between_the_two_parties_of_its_trade(captured, field):
    legs = copies(Leg.objects.filter(trade=captured[0]).order_by("pk"))
    for leg in legs:
        leg.kind = "cash" if leg.kind == "delivery" else "delivery"
    other = Participant.objects.create(code="THIRD", name_en="Third", name_th="", kind="bank")
    for wrong in (NOBODY, other.pk):
        right = getattr(legs[-1], field)
        setattr(legs[-1], field, wrong)
        refused = pytest.raises(IntegrityError, match="not between its two parties")
        with refused, transaction.atomic():
            Leg.objects.bulk_create(legs)
        setattr(legs[-1], field, right)
    Leg.objects.bulk_create(legs)


def test_what_a_trade_names_is_not_deleted(captured):
    trade = captured[0]
    for model, pk in (
        (Participant, trade.buyer_id),
        (Participant, trade.seller_id),
        (Instrument, trade.instrument_id),
        (ImportFile, trade.file_id),
    ):
        for statement in (
            "DELETE FROM {} WHERE id = %s",
            "UPDATE {} SET id = id + 7 WHERE id = %s",
        ):
            with (
                pytest.raises(IntegrityError),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement.format(model._meta.db_table), [pk])


def test_what_no_trade_names_may_go(captured):
    free = Instrument.objects.create(code="FREE", kind="commodity", asset_class="goods", decimals=0)
    free.delete()
    assert not Instrument.objects.filter(code="FREE").exists()


@pytest.mark.parametrize("first", ["capture", "delete"])
def test_of_a_capture_and_a_deletion_at_once_one_wins(committed_db, first, system, at):
    """As with a foreign key: the second waits for the first, and then sees what it did."""
    desk.furnish(actor=system, at=at)
    goods = Instrument.objects.create(
        code="GOODS", kind="commodity", asset_class="goods", decimals=0, market="XBKK"
    )
    outcome = {}

    def capture():
        draft = desk.draft(instrument="GOODS", locked_in=True)
        trading.capture_many(drafts=[draft], book="HOUSE", actor=system, at=at)

    def delete():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM settlement_instrument WHERE id = %s", [goods.pk])

    def second(work):
        try:
            with transaction.atomic():
                work()
            outcome["second"] = "done"
        except Exception as error:
            outcome["second"] = error
        finally:
            connection.close()

    one, other = (capture, delete) if first == "capture" else (delete, capture)
    with transaction.atomic():
        one()
        thread = threading.Thread(target=second, args=(other,))
        thread.start()
        time.sleep(0.5)
        waiting = not outcome
    thread.join(30)
    assert isinstance(outcome["second"], Exception)
    assert Trade.objects.count() == (1 if first == "capture" else 0)
    assert Instrument.objects.filter(code="GOODS").exists() is (first == "capture")
    assert waiting
