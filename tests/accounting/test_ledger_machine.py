"""Whatever is done to the books, in whatever order: their invariants hold, as plain SQL sees."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounting import (
    chart,
    closing,
    month_ends,
    pending,
    posting,
    proof,
    reversing,
    transferring,
    verifying,
)
from accounting.models import PendingLine, Period
from accounting.rules.account_requests import AccountRequest
from accounting.rules.drafts import EntryDraft, LineDraft
from accounting.rules.transfers import Transfer
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Refused
from tests.accounting.conftest import ACCOUNTS, open_books

SYSTEM = Actor.system("machine")
START = date(2026, 1, 1)
CURRENCIES = {"THB": 2, "JPY": 0, "KWD": 3}

QUESTIONS = {
    "an entry that does not sum to zero": """
        SELECT entry_id FROM accounting_line GROUP BY entry_id, currency HAVING sum(amount) <> 0""",
    "a total that is not the sum of its lines": """
        SELECT b.account_id FROM accounting_accountbalance b
          LEFT JOIN (SELECT account_id, currency, sum(amount) AS amount FROM accounting_line
                      GROUP BY 1, 2) l USING (account_id, currency)
         WHERE b.debits_posted - b.credits_posted <> coalesce(l.amount, 0)""",
    "a day that is not the sum of its lines": """
        SELECT m.account_id FROM accounting_daymovement m
          LEFT JOIN (SELECT account_id, currency, date AS day, sum(amount) AS amount
                       FROM accounting_line GROUP BY 1, 2, 3) l USING (account_id, currency, day)
         GROUP BY m.account_id, m.currency, m.day, l.amount
        HAVING sum(m.debits - m.credits) <> coalesce(l.amount, 0)""",
    "a reservation without an open pending entry": """
        SELECT b.account_id FROM accounting_accountbalance b
          LEFT JOIN (SELECT l.account_id, l.currency, sum(greatest(l.amount, 0)) AS debits,
                            sum(-least(l.amount, 0)) AS credits
                       FROM accounting_pendingline l
                       JOIN accounting_pending p ON p.entry_id = l.entry_id AND p.state = 'open'
                      GROUP BY 1, 2) l USING (account_id, currency)
         WHERE b.debits_pending <> coalesce(l.debits, 0)
            OR b.credits_pending <> coalesce(l.credits, 0)""",
    "a limit that is passed": """
        SELECT a.code FROM accounting_account a
          JOIN accounting_accountbalance b ON b.account_id = a.id
         WHERE a.limit_kind = 'credits_must_not_exceed_debits'
           AND b.credits_posted + b.credits_pending > b.debits_posted + a.credit_line
            OR a.limit_kind = 'debits_must_not_exceed_credits'
           AND b.debits_posted + b.debits_pending > b.credits_posted + a.credit_line""",
    "a year that is shut with a result left": """
        SELECT m.account_id FROM accounting_daymovement m
          JOIN accounting_account a ON a.id = m.account_id AND a.type IN ('income', 'expense')
         WHERE m.day BETWEEN '2026-01-01' AND '2026-12-31'
           AND EXISTS (SELECT FROM accounting_entry e
                        WHERE e.source = 'year-end' AND NOT EXISTS (
                              SELECT FROM accounting_entry r WHERE r.reversal_of_id = e.id))
           AND NOT EXISTS (SELECT FROM accounting_period p WHERE p.state <> 'hard')
         GROUP BY m.account_id, m.currency HAVING sum(m.debits - m.credits) <> 0""",
    "a number that is missing": """
        SELECT j.code FROM accounting_journal j JOIN accounting_entry e ON e.journal_id = j.id
         WHERE j.is_gapless GROUP BY j.id HAVING max(e.number) <> count(*)""",
    "an entry in a period after it was shut": """
        SELECT e.id FROM accounting_entry e JOIN accounting_period p
            ON p.entity_id = e.entity_id AND e.date BETWEEN p.start AND p."end"
         WHERE p.state = 'hard' AND e.recorded_at > p.changed_at""",
    "an entry that is reversed twice or not mirrored": """
        SELECT r.id FROM accounting_entry r
          JOIN accounting_line a ON a.entry_id = r.id
          JOIN accounting_line b ON b.entry_id = r.reversal_of_id AND b.line_no = a.line_no
         WHERE a.amount <> -b.amount OR a.account_id <> b.account_id""",
}

amounts = st.integers(-5_000, 5_000)
days = st.integers(0, 89).map(lambda number: START + timedelta(days=number))


class Books(RuleBasedStateMachine):
    posted = Bundle("posted")
    reserved = Bundle("reserved")

    def __init__(self) -> None:
        super().__init__()
        self.turn = 0
        self.at = self.first_moment
        self.atom = transaction.atomic()
        self.atom.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atom.__exit__(None, None, None)

    def next(self) -> str:
        self.turn += 1
        self.at += timedelta(minutes=1)
        return f"k{self.turn}"

    def tries(self, verb, **arguments) -> object | None:
        """A refusal is an answer like any other; whatever else comes up is a fault."""
        try:
            return verb(actor=SYSTEM, at=self.at, **arguments)
        except Refused:
            return None

    @initialize()
    def open(self) -> None:
        open_books(SYSTEM, self.at)
        chart.ensure_journal(entity="HOUSE", code="INV", gapless=True, actor=SYSTEM, at=self.at)
        chart.set_limit(
            entity="HOUSE",
            account="Assets:Bank:A",
            kind="credits_must_not_exceed_debits",
            credit_line=Decimal(20),
            actor=SYSTEM,
            at=self.at,
        )
        limit = ("debits_must_not_exceed_credits",)
        accounts = [AccountRequest(1, "THB", 1), AccountRequest(2, "THB", 1)]
        accounts.append(AccountRequest(3, "THB", 1, limit))
        transferring.create_accounts(entity="HOUSE", accounts=accounts, actor=SYSTEM, at=self.at)
        for month, end in ((1, 31), (2, 28), (3, 31)):
            Period.objects.create(
                entity_id=chart.entity_id("HOUSE"),
                name=f"2026-{month:02}",
                start=date(2026, month, 1),
                end=date(2026, month, end),
            )

    @st.composite
    @staticmethod
    def lines(draw) -> tuple[LineDraft, ...]:
        made = []
        for code in draw(
            st.lists(st.sampled_from(sorted(CURRENCIES)), min_size=1, max_size=2, unique=True)
        ):
            parts = draw(
                st.lists(st.tuples(st.sampled_from(ACCOUNTS), amounts), min_size=1, max_size=3)
            )
            parts.append((draw(st.sampled_from(ACCOUNTS)), -sum(amount for _, amount in parts)))
            site = draw(st.sampled_from([{}, {}, {"site": "BKK"}]))
            made += [
                LineDraft(account, Decimal(amount).scaleb(-CURRENCIES[code]), code, None, site)
                for account, amount in parts
            ]
        return tuple(made)

    def draft(self, lines, day, journal="GEN") -> EntryDraft:
        return EntryDraft(
            key=self.next(), date=day, journal=journal, entity="HOUSE", memo="", lines=lines
        )

    @rule(target=posted, lines=lines(), day=days, journal=st.sampled_from(["GEN", "INV"]))
    def post(self, lines, day, journal):
        return self.tries(posting.post, entry=self.draft(lines, day, journal))

    @rule(drafts=st.lists(st.tuples(lines(), days), min_size=1, max_size=4), atomic=st.booleans())
    def post_many(self, drafts, atomic):
        entries = [self.draft(lines, day, "INV") for lines, day in drafts]
        self.tries(posting.post_many, entries=entries, atomic=atomic)

    @rule(entry=consumes(posted), day=days)
    def reverse(self, entry, day):
        if entry is not None:
            key = self.next()
            self.tries(reversing.reverse, entity="HOUSE", entry_id=entry.id, date=day, key=key)

    @rule(target=reserved, lines=lines(), day=days, minutes=st.sampled_from([None, 2, 50]))
    def pend(self, lines, day, minutes):
        timeout = None if minutes is None else timedelta(minutes=minutes)
        return self.tries(pending.pend, entry=self.draft(lines, day), timeout=timeout)

    @rule(entry=reserved)
    def post_pending(self, entry):
        if entry is not None:
            key = self.next()
            self.tries(pending.post_pending, entity="HOUSE", pending_id=entry.id, key=key)

    @rule(entry=reserved, part=st.integers(0, 4))
    def post_a_part(self, entry, part):
        """A quarter, a half … of every line; what rounding leaves does not balance: refused."""
        if entry is not None:
            key, rows = self.next(), PendingLine.objects.filter(entry_id=entry.id)
            lines = [
                LineDraft(
                    row.account.code,
                    round(row.amount * part / 4, CURRENCIES[row.currency]),
                    row.currency,
                )
                for row in rows.select_related("account").order_by("line_no")
            ]
            self.tries(
                pending.post_pending, entity="HOUSE", pending_id=entry.id, key=key, lines=lines
            )

    @rule(
        asked=st.lists(
            st.builds(
                Transfer,
                id=st.integers(1, 40),
                debit=st.integers(1, 3),
                credit=st.integers(1, 3),
                amount=st.integers(0, 50).map(Decimal),
                pending_id=st.sampled_from([0, 0, 1, 2, 3]),
                currency=st.just("THB"),
                code=st.just(1),
                linked=st.booleans(),
                pending=st.booleans(),
                post=st.booleans(),
                void=st.booleans(),
                balancing_debit=st.booleans(),
                balancing_credit=st.booleans(),
            ),
            min_size=1,
            max_size=5,
        )
    )
    def transfer(self, asked):
        """Linked chains, balancing transfers, two phases: whatever is asked has a status."""
        self.next()
        statuses = self.tries(transferring.create_transfers, entity="HOUSE", transfers=asked)
        assert statuses is None or len(statuses) == len(asked)

    @rule(entry=reserved)
    def void(self, entry):
        if entry is not None:
            self.tries(pending.void, entity="HOUSE", pending_id=entry.id, key=self.next())

    @rule()
    def expire(self):
        pending.expire(at=self.at)

    @rule(account=st.sampled_from(ACCOUNTS), close=st.booleans())
    def close_account(self, account, close):
        verb = chart.close_account if close else chart.reopen_account
        self.tries(verb, entity="HOUSE", account=account)

    @rule(month=st.integers(1, 3), state=st.sampled_from(Period.State.values))
    def move_period(self, month, state):
        self.next()
        Period.objects.filter(start=date(2026, month, 1)).update(state=state, changed_at=self.at)

    @rule(close=st.booleans())
    def close_the_year(self, close):
        self.next()
        if close:
            self.tries(closing.close_year, entity="HOUSE", year=2026)
        else:
            self.tries(closing.reopen_year, entity="HOUSE", year=2026, reason="late invoice")

    @rule(until=days)
    def keep_month_ends(self, until):
        self.tries(month_ends.keep, entity="HOUSE", until=until)

    @rule()
    def seal(self):
        proof.seal(entity="HOUSE", at=self.at)

    @invariant()
    def nothing_is_wrong(self):
        with connection.cursor() as cursor:
            for question, sql in QUESTIONS.items():
                cursor.execute(sql)
                assert cursor.fetchall() == [], question

    @invariant()
    def the_books_verify(self):
        if self.turn % 5 == 0 and self.turn:
            assert [c for c in verifying.verify(entity="HOUSE") if not c.holds] == []


@pytest.mark.django_db
def test_no_order_of_acts_breaks_the_books(at):
    Books.first_moment = at
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
