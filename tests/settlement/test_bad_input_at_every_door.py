"""Bad input comes in by some door: every door refuses it by place and rule, or puts it on the desk.

Doors: the house's CSV, ACH, payments and securities of ISO 20022 and of MT, the API. What a door
cannot be handed (a message has no control totals, a payment no ISIN) is not in the table.
"""

import io
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from backoffice.desk.models import WorkItem
from backoffice.reference import calendaring
from backoffice.reference.seed_calendars import registry
from settlement.messages import build
from settlement.models import EarlyMessage, Leg, Trade, TradeStatus, UnmatchedTrade
from settlement.trades import following
from tests.settlement import desk
from tests.settlement.formats.test_complaints import FORWARD
from tests.settlement.test_api_trades import BODY
from tests.settlement.trades.test_importing import CREDIT, DELIVERY, LINE, house_file
from tests.settlement.trades.test_trading import GOOD_LEI

pytestmark = pytest.mark.django_db
ACH = "\n".join(line.ljust(94) for line in FORWARD)
HOLIDAY = date(2026, 1, 10)  # a Saturday


@pytest.fixture(autouse=True)
def furnished(system, at):
    desk.furnish(actor=system, at=at)


@dataclass(frozen=True)
class Bad:
    """What is handed in at a door, and what the refusal must name."""

    door: str
    content: Any
    rule: str
    field: str = ""


def csv_(**changes):
    return house_file(replace(LINE, **changes))


def pacs(**changes):
    return build.pacs008(replace(CREDIT, **changes))


def mt103(**changes):
    return build.mt103(replace(CREDIT, **changes))


def sese(**changes):
    return build.sese023(replace(DELIVERY, **changes))


def mt54x(**changes):
    return build.mt54x(replace(DELIVERY, **changes))


def body(**changes):
    return {**BODY, **changes}


def damaged(content, before, after):
    """The content with one value spoiled; it must have been there."""
    if isinstance(content, bytes):
        before, after = before.encode(), after.encode()
    assert before in content
    return content.replace(before, after)


WRONG = {
    # Control totals
    "csv total": Bad("csv", damaged(csv_(), "count=1", "count=2"), "trades-control-total-wrong"),
    "csv amount": Bad("csv", damaged(csv_(), ",3400.00,", ",3400.01,"), "trades-control-total"),
    "ach amount": Bad("ach", damaged(ACH, "0000012345   ", "0000012346   "), "batch-control"),
    "ach file": Bad(
        "ach", ACH[: ACH.rindex("0000012345")] + "0000012346".ljust(49), "file-control-mismatch"
    ),
    "pacs count": Bad("pacs", damaged(pacs(), "<NbOfTxs>1<", "<NbOfTxs>3<"), "control-total"),
    # Unknown participants
    "csv nobody": Bad("csv", csv_(seller="NOBODY"), "trade-party-unknown", "seller"),
    "ach nobody": Bad("ach-known-only", ACH, "trade-party-unknown", "buyer"),
    "pacs nobody": Bad("pacs", pacs(creditor_agent="BKKBTHBKXXX"), "party-unknown", "buyer"),
    "mt103 nobody": Bad("mt", mt103(creditor_agent="BKKBTHBKXXX"), "party-unknown", "buyer"),
    "sese nobody": Bad(
        "sese", damaged(sese(), "SIAMTHBKXXX</AnyBIC", "BKKBTHBKXXX</AnyBIC"), "party-unknown"
    ),
    "mt54x nobody": Bad(
        "mt",
        damaged(mt54x(), ":95P::REAG//SIAMTHBKXXX", ":95P::REAG//BKKBTHBKXXX"),
        "party-unknown",
    ),
    "api nobody": Bad("api", body(seller="NOBODY"), "trade-party-unknown", "seller"),
    # Check digits: ISIN
    "csv isin": Bad("csv", csv_(instrument="TH0646010R17"), "identifier-refused", "instrument"),
    "sese isin": Bad("sese", damaged(sese(), desk.PTT, "TH0646010R17"), "identifier-refused"),
    "mt54x isin": Bad("mt", damaged(mt54x(), desk.PTT, "TH0646010R17"), "identifier-refused"),
    "api isin": Bad("api", body(instrument="TH0646010R17"), "identifier-refused", "instrument"),
    # LEI, BIC, routing number
    "api lei": Bad("api", body(buyer=f"LEI:{GOOD_LEI[:-1]}3"), "identifier-refused", "buyer"),
    "ach routing": Bad("ach", damaged(ACH, "622231380104", "622231380105"), "check-digit-wrong"),
    "pacs bic": Bad("pacs", damaged(pacs(), "SIAMTHBKXXX", "SIAMQQBKXXX"), "identifier-refused"),
    "mt103 bic": Bad("mt", damaged(mt103(), ":57A:SIAMTHBK", ":57A:SIAMQQBK"), "identifier"),
    "sese bic": Bad("sese", damaged(sese(), "SIAMTHBKXXX", "SIAMQQBKXXX"), "identifier-refused"),
    "mt54x bic": Bad("mt", damaged(mt54x(), "SIAMTHBKXXX", "SIAMQQBKXXX"), "identifier"),
    "api bic": Bad("api", body(seller="BIC:KRUNQQBK"), "identifier-refused", "seller"),
    # IBAN
    "pacs iban": Bad("pacs", damaged(pacs(), "GB29NWBK", "GB28NWBK"), "identifier-refused"),
    "mt103 iban": Bad("mt", damaged(mt103(), "GB29NWBK", "GB28NWBK"), "identifier-refused"),
    "api iban": Bad(
        "api", body(buyer_account="DE89370400440532013001"), "identifier-refused", "buyer_account"
    ),
    # A value date on a holiday (ACH entries roll, see below)
    "csv holiday": Bad("csv", csv_(value_date=HOLIDAY), "not-a-business-day", "value_date"),
    "pacs holiday": Bad("pacs", pacs(value_date=HOLIDAY), "not-a-business-day", "value_date"),
    "mt103 holiday": Bad("mt", mt103(value_date=HOLIDAY), "not-a-business-day", "value_date"),
    "sese holiday": Bad("sese", sese(settlement_date=HOLIDAY), "not-a-business-day"),
    "mt54x holiday": Bad("mt", mt54x(settlement_date=HOLIDAY), "not-a-business-day"),
    "api holiday": Bad("api", body(value_date="2026-01-10"), "not-a-business-day", "value_date"),
}


@pytest.fixture
def bring(tmp_path, cast):
    """Hand content in at a door; gives what it says of a refusal, in both languages, or ""."""

    def by_file(door, content):
        path = tmp_path / "in.txt"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        options = {"format": door.partition("-")[0], "enter_unknown": door == "ach"}
        try:
            call_command(
                "import_trades", str(path), stdout=io.StringIO(), stderr=io.StringIO(), **options
            )
        except CommandError as refused:
            return str(refused)
        return ""

    def by_api(content):
        client = APIClient()
        client.force_authenticate(cast.staff("inta"))

        def post(number, language):
            return client.post(
                "/api/v1/settlement/trades", content, format="json",
                HTTP_IDEMPOTENCY_KEY=f"k-{number}", HTTP_ACCEPT_LANGUAGE=language,
            )  # fmt: skip

        answers = [post(0, "en"), post(1, "th")]
        if answers[0].status_code < 400:
            return ""
        return "\n".join(f"{a.json()['field']}: {a.json()['detail']} {a.json()['type']}"
                         for a in answers)  # fmt: skip

    return lambda door, content: by_api(content) if door == "api" else by_file(door, content)


@pytest.mark.parametrize("bad", WRONG.values(), ids=WRONG)
def test_it_is_refused_by_place_and_rule_in_both_languages_and_nothing_is_kept(bring, bad):
    english, thai = bring(bad.door, bad.content).split("\n")
    assert bad.rule in english
    assert bad.field in english
    assert bad.door == "api" or english.startswith("in.txt, line ")
    assert any("฀" <= letter <= "๿" for letter in thai)
    assert not Trade.objects.exists()
    assert not Leg.objects.exists()


GOOD = {
    "csv": ("csv", csv_()),
    "ach": ("ach", ACH),
    "pacs": ("pacs", pacs()),
    "mt103": ("mt", mt103()),
    "sese": ("sese", sese()),
    "mt54x": ("mt", mt54x()),
    "api": ("api", body()),
}


@pytest.mark.parametrize(("door", "content"), GOOD.values(), ids=GOOD)
def test_what_is_good_is_taken_and_twice_is_once(bring, door, content):
    """So that the refusals above are for what was spoiled, and for nothing else."""
    for _ in range(3):
        assert bring(door, content) == ""
    assert Trade.objects.count() == 1
    owed = Leg.objects.count()
    assert owed == (0 if UnmatchedTrade.objects.exists() else 1)


OTHER_CONTENT = {
    "csv": ("csv", house_file(replace(LINE, quantity=LINE.quantity + 1), file="DAY-B")),
    "pacs": ("pacs", pacs(value_date=date(2026, 1, 8))),
    "mt103": ("mt", mt103(value_date=date(2026, 1, 8))),
    "sese": ("sese", sese(quantity=DELIVERY.quantity + 1)),
    "mt54x": ("mt", mt54x(quantity=DELIVERY.quantity + 1)),
    "api": ("api-again", body(quantity="101")),
}


@pytest.mark.parametrize(("door", "content"), OTHER_CONTENT.values(), ids=OTHER_CONTENT)
def test_a_known_reference_with_other_content_is_refused_and_the_first_stands(
    bring, cast, door, content, request
):
    first = GOOD[request.node.callspec.id]
    assert bring(*first) == ""
    if door == "api-again":
        client = APIClient()
        client.force_authenticate(cast.staff("inta"))
        answer = client.post(
            "/api/v1/settlement/trades", content, format="json", HTTP_IDEMPOTENCY_KEY="another"
        )
        assert (answer.status_code, "trade-differs" in answer.json()["type"]) == (409, True)
    else:
        assert "trade-differs" in bring(door, content)
    assert Trade.objects.get().version == 1


def test_an_ach_entry_for_a_holiday_rolls_to_the_next_banking_day(bring, system, at):
    """As its rules say, once the house has the banks' calendar; New Year's Day is no such day."""
    calendaring.import_seed(seed=registry.get("USNY"), actor=system, at=at)
    lines = [line.ljust(94) for line in FORWARD]
    lines[0] = lines[0].replace("2601050930", "2512310930")
    lines[1] = lines[1].replace("260106", "260101")
    assert bring("ach", "\n".join(lines)) == ""
    assert Trade.objects.get().value_date == date(2026, 1, 2)
    assert Trade.objects.get().detail["effective"] == "2026-01-01"


def test_a_cancellation_before_its_instruction_waits_at_the_doors_that_have_one(bring, cast):
    assert bring("mt", mt54x(transaction_id="K-2", previous_id="K-1")) == ""
    assert EarlyMessage.objects.count() == 1
    assert bring("sese", sese()) == ""
    assert not UnmatchedTrade.objects.exists()
    assert Trade.objects.filter(action="cancel").count() == 1


def test_an_out_of_order_status_is_kept_and_lies_on_the_desk(bring, cast):
    """By the API here; sese.024, sese.025, MT548, MT547 and pacs.002 in test_heeding."""
    assert bring("api", body()) == ""
    client = APIClient()
    client.force_authenticate(cast.staff("inta"))
    told = {
        "source": "SIAMSEC", "reference": "S-1", "message_ref": "M-1", "status": "settled",
        "reported_at": "2026-01-05T03:00:00Z",
    }  # fmt: skip
    for number in range(2):  # and once only
        client.post(
            "/api/v1/settlement/trades/statuses", told, format="json",
            HTTP_IDEMPOTENCY_KEY=f"status-{number}",
        )  # fmt: skip
    assert TradeStatus.objects.get().in_order is False
    assert WorkItem.objects.get(kind=following.OUT_OF_ORDER).state == "open"
