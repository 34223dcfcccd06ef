"""Fees, claims and collected penalties are netted, instructed, sent, settled and booked."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting import queries as ledger
from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from compliance import holds, parties
from settlement import end_of_day
from settlement.charges import charging
from settlement.clearing import netting
from settlement.models import (
    Fee,
    FeeTariff,
    Instruction,
    Obligation,
    OpenCharge,
    OutgoingMessage,
    Participant,
)
from settlement.windows import releasing
from tests.faults import full_day
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, SIAM

pytestmark = pytest.mark.django_db
NEXT, LATER = DUE + timedelta(days=1), DUE + timedelta(days=2)


def on_clearing(day):
    """What stands on participants' clearing accounts, past zero."""
    rows = ledger.trial_balance(entity=BOOK, as_of=day)
    return {
        row.account.removeprefix("Assets:Clearing:"): row.balance
        for row in rows
        if row.account.startswith("Assets:Clearing:") and row.balance
    }


@pytest.fixture
def interchange():
    """One payment of 100 baht, on which Siam owes Krung 60 satang."""
    market.furnish()
    tariff = FeeTariff(
        name="interchange", valid_from=date(2020, 1, 1), owed_by="payee", rate=Decimal("0.006")
    )
    charging.enter_tariff(tariff=tariff, actor=ACTOR, at=AT)
    market.fund(KRUNGSEC={"THB": 1000})
    market.capture(market.pay("P-1", KRUNG, SIAM, "100.00"))
    Participant.objects.filter(code=KRUNG).update(bic="KRUNTHBKXXX")


def test_the_longest_reference_bears_its_fee_too(interchange):
    """A sign more than the column had: the day could not be closed."""
    market.capture(market.pay("P" * 80, KRUNG, SIAM, "100.00", source="S" * 40))
    assert market.close_day()["fees"] == 2


def test_a_fee_is_paid_and_received_with_the_next_day_and_leaves_nothing_behind(interchange):
    market.close_day()
    assert on_clearing(DUE) == {SIAM: Decimal("0.60"), KRUNG: Decimal("-0.60")}
    counts = market.close_day(NEXT)
    assert (counts["obligations"], counts["instructions"], counts["settled"]) == (2, 2, 2)
    told = {
        (i.obligation.participant.code, i.direction, i.amount) for i in Instruction.objects.all()
    }
    amount = Decimal("0.60")
    assert told == {(SIAM, "receive", amount), (KRUNG, "pay", amount)}
    assert set(Obligation.objects.values_list("kind", "business_date", "value_date")) == {
        ("charges", NEXT, NEXT)
    }
    assert on_clearing(NEXT) == {}
    paid = OutgoingMessage.objects.get(definition="pacs.009", reference__endswith="-C")
    assert paid.participant.code == KRUNG
    assert market.close_day(LATER)["instructions"] == 0


def test_what_is_paid_above_the_limit_waits_for_a_second_person(interchange, cast):
    releasing.set_release_limit(
        book=BOOK, currency="THB", amount=Decimal("0.50"), valid_from=NEXT, actor=ACTOR, at=AT
    )
    market.close_day()
    counts = market.close_day(NEXT)
    assert (counts["to_release"], counts["settled"]) == (1, 1)
    assert on_clearing(NEXT) == {KRUNG: Decimal("-0.60")}
    item = WorkItem.objects.get(kind=releasing.KIND)
    approving.approve(item_id=item.pk, actor=cast.actor("dao"), at=AT)
    market.close_day(LATER)
    assert on_clearing(LATER) == {}


def test_a_held_participant_s_charges_wait_for_its_release(interchange):
    market.close_day()
    parties.onboard(code=SIAM, name_en=SIAM, name_th="", kind="bank", actor=ACTOR, at=AT)
    hold = holds.place(subject_kind="party", subject_ref=SIAM, reason="x", actor=ACTOR, at=AT)
    assert market.close_day(NEXT)["stopped"] == 1
    assert on_clearing(NEXT) == {SIAM: Decimal("0.60")}
    holds.release(hold_id=hold, reason="y", actor=ACTOR, at=AT)
    market.close_day(LATER)
    assert on_clearing(LATER) == {}


def test_after_a_day_of_everything_the_next_one_settles_all_of_its_charges():
    full_day.prepare()
    end_of_day.run(business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    owed = on_clearing(DUE)
    assert {SIAM, KRUNG, ISARA} <= owed.keys()
    charges = OpenCharge.objects.count()
    end_of_day.run(business_date=NEXT, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    made = Obligation.objects.filter(business_date=NEXT, kind="charges")
    assert {one.participant.code: one.net for one in made if one.net} == {
        code: net for code, net in owed.items() if code in {SIAM, KRUNG, ISARA}
    }
    assert sum(one.transactions for one in made) == charges > 0
    # What the next day charges itself waits for the one after.
    left = set(OpenCharge.objects.values_list("charged_on", flat=True))
    assert left <= {NEXT}


def test_an_amount_of_any_number_of_charges_is_netted_in_one_statement(interchange):
    ids = market.ids()
    for number in range(50):
        add(ids, number, DUE, (SIAM, KRUNG, "THB", 7))
    with CaptureQueriesContext(connection) as asked:
        assert netting.net_charges(book=BOOK, business_date=NEXT) == 2
    assert len(asked) == 1
    assert netting.net_charges(book=BOOK, business_date=NEXT) == 0
    assert Obligation.objects.get(participant__code=SIAM).net == Decimal("3.50")


def add(ids, number, day, charge):
    payer, payee, currency, satang = charge
    Fee.objects.create(
        book=BOOK,
        business_date=day,
        reference=f"R-{number}",
        tariff="t",
        payer_id=ids[payer],
        payee_id=ids[payee],
        currency=currency,
        amount=Decimal(satang) / 100,
    )


PAIRS = st.permutations([SIAM, KRUNG, ISARA]).map(lambda order: order[:2])
CHARGES = st.lists(
    st.tuples(st.integers(0, 4), PAIRS, st.sampled_from(["THB", "USD"]), st.integers(1, 10**9)),
    max_size=25,
)
NUMBERS = count()


@given(charges=CHARGES, netted_on=st.sets(st.integers(1, 5)))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_charge_is_netted_once_whatever_days_are_closed(interchange, charges, netted_on):
    """On any days: nets sum to zero, and in the end each participant's are what it was charged."""
    ids, start = market.ids(), DUE + timedelta(days=10 * next(NUMBERS) + 30)
    made = Obligation.objects.filter(business_date__gte=start)
    expected: dict[tuple[str, str], Decimal] = {}
    for number, (offset, (payer, payee), currency, satang) in enumerate(charges):
        add(
            ids,
            f"{start}-{number}",
            start + timedelta(days=offset),
            (payer, payee, currency, satang),
        )
        for code, sign in ((payer, 1), (payee, -1)):
            owed = expected.get((code, currency), Decimal(0))
            expected[code, currency] = owed + sign * Decimal(satang) / 100
    for offset in sorted(netted_on | {6}):
        day = start + timedelta(days=offset)
        netting.net_charges(book=BOOK, business_date=day)
        for currency in ("THB", "USD"):
            nets = made.filter(business_date=day, currency=currency)
            assert sum(nets.values_list("net", flat=True)) == 0
        assert not OpenCharge.objects.filter(charged_on__lt=day).exists()
    found: dict[tuple[str, str], Decimal] = {}
    for code, currency, net in made.values_list("participant__code", "currency", "net"):
        found[code, currency] = found.get((code, currency), Decimal(0)) + net
    assert found == expected
