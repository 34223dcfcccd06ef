"""Mojaloop's own expectations: interchange over five windows, and the settlement's states."""

import csv
import json
import os
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from settlement.rules.fees import Interchange, Side, Tariff, Transfer, interchange_of
from settlement.rules.fees import net_by_participant as net
from settlement.rules.lifecycle import (
    AbortRefused,
    Change,
    Settlement,
    State,
    abort,
    advance,
    step_window,
    window_state,
)

DATA = Path(os.environ.get("GOLDEN_DATA", "../shared/data"))
DAY = date(2026, 1, 5)
# The rule that the toolkit's hub runs: 0.6 % between wallets, owed by the payer's participant to
# the payee's (which bears the cash-out), rounded half up to the cent transfer by transfer.
WALLETS = Interchange(
    Tariff("interchange", rate=Decimal("0.006")),
    Side.PAYER,
    payer_account="Wallet",
    payee_account="Wallet",
)


def settlement_files(pattern, keep=lambda _: True):
    paths = sorted((DATA / "settlement").glob(f"*/{pattern}"))
    found = [
        pytest.param(path, id=f"{path.relative_to(DATA / 'settlement').parts[0]}-{path.stem}")
        for path in paths
        if keep(path)
    ]
    skip = pytest.mark.skip(reason=f"settlement/mojaloop has no {pattern}")
    return found or [pytest.param(None, marks=skip, id=f"mojaloop-{pattern}")]


# ---- Interchange --------------------------------------------------------------------------------
def has_interchange(path):
    text = path.read_text(encoding="utf-8")
    return "netSettlementAmount.amount).to.eql(" in text and bool(re.search(r"-win\d+\"", text))


def transfers_of(requests):
    """The transfers that a test case sends: who to whom, how much, between which accounts."""
    for request in requests:
        found = re.match(r".*?(\w+)\s+->\s*(\w+) \w+ \w+ \[", request.get("description", ""))
        if found and request["operationPath"] == "/scenarios":
            body = request["body"][0]["body"]
            kinds = [body[side]["extensionList"][0]["value"] for side in ("from", "to")]
            yield Transfer(
                request["id"], DAY, found[1], found[2], Decimal(str(body["amount"])),
                body["currency"] if len(body["currency"]) == 3 else "TZS", *kinds,
            )  # fmt: skip


@pytest.mark.parametrize("path", settlement_files("ttk/*.json", has_interchange))
def test_interchange_of_a_toolkit_collection(path):
    cases = json.loads(path.read_text(encoding="utf-8"))["test_cases"]
    sent = [
        transfer
        for case in cases
        if re.search(r"-win\d+$", case["id"])
        for transfer in transfers_of(case["requests"])
    ]
    stated = [
        Decimal(amount)
        for case in cases
        if case["id"].startswith("Create-Settlement")
        for amount in re.findall(
            r"netSettlementAmount\.amount\)\.to\.eql\((-?[\d.]+)\)", json.dumps(case)
        )
    ]
    assert sent
    fees = [fee for fee in (interchange_of(one, [WALLETS]) for one in sent) if fee]
    ours = {party: amount for (party, _), amount in net(fees).items()}
    # Participants stand in the order of their names; a negative net is owed to the participant.
    assert [ours[name] for name in sorted(ours)] == stated


def column(row, *names):
    """The value of the first column whose name is one of `names`, whatever its case."""
    folded = {re.sub("[^a-z]", "", name.lower()): value for name, value in row.items()}
    return next((folded[name] for name in names if folded.get(name)), "")


@pytest.mark.parametrize("path", settlement_files("interchange*.csv"))
def test_interchange_of_a_file(path):
    expected_path = path.with_suffix(".expected.json")
    if not expected_path.exists():
        pytest.skip(f"{path.parent.name}: {expected_path.name} is missing")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    fees = []
    for number, row in enumerate(rows):
        kind = column(row, "type", "kind", "accounts", "accounttypes", "usecase").lower()
        bank = "bank" in kind or kind == "b2b"
        default = "Bank" if bank else "Wallet"
        transfer = Transfer(
            str(number),
            DAY,
            column(row, "payer", "from", "payerfsp", "fromfsp", "sender"),
            column(row, "payee", "to", "payeefsp", "tofsp", "receiver"),
            Decimal(column(row, "amount", "value")),
            column(row, "currency", "ccy") or "TZS",
            (column(row, "payeraccount", "payeraccounttype", "fromaccounttype", "payertype",
                    "fromtype") or default).capitalize(),
            (column(row, "payeeaccount", "payeeaccounttype", "toaccounttype", "payeetype",
                    "totype") or default).capitalize(),
        )  # fmt: skip
        assert transfer.payer, f"{path.name}: unknown columns {list(row)}"
        fees.append(interchange_of(transfer, [WALLETS]))
    ours = sorted(str(amount) for amount in net(filter(None, fees)).values())
    stated = sorted(
        str(Decimal(number).quantize(Decimal("0.01")))
        for number in re.findall(r"-?\d+\.\d+", expected_path.read_text(encoding="utf-8"))
    )
    assert ours == stated


# ---- States -------------------------------------------------------------------------------------
class Hub:
    """Replays the scenario scripts' steps and counts the state changes that they leave."""

    def __init__(self):
        self.windows = [[State.OPEN]]
        self.settlements = []

    def act(self, line):
        if found := re.match(r"Close settlement window ID=(\d+)", line):
            window = self.windows[int(found[1]) - 1]
            window.append(step_window(window[-1], State.CLOSED))
            self.windows.append([State.OPEN])
        elif found := re.match(r"Create settlement for settlement window ID=(\d+)", line):
            self.settlements.append(Settlement.of(("PAYER", "PAYEE")))
            self.follow(int(found[1]) - 1)
        elif found := re.match(r"(PS_\w+|SETTLED) for (\w+(?: & \w+)?)", line):
            for account in found[2].split(" & "):
                self.settlements[-1] = advance(self.settlements[-1], account, State(found[1]), line)
            self.follow(len(self.settlements) - 1)
        elif found := re.match(r"Abort from (\w+)", line):
            self.abort(State(found[1]), refused="not allowed" in line)

    def abort(self, state, *, refused):
        candidates = [
            index for index, one in enumerate(self.settlements)
            if state is one.state or state in one.accounts.values()
        ]  # fmt: skip
        index = candidates[0]
        if refused:
            with pytest.raises(AbortRefused):
                abort(self.settlements[index])
        else:
            self.settlements[index] = abort(self.settlements[index], "ABORT")
            self.follow(index)

    def follow(self, index):
        state = window_state(self.settlements[index].state)
        if state is not self.windows[index][-1]:
            self.windows[index].append(step_window(self.windows[index][-1], state))

    def changes(self, table):
        if table == "settlementWindowStateChange":
            return [
                Change(str(i), state) for i, window in enumerate(self.windows) for state in window
            ]
        whole = table == "settlementStateChange"
        return [
            one for each in self.settlements for one in each.changes if whole != bool(one.subject)
        ]


TABLES = ("settlementWindowStateChange", "settlementStateChange",
          "settlementParticipantCurrencyStateChange")  # fmt: skip


def scenarios():
    found = []
    for parameter in settlement_files("*expectations.json"):
        path = parameter.values[0]
        actions = path and path.with_name(path.name.replace("expectations", "actions"))
        if path is None or not actions.exists():
            continue
        scripts = defaultdict(list)
        for one in json.loads(actions.read_text()):
            name = re.search(r"(\w+)/\d(\d)scenario-part(\d+)", one["script"])
            scripts[name[1]].append((int(name[3]), one["echo"]))
        stated = json.loads(path.read_text())
        for name, parts in sorted(scripts.items()):
            found.append(pytest.param(sorted(parts), [
                one for one in stated if one["scenario"].startswith(f"{name}/")
            ], id=f"{path.parent.name}-{name}"))  # fmt: skip
    skip = pytest.mark.skip(reason="settlement/mojaloop has no lifecycle expectations")
    return found or [pytest.param([], [], marks=skip, id="mojaloop-lifecycle")]


@pytest.mark.parametrize(("parts", "stated"), scenarios())
def test_settlement_lifecycle(parts, stated):
    hub, compared = Hub(), 0
    for number, lines in parts:
        for line in lines:
            hub.act(line)
        for one in stated:
            table = one["table"].split()[1]
            if table in TABLES and f"part{number}-" in one["scenario"]:
                compared += compare(hub.changes(table), one["expected"])
    assert compared > 10


def compare(changes, expected):
    """States that the sentence names are there, its count of records is ours; checks made."""
    checks = 0
    names = "|".join(sorted((re.escape(state.value) for state in State), key=len, reverse=True))
    for name in re.findall(rf"(?<![\w-])({names})(?!\w)", expected.split("because")[0]):
        assert name in {one.state for one in changes}, expected
        checks += 1
    counted = re.search(r"(?:Showing (?:same )?|\. )(\d+) records", expected)
    if counted:
        assert len(changes) == int(counted[1]), expected
        checks += 1
    changed = re.search(
        rf"(?:entire settlment is|are now|changed also to|at last) ({names})", expected
    )
    if changed:
        furthest = [one for one in changes if one.state is not State.OPEN][-1]
        assert furthest.state == changed[1], expected
        checks += 1
    return checks
