"""The trading clerk's pages: in a fixed number of queries, in both languages, acting by verbs."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from backoffice.desk.models import WorkItem
from settlement.directory import standing
from settlement.models import Leg, Participant, StandingInstruction, Trade, UnmatchedTrade
from settlement.trades import matching
from tests.settlement import desk

pytestmark = pytest.mark.django_db
PAGES = (
    *("instrument", "standinginstruction", "participantidentifier", "trade", "unmatchedtrade"),
    *("tradematch", "matchingtolerance", "leg", "heldtrade", "withdrawntrade", "earlymessage"),
)


@pytest.fixture
def clerk(client, cast, system, at):
    desk.furnish(actor=system, at=at)
    client.force_login(cast.staff("chai"))
    return client


@pytest.fixture
def traded(clerk, system, at):
    for n in range(12):
        desk.capture(desk.draft(source_ref=f"S-{n}"), actor=system, at=at)
    desk.capture(desk.other_side(), desk.payment(), actor=system, at=at)
    matching.match(book="HOUSE", actor=system, at=at)
    desk.capture(desk.other_side(source_ref="K-2", quantity=Decimal(90)), actor=system, at=at)


def url(model, page="changelist", *args):
    return reverse(f"admin:settlement_{model}_{page}", args=args)


@pytest.mark.parametrize("page", PAGES)
def test_lists_open_in_a_constant_number_of_queries(
    clerk, traded, page, django_assert_max_num_queries
):
    with django_assert_max_num_queries(25):
        assert clerk.get(url(page)).status_code == 200


def test_the_queue_says_why_in_the_readers_language(clerk, traded, cast):
    assert "quantity: we say 100, they say 90" in clerk.get(url("unmatchedtrade")).content.decode()
    reader = cast.staff("chai")
    reader.language = "th"
    reader.save()
    page = clerk.get(url("unmatchedtrade"), HTTP_ACCEPT_LANGUAGE="th").content.decode()
    assert "จำนวน: ฝ่ายเราระบุ 100 อีกฝ่ายระบุ 90" in page
    one = UnmatchedTrade.objects.first()
    assert clerk.get(url("unmatchedtrade", "change", one.pk)).status_code == 200


def test_a_trade_shows_its_legs(clerk, traded):
    carrier = Leg.objects.filter(kind="delivery").get().trade_id
    page = clerk.get(url("trade", "change", carrier)).content.decode()
    assert "3,400.00 THB" in page
    assert desk.PTT in page


def test_a_clerk_affirms_and_cancels_by_verbs(clerk, traded):
    one = UnmatchedTrade.objects.filter(trade__source_ref="S-5").get()
    clerk.post(url("unmatchedtrade", "affirm", one.pk), {"_form_submitted": "1"})
    assert not UnmatchedTrade.objects.filter(pk=one.pk).exists()
    other = Trade.objects.get(source_ref="S-6")
    clerk.post(url("trade", "cancel", other.pk), {"reason": "twice", "_form_submitted": "1"})
    assert Trade.objects.filter(source_ref="S-6", action="cancel").exists()


def test_an_instruction_is_proposed_not_written(clerk):
    siam = Participant.objects.get(code="SIAMSEC")
    form = {"participant": siam.pk, "effective_from": "2026-01-01", "cash_account": "1"}
    clerk.post(url("standinginstruction", "propose"), {**form, "_form_submitted": "1"})
    assert WorkItem.objects.get().kind == standing.KIND
    assert not StandingInstruction.objects.exists()


def test_nothing_is_written_past_the_verbs(clerk, traded):
    assert clerk.get(url("trade", "add")).status_code == 403
    one = Trade.objects.first()
    assert clerk.post(url("trade", "change", one.pk), {"amount": "1"}).status_code == 403


def test_the_words_are_there_in_thai():
    with translation.override("th"):
        assert str(Trade._meta.verbose_name) == "รายการซื้อขาย"
        assert str(StandingInstruction._meta.verbose_name) == "คำสั่งชำระราคาประจำ"
        for model in (Trade, Leg, UnmatchedTrade, StandingInstruction):
            for field in model._meta.fields:
                if field.name != "id":
                    assert not str(field.verbose_name).isascii(), field


def test_a_refused_dialog_stays_open_with_what_was_written(clerk):
    siam = Participant.objects.get(code="SIAMSEC")
    form = {
        "participant": siam.pk,
        "effective_from": "2026-01-01",
        "custodian": "NOTABIC",
        "safekeeping_account": "ACC-77",
        "_form_submitted": "1",
    }
    answer = clerk.post(url("standinginstruction", "propose"), form)
    page = answer.content.decode()
    assert "HX-Redirect" not in answer.headers
    assert 'value="ACC-77"' in page
    assert "NOTABIC" in page
    assert "errorlist" in page or "text-red" in page
    assert not WorkItem.objects.exists()
    answer = clerk.post(url("standinginstruction", "propose"), {**form, "custodian": ""})
    assert answer.headers["HX-Redirect"] == url("standinginstruction")
    assert (
        "A second person must approve it" in clerk.get(url("standinginstruction")).content.decode()
    )
