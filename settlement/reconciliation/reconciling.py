"""Reconcile what others keep for the house with the house's own books, statement by statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from accounting import queries as ledger
from backoffice.frame import audit
from backoffice.kernel.actors import Actor
from settlement.formats.bank_statements import StatementDraft
from settlement.models import BankStatement, ReconciledAccount, StatementLine
from settlement.reconciliation import chasing, keeping, pairing


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a run did over one or several accounts.

    Attributes:
        matched: way → number of matches.
        breaks: breaks opened now; closed: breaks that explained themselves.
        open: breaks open after the run.
    """

    matched: dict[str, int] = field(default_factory=dict)
    breaks: int = 0
    closed: int = 0
    open: int = 0

    def plus(self, other: "Reconciled") -> "Reconciled":
        """Both together."""
        ways = self.matched.keys() | other.matched.keys()
        return Reconciled(
            {way: self.matched.get(way, 0) + other.matched.get(way, 0) for way in sorted(ways)},
            self.breaks + other.breaks,
            self.closed + other.closed,
            self.open + other.open,
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """A file's statements and lines, and what reconciling them came to."""

    statements: int
    lines: int
    reconciled: Reconciled


def import_file(
    *,
    statements: Iterable[StatementDraft],
    file_name: str,
    sha256: str,
    format_: str,
    book: str,
    actor: Actor,
    at: datetime,
    ledger_account: str = "",
) -> Imported:
    """Take in a file's statements and reconcile them: all of them, or nothing.

    Args:
        statements: what `bank_statements.READERS[format_]` yields.
        sha256: of the file's bytes; a file comes in once.
        ledger_account: enters accounts that are unknown as mirrored by this one.

    Raises:
        NotAllowed, AccountNotReconciled, StatementKnown; the reader's refusals.
    """
    keeping.require_desk(actor)
    with transaction.atomic():
        _take_turn(book)
        keeping.refuse_known(file_name=file_name, sha256=sha256)
        taken: list[BankStatement] = []
        total = Reconciled()
        for position, draft in enumerate(statements, start=1):
            account = keeping.account_of(
                draft=draft,
                format_=format_,
                book=book,
                ledger_account=ledger_account,
                file_name=file_name,
                actor=actor,
                at=at,
            )
            statement = keeping.keep(
                draft=draft,
                account=account,
                position=position,
                file_name=file_name,
                sha256=sha256,
                format_=format_,
                actor=actor,
                at=at,
            )
            taken.append(statement)
        for statement in taken:
            total = total.plus(_look_for_gaps(statement, actor, at))
        for of_account in _by_account(taken):
            total = total.plus(_reconcile_statements(of_account, actor, at))
        lines = sum(one.lines for one in taken)
        audit.record(
            actor=actor,
            at=at,
            verb="reconciling.import_file",
            subject_kind="settlement.file",
            subject_id=file_name[:120],
            detail={"sha256": sha256, "statements": len(taken), "lines": lines},
        )
        return Imported(len(taken), lines, total)


def reconcile_day(*, book: str, business_date: date, actor: Actor, at: datetime) -> Reconciled:
    """Reconcile each nostro and custody account by its last statement up to the day.

    The statement may have come before the day was posted. Again, no effect.
    """
    last = BankStatement.objects.filter(account__book=book, closed_on__lte=business_date)
    last = last.order_by("account_id", "-closed_on", "-pk").distinct("account_id")
    total = Reconciled()
    if not last.exists():
        return total
    with transaction.atomic():
        _take_turn(book)
        for one in last.select_related("account"):
            if one.account.kind == ReconciledAccount.Kind.CUSTODY:
                total = total.plus(_reconcile_custody(one.account, one, actor, at))
            else:
                total = total.plus(_reconcile_cash([one], actor, at, until=business_date))
    return total


def _by_account(statements: Iterable[BankStatement]) -> list[list[BankStatement]]:
    """Each account's statements, in the file's order."""
    found: dict[int, list[BankStatement]] = {}
    for one in statements:
        found.setdefault(one.account_id, []).append(one)
    return list(found.values())


def _look_for_gaps(statement: BankStatement, actor: Actor, at: datetime) -> Reconciled:
    """A statement of cash that opens otherwise than the one before it closed is a break.

    One that comes late fills the gap that was found without it.
    """
    account = statement.account
    if account.kind == ReconciledAccount.Kind.CUSTODY:
        return Reconciled()
    before = keeping.last_statement(account, until=statement.closed_on, before=statement.pk)
    if before is not None and before.closing != statement.opening:
        opening = statement.opening or Decimal(0)
        chasing.open_gap(
            statement=statement,
            difference=opening - (before.closing or Decimal(0)),
            asset=account.currency,
            actor=actor,
            at=at,
        )
    return Reconciled(closed=chasing.close_gaps(statement=statement, at=at))


def _reconcile_statements(
    statements: Sequence[BankStatement], actor: Actor, at: datetime
) -> Reconciled:
    """Reconcile an account's statements of a file together: each line is looked at once."""
    account = statements[0].account
    if account.kind != ReconciledAccount.Kind.CUSTODY:
        return _reconcile_cash(
            statements, actor, at, until=max(one.closed_on for one in statements)
        )
    total = Reconciled()
    for one in statements:
        total = total.plus(_reconcile_custody(account, one, actor, at))
    return total


def _reconcile_cash(
    statements: Sequence[BankStatement], actor: Actor, at: datetime, *, until: date
) -> Reconciled:
    """Args: until: the last day whose ledger lines are looked at."""
    account = statements[0].account
    since = min(one.opened_on for one in statements)
    pairing.take_note(account=account, since=since, until=until)
    paired = pairing.pair(account=account, actor=actor, at=at)
    closed = chasing.close_matched(account=account, actor=actor, at=at)
    opened = chasing.open_breaks(
        account=account,
        lines=paired.bank,
        houses=paired.house,
        suspects=paired.suspects,
        until=max(one.closed_on for one in statements),
        actor=actor,
        at=at,
    )
    return Reconciled(paired.counts, opened, closed, chasing.count_open(account=account))


def _reconcile_custody(
    account: ReconciledAccount, statement: BankStatement, actor: Actor, at: datetime
) -> Reconciled:
    if keeping.last_statement(account, until=date.max) != statement:
        return Reconciled(open=chasing.count_open(account=account))
    told: dict[str, Decimal] = {}
    lines = StatementLine.objects.filter(statement=statement)
    for asset, amount in lines.values_list("asset", "amount"):
        told[asset] = told.get(asset, Decimal(0)) + amount
    ours = ledger.balance(
        entity=account.book, account=account.ledger_account, as_of=statement.closed_on
    )
    before = chasing.count_open(account=account)
    differing = chasing.compare_positions(
        statement=statement, told=told, ours=ours, actor=actor, at=at
    )
    agreed = len(told.keys() | {asset for asset, held in ours.items() if held}) - differing
    after = chasing.count_open(account=account)
    return Reconciled({"position": agreed}, max(0, after - before), max(0, before - after), after)


def _take_turn(book: str) -> None:
    turn = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
    with connection.cursor() as cursor:
        cursor.execute(turn, [f"reconciling:{book}"])
