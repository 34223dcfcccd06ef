"""Statuses in: taken once, unknown and out of order on the desk, nothing settled twice."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.desk.models import WorkItem
from backoffice.frame.models import AuditEvent
from backoffice.kernel.refusals import Refused
from records import queries as records
from settlement.correspondence import dispatching, heeding, mailing
from settlement.messages import build, readers
from settlement.messages.facts import (
    Confirmation,
    Header,
    InstructionStatus,
    Movement,
    PaymentStatus,
    StatusKind,
)
from settlement.models import IncomingStatus, OutgoingMessage, StandingInstruction, TradeStatus
from settlement.rules import identities
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, SIAM

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent():
    """The delivery's instruction that left for the custodian, as it was read back."""
    market.furnish()
    for code, custodian in ((SIAM, "CUSATHBKXXX"), (KRUNG, "CUSBTHBKXXX")):
        StandingInstruction.objects.create(
            participant_id=market.ids()[code],
            version=1,
            effective_from=date(2020, 1, 1),
            custodian=custodian,
            safekeeping_account=f"SAFE-{code}",
            depository="TSDCTHBKXXX",
            proposed_by="a",
            approved_by="b",
            recorded_at=AT,
        )
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.close_and_net()
    dispatching.dispatch(book=BOOK, business_date=DUE, actor=ACTOR, at=AT)
    message = OutgoingMessage.objects.get(reference__endswith=Movement.DELIVER.value)
    return readers.sese023(b"".join(records.content(message.document_id)))


def advice(sent, kind, number, reason=None):
    return InstructionStatus(
        header=Header(f"ADV{number}", "CUSBTHBKXXX", "BCKOTHBKXXX", AT),
        transaction_id=sent.transaction_id,
        kind=kind,
        reason=reason,
    )


def heed(data):
    content = data if isinstance(data, bytes) else data.encode()
    return heeding.heed(data=content, file_name="x", book=BOOK, actor=ACTOR, at=AT)


@pytest.mark.parametrize("write", [build.sese024, build.mt548], ids=["sese.024", "MT548"])
def test_a_status_is_taken_once_and_reaches_its_trade(sent, write):
    data = write(advice(sent, StatusKind.MATCHED, 1))
    assert heed(data) == heeding.Heeded(taken=1)
    assert heed(data) == heeding.Heeded(known=1)
    assert TradeStatus.objects.get().kind == "matched"
    assert not WorkItem.objects.filter(kind="settlement.status").exists()


@pytest.mark.parametrize("write", [build.sese025, build.mt544_to_547], ids=["sese.025", "MT547"])
def test_a_confirmation_settles_once_and_nothing_comes_after_it(sent, write):
    heed(build.sese024(advice(sent, StatusKind.MATCHED, 1)))
    fact = Confirmation(
        instruction=sent,
        header=Header("CONF1", "CUSBTHBKXXX", "BCKOTHBKXXX", AT),
        settled_on=DUE,
        settled_quantity=sent.quantity,
        settled_amount=sent.amount,
    )
    assert heed(write(fact)).taken == 1
    late = heed(build.sese024(advice(sent, StatusKind.PENDING, 3, "LACK")))
    assert late == heeding.Heeded(out_of_order=1)
    item = WorkItem.objects.get(kind="settlement.status")
    assert "out of order" in item.title_en
    assert list(TradeStatus.objects.order_by("pk").values_list("kind", flat=True)) == [
        "matched",
        "settled",
    ]


def test_a_status_of_nothing_that_was_sent_is_kept_and_on_the_desk(sent):
    unknown = InstructionStatus(
        header=Header("ADV9", "CUSBTHBKXXX", "BCKOTHBKXXX", AT),
        transaction_id="NEVERSENT",
        kind=StatusKind.MATCHED,
    )
    assert heed(build.sese024(unknown)) == heeding.Heeded(unknown=1)
    assert IncomingStatus.objects.get().outcome == "unknown"
    assert "nothing that was sent" in WorkItem.objects.get(kind="settlement.status").title_en


def test_both_sides_have_an_order_of_their_own(sent):
    other = OutgoingMessage.objects.get(reference__endswith=Movement.RECEIVE.value)
    heed(build.sese024(advice(sent, StatusKind.ACCEPTED, 1)))
    told = InstructionStatus(
        header=Header("ADV1", "CUSATHBKXXX", "BCKOTHBKXXX", AT),
        transaction_id=other.message_id,
        kind=StatusKind.ACCEPTED,
    )
    assert heed(build.sese024(told)) == heeding.Heeded(taken=1)
    assert TradeStatus.objects.count() == 1


def test_a_rejected_payment_lies_on_the_desk_and_is_final():
    original = identities.message_id("pacs.009", "REF-1")
    letter = mailing.Letter("pacs.009", "REF-1", original, "BANKTHBKXXX", lambda: b"<x/>")
    mailing.send(letters=[letter], post=mailing.Post(BOOK, DUE, "RPT", ACTOR, AT))
    told = {"original_message_id": original, "original_definition": "pacs.009.001.08"}

    def status(number, word, reason=None):
        head = Header(f"STS{number}", "BANKTHBKXXX", "BCKOTHBKXXX", AT)
        return build.pacs002(PaymentStatus(head, status=word, reason=reason, **told))

    assert heed(status(1, "ACSP")).taken == 1
    assert heed(status(2, "RJCT", "AC04")).taken == 1
    assert heed(status(3, "ACSC")) == heeding.Heeded(out_of_order=1)
    titles = list(WorkItem.objects.order_by("pk").values_list("title_en", flat=True))
    assert "RJCT" in titles[0]
    assert "out of order" in titles[1]


@pytest.fixture
def many(sent):
    """Ids of the deliveries of 40 trades, as they left."""
    market.capture(*(market.trade(f"M-{number}", SIAM, KRUNG) for number in range(40)))
    market.close_and_net()
    dispatching.dispatch(book=BOOK, business_date=DUE, actor=ACTOR, at=AT)
    left = OutgoingMessage.objects.filter(reference__endswith=Movement.DELIVER.value)
    return list(left.order_by("pk").values_list("message_id", flat=True))


def advices(ids, kind, number):
    head = Header(f"ADV{number}", "CUSBTHBKXXX", "BCKOTHBKXXX", AT)
    return "".join(build.mt548(InstructionStatus(head, one, kind)) for one in ids)


def test_a_file_of_many_statuses_asks_as_often_as_a_file_of_few(many):
    def cost(ids, kind, number):
        with CaptureQueriesContext(connection) as queries:
            heeded = heed(advices(ids, kind, number))
        return heeded, len(queries)

    few, of_few = cost(many[:2], StatusKind.MATCHED, 1)
    rest, of_many = cost(many[2:], StatusKind.MATCHED, 2)
    assert (few, rest) == (heeding.Heeded(taken=2), heeding.Heeded(taken=39))
    assert of_few == of_many <= 16
    few, of_few = cost([*many[:2], "NEVER1"], StatusKind.ACCEPTED, 3)
    rest, of_many = cost([*many[2:], "NEVER2"], StatusKind.ACCEPTED, 4)
    assert (few, rest) == (
        heeding.Heeded(unknown=1, out_of_order=2),
        heeding.Heeded(unknown=1, out_of_order=39),
    )
    assert of_few == of_many <= 16
    assert TradeStatus.objects.count() == 41
    assert WorkItem.objects.filter(kind="settlement.status").count() == 43


def test_statuses_of_a_file_follow_each_other_as_if_each_came_by_itself(many):
    words = [
        advices(many[:1], StatusKind.ACCEPTED, 1),
        advices(many[:1], StatusKind.MATCHED, 2),
        advices(many[:1], StatusKind.ACCEPTED, 3),
        advices(many[:1], StatusKind.MATCHED, 2),
        advices(many[1:2], StatusKind.PENDING, 4),
    ]
    assert heed("".join(words)) == heeding.Heeded(taken=3, known=1, out_of_order=1)
    kinds = TradeStatus.objects.order_by("pk").values_list("trade__source_ref", "kind")
    assert list(kinds) == [("T-1", "accepted"), ("T-1", "matched"), ("M-0", "pending")]
    trail = AuditEvent.objects.filter(verb="following.receive").order_by("pk")
    assert [one.detail["status"] for one in trail] == ["accepted", "matched", "pending"]


def test_what_is_no_status_is_refused_with_nothing_kept(tmp_path):
    with pytest.raises(Refused):
        heed(b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'/>")
    path = tmp_path / "bad.xml"
    path.write_text("<x")
    with pytest.raises(CommandError, match=r"bad\.xml"):
        call_command("import_status", str(path))
    assert not IncomingStatus.objects.exists()
