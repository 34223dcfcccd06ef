"""Four eyes on large payments: they wait in the queue until another person lets them go."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from settlement.models import FailedLeg, PaymentRelease, Settlement
from settlement.windows import releasing
from tests.settlement import desk, market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, SIAM, TRADED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()
    market.fund(SIAMSEC={"THB": 5000})
    releasing.set_release_limit(
        book=BOOK,
        currency="THB",
        amount=Decimal(1000),
        valid_from=TRADED,
        actor=ACTOR,
        at=AT,
    )


def item():
    return WorkItem.objects.get(kind=releasing.KIND)


def test_a_payment_above_the_limit_waits_and_one_below_does_not():
    market.capture(
        market.pay("P-1", SIAM, KRUNG, "1000.00"), market.pay("P-2", SIAM, KRUNG, "999.99")
    )
    counts = market.close_day()
    assert (counts["to_release"], counts["trades_settled"], counts["trades_left"]) == (1, 1, 1)
    assert market.reasons() == {"P-1": ("unreleased", [])}
    assert FailedLeg.objects.get().cause == "unreleased"
    assert item().payload["trade_id"]


def test_it_settles_on_the_day_after_its_release(cast):
    market.capture(market.pay("P-1", SIAM, KRUNG, "1000.00"))
    market.close_day()
    approving.approve(item_id=item().pk, actor=cast.actor("dao"), at=AT)
    assert PaymentRelease.objects.get().approved
    assert market.close_day(DUE + timedelta(days=1))["trades_settled"] == 1
    assert Settlement.objects.get().leg.trade.source_ref == "P-1"


def test_a_rejected_payment_never_settles_and_is_not_asked_for_again(cast):
    market.capture(market.pay("P-1", SIAM, KRUNG, "1000.00"))
    market.close_day()
    approving.reject(item_id=item().pk, actor=cast.actor("dao"), at=AT, note="wrong account")
    counts = market.close_day(DUE + timedelta(days=1))
    assert (counts["trades_settled"], counts["to_release"]) == (0, 0)
    assert market.reasons() == {"P-1": ("rejected", [])}


def test_who_captured_it_does_not_release_it(cast):
    dao = cast.actor("dao")
    desk.capture(market.pay("P-1", SIAM, KRUNG, "1000.00"), actor=dao, at=AT)
    market.close_day()
    with pytest.raises(releasing.ReleasedByCapturer):
        approving.approve(item_id=item().pk, actor=dao, at=AT)
    assert item().state == "open"
    approving.approve(item_id=item().pk, actor=cast.actor("mek"), at=AT)


def test_asked_once_however_often_the_day_is_closed():
    market.capture(market.pay("P-1", SIAM, KRUNG, "1000.00"))
    market.close_day()
    market.close_day(DUE + timedelta(days=1))
    assert WorkItem.objects.filter(kind=releasing.KIND).count() == 1
