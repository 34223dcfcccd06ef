"""The trade side's doors: once for each key, refused by field, in a fixed number of queries."""

from datetime import UTC, date, datetime, time

import pytest
from rest_framework.test import APIClient

from backoffice.desk import approving
from backoffice.kernel.actors import Actor
from settlement.models import CutOff, Leg, StandingInstruction, Trade, UnmatchedTrade
from settlement.trades import cut_offs
from tests.settlement import desk

pytestmark = pytest.mark.django_db
BODY = {
    "source": "SIAMSEC",
    "reference": "S-1",
    "type": "DVP",
    "side": "BUY",
    "trade_date": "2026-01-05",
    "market": "XBKK",
    "buyer": "SIAMSEC",
    "seller": "BIC:KRUNTHBK",
    "instrument": desk.PTT,
    "quantity": "100",
    "price": "34",
    "amount": "3400.00",
    "currency": "THB",
}
OTHER = {**BODY, "source": "KRUNGSEC", "reference": "K-1", "side": "SELL"}


@pytest.fixture(autouse=True)
def furnished(system, at):
    desk.furnish(actor=system, at=at)


@pytest.fixture
def post(cast):
    def send(path, body, key=None, who="inta", **headers):
        client = APIClient()
        client.force_authenticate(cast.staff(who))
        return client.post(
            f"/api/v1/settlement/{path}",
            body,
            format="json",
            HTTP_IDEMPOTENCY_KEY=key or f"{path} {body}"[:200],
            **headers,
        )

    return send


@pytest.fixture
def get(cast):
    client = APIClient()
    client.force_authenticate(cast.staff("inta"))
    return lambda path: client.get(f"/api/v1/settlement/{path}")


def test_a_trade_is_captured_once_for_its_key(post):
    first, again = post("trades", BODY), post("trades", BODY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    told = first.json()
    assert (told["value_date"], told["cycle"], told["seller"]) == ("2026-01-07", "T+2", "KRUNGSEC")
    assert (told["quantity"], told["amount"]) == ("100", "3400.00")
    assert Trade.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": "1e3"}, "quantity"),
        ({"amount": "3,400"}, "amount"),
        ({"instrument": "TH0646010R17"}, "instrument"),
        ({"seller": "BIC:KRUNZZ"}, "seller"),
        ({"value_date": "2026-01-10"}, "value_date"),
    ],
)
def test_a_refusal_names_the_field(post, changes, field):
    refused = post("trades", {**BODY, **changes})
    assert refused.status_code in {404, 422}
    assert refused["Content-Type"] == "application/problem+json"
    assert field in refused.json()["field"]
    assert not Trade.objects.exists()


def test_a_trade_goes_from_capture_to_open_legs(post, get):
    ours, theirs = post("trades", BODY).json(), post("trades", OTHER).json()
    assert get(f"trades/{ours['id']}").json()["state"] == "unmatched"
    assert post("trades/matching", {}).json() == {"equal": 1, "near": 0, "legs": 2, "held": 0}
    told = get(f"trades/{ours['id']}").json()
    assert (told["state"], told["matched_with"]) == ("open", theirs["id"])
    assert [leg["quantity"] for leg in told["legs"]] == ["3400", "100"]
    assert get("trades/999999").status_code == 404


def test_the_unmatched_say_why(post, get):
    post("trades", BODY)
    post("trades", {**OTHER, "quantity": "90"})
    [first, second] = get("trades/unmatched").json()
    assert first["differences"] == [{"field": "quantity", "ours": "100", "theirs": "90"}]
    assert second["nearest"] == "S-1"


def test_amended_cancelled_reported(post, get):
    pk = post("trades", BODY).json()["id"]
    fact = post("trades/amendments", {**BODY, "quantity": "50"}).json()
    assert (fact["version"], fact["amends"], fact["quantity"]) == (2, pk, "50")
    assert get(f"trades/{pk}").json()["state"] == "amended"
    status = {
        "source": "SIAMSEC",
        "reference": "S-1",
        "message_ref": "M-1",
        "status": "settled",
        "reported_at": "2026-01-05T03:00:00Z",
    }
    assert post("trades/statuses", status).json() == {"outcome": "out-of-order"}
    assert get(f"trades/{fact['id']}").json()["statuses"][0]["in_order"] is False
    gone = post("trades/cancellations", {"source": "SIAMSEC", "reference": "S-1"}).json()
    assert (gone["action"], gone["version"]) == ("cancel", 3)
    assert not UnmatchedTrade.objects.exists()
    early = post("trades/cancellations", {"source": "SIAMSEC", "reference": "S-9"})
    assert early.json() == {"outcome": "early"}
    assert post("trades", {**BODY, "reference": "S-9"}).status_code == 201
    assert not UnmatchedTrade.objects.exists()


def test_affirmed_and_allocated_by_clerks(post, get):
    pk = post("trades", BODY).json()["id"]
    assert post(f"trades/{pk}/affirmation", {}, who="chai").json()["id"] == pk
    assert Leg.objects.count() == 2
    block = post("trades", {**BODY, "reference": "B-1", "is_block": True}).json()["id"]
    parts = [
        {"participant": "ISARASEC", "quantity": "60"},
        {"participant": "SIAMSEC", "quantity": "40"},
    ]
    wrong = post(f"trades/{block}/allocations", {"parts": parts[:1]}, who="chai")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "allocation-sum")
    made = post(f"trades/{block}/allocations", {"parts": parts}, who="chai").json()
    assert [one["reference"] for one in made] == ["B-1/1", "B-1/2"]
    assert get(f"trades/{block}").json()["state"] == "allocated"
    assert post(f"trades/{block}/allocations", {"parts": parts}, who="ann").status_code == 403


def test_instruments_and_standing_instructions(post, get, cast, at):
    teak = {"code": "TEAK", "kind": "good", "name_en": "Teak", "decimals": 3}
    assert post("instruments", teak, who="chai").status_code == 201
    bad = post("instruments", {**teak, "code": "TH0646010R17", "kind": "security"}, who="chai")
    assert (bad.status_code, bad.json()["field"]) == (422, "code")
    assert get("instruments?kind=good").json()["items"][0]["code"] == "TEAK"
    asked = post(
        "standing-instructions",
        {"participant": "SIAMSEC", "effective_from": "2026-01-01", "cash_account": "0101"},
        who="chai",
    )
    assert asked.status_code == 201
    approving.approve(item_id=asked.json()["item"], actor=cast.actor("dao"), at=at)
    assert StandingInstruction.objects.get().approved_by == "dao"
    assert get("standing-instructions").json()["items"][0]["cash_account"] == "0101"


def test_lists_do_not_grow_in_queries(get, system, at, django_assert_max_num_queries):
    desk.capture(*(desk.draft(source_ref=f"S-{n}") for n in range(60)), actor=system, at=at)
    with django_assert_max_num_queries(1):
        page = get("trades?limit=20").json()
    assert (len(page["items"]), bool(page["next"])) == (20, True)
    with django_assert_max_num_queries(3):
        assert len(get("trades/unmatched").json()) == 60


def test_nobody_captures_without_signing_in():
    assert APIClient().post("/api/v1/settlement/trades", BODY).status_code == 401


@pytest.fixture
def late_hour(monkeypatch):
    """A second after five in Bangkok, on the value date."""
    monkeypatch.setattr(
        "django.utils.timezone.now", lambda: datetime(2026, 1, 7, 10, 0, 1, tzinfo=UTC)
    )


def state(**told):
    row = CutOff(
        time=time(17), valid_from=date(2026, 1, 5), source="rule book", **{"market": "XBKK"} | told
    )
    at = datetime(2026, 1, 5, tzinfo=UTC)
    cut_offs.enter(cut_off=row, actor=Actor.system("tests"), at=at)


@pytest.mark.usefixtures("late_hour")
def test_a_trade_tells_that_it_came_late_and_where_it_falls_due(post, get):
    assert post("trades", BODY).json()["late"] is None
    state()
    late = post("trades", {**BODY, "reference": "S-2", "locked_in": True}).json()
    assert late["late"].keys() == {
        *("agreed", "settles", "came", "cut_off", "zone", "scope", "rule"),
    }
    assert (late["late"]["agreed"], late["late"]["settles"]) == ("2026-01-07", "2026-01-08")
    assert late["value_date"] == "2026-01-08"
    assert get(f"trades/{late['id']}").json()["late"] == late["late"]
    side = post("trades", {**BODY, "reference": "S-3"}).json()
    assert side["value_date"] == "2026-01-07", "a side keeps what both agreed on"
    assert side["late"]["settles"] == "2026-01-08"


@pytest.mark.usefixtures("late_hour")
def test_what_a_cut_off_refuses_is_told_by_field_and_rule(post):
    post("trades", BODY)
    state(policy="refuse")
    refused = post("trades", {**BODY, "reference": "S-2"})
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["type"].endswith("late-for-cut-off")
    assert "2026-01-07 17:00 (Asia/Bangkok)" in problem["detail"]
    assert "value_date" in problem["field"]
    assert Trade.objects.count() == 1
    assert post("trades", BODY, key="again").status_code == 201, "known from when it was in time"


def test_kinds_of_account_come_with_a_payment_for_the_tariffs_that_ask_for_them(post):
    paid = {name: BODY[name] for name in ("source", "trade_date", "buyer", "seller", "currency")}
    body = {**paid, "reference": "P-1", "type": "PAYMENT", "side": "SELL", "amount": "10.00"}
    kinds = {"buyer_account_kind": "Wallet", "seller_account_kind": "CARD"}
    assert post("trades", {**body, **kinds}, key="k-1").status_code == 201
    assert Trade.objects.get().detail == kinds
    assert post("trades", {**body, "reference": "P-2"}, key="k-2").status_code == 201
    assert Trade.objects.get(source_ref="P-2").detail == {}
