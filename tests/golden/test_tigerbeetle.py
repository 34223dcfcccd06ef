"""TigerBeetle's own table-driven tests, executed step by step against the ledger.

A set is any folder below $GOLDEN_DATA/accounting whose name holds "tigerbeetle", with a cases.json.
Left out, as the set's README says, and counted by the last test: imported events, overflow of 128
bits, reserved flags and fields (a request here has none, and no time of its own). A table that
opens an account a second time is the next table under the same name.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounting import chart, pending, transfer_history, transferring
from accounting.models import Account, AccountBalance, Entry
from accounting.rules.account_requests import TOTALS, AccountRequest
from accounting.rules.transfers import ALL, LAST_ID, Transfer
from accounting.transfer_history import Totals, Wanted
from backoffice.kernel.actors import Actor
from backoffice.kernel.money import Currency
from tests.conftest import golden_folder

ACTOR = Actor.system("golden")
START = datetime(2026, 1, 5, tzinfo=UTC)
LEFT_OUT = {
    "imported_event": "imported event",
    "overflows_": "overflow of 128 bits",
    "reserved_f": "reserved flag or field",
    "timestamp_must_be_zero": "a time of its own, reserved for imported events",
}
ROWS = {
    "account", "transfer", "lookup_account", "lookup_transfer", "query_accounts",
    "query_transfers", "get_account_transfers", "get_account_balances", "get_change_events",
}  # fmt: skip
FLAGS = {
    "linked": "linked",
    "pending": "pending",
    "post_pending_transfer": "post",
    "void_pending_transfer": "void",
    "balancing_debit": "balancing_debit",
    "balancing_credit": "balancing_credit",
    "closing_debit": "closing_debit",
    "closing_credit": "closing_credit",
}
LIMITS = ("debits_must_not_exceed_credits", "credits_must_not_exceed_debits")
KINDS = {"_": "single", "PEN": "pending", "POS": "posted", "VOI": "voided", "EXP": "expired"}


def number(text: str, most: int = LAST_ID) -> int:
    """A1 is 1; -0 is the largest number, -3 is three below it."""
    digits = text.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return most - int(digits[1:]) if digits.startswith("-") else int(digits)


def tables() -> Iterator[tuple[str, list[dict]]]:
    folder = golden_folder() / "accounting"
    for path in sorted(folder.glob("*tigerbeetle*/cases.json")):
        for case in json.loads(path.read_text()):
            for part, steps in enumerate(split(case["steps"]), start=1):
                name = f"{path.parent.name}:{case['name']}" + (f" #{part}" if part > 1 else "")
                yield name, steps


def split(steps: list[dict]) -> list[list[dict]]:
    parts: list[list[dict]] = [[]]
    opened: set[str] = set()
    for step in steps:
        created = step["op"] == "account" and step.get("status") == "created"
        if created and step["id"] in opened:
            # The new table begins behind the last batch of the old one.
            ends = [n for n, one in enumerate(parts[-1], start=1) if one["op"] == "commit"]
            cut = ends[-1] if ends else 0
            parts.append(parts[-1][cut:])
            del parts[-2][cut:]
            opened = {one["id"] for one in parts[-1] if one.get("status") == "created"}
        if created:
            opened.add(step["id"])
        parts[-1].append(step)
    return parts


TABLES = list(tables())


class Runner:
    def __init__(self) -> None:
        self.now = START
        self.rows: list[dict] = []
        self.compared = 0
        chart.ensure_entity(
            code="TB",
            name_en="Transfers",
            name_th="โอน",
            functional_currency="THB",
            actor=ACTOR,
            at=START,
        )

    def run(self, steps: list[dict]) -> None:
        for step in steps:
            match step["op"]:
                case "tick":
                    self.tick(step)
                case "setup":
                    self.setup(step)
                case "commit":
                    getattr(self, step["operation"])(self.rows)
                    self.rows = []
                case _:
                    self.rows.append(step)

    def tick(self, step: dict) -> None:
        if not step["value"].startswith("-"):
            self.now += timedelta(**{step["unit"].replace("nano", "micro"): int(step["value"])})
            pending.expire(at=self.now)

    def setup(self, step: dict) -> None:
        """The tables set totals outright; so does this, where no verb could."""
        account = Account.objects.get(code=transferring.code_of(number(step["account"])))
        AccountBalance.objects.update_or_create(
            account_id=account.pk,
            currency=account.currency,
            defaults={name: Decimal(number(step[name])) for name in AMOUNTS},
        )

    def compare(self, got: object, wanted: object, row: object) -> None:
        self.compared += 1
        assert got == wanted, row

    def create_accounts(self, rows: list[dict]) -> None:
        rows = [row for row in rows if not self.is_left_out(row)]
        requests = [
            AccountRequest(
                id=number(row["id"]),
                currency=currency(row["ledger"]),
                code=number(row["code"], 2**16 - 1),
                limits=tuple(limit for limit in LIMITS if limit in row),
                user_data=user_data(row),
                history="history" in row,
                linked="linked" in row,
                totals=tuple(Decimal(number(row.get(name, "0"))) for name in TOTALS),
            )
            for row in rows
        ]
        statuses = transferring.create_accounts(
            entity="TB", accounts=requests, actor=ACTOR, at=self.now
        )
        for row, status in zip(rows, statuses, strict=True):
            self.compare(status, row["status"], row)

    def create_transfers(self, rows: list[dict]) -> None:
        rows = [row for row in rows if not self.is_left_out(row)]
        statuses = transferring.create_transfers(
            entity="TB", transfers=[transfer(row) for row in rows], actor=ACTOR, at=self.now
        )
        for row, status in zip(rows, statuses, strict=True):
            self.compare(status, row["status"], row)

    @staticmethod
    def is_left_out(row: dict) -> bool:
        return fate(row) != "run"

    def lookup_accounts(self, rows: list[dict]) -> None:
        for row in rows:
            code = transferring.code_of(number(row["id"]))
            found = Account.objects.filter(code=code).first()
            totals = AccountBalance.objects.filter(account__code=code).first()
            if "debits_posted" not in row:
                self.compare(found, None, row)
                continue
            got = {name: getattr(totals, name, Decimal(0)) for name in AMOUNTS}
            self.compare(got, {name: Decimal(number(row[name])) for name in AMOUNTS}, row)
            self.compare(found is not None and found.is_closed, "CLSD" in row.values(), row)

    def lookup_transfers(self, rows: list[dict]) -> None:
        for row in rows:
            entry = Entry.objects.filter(key=str(number(row["id"]))).first()
            if row["field"] == "exists":
                self.compare(entry is not None, row["value"] == "true", row)
            elif row["field"] == "amount":
                assert entry is not None
                amount = transferring.transfer_of(entry).amount
                self.compare(amount, Decimal(number(row["value"])), row)
            else:
                pytest.fail(f"a field that is not looked at: {row}")

    def position(self, text: str, account: bool = False) -> int | None:
        """The moment of an account or transfer: here its identifier."""
        if text == "_":
            return None
        if account:
            return Account.objects.get(code=transferring.code_of(number(text))).pk
        return Entry.objects.get(key=str(number(text))).pk

    def query(self, raw: list[str], account: bool) -> Wanted:
        *data, ledger, code, first, last, limit, backwards = raw
        return Wanted(
            user_data=tuple(number(text) for text in data),
            currency=currency(ledger),
            code=number(code),
            first=self.position(first, account),
            last=self.position(last, account),
            limit=number(limit),
            backwards=backwards == "REV",
        )

    def query_accounts(self, rows: list[dict]) -> None:
        wanted = self.query(rows[0]["raw"], account=True)
        got = transfer_history.accounts(entity="TB", wanted=wanted)
        self.compare(got, [number(row["id"]) for row in rows[1:]], rows)

    def query_transfers(self, rows: list[dict]) -> None:
        wanted = self.query(rows[0]["raw"], account=False)
        got = transfer_history.transfers(entity="TB", wanted=wanted)
        self.compare([t.id for t in got], [number(row["transfer_id"]) for row in rows[1:]], rows)

    def account_filter(self, raw: list[str]) -> tuple[int, Wanted]:
        account, *data, code, first, last, limit, debits, credit, backwards = raw
        return number(account), Wanted(
            user_data=tuple(0 if text == "_" else number(text) for text in data),
            code=0 if code == "_" else number(code),
            first=self.position(first),
            last=self.position(last),
            limit=number(limit),
            debits=debits == "DR",
            credits=credit == "CR",
            backwards=backwards == "REV",
        )

    def get_account_transfers(self, rows: list[dict]) -> None:
        account, wanted = self.account_filter(rows[0]["raw"])
        got = transfer_history.transfers(entity="TB", account=account, wanted=wanted)
        self.compare([t.id for t in got], [number(row["transfer_id"]) for row in rows[1:]], rows)

    def get_account_balances(self, rows: list[dict]) -> None:
        account, wanted = self.account_filter(rows[0]["raw"])
        got = transfer_history.balances(entity="TB", account=account, wanted=wanted)
        expected = [
            (number(row["transfer_id"]), *(Decimal(number(row[name])) for name in AMOUNTS))
            for row in rows[1:]
        ]
        self.compare([(t.id, *amounts(totals)) for t, totals in got], expected, rows)

    def get_change_events(self, rows: list[dict]) -> None:
        first, last, limit = rows[0]["raw"]
        wanted = Wanted(first=self.position(first), last=self.position(last), limit=number(limit))
        got = transfer_history.changes(entity="TB", wanted=wanted)
        self.compare(len(got), len(rows) - 1, rows)
        for change, row in zip(got, rows[1:], strict=True):
            self.compare(told(change), expected_change(row["raw"]), row)


AMOUNTS = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")


def amounts(totals: Totals) -> tuple[Decimal, ...]:
    return tuple(getattr(totals, name) for name in AMOUNTS)


def told(change: transfer_history.Change) -> tuple:
    t = change.transfer
    expired = change.kind == "expired"
    return (
        change.kind,
        0 if expired else t.id,
        t.amount,
        t.id if expired else t.pending_id,
        t.debit,
        *amounts(change.debit),
        change.debit.closed,
        t.credit,
        *amounts(change.credit),
        change.credit.closed,
    )


def expected_change(raw: list[str]) -> tuple:
    kind, own, amount, first, debit, *rest = raw
    known = lambda text: 0 if text == "_" else number(text)  # noqa: E731
    return (
        KINDS[kind],
        known(own),
        Decimal(number(amount)),
        known(first),
        number(debit),
        *(Decimal(number(text)) for text in rest[:4]),
        rest[4] == "CLSD",
        number(rest[5]),
        *(Decimal(number(text)) for text in rest[6:10]),
        rest[10] == "CLSD",
    )


def currency(ledger: str) -> str:
    ledger_number = number(ledger)
    return f"LEDGER{ledger_number}" if ledger_number else ""


def user_data(row: dict) -> tuple[int, int, int]:
    return tuple(number(row.get(f"user_data_{bits}", "0")) for bits in (128, 64, 32))


def transfer(row: dict) -> Transfer:
    return Transfer(
        id=number(row["id"]),
        debit=number(row["debit_account_id"]),
        credit=number(row["credit_account_id"]),
        amount=Decimal(number(row.get("amount", "0"))),
        pending_id=number(row.get("pending_id", "0")),
        timeout=number(row.get("timeout", "0"), 2**32 - 1),
        currency=currency(row["ledger"]),
        code=number(row["code"], 2**16 - 1),
        user_data=user_data(row),
        **{mine: True for theirs, mine in FLAGS.items() if theirs in row},
    )


@pytest.mark.skipif(not TABLES, reason="the set accounting/tigerbeetle_semantics is not here")
@pytest.mark.django_db
@pytest.mark.parametrize("steps", [pytest.param(steps, id=name) for name, steps in TABLES])
def test_table(steps: list[dict]) -> None:
    if any("imported" in step for step in steps):
        pytest.skip("imported events are left out: times are this ledger's own")
    Runner().run(steps)


def fate(step: dict) -> str:
    """ "run", or why a step is left out."""
    if "imported" in step:
        return "imported event"
    status = step.get("status", "")
    return next((reason for start, reason in LEFT_OUT.items() if status.startswith(start)), "run")


@pytest.mark.skipif(not TABLES, reason="the set accounting/tigerbeetle_semantics is not here")
def test_every_step_is_run_or_left_out_for_a_reason():
    """What is left out is only what the README allows; every kind of step has its method."""
    fates: Counter[str] = Counter()
    for _name, steps in TABLES:
        whole = any("imported" in step for step in steps)
        for step in steps:
            fates["in a table of imported events" if whole else fate(step)] += 1
            if step["op"] == "commit":
                assert hasattr(Runner, step["operation"]), step
            elif step["op"] not in {"tick", "setup"}:
                assert step["op"].removesuffix("_result") in ROWS, step
    sys.stdout.write(f"{sum(fates.values())} steps: {dict(fates)}\n")
    assert fates["run"] > sum(fates.values()) / 2


def test_amount_of_everything_is_the_largest_number() -> None:
    assert Decimal(number("-0")) == ALL
    assert Currency.commodity("LEDGER1", exponent=0).exponent == 0


@pytest.mark.skipif(not TABLES, reason="the set accounting/tigerbeetle_semantics is not here")
@pytest.mark.django_db
def test_an_altered_status_is_noticed() -> None:
    steps = next(
        steps for _, steps in TABLES if any(s.get("status") == "exceeds_credits" for s in steps)
    )
    altered = [
        {**step, "status": "created"} if step.get("status") == "exceeds_credits" else step
        for step in steps
    ]
    with pytest.raises(AssertionError):
        Runner().run(altered)
