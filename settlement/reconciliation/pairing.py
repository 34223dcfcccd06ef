"""Pair the bank's lines with the house's: take note of the ledger, match, write the matches."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Final

from django.db import connection, transaction

from accounting import queries as ledger
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.models import HouseLine, ReconciledAccount, ReconciliationMatch
from settlement.rules import reconciliation as rules

LOOKS_BACK: Final = timedelta(days=45)
"""How long before the last statement a ledger line may be dated and still be noticed."""
CHUNK: Final = 5_000
OPEN_BANK = """
    SELECT l.id, l.amount, l.value_date, l.known_by FROM settlement_statementline l
     WHERE l.account_id = %s
       AND NOT EXISTS (SELECT 1 FROM settlement_matchedline m WHERE m.line_id = l.id)
     ORDER BY l.value_date, l.id
"""
OPEN_HOUSE = """
    SELECT h.id, h.amount, h.date, h.key, h.memo FROM settlement_houseline h
     WHERE h.account_id = %s
       AND NOT EXISTS (SELECT 1 FROM settlement_matchedline m WHERE m.house_line_id = h.id)
     ORDER BY h.date, h.id
"""
MATCHES = """
    INSERT INTO settlement_reconciliationmatch (account_id, how, note, matched_at, matched_by)
    SELECT %(account)s, how, %(note)s, %(at)s, %(by)s
      FROM unnest(%(hows)s::text[]) WITH ORDINALITY AS t(how, n) ORDER BY n
    RETURNING id
"""
# One statement, so that the database compares both sides of each match when all lines are there.
LINES = """
    INSERT INTO settlement_matchedline (match_id, line_id, house_line_id)
    SELECT * FROM unnest(%(match)s::bigint[], %(line)s::bigint[], %(house)s::bigint[])
"""


class SumsDiffer(Refused):
    """Lines chosen by hand do not come to the same sum."""

    code = "match-sums-differ"
    status = 409
    en = "The bank's lines come to {bank}, ours to {house}."
    th = "รายการธนาคารรวม {bank} แต่รายการของเรารวม {house}"


class LineNotOpen(Refused):
    """A line does not exist in the account, or is matched already."""

    code = "match-line-not-open"
    status = 409
    en = "Line {line} is matched already, or is none of account {account}."
    th = "รายการ {line} จับคู่แล้ว หรือไม่ใช่รายการของบัญชี {account}"


@dataclass(frozen=True, slots=True)
class Paired:
    """What one run did: how many matches by each way, and what is left open.

    Attributes:
        bank, house: ids of lines left.
        suspects: bank line → house line of the same reference with another amount.
    """

    counts: dict[str, int]
    bank: tuple[int, ...]
    house: tuple[int, ...]
    suspects: dict[int, int]


def take_note(*, account: ReconciledAccount, since: date, until: date) -> int:
    """Note the ledger account's lines from `since` (at least 45 days back) to `until`, each once.

    Returns:
        How many were new.
    """
    first = since - LOOKS_BACK
    if account.starts_on is not None:
        first = max(first, account.starts_on)
    lines = ledger.statement_lines(
        entity=account.book, account=account.ledger_account, from_=first, to=until
    )
    before = HouseLine.objects.filter(account=account).count()
    for chunk in batched(lines, CHUNK):
        rows = [
            HouseLine(
                account=account,
                entry_id=line.entry_id,
                line_no=line.line_no,
                key=line.key[:200],
                memo=line.memo,
                date=line.date,
                amount=line.amount,
                asset=line.currency,
            )
            for line in chunk
            if line.currency == account.currency
        ]
        HouseLine.objects.bulk_create(rows, ignore_conflicts=True)
    new = HouseLine.objects.filter(account=account).count() - before
    if new >= CHUNK:
        # Many new lines change what the planner should think of; do not wait for autovacuum.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE settlement_houseline, settlement_statementline")
    return new


def pair(*, account: ReconciledAccount, actor: Actor, at: datetime) -> Paired:
    """Match what is open in the account, in the caller's transaction; three statements or four."""
    bank, house = _open_items(account)
    found = rules.match(bank, house)
    counts: dict[str, int] = {}
    for one in found.matches:
        counts[one.how.value] = counts.get(one.how.value, 0) + 1
    _write(account, found.matches, actor=actor, at=at)
    return Paired(counts, found.bank, found.house, dict(found.suspects))


def pair_by_hand(
    *,
    account: ReconciledAccount,
    line_ids: Sequence[int],
    house_line_ids: Sequence[int],
    note: str,
    actor: Actor,
    at: datetime,
    how: str = ReconciliationMatch.How.BY_HAND,
) -> int:
    """Declare lines of both sides the same money; returns the match's id.

    Raises:
        NotAllowed, LineNotOpen; SumsDiffer with both sums.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    with transaction.atomic():
        bank, house = ({one.id: one for one in side} for side in _open_items(account))
        for ids, side in ((line_ids, bank), (house_line_ids, house)):
            for one in ids:
                if one not in side:
                    raise LineNotOpen(Place(field="line"), line=one, account=account.number)
        sums = [
            sum((side[one].amount for one in ids), start=rules.ZERO)
            for ids, side in ((line_ids, bank), (house_line_ids, house))
        ]
        if sums[0] != sums[1]:
            raise SumsDiffer(bank=f"{sums[0]:f}", house=f"{sums[1]:f}")
        made = rules.Match(rules.How(how), tuple(line_ids), tuple(house_line_ids))
        match_id = _write(account, [made], actor=actor, at=at, note=note)[0]
        audit.record(
            actor=actor,
            at=at,
            verb="pairing.pair_by_hand",
            subject_kind="settlement.match",
            subject_id=match_id,
            detail={"how": how, "note": note},
        )
        return match_id


def _open_items(account: ReconciledAccount) -> tuple[list[rules.Item], list[rules.Item]]:
    with connection.cursor() as cursor:
        cursor.execute(OPEN_BANK, [account.pk])
        bank = [
            rules.Item(pk, amount, day, frozenset(json.loads(known_by)))
            for pk, amount, day, known_by in cursor.fetchall()
        ]
        cursor.execute(OPEN_HOUSE, [account.pk])
        house = [
            rules.Item(pk, amount, day, rules.references_of(key, memo))
            for pk, amount, day, key, memo in cursor.fetchall()
        ]
    return bank, house


def _write(
    account: ReconciledAccount,
    matches: Sequence[rules.Match],
    *,
    actor: Actor,
    at: datetime,
    note: str = "",
) -> list[int]:
    if not matches:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            MATCHES,
            {
                "account": account.pk,
                "hows": [one.how.value for one in matches],
                "note": note,
                "at": at,
                "by": actor.name,
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
        rows: list[tuple[int, int | None, int | None]] = []
        for match_id, one in zip(ids, matches, strict=True):
            rows += [(match_id, line, None) for line in one.bank]
            rows += [(match_id, None, line) for line in one.house]
        columns = zip(*rows, strict=True)
        names = ("match", "line", "house")
        cursor.execute(LINES, dict(zip(names, map(list, columns), strict=True)))
    return ids
