"""A day on which everything happens: counted, booked, reported; in any number of pieces the same.

What is summed here is summed by plain SQL, past the house's own reads.
"""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from backoffice.desk import approving
from backoffice.desk.models import WorkItem
from backoffice.outbox import delivering, jobs
from backoffice.outbox.models import OutboxEvent
from records import queries as records
from records.models import Document
from settlement import closing, end_of_day, progress
from settlement.models import (
    Break,
    Instruction,
    OutgoingMessage,
    PaymentRelease,
    Penalty,
    Settlement,
    StepRun,
    Trade,
    UnsettledTrade,
)
from settlement.reports import reporting
from tests.conftest import empty_tables
from tests.faults import full_day
from tests.faults.books import snapshot
from tests.settlement import market
from tests.settlement.market import AT, BOOK, DUE

STEPS = [step.__name__ for step in end_of_day.STEPS]
POSITIONS = """
    SELECT asset, sum(quantity) FROM settlement_movement GROUP BY asset HAVING sum(quantity) <> 0
     UNION ALL
    SELECT asset, sum(quantity) FROM settlement_positionsheet
     GROUP BY asset, business_date HAVING sum(quantity) <> 0
"""
LEDGER = """
    SELECT currency, sum(amount) FROM accounting_line
     GROUP BY currency HAVING sum(amount) <> 0
"""
# A participant's account in the ledger is its position with the sign turned, asset by asset.
APART = """
    WITH held AS (
        SELECT p.code, m.asset, sum(m.quantity) AS quantity
          FROM settlement_movement m JOIN settlement_participant p ON p.id = m.participant_id
         GROUP BY 1, 2
    ), booked AS (
        SELECT substr(a.code, length('Liabilities:Participants:') + 1) AS code,
               l.currency AS asset, -sum(l.amount) AS quantity
          FROM accounting_line l JOIN accounting_account a ON a.id = l.account_id
         WHERE a.code LIKE 'Liabilities:Participants:%%' GROUP BY 1, 2
    )
    SELECT code, asset, held.quantity, booked.quantity
      FROM held FULL JOIN booked USING (code, asset)
     WHERE coalesce(held.quantity, 0) <> coalesce(booked.quantity, 0)
"""
# What was charged and not collected stands as receivable and payable, of the same sum.
ACCRUED = """
    SELECT (SELECT coalesce(sum(amount), 0) FROM settlement_penalty n WHERE NOT EXISTS
                   (SELECT FROM settlement_penaltynet d
                     WHERE d.book = n.book AND d.month = date_trunc('month', n.charged_on)::date)),
           sum(l.amount) FILTER (WHERE a.code LIKE 'Assets:Penalties:%%'),
           -sum(l.amount) FILTER (WHERE a.code LIKE 'Liabilities:Penalties:%%')
      FROM accounting_line l JOIN accounting_account a ON a.id = l.account_id
"""
CLEARING = """
    SELECT substr(a.code, length('Assets:Clearing:') + 1), l.currency, sum(l.amount)
      FROM accounting_line l JOIN accounting_account a ON a.id = l.account_id
     WHERE a.code LIKE 'Assets:Clearing:%%' GROUP BY 1, 2 HAVING sum(l.amount) <> 0
"""
# Fees, claims and collected penalties, participant by participant, from the facts themselves; less
# what was paid of those of the days before.
OWED = """
    SELECT p.code, x.currency, sum(x.amount)
      FROM (SELECT payer_id AS party, currency, amount FROM settlement_fee
             UNION ALL SELECT payee_id, currency, -amount FROM settlement_fee
             UNION ALL SELECT payer_id, currency, amount FROM settlement_marketclaim
             UNION ALL SELECT payee_id, currency, -amount FROM settlement_marketclaim
             UNION ALL SELECT participant_id, currency, -net FROM settlement_penaltynet
             UNION ALL SELECT o.participant_id, o.currency, -o.net FROM settlement_obligation o
                         JOIN settlement_instruction i ON i.obligation_id = o.id
                         JOIN settlement_instructionstatus s ON s.instruction_id = i.id
                        WHERE o.kind = 'charges' AND s.status = 'settled') x
      JOIN settlement_participant p ON p.id = x.party
     GROUP BY 1, 2 HAVING sum(x.amount) <> 0
"""


def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def counts_of(step):
    return StepRun.objects.get(business_date=DUE, step=step).counts


def close(on_step=None):
    return end_of_day.run(
        business_date=DUE, book=BOOK, actor=market.CLOSER, clock=timezone.now, on_step=on_step
    )


@pytest.mark.django_db
def test_what_the_day_came_to_is_counted_step_by_step():
    full_day.prepare()
    told = {}
    counts = close(told.__setitem__)
    assert list(told) == STEPS
    assert told["charge"] == {
        "penalties": 3,
        "unpriced": 1,
        "buy_ins": 2,
        "months_collected": 1,
        "claims": 3,
        "fees": 1,
        "margin_calls": 3,
        "entries": 4,
    }
    assert told["reconcile"] == {
        "reconciled": 2,
        "breaks": 1,
        "breaks_closed": 2,
        "breaks_open": 2,
    }
    assert counts["entries"] == sum(one.get("entries", 0) for one in told.values())
    made = OutgoingMessage.objects
    assert {"pacs.009", "sese.023", "camt.053", "camt.054"} <= set(
        made.values_list("definition", flat=True)
    )
    assert made.count() == told["send"]["messages"] + sum(told["state"].values())
    assert told["send"]["messages"] >= 7
    assert told["state"]["statements"] >= 12


@pytest.mark.django_db
def test_after_every_step_positions_and_ledger_are_zero_and_the_same():
    full_day.prepare()
    seen = []

    def look(step, _counts):
        seen.append(step)
        assert ask(POSITIONS) == ask(LEDGER) == ask(APART) == [], step
        [(charged, receivable, payable)] = ask(ACCRUED)
        assert charged == receivable == payable, step

    close(look)
    assert seen == STEPS


@pytest.mark.django_db
def test_what_was_charged_stands_on_the_clearing_accounts_to_the_last_satang():
    full_day.prepare()
    close()
    in_baht = {row for row in ask(CLEARING) if row[1] == "THB"}
    assert in_baht == set(ask(OWED)) != set()
    assert sum(amount for _code, _currency, amount in in_baht) == 0


@pytest.mark.django_db
def test_what_an_earlier_day_charged_is_settled():
    full_day.prepare()
    close()
    paid = Instruction.objects.filter(obligation__kind="charges", statuses__status="settled")
    told = {(one.obligation.participant.code, one.direction, one.amount) for one in paid}
    fee = Decimal("0.60")
    assert told == {(market.KRUNG, "receive", fee), (market.SIAM, "pay", fee)}


@pytest.mark.django_db
def test_a_day_closed_again_leaves_every_row_as_it_was():
    full_day.prepare()
    first = close()
    before = snapshot()
    assert close() == first
    assert snapshot() == before


@pytest.mark.django_db
def test_every_room_asked_again_without_its_mark_does_nothing():
    """The mark keeps steps from being done twice; the rooms would not do it either."""
    full_day.prepare()
    close()
    before = {table: len(rows) for table, rows in snapshot().items()}
    day = end_of_day.Day(BOOK, DUE, market.CLOSER, timezone.now)
    assert end_of_day.send(day) == {"messages": 0}
    again = end_of_day.charge(day)
    assert again.pop("unpriced") == 1
    assert not any(again.values())
    assert end_of_day.state(day) == {**counts_of("state"), "advices": 0}
    done = end_of_day.reconcile(day)
    assert (done["breaks"], done["breaks_closed"], done["breaks_open"]) == (0, 0, 2)
    assert {table: len(rows) for table, rows in snapshot().items()} == before


def test_stopped_after_each_step_and_resumed_the_day_is_the_same(committed_db, monkeypatch):
    full_day.prepare()
    close()
    unbroken = snapshot()
    empty_tables()
    full_day.prepare()
    whole = end_of_day.STEPS
    for upto in range(1, len(whole) + 1):
        monkeypatch.setattr(end_of_day, "STEPS", whole[:upto])
        close()
        assert StepRun.objects.count() == upto
    resumed = snapshot()
    for table, rows in unbroken.items():
        assert resumed[table] == rows, table


@pytest.mark.django_db
def test_the_report_tells_charges_messages_and_breaks_and_is_the_same_later():
    full_day.prepare()
    close()
    filed = Document.objects.get(source_key=f"{BOOK}/{DUE}")
    content = records.content_bytes(document_id=filed.pk)
    report = json.loads(content)
    charges = report["charges"]
    assert sum(Decimal(row["amount"]) for row in charges["penalties"]) == sum(
        Penalty.objects.filter(charged_on=DUE).values_list("amount", flat=True)
    )
    assert {row["month"] for row in charges["collected"]} == {"2025-11"}
    assert sum(Decimal(row["net"]) for row in charges["collected"]) == 0
    assert [row["reference"] for row in charges["buy_ins"]] == ["N-1", "N-2"]
    assert {row["action"] for row in charges["claims"]} == {"PTT-DIV-1"}
    assert charges["fees"] == [
        {
            "tariff": "interchange",
            "payer": market.KRUNG,
            "payee": market.SIAM,
            "currency": "THB",
            "count": 1,
            "amount": "1.8",
        }
    ]
    assert len(charges["margin_calls"]) == 3
    sent = {(row["message"], row["participant"]): row["count"] for row in report["messages"]}
    assert sent["pacs.009", "AB"] == 1
    assert sent["sese.023", ""] == 6
    assert sum(sent.values()) == OutgoingMessage.objects.count()
    assert {row["kind"] for row in report["breaks"]} == {"missing_at_bank", "missing_in_books"}

    Break.objects.filter(closed_at=None).update(closed_at=timezone.now(), closed_how="by_hand")
    again = reporting.report(book=BOOK, business_date=DUE)
    assert again["breaks"] == [
        {**row, "since": again["breaks"][number]["since"]}
        for number, row in enumerate(report["breaks"])
    ]


@pytest.mark.django_db
def test_a_payment_above_the_limit_waits_for_a_second_person_and_settles_the_day_after(cast):
    full_day.prepare()
    close()
    large = Trade.objects.get(source_ref="P-2")
    assert UnsettledTrade.objects.get(trade=large).reason == "unreleased"
    assert not Settlement.objects.filter(leg__trade=large).exists()
    assert not Penalty.objects.filter(trade=large).exists()
    item = WorkItem.objects.get(kind="settlement.release_payment")
    approving.approve(item_id=item.pk, actor=cast.actor("dao"), at=AT)
    delivering.deliver_pending(at=timezone.now())
    assert PaymentRelease.objects.get().approved
    next_day = DUE.replace(day=8)
    end_of_day.run(business_date=next_day, book=BOOK, actor=market.CLOSER, clock=timezone.now)
    assert Settlement.objects.get(leg__trade=large).run.business_date == next_day


@pytest.mark.django_db
def test_the_day_s_page_shows_every_step_and_figure_in_both_languages():
    full_day.prepare()
    close()
    day = progress.of_day(book=BOOK, business_date=DUE)
    assert day.is_sealed
    shown = {step.name: {str(word): n for word, n in step.counts} for step in day.steps}
    assert shown["charge"]["penalties"] == 3
    assert shown["reconcile"]["open breaks"] == 2
    words = [*progress.WORDS.values(), *progress.COUNTED.values()]
    assert set(progress.WORDS) == set(STEPS)
    with translation.override("th"):
        assert [word for word in map(str, words) if word.isascii()] == []
    counted = {name for run in StepRun.objects.all() for name in run.counts}
    assert counted - progress.COUNTED.keys() == {"sha256"}


@pytest.mark.parametrize("step", ["send", "charge", "state", "reconcile"])
@pytest.mark.django_db(transaction=True)
def test_a_room_that_breaks_leaves_its_step_undone_and_tells_the_house(step, monkeypatch):
    rooms = {
        "send": (end_of_day.dispatching, "dispatch"),
        "charge": (end_of_day.margining, "call"),
        "state": (end_of_day.stating, "state_day"),
        "reconcile": (end_of_day.reconciling, "reconcile_day"),
    }

    def broken(**_facts):
        raise OSError("disk full")

    full_day.prepare()
    room, verb = rooms[step]
    with monkeypatch.context() as patch:
        patch.setattr(room, verb, broken)
        job = jobs.ensure(kind=closing.KIND, business_date=DUE, partition=BOOK, at=AT)
        with pytest.raises(OSError, match="disk full"):
            jobs.run(job_id=job, at=timezone.now)
    assert [run.step for run in StepRun.objects.order_by("position")] == STEPS[: STEPS.index(step)]
    assert not Penalty.objects.filter(charged_on=DUE).exists() or step in {"state", "reconcile"}
    told = OutboxEvent.objects.get(kind="DayFailed").payload
    assert (told["step"], told["error"]) == (step, "OSError: disk full")
    assert jobs.run(job_id=job, at=timezone.now)
    assert StepRun.objects.count() == len(STEPS)


@pytest.mark.django_db
def test_the_turn_of_runs_comes_before_the_ledger_s_locks_as_in_funding():
    """Else the day and a funding, each holding what the other waits for, stop each other."""
    full_day.prepare()
    bounds = {}
    with CaptureQueriesContext(connection) as asked:
        close(lambda step, _counts: bounds.__setitem__(step, len(asked)))
    settled = [one["sql"] for one in asked.captured_queries[bounds["send"] : bounds["settle"]]]
    turn = next(n for n, sql in enumerate(settled) if "settlement_runs:" in sql)
    held = next(n for n, sql in enumerate(settled) if "compliance_holdsubject" in sql)
    posted = next(n for n, sql in enumerate(settled) if "accounting_post(" in sql)
    assert turn < held < posted


@pytest.mark.django_db
def test_an_ordinary_day_asks_the_new_rooms_little():
    """A day without legs, banks to reach or statements: one look each, beside the steps' marks."""
    asked = {}

    def count(step, _counts):
        asked[step] = len(queries)

    with CaptureQueriesContext(connection) as queries:
        close(count)
    steps = {name: asked[name] - asked[STEPS[STEPS.index(name) - 1]] for name in STEPS[1:]}
    new = sum(steps[name] for name in ("send", "charge", "state", "reconcile"))
    # Begin, turn, mark and commit of each.
    assert new == 4 * (4 + 1)


@pytest.mark.django_db
def test_a_sealed_day_takes_no_step_that_came_later(monkeypatch):
    """The ritual grew: days that were sealed before are left as they are, and shown as done."""
    full_day.prepare()
    whole = end_of_day.STEPS
    without = tuple(step for step in whole if step is not end_of_day.charge)
    with monkeypatch.context() as patch:
        patch.setattr(end_of_day, "STEPS", without)
        close()
    before = snapshot()
    assert "penalties" not in close()
    assert snapshot() == before
    day = progress.of_day(book=BOOK, business_date=DUE)
    assert day.is_sealed
    assert [step.name for step in day.steps] == [step.__name__ for step in without]


def test_the_command_tells_what_followed(committed_db):
    full_day.prepare()
    out = StringIO()
    call_command("close_day", "--date", str(DUE), "--json", stdout=out, stderr=StringIO())
    told = json.loads(out.getvalue())
    assert {name: told[name] for name in ("penalties", "claims", "fees", "margin_calls")} == {
        "penalties": 3,
        "claims": 3,
        "fees": 1,
        "margin_calls": 3,
    }
    assert (
        told["messages"] + told["advices"] + told["statements"] == OutgoingMessage.objects.count()
    )
    assert (told["breaks"], told["breaks_open"], told["buy_ins"]) == (1, 2, 2)
    assert told["trial_balance"] == "0.00"
    out = StringIO()
    call_command("close_day", "--date", str(DUE), stdout=out, stderr=StringIO())
    assert "3 penalties, 2 open breaks, the ledger balances" in out.getvalue()
