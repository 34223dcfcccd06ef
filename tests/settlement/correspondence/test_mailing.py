"""The post: statements that do not grow with the letters, and one batch held at a time."""

import gc
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.desk.models import WorkItem
from records import queries as records
from records.models import Document
from settlement.correspondence import dispatching, mailing, preferring, stating
from settlement.messages import build
from settlement.messages.facts import Money
from settlement.messages.refusals import SchemaBroken
from settlement.models import OutgoingMessage, Participant
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, PTT, SIAM, TRADED
from tests.settlement.trades.test_importing import BANK

pytestmark = pytest.mark.django_db
POST = mailing.Post(BOOK, DUE, "RPT", ACTOR, AT)
BIC = "BANKTHBKXXX"
HUGE = Decimal("1234567890123.45")


@pytest.fixture(autouse=True)
def furnished(untold):
    market.furnish()


def letter(number, **changes):
    told = mailing.Letter(
        definition="pacs.009",
        reference=f"REF-{number}",
        message_id=f"ID-{number}",
        receiver=BIC,
        as_mx=f"<x>{number}</x>".encode,
    )
    return replace(told, **changes)


@contextmanager
def rolled_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def statements(act):
    with CaptureQueriesContext(connection) as captured:
        came = act()
    return came, len(captured)


def told():
    return [
        (m.definition, m.reference, m.written_as, b"".join(records.content(m.document_id)))
        for m in OutgoingMessage.objects.order_by("pk")
    ]


def deal(count, *, mark="T", day=DUE):
    """Trades both ways and payments, all settled on the day."""
    wealth = {SIAM: {"THB": 10**7}, KRUNG: {PTT: 10**6, "THB": 10**7}}
    market.fund(f"F-{mark}", day=day, **wealth)
    for number in range(count):
        market.capture(
            market.trade(f"{mark}-{number}", SIAM, KRUNG, value_date=day),
            market.pay(f"{mark}P-{number}", KRUNG, SIAM, "12.50", value_date=day),
        )
    market.close_day(day)


def dispatch(day=DUE):
    return dispatching.dispatch(book=BOOK, business_date=day, actor=ACTOR, at=AT)


def test_three_letters_cost_as_many_statements_as_three_hundred():
    mailing.send(letters=[letter("warm")], post=POST)
    costs = {}
    for name, count in (("few", 3), ("many", 300)):
        letters = [letter(f"{name} {n}") for n in range(count)]
        sent, costs[name] = statements(lambda some=letters: mailing.send(letters=some, post=POST))
        assert sent == mailing.Sent(letters=count, new=count)
    assert costs["few"] == costs["many"] <= 18


def test_a_day_of_few_messages_is_dispatched_in_as_many_statements_as_one_of_many():
    deal(1, mark="A", day=TRADED)
    deal(40, mark="B")
    few, cost_of_few = statements(lambda: dispatch(TRADED))
    many, cost_of_many = statements(dispatch)
    assert (few, many) == (5, 200)
    assert cost_of_few == cost_of_many <= 24


@pytest.mark.parametrize("standard", ["mx", "mt"])
def test_a_day_of_few_accounts_is_stated_in_as_many_statements_as_one_of_many(standard):
    for number in range(60):
        code = f"B{number:03}"
        market.enter(code)
        bic = f"B{chr(65 + number // 26)}{chr(65 + number % 26)}BTHBKXXX"
        Participant.objects.filter(code=code).update(bic=bic)
        preferring.prefer(bic=bic, standard=standard, valid_from=TRADED, actor=ACTOR, at=AT)
    for day, count in ((TRADED, 2), (DUE, 60)):
        market.fund(f"F-{count}", day=day, KRUNGSEC={"THB": 10_000})
        market.capture(
            *(
                market.pay(f"P-{count}-{n}", KRUNG, f"B{n:03}", "100", value_date=day)
                for n in range(count)
            )
        )
        market.close_day(day)
    costs = []
    for day, messages in ((TRADED, 2 * 3), (DUE, 2 * 61)):
        stated, cost = statements(
            lambda of=day: stating.state_day(book=BOOK, business_date=of, actor=ACTOR, at=AT)
        )
        assert stated == stating.Stated(made=messages, messages=messages)
        costs.append(cost)
    assert costs[0] == costs[1] <= 28


def test_what_is_told_does_not_depend_on_the_batches(monkeypatch):
    deal(4)
    preferring.prefer(bic="KRUNTHBKXXX", standard="mt", valid_from=TRADED, actor=ACTOR, at=AT)
    with rolled_back():
        dispatch()
        whole = told()
    monkeypatch.setattr(mailing, "BATCH", 3)
    with rolled_back():
        assert dispatch() == len(whole)
        assert told() == whole
    assert len({kind for _, _, kind, _ in whole}) > 3


def test_a_batch_is_filed_before_the_next_letter_is_written(monkeypatch):
    monkeypatch.setattr(mailing, "BATCH", 10)
    there = []

    def letters():
        for number in range(25):
            there.append(Document.objects.filter(source_key__startswith="pacs.009/").count())
            yield letter(number)

    assert mailing.send(letters=letters(), post=POST) == mailing.Sent(letters=25, new=25)
    assert there == [*[0] * 10, *[10] * 10, *[20] * 5]


def test_a_letter_told_twice_is_sent_once_within_a_batch_and_over_batches(monkeypatch):
    monkeypatch.setattr(mailing, "BATCH", 3)
    letters = [letter(n) for n in (1, 1, 2, 1, 2, 3)]
    assert mailing.send(letters=letters, post=POST) == mailing.Sent(letters=6, new=3)
    assert mailing.send(letters=letters, post=POST) == mailing.Sent(letters=6, new=0)


def test_who_reads_fin_is_not_told_what_fin_cannot_say():
    preferring.prefer(bic=BIC, standard="mt", valid_from=TRADED, actor=ACTOR, at=AT)
    assert mailing.send(letters=[letter(1)], post=POST) == mailing.Sent(letters=1, new=0)


def test_one_that_breaks_a_usage_rule_stays_and_is_seen_and_the_others_leave(monkeypatch):
    monkeypatch.setattr(mailing, "BATCH", 2)
    broken = replace(BANK, end_to_end_id="A//B")
    stopped = letter(9, as_mx=lambda: build.pacs009(broken))
    letters = [*map(letter, range(3)), stopped, letter(4)]
    assert mailing.send(letters=letters, post=POST) == mailing.Sent(letters=5, new=4, refused=1)
    assert not OutgoingMessage.objects.filter(reference="REF-9").exists()
    assert not Document.objects.filter(source_key__contains="REF-9").exists()
    item = WorkItem.objects.get(kind=mailing.REFUSED)
    assert item.payload["rule"] == "pacs.009-R15"
    assert item.payload["field"].endswith("/CdtTrfTxInf/PmtId/EndToEndId")
    assert (item.payload["reference"], item.payload["receiver"]) == ("REF-9", BIC)
    assert "pacs.009-R15" in item.title_en
    assert item.title_th.startswith("ไม่ได้ส่ง pacs.009 REF-9: ไม่เป็นไปตามกฎการใช้งาน pacs.009-R15")
    assert mailing.send(letters=letters, post=POST) == mailing.Sent(letters=5, new=0, refused=1)
    assert WorkItem.objects.filter(kind=mailing.REFUSED).count() == 1


def test_an_amount_that_fin_does_not_hold_lies_on_the_desk():
    huge = letter(9, as_mt=lambda: build.mt202(replace(BANK, settled=Money("THB", HUGE))))
    preferring.prefer(bic=BIC, standard="mt", valid_from=TRADED, actor=ACTOR, at=AT)
    assert mailing.send(letters=[huge], post=POST) == mailing.Sent(letters=1, new=0, refused=1)
    item = WorkItem.objects.get(kind=mailing.REFUSED)
    assert (item.payload["rule"], item.payload["field"]) == ("15d", "amount")
    assert "15 signs" in item.title_en
    assert "15 อักขระ" in item.title_th


def test_one_that_cannot_be_written_sends_none(monkeypatch):
    monkeypatch.setattr(mailing, "BATCH", 2)

    def broken():
        raise ValueError("does not fit")

    with pytest.raises(ValueError, match="does not fit"):
        mailing.send(letters=[*map(letter, range(4)), letter(5, as_mx=broken)], post=POST)
    assert not OutgoingMessage.objects.exists()
    assert not Document.objects.filter(source_key__startswith="pacs.009/").exists()


@pytest.mark.parametrize("builder", ["sese024", "sese025", "camt053", "semt002"])
def test_a_fact_that_does_not_fit_leaves_the_transaction_around_it_whole(builder, monkeypatch):
    """The streams are ended before anything is taken back, with the refusal still in hand."""
    deal(4)
    monkeypatch.setattr(mailing, "BATCH", 3)

    def tell():
        stated = stating.state_day(book=BOOK, business_date=DUE, actor=ACTOR, at=AT)
        return dispatch() + stated.made

    def refuse(fact):
        raise SchemaBroken(definition=builder, rule="r", reason="does not fit")

    with monkeypatch.context() as patch:
        patch.setattr(build, builder, refuse)
        patch.setitem(stating.BUILDERS, "camt.053", build.camt053)
        with pytest.raises(SchemaBroken) as refused, transaction.atomic():
            tell()
        assert OutgoingMessage.objects.count() == 0
    del refused
    gc.collect()
    assert tell() == OutgoingMessage.objects.count() > 20
