"""Four eyes on what the house itself pays: above the limit it waits, and is not sent."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounting import queries as ledger
from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from records import queries as records
from settlement.clearing import capturing, instructing, netting
from settlement.models import Instruction, InstructionStatus, OutgoingMessage, PaymentRelease
from settlement.rules.booking import clearing_account
from settlement.windows import releasing
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, SIAM, TRADED

pytestmark = pytest.mark.django_db
BANK, NEXT = "AB", DUE + timedelta(days=1)


def limit(amount="1000", valid_from=TRADED):
    releasing.set_release_limit(
        book=BOOK, currency="THB", amount=Decimal(amount), valid_from=valid_from, actor=ACTOR, at=AT
    )


def bank(code=BANK):
    capturing.enter_participant(
        code=code, name_en=code, name_th="", kind="bank", bic=f"{code}ANCZPPXXX", actor=ACTOR, at=AT
    )


def transfer(amount, way="out", code=BANK, day=DUE):
    """A customer's transfer to the bank, or from it."""
    capturing.capture_one(
        reference=f"{code}-{day}-{way}-{amount}",
        business_date=day,
        account="77",
        operation=f"transfer-{way}",
        direction="debit" if way == "out" else "credit",
        amount=Decimal(amount),
        currency="THB",
        book=BOOK,
        participant=code,
        actor=ACTOR,
        at=AT,
    )


def statuses():
    rows = InstructionStatus.objects.order_by("business_date", "pk")
    return list(rows.values_list("business_date", "status"))


def sent():
    return OutgoingMessage.objects.filter(definition="pacs.009").count()


def item():
    return WorkItem.objects.get(kind=releasing.KIND, state="open")


def owed(day):
    rows = ledger.trial_balance(entity=BOOK, as_of=day)
    return sum(row.balance for row in rows if row.account == clearing_account(BANK))


def test_an_instruction_above_the_limit_waits_unsent_until_another_person_releases_it(cast):
    limit()
    bank()
    transfer("1000.00")
    counts = market.close_day()
    assert (counts["instructions"], counts["to_release"], counts["settled"]) == (1, 1, 0)
    assert (statuses(), sent(), owed(DUE)) == ([(DUE, "unreleased")], 0, Decimal("-1000.00"))
    assert f"{BOOK} → {BANK}" in item().title_en
    approving.approve(item_id=item().pk, actor=cast.actor("dao"), at=AT)
    assert PaymentRelease.objects.get().instruction == Instruction.objects.get()
    assert market.close_day(NEXT)["settled"] == 1
    assert statuses() == [(DUE, "unreleased"), (NEXT, "settled")]
    assert (sent(), owed(NEXT)) == (1, 0)
    message = OutgoingMessage.objects.get(definition="pacs.009")
    told = records.content_bytes(document_id=message.document_id)
    assert f"<IntrBkSttlmDt>{NEXT}".encode() in told
    market.close_day(NEXT + timedelta(days=1))
    assert sent() == 1


def test_below_the_limit_or_received_or_before_its_day_nothing_waits():
    limit(valid_from=NEXT)
    bank()
    transfer("5000.00")
    assert market.close_day()["settled"] == 1
    transfer("999.99", day=NEXT)
    assert market.close_day(NEXT)["settled"] == 1
    later = NEXT + timedelta(days=1)
    transfer("9000.00", "in", day=later)
    counts = market.close_day(later)
    assert (counts["settled"], counts["to_release"]) == (1, 0)
    assert not WorkItem.objects.filter(kind=releasing.KIND).exists()


def test_without_a_limit_one_question_is_asked_and_all_is_settled():
    bank()
    transfer("9000000.00")
    netting.net(book=BOOK, business_date=DUE)
    instructing.instruct(book=BOOK, business_date=DUE, at=AT)
    with CaptureQueriesContext(connection) as asked:
        assert releasing.request(book=BOOK, business_date=DUE, actor=ACTOR, at=AT) == 0
    assert len(asked) == 1
    assert len(instructing.settle(book=BOOK, business_date=DUE, at=AT).facts) == 1


def test_a_rejected_one_is_never_paid_nor_sent_nor_asked_for_again(cast):
    limit()
    bank()
    transfer("1000.00")
    market.close_day()
    approving.reject(item_id=item().pk, actor=cast.actor("dao"), at=AT, note="wrong bank")
    counts = market.close_day(NEXT)
    assert (counts["settled"], counts["to_release"], sent()) == (0, 0, 0)
    assert statuses() == [(DUE, "unreleased"), (NEXT, "rejected")]


def test_who_asked_for_the_release_does_not_give_it(cast):
    limit()
    bank()
    transfer("1000.00")
    netting.net(book=BOOK, business_date=DUE)
    instructing.instruct(book=BOOK, business_date=DUE, at=AT)
    dao = cast.actor("dao")
    assert releasing.request(book=BOOK, business_date=DUE, actor=dao, at=AT) == 1
    with pytest.raises(approving.SamePerson):
        approving.approve(item_id=item().pk, actor=dao, at=AT)
    assert not PaymentRelease.objects.exists()
    approving.approve(item_id=item().pk, actor=cast.actor("mek"), at=AT)


def test_many_are_asked_for_in_as_many_statements_as_one():
    limit("100")
    market.furnish()
    market.fund(SIAMSEC={"THB": 90000})

    def ask(day, numbers):
        for number in numbers:
            market.enter(code := f"B{number}")
            transfer("1000.00", code=code, day=day)
            market.capture(market.pay(f"P-{number}", SIAM, KRUNG, "1000.00", value_date=day))
        netting.net(book=BOOK, business_date=day)
        instructing.instruct(book=BOOK, business_date=day, at=AT)
        market.close_and_net(day)
        with CaptureQueriesContext(connection) as asked:
            found = releasing.request(book=BOOK, business_date=day, actor=ACTOR, at=AT)
        return found, len(asked)

    one = ask(DUE, range(10, 11))
    many = ask(NEXT, range(20, 45))
    assert (one[0], many[0]) == (2, 52)
    assert many[1] == one[1]
    assert WorkItem.objects.filter(kind=releasing.KIND, needs_approval=True).count() == 52


def test_a_release_is_of_one_payment():
    bank()
    transfer("1.00")
    market.close_day()
    told = {"approved": True, "decided_at": AT, "decided_by": "x"}
    with pytest.raises(IntegrityError, match="payment_release_of_one"), transaction.atomic():
        PaymentRelease.objects.create(**told)
    PaymentRelease.objects.create(instruction=Instruction.objects.get(), **told)


def test_a_limit_that_came_since_stops_what_was_instructed_before():
    bank()
    transfer("1000.00")
    netting.net(book=BOOK, business_date=DUE)
    instructing.instruct(book=BOOK, business_date=DUE, at=AT)
    limit(valid_from=date(2020, 1, 1))
    assert instructing.settle(book=BOOK, business_date=DUE, at=AT).facts == ()
    assert statuses() == [(DUE, "unreleased")]
