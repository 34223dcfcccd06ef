"""Terms come in by a file, by command or at the desk: all of it or nothing, each once."""

import io
import json
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.actors import NotAllowed
from backoffice.kernel.refusals import Refused
from backoffice.reference.days import DayNotOpen
from backoffice.reference.models import SettlementCycle
from settlement import entering, uploading
from settlement.models import (
    AccountLimit,
    CorporateAction,
    CutOff,
    FeeTariff,
    MarginRate,
    MarketRule,
    MatchingTolerance,
    PenaltyRegime,
    Pledge,
    ReferencePrice,
    ReleaseLimit,
    SettlementRun,
)
from settlement.pictures import figures
from settlement.windows import positions
from tests.settlement import market
from tests.settlement.market import ACTOR, AT, BOOK, DUE, KRUNG, PTT, SIAM

pytestmark = pytest.mark.django_db
EXAMPLE = Path(uploading.EXAMPLES) / "terms.jsonl"
FUNDS = {"kind": "funds", "reference": "F-9", "participant": SIAM, "asset": "THB"} | {
    "quantity": "100.00",
    "date": "2026-01-05",
}
LIMIT = {"kind": "limit", "limit": "credit_line", "participant": SIAM, "asset": "THB"} | {
    "amount": "5.00",
    "valid_from": "2026-01-05",
}
CUT_OFF = {"kind": "cut_off", "valid_from": "2026-01-05", "time": "17:00", "source": "rule book"}
TABLES = (
    AccountLimit, CorporateAction, CutOff, FeeTariff, MarginRate, MarketRule, MatchingTolerance,
    PenaltyRegime, Pledge, ReferencePrice, ReleaseLimit, SettlementCycle, SettlementRun,
)  # fmt: skip


@pytest.fixture(autouse=True)
def furnished():
    market.furnish()


def counts():
    return [table.objects.count() for table in TABLES]


def enter(*lines, actor=ACTOR, **more):
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    return entering.enter(
        terms=entering.read(io.BytesIO(text.encode()), name="t.jsonl"),
        name="t.jsonl",
        book=BOOK,
        actor=actor,
        at=AT,
        **more,
    )


def test_a_day_settles_under_the_terms_of_a_file_and_the_file_again_adds_nothing():
    out, empty = io.StringIO(), counts()
    call_command("enter_terms", str(EXAMPLE), "--json", stdout=out)
    lines = len(EXAMPLE.read_text().splitlines())
    assert json.loads(out.getvalue()) == {"entered": lines, "known": 0}
    assert all(now > old for now, old in zip(counts(), empty, strict=True)), "each has its line"
    before = counts()
    call_command("enter_terms", str(EXAMPLE), "--json", stdout=(again := io.StringIO()))
    assert json.loads(again.getvalue()) == {"entered": 0, "known": lines}
    assert counts() == before
    market.capture(
        market.trade("T-1", SIAM, KRUNG, 100, "3400.00"),
        market.trade("T-2", SIAM, KRUNG, 800, "27200.00"),
    )
    done = market.close_day()
    assert (done["trades_settled"], done["trades_left"]) == (1, 1), "200 of the 1000 are pledged"
    [used] = [one for one in figures.liquidity(book=BOOK, day=DUE, asset="THB") if one.used]
    assert (used.participant, used.available) == (SIAM, 600_000)


WRONG = [
    ("[]", "kind", "terms-kind"),
    ("{", None, "malformed-json"),
    ('{"kind": "funds", "kind": "limit"}', "kind", "duplicate-json-key"),
    ({**FUNDS, "kind": "gift"}, "kind", "terms-kind"),
    ({**FUNDS, "colour": "red"}, "colour", "terms-field-unknown"),
    ({k: v for k, v in FUNDS.items() if k != "asset"}, "asset", "terms-field-missing"),
    ({**FUNDS, "quantity": 100}, "quantity", "terms-value-malformed"),
    ({**FUNDS, "quantity": 1.5}, "quantity", "terms-value-malformed"),
    ({**FUNDS, "quantity": "1e3"}, "quantity", "terms-value-malformed"),
    ({**FUNDS, "quantity": "１００"}, "quantity", "terms-value-malformed"),
    ({**FUNDS, "date": "2569-01-05"}, "date", "terms-value-malformed"),
    ({**FUNDS, "date": "0026-01-05"}, "date", "terms-value-malformed"),
    ({**FUNDS, "date": "2206-01-05"}, "date", "terms-value-malformed"),
    ({**FUNDS, "date": "2026-02-30"}, "date", "terms-value-malformed"),
    ({**FUNDS, "asset": " "}, "asset", "terms-value-malformed"),
    ({**FUNDS, "participant": "NOBODY"}, "participant", "settlement-participant-unknown"),
    ({**FUNDS, "quantity": "-100.01"}, "quantity", "position-short"),
    ({**LIMIT, "limit": "ceiling"}, "limit", "terms-value-malformed"),
    ({**LIMIT, "amount": "-5.00"}, None, "terms-broken"),
    ({**LIMIT, "limit": "bilateral"}, None, "terms-broken"),
    ({"kind": "market_rule", "valid_from": "2026-01-05", "novation": "ccp"}, None, "terms-broken"),
    (
        {"kind": "cycle", "market": "XBKK", "asset_class": "equity", "cycle": "T-1"}
        | {"valid_from": "2026-01-05", "source": "x"},
        "cycle",
        "terms-value-malformed",
    ),
    ({**CUT_OFF, "time": "5 pm"}, "time", "terms-value-malformed"),
    ({**CUT_OFF, "time": "24:00"}, "time", "terms-value-malformed"),
    ({**CUT_OFF, "time": 17}, "time", "terms-value-malformed"),
    ({**CUT_OFF, "days_before": 11}, "days_before", "terms-value-malformed"),
    ({**CUT_OFF, "days_before": -1}, "days_before", "terms-value-malformed"),
    ({**CUT_OFF, "type": "GIFT"}, "type", "terms-value-malformed"),
    ({**CUT_OFF, "policy": "ignore"}, "policy", "terms-value-malformed"),
    ({**CUT_OFF, "zone": "Asia/Krungthep"}, "zone", "time-zone-unknown"),
    ({**CUT_OFF, "market": "XXXX"}, "market", "calendar-unknown"),
    ({**CUT_OFF, "currency": "XXZ"}, "currency", "currency-unknown"),
    ({k: v for k, v in CUT_OFF.items() if k != "source"}, "source", "terms-field-missing"),
    (
        {"kind": "margin_rate", "rate": "1.01", "valid_from": "2026-01-01"},
        None,
        "terms-broken",
    ),
]


@pytest.mark.parametrize(("line", "field", "rule"), WRONG)
def test_one_wrong_line_refuses_the_file_by_line_field_and_rule(line, field, rule):
    before = counts()
    told = []
    with pytest.raises(Refused) as refused:
        enter(LIMIT, line, {**FUNDS, "reference": ""}, on_refused=told.append)
    assert refused.value.code == rule
    assert (refused.value.place.file, refused.value.place.line) == ("t.jsonl", 2)
    assert refused.value.place.field == field
    assert refused.value.text("th") != refused.value.text("en")
    assert [one.place.line for one in told] == [2, 3], "every wrong line is told"
    assert counts() == before


def test_other_terms_under_a_known_name_are_refused_and_the_first_stand():
    rate = {"kind": "margin_rate", "asset": PTT, "rate": "0.10", "valid_from": "2026-01-01"}
    enter(FUNDS, rate)
    for changed, rule in (
        ({**FUNDS, "quantity": "101.00"}, "funding-differs"),
        ({**rate, "rate": "0.20"}, "terms-broken"),
    ):
        with pytest.raises(Refused) as refused:
            enter(changed)
        assert refused.value.code == rule
    assert MarginRate.objects.get().rate == Decimal("0.10")


def test_a_limit_is_changed_and_ended_by_a_later_line():
    who = market.ids()[SIAM]
    for amount, stated in (("5.00", {"credit_line": 5}), ("7.00", {"credit_line": 7}), (None, {})):
        assert enter({**LIMIT, "amount": amount}).entered == 1
        found = positions.limits(book=BOOK, on=DUE)
        assert found.get((who, None, "THB"), {}) == stated


def test_a_cut_off_is_changed_and_ended_by_a_later_line_of_its_scope():
    later = {**CUT_OFF, "time": "18:30"}
    for line in (CUT_OFF, later, CUT_OFF, {**CUT_OFF, "time": None}):
        assert enter(line).entered == 1
        assert enter(line).known == 1
    other = {**CUT_OFF, "market": "XBKK", "currency": "THB", "type": "PAYMENT", "days_before": 0}
    assert enter(other).entered == 1
    first, *_others, last = CutOff.objects.order_by("pk")
    assert (first.time, first.zone, first.days_before) == (time(17), "Asia/Bangkok", 0)
    assert (last.market, last.currency, last.type, last.policy) == (
        *("XBKK", "THB", "PAYMENT"),
        "roll",
    )


def test_a_file_without_a_line_is_refused():
    with pytest.raises(Refused, match="1 to"):
        enter("")


def test_a_clerk_brings_funds_in_but_states_no_terms(cast):
    assert enter(FUNDS, actor=cast.actor("chai")).entered == 1
    with pytest.raises(NotAllowed):
        enter(LIMIT, actor=cast.actor("chai"))
    assert enter(LIMIT, actor=cast.actor("dao")).entered == 1


def test_a_sealed_day_takes_no_funds_but_answers_for_those_it_took():
    enter({**FUNDS, "date": DUE.isoformat()})
    market.capture(market.pay("P-1", SIAM, KRUNG, "1.00"))
    market.close_day()
    assert enter({**FUNDS, "date": DUE.isoformat()}).known == 1
    late = {**FUNDS, "reference": "F-10", "date": DUE.isoformat()}
    with pytest.raises(DayNotOpen):
        enter(late)
    assert enter({**late, "date": (DUE + timedelta(days=1)).isoformat()}).entered == 1


def test_the_command_says_what_is_wrong_in_both_languages(tmp_path):
    path = tmp_path / "wrong.jsonl"
    path.write_text(json.dumps({**FUNDS, "quantity": "x"}))
    with pytest.raises(CommandError, match=r"(?s)wrong.jsonl, line 1, quantity.*บรรทัด 1"):
        call_command("enter_terms", str(path))
    with pytest.raises(CommandError, match="nowhere"):
        call_command("enter_terms", str(tmp_path / "nowhere.jsonl"))


IN_NO_CURRENCY = [
    {"kind": "release_limit", "amount": "1.00", "valid_from": "2026-01-05"},
    {"kind": "tolerance", "market": "XBKK", "tolerance": "1.00", "valid_from": "2026-01-05"}
    | {"source": "s"},
    {"kind": "price", "instrument": PTT, "day": "2026-01-05", "price": "1.00", "source": "s"},
    {"kind": "fee_tariff", "name": "f", "valid_from": "2026-01-05", "owed_by": "payer"},
    {"kind": "pledge", "reference": "P", "participant": SIAM, "asset": "THB", "quantity": "1"}
    | {"credit": "1.00"},
    {"kind": "corporate_action", "reference": "C", "instrument": PTT, "amount": "1.00"}
    | {f"{name}_date": "2026-01-07" for name in ("record", "ex", "payment")},
]


@pytest.mark.parametrize("line", IN_NO_CURRENCY, ids=lambda line: line["kind"])
@pytest.mark.parametrize("currency", ["THBX", "thb", "XAU"])
def test_terms_in_no_currency_would_bind_nobody_or_stop_the_day(line, currency):
    """A claim in an unknown currency stopped each end of day from its payment date on."""
    with pytest.raises(Refused) as refused:
        enter({**line, "currency": currency})
    assert refused.value.place.field == "currency"
    assert refused.value.place.line == 1


@pytest.mark.parametrize(
    "line",
    [
        LIMIT | {"asset": "THBX"},
        LIMIT | {"limit": "net_debit_cap", "asset": "TH0646010R17"},
        {"kind": "margin_rate", "asset": "PTT", "rate": "0.1", "valid_from": "2026-01-05"},
        FUNDS | {"asset": "THBX"},
    ],
)
def test_terms_of_an_asset_that_nobody_entered_are_refused(line):
    """A misspelt cap capped nobody, and nobody noticed."""
    with pytest.raises(Refused) as refused:
        enter(line)
    assert refused.value.place.line == 1
    assert not AccountLimit.objects.exists()
    assert not MarginRate.objects.exists()
    assert not SettlementRun.objects.exists()


def prices(first, last, **changes):
    told = {"kind": "price", "instrument": PTT, "currency": "THB", "source": "SET"}
    days = [DUE + timedelta(days=number) for number in range(first, last)]
    return [told | {"price": "34.00", "day": day.isoformat()} | changes for day in days]


def test_many_prices_are_entered_in_as_many_statements_as_two():
    def cost(lines):
        with CaptureQueriesContext(connection) as queries:
            told = enter(*lines)
        assert told.entered == len(lines)
        return len(queries)

    assert cost(prices(0, 2)) == cost(prices(2, 60))
    assert enter(*prices(58, 62)) == entering.Entered(entered=2, known=2)


def test_a_wrong_price_among_many_is_told_by_its_line():
    wrong = prices(3, 4, instrument="NOWHERE")
    refused = []
    with pytest.raises(Refused) as first:
        enter(*prices(0, 3), *wrong, *prices(4, 6), on_refused=refused.append)
    assert (first.value.place.line, first.value.place.field) == (4, "instrument")
    assert [one.place.line for one in refused] == [4]
    assert not ReferencePrice.objects.exists()
