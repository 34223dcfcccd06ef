"""Messages out about trades and payments: once for a fact, in the reader's standard, valid."""

import io
import os
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from records import queries as records
from settlement.correspondence import advising, dispatching, forwarding, mailing, preferring
from settlement.messages import build, readers, schemas
from settlement.messages.fin.reading import parse
from settlement.messages.fin.sequences import sequences
from settlement.messages.readers import statuses
from settlement.messages.usage_rules import checking
from settlement.messages.xml_door import open_message
from settlement.models import OutgoingMessage
from settlement.windows import releasing
from tests.settlement import desk, market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, PTT, SIAM, TRADED
from tests.settlement.trades.test_importing import BANK, CREDIT, run

__all__ = ["run"]
pytestmark = pytest.mark.django_db
OFFICIAL = Path(os.environ.get("GOLDEN_DATA", "../shared/data")) / "settlement/iso20022/xsd"
SIAM_BIC, KRUNG_BIC = desk.PARTIES[SIAM], desk.PARTIES[KRUNG]


def dispatch(day=DUE, at=AT):
    return dispatching.dispatch(book=BOOK, business_date=day, actor=ACTOR, at=at)


def content(message):
    return b"".join(records.content(message.document_id))


def prefer(bic, standard="mt", since=TRADED):
    return preferring.prefer(bic=bic, standard=standard, valid_from=since, actor=ACTOR, at=AT)


def told(code):
    """What a participant was told: [(definition, the reference's end, content)]."""
    rows = OutgoingMessage.objects.filter(participant__code=code).order_by("pk")
    return [(one.definition, one.reference.rpartition(" ")[2], content(one)) for one in rows]


def status_of(data):
    [one] = statuses.read(data)
    return one.of, one.status, one.reason


@pytest.fixture(autouse=True)
def furnished(untold):
    market.furnish()


@pytest.fixture
def dealt():
    """Siam has bought 100 PTT of Krung, each with its own reference, and both can settle."""
    market.fund(SIAMSEC={"THB": 5000}, KRUNGSEC={PTT: 100})
    desk.capture(desk.draft(), desk.other_side(), actor=ACTOR, at=AT)


def test_each_side_hears_that_its_trade_is_matched_and_then_that_it_is_final(dealt):
    market.close_day()
    assert dispatch() == 4
    for code, own, movement in ((SIAM, "S-1", "RECE"), (KRUNG, "K-1", "DELI")):
        (matched, mark, advice), (final, _, confirmation) = told(code)
        assert (matched, mark, final) == ("sese.024", "MACH", "sese.025")
        assert status_of(advice)[:2] == (own, "matched")
        assert status_of(confirmation)[:2] == (own, "settled")
        assert f"<SctiesMvmntTp>{movement}<".encode() in confirmation
        assert b"<Unit>100<" in confirmation
        assert b'<Amt Ccy="THB">3400<' in confirmation
        assert b"RmngToBeSttldQty" not in confirmation


def test_what_leaves_is_valid_by_both_schemas_and_keeps_the_usage_rules(dealt, run):
    market.fund("F-2", KRUNGSEC={"THB": 2_000_000})
    run(build.pacs008(CREDIT), "pacs")
    run(build.pacs009(BANK), "pacs")
    market.close_day()
    dispatch()
    assert OutgoingMessage.objects.count() == 8
    for message in OutgoingMessage.objects.all():
        document = open_message(content(message))
        assert schemas.breaks(document, directory=schemas.OWN) == []
        assert [v.name for v in checking.check(document, year=2026)] == []
        if schemas.find(document.definition, directory=OFFICIAL):
            assert schemas.breaks(document, directory=OFFICIAL) == []


def test_who_prefers_fin_is_told_the_same_in_fin(dealt):
    assert prefer(KRUNG_BIC)
    assert not prefer(KRUNG_BIC)
    market.close_day()
    dispatch()
    (_, _, advice), (_, _, confirmation) = told(KRUNG)
    assert [parse(one).mt for one in (advice, confirmation)] == ["548", "547"]
    assert status_of(advice)[:2] == ("K-1", "matched")
    assert status_of(confirmation)[:2] == ("K-1", "settled")
    kinds = OutgoingMessage.objects.filter(participant__code=KRUNG).values_list("written_as")
    assert [kind for (kind,) in kinds] == ["MT548", "MT547"]
    assert {one[2][:5] for one in told(SIAM)} == {b"<?xml"}


def test_a_fact_is_told_once_even_when_the_preference_changes(dealt):
    market.close_day()
    assert (dispatch(), dispatch()) == (4, 0)
    prefer(KRUNG_BIC)
    assert dispatch(at=AT + timedelta(hours=1)) == 0


def test_the_same_books_give_the_same_bytes_at_another_hour(dealt):
    market.close_day()

    def sent(at):
        with transaction.atomic():
            dispatch(at=at)
            found = {(m.definition, m.reference): content(m) for m in OutgoingMessage.objects.all()}
            transaction.set_rollback(True)
        return found

    assert sent(AT) == sent(AT + timedelta(days=400))


@pytest.mark.parametrize(
    ("wealth", "siam", "krung"),
    [({"SIAMSEC": {"THB": 5000}}, "CLAC", "LACK"), ({"KRUNGSEC": {PTT: 100}}, "MONY", "CMON")],
    ids=["securities", "cash"],
)
def test_a_fail_is_told_every_day_with_its_reason_to_each_side(wealth, siam, krung):
    market.fund(**wealth)
    market.capture(market.trade("T-1", SIAM, KRUNG))
    for days in range(2):
        market.close_day(DUE + timedelta(days=days))
        dispatch(DUE + timedelta(days=days))
    for code, reason in ((SIAM, siam), (KRUNG, krung)):
        fails = [data for _, mark, data in told(code) if mark != "MACH"]
        assert [status_of(data)[1] for data in fails] == ["failing", "failing"]
        assert all(status_of(data)[2].startswith(reason) for data in fails)


def test_a_fail_is_told_in_fin_with_its_reason():
    prefer(KRUNG_BIC)
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.fund(SIAMSEC={"THB": 5000})
    market.close_day()
    dispatch()
    fields = sequences(parse(told(KRUNG)[-1][2]).fields)
    assert fields.first("STAT").text("25D", "SETT") == "PENF"
    assert fields.first("REAS").text("24B", "PENF") == "LACK"


def test_a_trade_of_a_later_day_is_matched_and_waits_for_it():
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.close_and_net(TRADED)
    dispatch(TRADED)
    assert [(mark, status_of(data)[1]) for _, mark, data in told(SIAM)] == [
        ("MACH", "matched"),
        ("FUTU", "pending"),
    ]


def test_a_trade_settled_in_part_is_confirmed_in_part_with_what_is_left():
    market.rule(lots=10)
    market.fund(SIAMSEC={"THB": 5000}, KRUNGSEC={PTT: 30})
    market.capture(market.trade("T-1", SIAM, KRUNG))
    market.close_day()
    dispatch()
    market.fund("F-2", KRUNGSEC={PTT: 70})
    market.close_day(DUE + timedelta(days=1))
    dispatch(DUE + timedelta(days=1))
    first, second = (data for kind, _, data in told(KRUNG) if kind == "sese.025")
    assert b"<Unit>30<" in first
    assert b"<Unit>70<" in first
    assert b'<Amt Ccy="THB">300<' in first
    assert b"<Unit>70<" in second
    assert b"RmngToBeSttldQty" not in second


def test_a_customers_payment_goes_on_with_its_parties_and_the_payer_hears_it_is_settled(run):
    market.fund(KRUNGSEC={"THB": 2_000_000})
    run(build.pacs008(CREDIT), "pacs")
    market.close_day()
    assert dispatch() == 2
    [(kind, _, onward)] = told(SIAM)
    [read] = readers.pacs008(onward)
    assert kind == "pacs.008"
    assert (read.debtor, read.creditor) == (CREDIT.debtor, CREDIT.creditor)
    assert (read.debtor_account, read.creditor_account) == ("1234567890", CREDIT.creditor_account)
    assert (read.settled, read.uetr, read.end_to_end_id) == (CREDIT.settled, CREDIT.uetr, "E2E-1")
    assert (read.debtor_agent, read.header.receiver) == (KRUNG_BIC, SIAM_BIC)
    [(_, _, status)] = told(KRUNG)
    assert status_of(status)[:2] == ("MSG-0001", "ACSC")
    assert CREDIT.uetr.encode() in status


@pytest.mark.parametrize("bearer", ["SHAR", "DEBT", "CRED"])
def test_a_customers_payment_goes_on_whoever_bears_the_charges(run, bearer):
    market.fund(KRUNGSEC={"THB": 2_000_000})
    run(build.mt103(replace(CREDIT, charge_bearer=bearer)).encode(), "mt")
    market.close_day()
    assert dispatch() == 2
    [(_, _, onward)] = told(SIAM)
    assert checking.check(open_message(onward)) == []
    assert readers.pacs008(onward)[0].charge_bearer == bearer


def test_what_an_order_says_against_the_usage_rules_does_not_stop_the_day(run):
    market.fund(KRUNGSEC={"THB": 2_000_000})
    run(build.pacs008(CREDIT), "pacs")
    run(build.pacs009(BANK).replace(b">REL-1<", b">REL//1<"), "pacs")
    market.close_day()
    assert dispatch() == 3
    assert [kind for kind, _, _ in told(SIAM)] == ["pacs.008"]
    item = WorkItem.objects.get(kind=mailing.REFUSED)
    assert item.payload["rule"] == "pacs.009-R15"
    assert [kind for kind, _, _ in told(KRUNG)] == ["pacs.002", "pacs.002"]


def test_payments_go_on_in_fin_to_who_prefers_it(run):
    market.fund(KRUNGSEC={"THB": 2_000_000})
    prefer(SIAM_BIC)
    run(build.pacs008(CREDIT), "pacs")
    run(build.pacs009(BANK), "pacs")
    market.capture(market.pay("P-1", KRUNG, SIAM, "12.50"))
    market.close_day()
    dispatch()
    messages = [parse(data) for _, _, data in told(SIAM)]
    assert sorted(one.mt for one in messages) == ["103", "202", "202"]
    customer = next(one for one in messages if one.mt == "103")
    assert customer.need("32A").value == "260107THB1250000,50"
    assert "Epping Goods" in customer.need("59F").value
    assert not [kind for kind, _, _ in told(KRUNG) if kind != "pacs.002"]


def test_a_payment_that_waits_is_pending_without_a_reason_and_settles_later(run):
    run(build.pacs008(CREDIT), "pacs")
    market.close_day()
    dispatch()
    market.close_day(DUE + timedelta(days=1))
    assert dispatch(DUE + timedelta(days=1)) == 0
    market.fund(KRUNGSEC={"THB": 2_000_000})
    market.close_day(DUE + timedelta(days=2))
    dispatch(DUE + timedelta(days=2))
    assert [status_of(data)[1:] for _, _, data in told(KRUNG)] == [("PDNG", ""), ("ACSC", "")]
    [(_, _, onward)] = told(SIAM)
    assert readers.pacs008(onward)[0].value_date == DUE + timedelta(days=2)


@pytest.mark.parametrize("standard", ["mx", "mt"])
def test_a_payment_whose_release_was_refused_is_rejected(run, cast, standard):
    prefer(KRUNG_BIC, standard)
    releasing.set_release_limit(
        book=BOOK, currency="THB", amount=Decimal(1), valid_from=TRADED, actor=ACTOR, at=AT
    )
    market.fund(KRUNGSEC={"THB": 2_000_000})
    run(build.pacs008(CREDIT), "pacs")
    market.close_day()
    item = WorkItem.objects.get(kind=releasing.KIND)
    approving.reject(item_id=item.pk, actor=cast.actor("dao"), at=AT, note="no")
    market.close_day(DUE + timedelta(days=1))
    assert dispatch(DUE + timedelta(days=1)) == 1
    [(_, _, data)] = told(KRUNG)
    if standard == "mx":
        assert status_of(data) == ("MSG-0001", "RJCT", "MS03")
    else:
        message = parse(data)
        assert message.mt == "199"
        assert message.need("21").value == "MSG-0001"
        assert "/MS03/" in message.need("79").value
    assert told(SIAM) == []


def test_the_questions_do_not_grow_with_the_trades(django_assert_num_queries):
    market.fund(SIAMSEC={"THB": 50_000}, KRUNGSEC={PTT: 1000})
    day = {"book": BOOK, "business_date": DUE}
    for number in range(1, 4):
        market.capture(
            market.trade(f"T-{number}", SIAM, KRUNG), market.pay(f"P-{number}", SIAM, KRUNG, "1.00")
        )
    market.close_day()
    with django_assert_num_queries(5):
        letters = [*advising.letters(**day), *forwarding.letters(**day)]
    assert len(letters) == 3 * 4 + 3


def test_a_standard_that_nobody_writes_and_a_bic_that_is_none_are_refused(cast):
    with pytest.raises(preferring.StandardUnknown):
        prefer(SIAM_BIC, "x12")
    with pytest.raises(Exception, match="BIC"):
        prefer("NOBIC")


def test_a_preference_holds_from_its_day_and_the_later_word_of_a_day_wins():
    prefer("SIAMTHBK", "mt", DUE)
    assert preferring.standards(on=TRADED) == {}
    assert preferring.standards(on=DUE) == {SIAM_BIC: "mt"}
    prefer(SIAM_BIC, "mx", DUE)
    assert preferring.standards(on=DUE) == {SIAM_BIC: "mx"}


def test_a_preference_is_set_by_a_command():
    out = io.StringIO()
    for _ in range(2):
        call_command("prefer_messages", SIAM_BIC, "mt", "--from", "2026-01-05", stdout=out)
    assert out.getvalue().splitlines() == [
        f"{SIAM_BIC} gets mt from 2026-01-05",
        f"{SIAM_BIC} gets mt already on 2026-01-05",
    ]
    with pytest.raises(CommandError, match="BIC"):
        call_command("prefer_messages", "NOBIC", "mt")
