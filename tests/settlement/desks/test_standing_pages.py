"""Where a trade stands, why it did not settle, and the way to it from the day's page."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from backoffice.intake import kinds
from settlement import progress
from settlement.desks import standing
from settlement.desks.day import ways
from settlement.models import SettlementRun, Trade, UnmatchedTrade
from settlement.rules.matching import LABELS
from settlement.trades import matching
from settlement.windows import funding
from tests.settlement import desk as trades
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, ISARA, KRUNG, PTT, SIAM

pytestmark = pytest.mark.django_db
BACKEND = "backoffice.people.permissions.RoleBackend"


@pytest.fixture
def desk(client, cast):
    """A page of the desk as a member of staff reads it: `desk("trade")`, or by its address."""

    def open_page(name, language="en", who="mek", **asked):
        reader = cast.staff(who)
        reader.language = language
        reader.save(update_fields=["language"])
        client.force_login(reader, backend=BACKEND)
        address = name if "/" in name else reverse(f"admin:settlement_{name}_changelist")
        answer = client.get(address, asked, follow=True)
        assert answer.status_code == 200, address
        return answer.content.decode()

    return open_page


@pytest.fixture
def day():
    """T-1 settles; T-2 lacks cash, T-3 papers; T-4 is due later."""
    market.furnish()
    market.fund(SIAMSEC={"THB": 5000}, KRUNGSEC={PTT: 300})
    market.capture(
        market.trade("T-1", SIAM, KRUNG),
        market.trade("T-2", ISARA, KRUNG, 50, "700.00"),
        market.trade("T-3", SIAM, KRUNG, 900, "1500.00"),
        market.trade("T-4", SIAM, KRUNG, value_date=date(2026, 1, 9)),
    )
    market.close_day()


def states():
    ids = dict(Trade.objects.values_list("pk", "source_ref"))
    return {ids[pk]: one for pk, one in standing.of_trades(ids=list(ids)).items()}


def test_a_trade_tells_where_it_stands_and_why_it_did_not_settle(day):
    with override("en"):
        told = states()
    assert {ref: one.state for ref, one in told.items()} == {
        "T-1": "settled",
        "T-2": "failing",
        "T-3": "failing",
        "T-4": "open",
    }
    assert (told["T-1"].settled_at, told["T-1"].why) == (AT, ())
    assert told["T-2"].why == ("ISARASEC lacks 700.00 THB",)
    assert (told["T-3"].failed_on, told["T-3"].why) == (DUE, ("KRUNGSEC lacks 700 TH0646010R18",))
    with override("th"):
        assert states()["T-2"].why == ("ISARASEC ขาด 700.00 THB",)


def test_both_sides_of_a_match_stand_alike_and_lead_to_each_other():
    market.furnish()
    trades.capture(trades.draft(), trades.other_side(), actor=ACTOR, at=AT)
    assert {one.state for one in states().values()} == {"unmatched"}
    matching.match(book=BOOK, actor=ACTOR, at=AT)
    told = states()
    assert {ref: (one.state, one.other) for ref, one in told.items()} == {
        "S-1": ("open", "K-1"),
        "K-1": ("open", "S-1"),
    }


@pytest.mark.parametrize(
    "page", ["trade", "unsettledtrade", "failedleg", "settlement", "windownet"]
)
def test_a_page_of_many_asks_as_often_as_a_page_of_few(desk, day, page):
    desk(page)
    with CaptureQueriesContext(
        connection,
    ) as few:
        desk(page)
    market.capture(*(market.trade(f"M-{n}", ISARA, KRUNG, 10, "900.00") for n in range(12)))
    market.close_day(date(2026, 1, 8))
    with CaptureQueriesContext(connection) as many:
        desk(page)
    assert len(many) <= len(few)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("fails", "KRUNGSEC lacks 700 TH0646010R18", "a balance does not suffice")),
        ("th", ("ชำระไม่สำเร็จ", "KRUNGSEC ขาด 700 TH0646010R18", "ยอดคงเหลือไม่พอ")),
    ],
)
def test_the_desk_says_why_a_trade_stayed_behind(desk, day, language, said):
    state, why, reason = said
    assert state in desk("trade", language)
    left = desk("unsettledtrade", language)
    assert why in left
    assert reason in left
    one = Trade.objects.get(source_ref="T-3")
    page = desk(reverse("admin:settlement_trade_change", args=[one.pk]), language)
    assert why in page
    assert state in page


def test_windows_runs_and_terms_are_seen(desk, day):
    funding.set_limit(
        book=BOOK, participant=SIAM, asset="THB", kind="credit_line", amount=Decimal(9000),
        valid_from=DUE, actor=ACTOR, at=AT,
    )  # fmt: skip
    assert "netted" in desk("window")
    assert "House" in desk("windownet")
    runs = desk("settlementrun")
    left = SettlementRun.objects.filter(kind="settlement", items__gt=0).get()
    assert f"run__id__exact={left.pk}" in runs
    assert desk("unsettledtrade", run__id__exact=left.pk).count("lacks") == 2
    assert "9,000.00" in desk("accountlimit")
    for page in ("positionsheet", "movement"):
        assert "SIAMSEC" in desk(page)


def test_every_count_of_the_day_leads_to_its_rows(desk, day, client):
    told = progress.of_day(book=BOOK, business_date=DUE)
    led = [
        address
        for _step, counts in ways.shown(told)
        for _word, _count, address, is_name in counts
        if address and not is_name
    ]
    assert len(led) > 5
    page = desk(reverse("admin:settlement_progress"), book=BOOK, date=DUE.isoformat())
    for address in led:
        assert address.replace("&", "&amp;") in page
    for name in ways.WAYS:
        address = ways.to(name, BOOK, DUE)
        answer = client.get(address)
        assert (answer.status_code, "e=1" in answer.get("Location", "")) == (200, False), address
    rows = desk(ways.to("trades_left", BOOK, DUE))
    assert "T-2" in rows
    assert "T-1<" not in rows


def test_an_unmatched_side_is_seen_field_by_field_in_the_readers_calendar(desk):
    market.furnish()
    trades.capture(trades.draft(quantity=Decimal(2000)), trades.other_side(), actor=ACTOR, at=AT)
    one = UnmatchedTrade.objects.get(trade__source_ref="S-1")
    page = desk(reverse("admin:settlement_unmatchedtrade_change", args=[one.pk]))
    rows = re.findall(r'<tr( class="differs")?><th scope="row">(.*?)</th>', page)
    assert [label for _differs, label in rows] == [en for en, _th in LABELS.values()]
    assert [label for differs, label in rows if differs] == ["quantity"]
    assert "quantity: we say 2,000, they say 100" in page
    listed = desk("unmatchedtrade", "th")
    body = listed[listed.index('id="result_list"') :]
    assert "7 ม.ค. 2569" in body
    assert "มกราคม 2026" not in body


def test_sides_that_agree_wait_for_the_next_matching(desk, client):
    market.furnish()
    trades.capture(trades.draft(), trades.other_side(), actor=ACTOR, at=AT)
    assert "the next matching takes it" in desk("unmatchedtrade")
    asked = reverse("admin:settlement_unmatchedtrade_match_now")
    client.post(asked, {"_form_submitted": "1"})
    assert "1 pair was matched." in desk("unmatchedtrade")
    client.post(asked, {"_form_submitted": "1"})
    assert "Nothing could be matched" in desk("unmatchedtrade")


def test_each_picture_is_taken_away_whole(desk, day, client):
    page = desk(reverse("admin:settlement_pictures"), book=BOOK, date=DUE.isoformat())
    assert page.count("<caption") == 4
    address = reverse("admin:settlement_picture_table")
    asked = {"book": BOOK, "date": DUE.isoformat(), "asset": "THB"}
    found = {}
    for name in ("flows", "hours", "ages", "uses"):
        answer = client.get(address, {**asked, "of": name})
        found[name] = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert found["flows"][1:] == ["SIAMSEC,KRUNGSEC,3500,THB", "ISARASEC,KRUNGSEC,700,THB"]
    assert found["hours"][1].startswith("09:00,2,")
    assert found["ages"][1] == "1,2,2200,THB"
    assert "SIAMSEC,20%,1000,5000,THB" in found["uses"]
    assert client.get(address, {**asked, "of": "nothing"}).status_code == 404
    assert client.get(address, {**asked, "of": "flows", "asset": "XXX"}).status_code == 404


def test_every_kind_of_file_leads_to_a_page_that_is_there():
    """A taken file of terms once answered 500: the page that it leads to did not exist."""
    for kind in kinds.kinds().values():
        if kind.page:
            assert reverse(kind.page), kind.code


def test_what_was_chosen_with_a_refused_file_is_kept_for_the_next(desk, client):
    market.furnish()
    desk(reverse("admin:intake_upload_new"), kind="settlement.trades_csv")
    wrong = SimpleUploadedFile("wrong.csv", b"#trades,version=1,file=X,created=2026-01-05\n")
    given = {"file": wrong, "book": BOOK, "source": "BROKER9", "locked_in": "on"}
    new = reverse("admin:intake_upload_new") + "?kind=settlement.trades_csv"
    page = client.post(new, given, follow=True).content.decode()
    again = re.search(r'href="([^"]+)">\s*Upload it again, put right', page)
    assert again is not None
    form = desk(again[1].replace("&amp;", "&"))
    assert 'value="BROKER9"' in form
    assert re.search(r'name="locked_in"[^>]*\bchecked', form)


def test_a_list_goes_out_with_names_not_keys(desk, day, client):
    desk("trade")
    one = Trade.objects.get(source_ref="T-2")
    form = {"action": "export_csv", "_selected_action": [one.pk]}
    answer = client.post(reverse("admin:settlement_trade_changelist"), form)
    header, row = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    told = dict(zip(header.split(","), row.split(","), strict=True))
    assert (told["buyer__code"], told["seller__code"]) == (ISARA, KRUNG)
