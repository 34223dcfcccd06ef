"""The queue file: three ways to state balances, three kinds of obligation, and every refusal."""

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.refusals import Refused
from settlement.resolving import parse_queue, problem_of, read_queue
from settlement.resolving.amounts import show_amount
from settlement.resolving.model import Leg
from settlement.resolving.refusals import NotAQueue

PAYMENT = {"debtor": "A", "creditor": "B", "amount": 1}


def queue(**changes: Any) -> dict[str, Any]:
    return {"balances": {"A": 5, "B": 5}, "obligations": [PAYMENT]} | changes


def refusal(document: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_queue(document if isinstance(document, str) else json.dumps(document), name="q.json")
    assert caught.value.place.file == "q.json"
    assert caught.value.text("th") != caught.value.text("en")
    return caught.value


@pytest.mark.parametrize(
    "balances",
    [
        {"A": 5, "B": "7"},
        {"A": {"CASH": 5}, "B": {"CASH": 7}},
        [
            {"participant": "A", "asset": "CASH", "balance": "5"},
            {"participant": "B", "balance": 7},
        ],
    ],
)
def test_balances_in_three_shapes(balances):
    problem = problem_of(queue(balances=balances))
    assert problem.balances == {("A", "CASH"): 5, ("B", "CASH"): 7}
    assert problem.participants == ("A", "B")


def test_a_payment_a_trade_and_a_pvp_pair_are_legs():
    document = queue(
        asset="SGD",
        obligations=[
            {"id": "P", "debtor": "A", "creditor": "B", "amount": "1.5", "asset": "SGD"},
            {"seq": 9, "buyer": "A", "seller": "B", "security": "X", "quantity": 3, "amount": 20},
            {
                "value": "7.25",
                "legs": [
                    {"from": "A", "to": "B", "asset": "USD", "amount": "0.01"},
                    {"from": "B", "to": "A", "asset": "SGD", "amount": 2},
                ],
            },
        ],
    )
    problem = problem_of(document)
    assert [obligation.id for obligation in problem.obligations] == ["P", "9", "3"]
    assert problem.obligations[0].legs == (Leg("A", "B", "SGD", 15),)
    assert problem.obligations[1].legs == (Leg("A", "B", "SGD", 200), Leg("B", "A", "X", 3))
    assert problem.obligations[2].legs == (Leg("A", "B", "USD", 1), Leg("B", "A", "SGD", 20))
    assert [obligation.value for obligation in problem.obligations] == [150, 2000, 725]
    assert problem.decimals == {"SGD": 1, "X": 0, "USD": 2}
    assert problem.balances["A", "SGD"] == 50


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        ([], "queue-shape", "/"),
        ({"obligations": []}, "queue-shape", "/"),
        ({"balances": {}}, "queue-shape", "/"),
        (queue(balances={"A": 5.0, "B": 5}), "queue-amount", "/balances/A"),
        (queue(balances={"A": True, "B": 5}), "queue-amount", "/balances/A"),
        (queue(balances={"A": "1e3", "B": 5}), "queue-amount", "/balances/A"),
        (queue(balances={"A": "05", "B": 5}), "queue-amount", "/balances/A"),
        (queue(balances={"A": 10**18, "B": 5}), "queue-amount", "/balances/A"),
        (queue(balances={"": 1}), "queue-shape", "/balances/"),
        (queue(balances={"A": {"": 1}}), "queue-shape", "/balances/A/"),
        (queue(balances=3), "queue-shape", "/balances"),
        (queue(participants=["A", "A"]), "queue-repeated", "/participants/1"),
        (queue(participants=[1]), "queue-shape", "/participants/0"),
        (queue(asset=""), "queue-shape", "/asset"),
        (queue(obligations=[PAYMENT | {"amount": 0}]), "queue-amount", "/obligations/0/amount"),
        (queue(obligations=[PAYMENT | {"amount": "-1"}]), "queue-amount", "/obligations/0/amount"),
        (
            queue(obligations=[PAYMENT | {"debtor": "Z"}]),
            "queue-unknown-participant",
            "/obligations/0/debtor",
        ),
        (queue(obligations=[PAYMENT | {"creditor": "A"}]), "queue-same-party", "/obligations/0"),
        (queue(obligations=[PAYMENT | {"prio": 1}]), "queue-shape", "/obligations/0/prio"),
        (queue(obligations=[PAYMENT | {"priority": 10}]), "queue-shape", "/obligations/0/priority"),
        (queue(obligations=[PAYMENT | {"id": None}]), "queue-shape", "/obligations/0/id"),
        (queue(obligations=[PAYMENT | {"lots": 2}]), "queue-lots", "/obligations/0"),
        (queue(obligations=[PAYMENT | {"lots": 0}]), "queue-shape", "/obligations/0/lots"),
        (queue(obligations=[{}]), "queue-shape", "/obligations/0"),
        (queue(obligations=[{"legs": []}]), "queue-shape", "/obligations/0/legs"),
        (
            queue(obligations=[PAYMENT | {"id": "x"}, PAYMENT | {"id": "x"}]),
            "queue-repeated",
            "/obligations/1",
        ),
        (
            queue(obligations=[PAYMENT, PAYMENT | {"asset": "USD"}]),
            "queue-value-needed",
            "/obligations/1",
        ),
        (
            queue(limits=[{"participant": "A", "credit_limit": 1}]),
            "queue-shape",
            "/limits/0/credit_limit",
        ),
        (
            queue(limits=[{"participant": "A", "credit_line": 1, "minimum_balance": 1}]),
            "queue-contradiction",
            "/limits/0",
        ),
        (queue(limits=[{"participant": "A"}] * 2), "queue-repeated", "/limits/1"),
        (queue(limits={"Z": 1}), "queue-unknown-participant", "/limits/Z"),
        (queue(limits={"A": -1}), "queue-amount", "/limits/A"),
        (
            queue(bilateral_limits=[{"participant": "A", "counterparty": "B"}]),
            "queue-shape",
            "/bilateral_limits/0",
        ),
        (
            queue(balances={"A": 999999999999999999, "B": "0.000000001"}),
            "queue-amount",
            "/obligations",
        ),
        ('{"balances": {"A": 1, "A": 2}}', "queue-repeated", "A"),
        ('{"balances": NaN}', "queue-not-json", None),
        ("[" * 100_000, "queue-not-json", None),
        ('{"balances": {"A": ' + "9" * 5000 + "}}", "queue-not-json", None),
    ],
)
def test_refusals_name_the_field_and_the_rule(document, code, field):
    caught = refusal(document)
    assert (caught.code, caught.place.field) == (code, field)
    # In Thai no English word is left but the document's own names, and what the JSON reader says.
    own = re.sub(r"`[^`]+`|\([a-z]+\)|(?:, )?\b[a-z]+_[a-z]+\b", "", caught.text("th"))
    if code != "queue-not-json":
        words = r"\b(?:a|an|the|of|one|found|none|least|twice|integer|field|key|limit)\b"
        assert not re.search(words, own)
    assert "Said(" not in caught.text("th") + caught.text("en")


def test_broken_json_names_the_line():
    caught = refusal('{\n "balances": {},\n "obligations": [}\n')
    assert (caught.code, caught.place.line) == ("queue-not-json", 3)


def test_a_file_that_is_absent_or_not_text(tmp_path):
    with pytest.raises(Refused, match="not a readable JSON"):
        read_queue(tmp_path / "absent.json")
    (tmp_path / "latin.json").write_bytes('{"é": 1}'.encode("latin-1"))
    with pytest.raises(Refused, match="not UTF-8"):
        read_queue(tmp_path / "latin.json")


@given(st.integers(-(10**17), 10**17), st.integers(0, 9))
def test_an_amount_goes_out_as_it_came_in(units, decimals):
    shown = show_amount(units, decimals)
    problem = problem_of({"balances": {"A": shown}, "obligations": []})
    assert problem.balances["A", "CASH"] == units
    assert problem.decimals["CASH"] == decimals


FIELDS = st.sampled_from(["balances", "obligations", "limits", "legs", "debtor", "amount", "A"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)


@given(DOCUMENTS)
def test_any_document_is_read_or_refused(document):
    with suppress(Refused):
        assert problem_of(document).obligations is not None


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[", b'{"a"}', b'{"a": 1,}', b'{"a": 1 "b": 2}', b"{} {}", b'{"a', b'{"a": "\x01"}',
        b'{"a": "\\x"}', b'{"balances": NaN}', b"[" * 100_000, b"\xff\xfe",
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_why_it_is_no_queue_is_said_in_thai_too(data):
    with pytest.raises(NotAQueue) as caught:
        parse_queue(data, name="q.json")
    english, thai = (caught.value.params["reason"].text(language) for language in ("en", "th"))
    assert english.isascii()
    assert not re.search(r"[a-z]{3}", thai)
    assert not thai.isascii()
