"""Jepsen's bank test on the ledger: writers move money while their connections are killed.

However it goes, no money appears or vanishes, every invariant holds, and each transfer that was
acknowledged is in the book exactly once. $BACKOFFICE_FAULT_SECONDS says how long (default 6).
"""

import os
import random
import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, InterfaceError, connection

from accounting import chart, pending, posting, proof, queries, verifying
from accounting.refusals import BookRefused
from accounting.rules.drafts import EntryDraft, LineDraft
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused

SECONDS = float(os.environ.get("BACKOFFICE_FAULT_SECONDS", "6"))
WRITERS = 8
ACTOR = Actor.system("bank test")
AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
DAY = date(2026, 1, 5)
ACCOUNTS = [f"Liabilities:Customers:{number}" for number in range(6)]
EACH = Decimal("1000.00")


class Bank:
    """Shared by the threads: who is connected, what was acknowledged, what went wrong."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.backends: dict[int, int] = {}
        self.acknowledged: set[str] = set()
        self.errors: list[str] = []
        self.killed = 0
        self.deadlocks = 0


def move(key: str, source: str, target: str, amount: Decimal) -> EntryDraft:
    return EntryDraft(
        key=key,
        date=DAY,
        journal="GEN",
        entity="BANK",
        memo="",
        lines=(LineDraft(source, amount, "THB"), LineDraft(target, -amount, "THB")),
    )


def act(rng: random.Random, key: str) -> list[str]:
    """One act of a writer; returns the keys that are in the book when it returns."""
    drafts = []
    for number in range(rng.choice([1, 1, 5, 20])):
        source, target = rng.sample(ACCOUNTS, 2)
        amount = Decimal(rng.randint(1, 30_000)).scaleb(-2)
        drafts.append(move(f"{key}-{number}", source, target, amount))
    kind = rng.randrange(4)
    if kind == 0:
        made = pending.pend(entry=drafts[0], actor=ACTOR, at=AT)
        settle = pending.void if rng.random() < 0.5 else pending.post_pending
        settle(entity="BANK", pending_id=made.id, key=f"{key}-settled", actor=ACTOR, at=AT)
        return [drafts[0].key, f"{key}-settled"]
    if kind == 1:
        posting.post_many(entries=drafts, actor=ACTOR, at=AT)
        return [draft.key for draft in drafts]
    outcomes = posting.post_many(entries=drafts, actor=ACTOR, at=AT, atomic=False)
    return [outcome.key for outcome in outcomes if outcome.posted]


def write(bank: Bank, seed: int) -> None:
    rng = random.Random(seed)
    turn = 0
    while not bank.stop.is_set():
        turn += 1
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                bank.backends[seed] = cursor.fetchone()[0]
            keys = act(rng, f"w{seed}-{turn}")
            with bank.lock:
                bank.acknowledged.update(keys)
        except BookRefused:
            continue
        except (DatabaseError, InterfaceError) as error:
            if "deadlock" in str(error):
                bank.deadlocks += 1
            connection.close()
        except Refused as refused:
            bank.errors.append(repr(refused))
    connection.close()


def kill(bank: Bank) -> None:
    rng = random.Random(0)
    while not bank.stop.wait(0.15):
        victims = list(bank.backends.values())
        if victims:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [rng.choice(victims)])
                bank.killed += 1
    connection.close()


def watch(bank: Bank) -> None:
    """Every look at the books in between finds the same money, and seals go on meanwhile."""
    while not bank.stop.wait(0.3):
        rows = queries.trial_balance(entity="BANK", as_of=DAY)
        if sum(row.balance for row in rows):
            bank.errors.append(f"books out of balance: {rows}")
        proof.seal(entity="BANK", at=AT)
    connection.close()


@pytest.fixture
def bank(committed_db) -> Bank:
    chart.ensure_entity(code="BANK", name_en="Bank", name_th="ธนาคาร", actor=ACTOR, at=AT)
    chart.ensure_accounts(entity="BANK", codes=[*ACCOUNTS, "Assets:Vault"], actor=ACTOR, at=AT)
    for account in ACCOUNTS:
        chart.set_limit(
            entity="BANK",
            account=account,
            kind="debits_must_not_exceed_credits",
            actor=ACTOR,
            at=AT,
        )
    fill = [move(f"open {account}", "Assets:Vault", account, EACH) for account in ACCOUNTS]
    posting.post_many(entries=fill, actor=ACTOR, at=AT)
    return Bank()


def test_no_money_appears_or_vanishes(bank):
    jobs = [threading.Thread(target=write, args=(bank, seed)) for seed in range(WRITERS)]
    jobs += [threading.Thread(target=job, args=(bank,)) for job in (kill, watch)]
    for job in jobs:
        job.start()
    time.sleep(SECONDS)
    bank.stop.set()
    for job in jobs:
        job.join(timeout=60)
    assert bank.errors == []
    assert bank.deadlocks == 0
    assert bank.killed > 0
    rows = {row.account: row.balance for row in queries.trial_balance(entity="BANK", as_of=DAY)}
    assert rows["Assets:Vault"] == EACH * len(ACCOUNTS)
    assert sum(-rows[account] for account in ACCOUNTS) == EACH * len(ACCOUNTS)
    assert all(rows[account] <= 0 for account in ACCOUNTS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, count(*) FROM accounting_entry GROUP BY key")
        times = dict(cursor.fetchall())
    assert bank.acknowledged, "nothing was posted"
    assert {times.get(key) for key in bank.acknowledged} == {1}
    while proof.seal(entity="BANK", at=AT):
        pass
    broken = [check for check in verifying.verify(entity="BANK") if not check.holds]
    assert broken == []
    assert proof.seal(entity="BANK", at=AT) is None
