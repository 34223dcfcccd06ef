"""Breaks: differences that reconciliation cannot explain, put on the desk and taken off again."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from backoffice.desk import claiming, queueing
from backoffice.frame.amounts import amount_text
from backoffice.kernel.actors import Actor, Department
from settlement.models import BankStatement, Break, ReconciledAccount
from settlement.rules.reconciliation import DAYS_APART

KIND: Final = "settlement.break"
SHARED: Final = "settlement.breaks"
RECONCILED: Final = "Reconciled. / กระทบยอดแล้ว"
ITEMS_MAX: Final = 100
"""As many breaks of one run get a work item each, the largest first; the rest share one."""
DUE_IN: Final = timedelta(days=2)
# An item that was closed while its break is still open comes back.
ON_NOBODYS_DESK: Final = Q(item=None) | ~Q(item__state__in=("open", "claimed"))
NOT_IN_BOOKS = """
    INSERT INTO settlement_break
        (account_id, kind, statement_id, line_id, house_line_id, asset, amount, since, opened_at,
         closed_how)
    SELECT l.account_id,
           CASE WHEN h.id IS NULL THEN 'missing_in_books' ELSE 'amount_differs' END,
           l.statement_id, l.id, h.id, l.asset, l.amount - coalesce(h.amount, 0), l.value_date,
           %(at)s, ''
      FROM unnest(%(lines)s::bigint[], %(suspects)s::bigint[]) AS o(line_id, house_id)
      JOIN settlement_statementline l ON l.id = o.line_id
      LEFT JOIN settlement_houseline h ON h.id = o.house_id
           AND NOT EXISTS (SELECT 1 FROM settlement_break b WHERE b.house_line_id = h.id)
     WHERE NOT EXISTS (SELECT 1 FROM settlement_break b WHERE b.line_id = l.id)
     ORDER BY l.value_date, l.id
"""
NOT_AT_BANK = """
    INSERT INTO settlement_break
        (account_id, kind, house_line_id, asset, amount, since, opened_at, closed_how)
    SELECT h.account_id, 'missing_at_bank', h.id, h.asset, -h.amount, h.date, %(at)s, ''
      FROM settlement_houseline h
     WHERE h.id = ANY(%(houses)s) AND h.date < %(late)s
       AND NOT EXISTS (SELECT 1 FROM settlement_break b WHERE b.house_line_id = h.id)
     ORDER BY h.date, h.id
"""
# Of two lines that should have been one, one was matched with another: the other stays unexplained.
HALF_MATCHED = """
    UPDATE settlement_break b
       SET kind = CASE WHEN x.line_open THEN 'missing_in_books' ELSE 'missing_at_bank' END,
           statement_id = CASE WHEN x.line_open THEN b.statement_id END,
           line_id = CASE WHEN x.line_open THEN b.line_id END,
           house_line_id = CASE WHEN x.line_open THEN NULL ELSE b.house_line_id END,
           amount = CASE WHEN x.line_open THEN x.told ELSE -x.booked END,
           since = CASE WHEN x.line_open THEN b.since ELSE x.date END,
           item_id = NULL
      FROM (SELECT o.id, o.item_id, l.amount AS told, h.amount AS booked, h.date,
                   NOT EXISTS (SELECT FROM settlement_matchedline m
                                WHERE m.line_id = l.id) AS line_open,
                   NOT EXISTS (SELECT FROM settlement_matchedline m
                                WHERE m.house_line_id = h.id) AS house_open
              FROM settlement_break o
              JOIN settlement_statementline l ON l.id = o.line_id
              JOIN settlement_houseline h ON h.id = o.house_line_id
             WHERE o.account_id = %(account)s AND o.closed_at IS NULL) x
     WHERE x.id = b.id AND x.line_open <> x.house_open
    RETURNING b.id
"""
# Each side by itself: a condition on either would hold every break against every matched line.
MATCHED_SINCE = """
    WITH open AS MATERIALIZED (
        SELECT id, line_id, house_line_id FROM settlement_break
         WHERE account_id = %(account)s AND closed_at IS NULL),
    matched AS (
        SELECT o.id, m.match_id FROM open o JOIN settlement_matchedline m ON m.line_id = o.line_id
         UNION
        SELECT o.id, m.match_id
          FROM open o JOIN settlement_matchedline m ON m.house_line_id = o.house_line_id),
    told AS (SELECT id, min(match_id) AS match_id FROM matched GROUP BY id)
    UPDATE settlement_break b SET closed_at = %(at)s, closed_how = x.how
      FROM told JOIN settlement_reconciliationmatch x ON x.id = told.match_id
     WHERE b.id = told.id
    RETURNING b.id
"""
# As many rows as there are, not a choice among all of them for each.
CHANGED = """
    UPDATE settlement_break b SET amount = n.amount, statement_id = %(statement)s
      FROM unnest(%(ids)s::bigint[], %(amounts)s::numeric[]) AS n(id, amount)
     WHERE b.id = n.id
"""
ON_DESK = """
    UPDATE settlement_break b SET item_id = n.item
      FROM unnest(%(ids)s::bigint[], %(items)s::bigint[]) AS n(id, item)
     WHERE b.id = n.id
"""


def open_breaks(
    *,
    account: ReconciledAccount,
    lines: Iterable[int],
    houses: Iterable[int],
    suspects: dict[int, int],
    until: date,
    actor: Actor,
    at: datetime,
) -> int:
    """Open a break for each open line that has none, and put the new ones on the desk.

    Args:
        lines, houses: ids of open lines of the bank and of the house.
        suspects: bank line → house line of the same reference with another amount.
        until: the statement's day; lines of ours are late three days after their date.
    """
    chosen, suspected = list(lines), set(suspects.values())
    names: dict[str, Any] = {
        "at": at,
        "lines": chosen,
        "suspects": [suspects.get(one) for one in chosen],
        "houses": [one for one in houses if one not in suspected],
        "late": until - timedelta(days=DAYS_APART),
    }
    with connection.cursor() as cursor:
        cursor.execute(NOT_IN_BOOKS, names)
        opened = int(cursor.rowcount)
        cursor.execute(NOT_AT_BANK, names)
        opened += int(cursor.rowcount)
    if opened:
        put_on_desk(account=account, actor=actor, at=at)
    return opened


def close_matched(*, account: ReconciledAccount, actor: Actor, at: datetime) -> int:
    """Close the breaks whose lines were matched since, and their work items; returns how many.

    Where only one of a break's two lines was, the other is a break of its own from then on.
    """
    names: dict[str, Any] = {"account": account.pk, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(HALF_MATCHED, names)
        halves = [row[0] for row in cursor.fetchall()]
        cursor.execute(MATCHED_SINCE, names)
        closed = [row[0] for row in cursor.fetchall()]
    _take_off(account, [*halves, *closed], at)
    if halves:
        put_on_desk(account=account, actor=actor, at=at)
    return len(closed)


def close_gaps(*, statement: BankStatement, at: datetime) -> int:
    """Close the gaps that a statement fills which came late; returns how many."""
    gaps = Break.objects.select_for_update(of=("self",)).filter(
        account=statement.account,
        kind=Break.Kind.STATEMENT_GAP,
        closed_at=None,
        statement__opening=statement.closing,
        statement__closed_on__gte=statement.closed_on,
        statement__pk__lt=statement.pk,
    )
    found = [one.pk for one in gaps]
    Break.objects.filter(pk__in=found).update(closed_at=at, closed_how="amount_date")
    _take_off(statement.account, found, at)
    return len(found)


def open_gap(
    *, statement: BankStatement, difference: Decimal, asset: str, actor: Actor, at: datetime
) -> None:
    """A statement opens with another balance than the one before closed with."""
    Break.objects.get_or_create(
        kind=Break.Kind.STATEMENT_GAP,
        statement=statement,
        defaults={
            "account": statement.account,
            "asset": asset,
            "amount": difference,
            "since": statement.opened_on,
            "opened_at": at,
        },
    )
    put_on_desk(account=statement.account, actor=actor, at=at)


def compare_positions(
    *,
    statement: BankStatement,
    told: dict[str, Decimal],
    ours: dict[str, Decimal],
    actor: Actor,
    at: datetime,
) -> int:
    """Open a break for each asset that the custodian holds otherwise, close those that agree now.

    Returns:
        How many assets differ.
    """
    differences = {
        asset: told.get(asset, Decimal(0)) - ours.get(asset, Decimal(0))
        for asset in sorted(told.keys() | ours.keys())
    }
    known = {
        one.asset: one
        for one in Break.objects.select_for_update(of=("self",)).filter(
            account=statement.account, kind=Break.Kind.POSITION_DIFFERS, closed_at=None
        )
    }
    agreed = [one.pk for asset, one in known.items() if not differences.get(asset)]
    Break.objects.filter(pk__in=agreed).update(closed_at=at, closed_how="amount_date")
    _take_off(statement.account, agreed, at)
    changed = [one for asset, one in known.items() if differences.get(asset)]
    if changed:
        names: dict[str, Any] = {
            "statement": statement.pk,
            "ids": [one.pk for one in changed],
            "amounts": [differences[one.asset] for one in changed],
        }
        with connection.cursor() as cursor:
            cursor.execute(CHANGED, names)
    Break.objects.bulk_create(
        Break(
            account=statement.account,
            kind=Break.Kind.POSITION_DIFFERS,
            statement=statement,
            asset=asset,
            amount=difference,
            since=statement.closed_on,
            opened_at=at,
        )
        for asset, difference in differences.items()
        if difference and asset not in known
    )
    put_on_desk(account=statement.account, actor=actor, at=at)
    return sum(1 for difference in differences.values() if difference)


def put_on_desk(*, account: ReconciledAccount, actor: Actor, at: datetime) -> None:
    """A work item for each open break without one, the largest first; the rest share one."""
    waiting = list(
        Break.objects.filter(ON_NOBODYS_DESK, account=account, closed_at=None).select_related(
            "line", "house_line", "statement"
        )
    )
    waiting.sort(key=lambda one: (-abs(one.amount), one.since, one.pk))
    items = queueing.open_items(
        kind=KIND,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.break",
        work=[_work(one, account) for one in waiting[:ITEMS_MAX]],
        due_at=at + DUE_IN,
        actor=actor,
        at=at,
    )
    on_desk = [items[str(one.pk)] for one in waiting[:ITEMS_MAX]]
    if rest := waiting[ITEMS_MAX:]:
        item_id = queueing.open_item(
            kind=SHARED,
            department=Department.SETTLEMENT.value,
            subject_kind="settlement.account",
            subject_ref=str(account),
            title_en=f"{len(rest):,} further breaks of {account}",
            title_th=f"ผลต่างอื่นอีก {len(rest):,} รายการของบัญชี {account}",
            payload={"account": account.number, "breaks": len(rest)},
            due_at=at + DUE_IN,
            actor=actor,
            at=at,
        )
        on_desk += [item_id] * len(rest)
    if waiting:
        with connection.cursor() as cursor:
            cursor.execute(ON_DESK, {"ids": [one.pk for one in waiting], "items": on_desk})


def _work(one: Break, account: ReconciledAccount) -> queueing.Work:
    amount = f"{amount_text(one.amount, one.asset)} {one.asset}"
    named = str(one.line or one.house_line or one.statement or one.asset)
    title_en, title_th = TITLES[one.kind]
    facts = {"account": account.number, "amount": amount, "name": named}
    return queueing.Work(
        subject_ref=str(one.pk),
        title_en=title_en.format(**facts),
        title_th=title_th.format(**facts),
        payload={
            "account": account.number,
            "difference": amount,
            "reference": named,
            "since": one.since.isoformat(),
        },
    )


TITLES: Final = {
    "missing_in_books": (
        "Not in our books: {amount} on {account} ({name})",
        "ไม่พบในสมุดบัญชีของเรา: {amount} ในบัญชี {account} ({name})",
    ),
    "missing_at_bank": (
        "Not on the statement: {amount} on {account} ({name})",
        "ไม่พบในใบแจ้งยอด: {amount} ในบัญชี {account} ({name})",
    ),
    "amount_differs": (
        "Amount differs by {amount} on {account} ({name})",
        "จำนวนเงินต่างกัน {amount} ในบัญชี {account} ({name})",
    ),
    "statement_gap": (
        "A statement is missing before {name} of {account}: {amount}",
        "ขาดใบแจ้งยอดก่อน {name} ของบัญชี {account}: {amount}",
    ),
    "position_differs": (
        "Holding differs by {amount} on {account}",
        "ยอดถือครองต่างกัน {amount} ในบัญชี {account}",
    ),
}


def _take_off(account: ReconciledAccount, breaks: Sequence[int], at: datetime) -> None:
    """Close the work of breaks that are explained; what they shared, with the last that shared it.

    A few statements for any number.
    """
    if not breaks:
        return
    done: dict[str, Any] = {
        "answer": RECONCILED, "actor": Actor.system("reconciling"), "at": at
    }  # fmt: skip
    refs = [str(one) for one in breaks]
    claiming.close_done(
        kind=KIND, subject_kind="settlement.break", subject_refs=refs, **done
    )  # fmt: skip
    if not Break.objects.filter(account=account, closed_at=None, item__kind=SHARED).exists():
        claiming.close_done(
            kind=SHARED, subject_kind="settlement.account", subject_refs=[str(account)], **done
        )


def count_open(*, account: ReconciledAccount) -> int:
    """How many breaks of the account wait for an explanation."""
    return Break.objects.filter(account=account, closed_at=None).count()
