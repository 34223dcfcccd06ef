"""Reconcile what others keep for the house with the house's own books, statement by statement."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from accounting import chart
from accounting import queries as ledger
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement import booking
from settlement.formats.bank_statements import LineDraft, StatementDraft
from settlement.models import BankStatement, ReconciledAccount, StatementLine
from settlement.reconciliation import chasing, pairing
from settlement.rules import reconciliation as rules

CUSTODY_FORMATS = frozenset({"mt535"})


class AccountNotReconciled(Refused):
    """A statement of an account that nobody entered for reconciliation."""

    code = "statement-account-unknown"
    status = 404
    en = "Account {number} {currency} is not reconciled here; enter it with its ledger account."
    th = "ยังไม่ได้ตั้งค่าบัญชี {number} {currency} เพื่อกระทบยอด กรุณาระบุบัญชีแยกประเภทที่คู่กัน"


class StatementKnown(Refused):
    """The same file, or the same statement in another file, came before."""

    code = "statement-known"
    status = 409
    en = "Statement {statement} was imported before, on {day}."
    th = "ใบแจ้งยอด {statement} เคยนำเข้าแล้วเมื่อ {day}"


class AccountTaken(Refused):
    """An account that is entered already, with another ledger account."""

    code = "reconciled-account-taken"
    status = 409
    en = "Account {number} is reconciled with {ledger_account} already."
    th = "บัญชี {number} กระทบยอดกับ {ledger_account} อยู่แล้ว"


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


def enter_account(
    *,
    book: str,
    kind: str,
    number: str,
    currency: str,
    ledger_account: str,
    actor: Actor,
    at: datetime,
    starts_on: date | None = None,
) -> ReconciledAccount:
    """Enter an account for reconciliation, or find it; its ledger account is made when missing.

    Args:
        kind: "cash" or "custody"; a custody account has no currency.
        number: as the bank writes it; signs between letters and digits do not matter.
        starts_on: first day reconciled; by default the first statement's.

    Raises:
        NotAllowed; AccountTaken: entered before with another ledger account.
    """
    _require_desk(actor)
    with transaction.atomic():
        booking.prepare(book=book, actor=actor, at=at)
        chart.ensure_accounts(entity=book, codes=[ledger_account], actor=actor, at=at)
        account, created = ReconciledAccount.objects.get_or_create(
            kind=kind,
            number=rules.plain(number),
            currency="" if kind == ReconciledAccount.Kind.CUSTODY else currency,
            defaults={
                "book": book,
                "ledger_account": ledger_account,
                "starts_on": starts_on,
                "entered_at": at,
                "entered_by": actor.name,
            },
        )
        if not created and (account.book, account.ledger_account) != (book, ledger_account):
            raise AccountTaken(number=number, ledger_account=account.ledger_account)
        if created:
            audit.record(
                actor=actor,
                at=at,
                verb="reconciling.enter_account",
                subject_kind="settlement.reconciled_account",
                subject_id=account.pk,
                detail={"number": account.number, "ledger_account": ledger_account},
            )
    return account


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
    _require_desk(actor)
    with transaction.atomic():
        _take_turn(book)
        known = BankStatement.objects.filter(sha256=sha256).first()
        if known is not None:
            raise _known(known, file_name, 1)
        taken: list[BankStatement] = []
        total = Reconciled()
        for position, draft in enumerate(statements, start=1):
            account = _account(
                draft, format_, book, ledger_account, actor=actor, at=at, file=file_name
            )
            statement = _keep(
                draft,
                account,
                position=position,
                file_name=file_name,
                sha256=sha256,
                format_=format_,
                actor=actor,
                at=at,
            )
            taken.append(statement)
        for statement in taken:
            total = total.plus(_reconcile_statement(statement, actor, at))
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
                done = _reconcile_cash(one.account, one, actor, at, until=business_date)
                total = total.plus(done)
    return total


def _reconcile_statement(statement: BankStatement, actor: Actor, at: datetime) -> Reconciled:
    account = statement.account
    if account.kind == ReconciledAccount.Kind.CUSTODY:
        return _reconcile_custody(account, statement, actor, at)
    before = last_statement(account, until=statement.closed_on, before=statement.pk)
    if before is not None and before.closing != statement.opening:
        opening = statement.opening or Decimal(0)
        chasing.open_gap(
            statement=statement,
            difference=opening - (before.closing or Decimal(0)),
            asset=account.currency,
            actor=actor,
            at=at,
        )
    return _reconcile_cash(account, statement, actor, at, until=statement.closed_on)


def _reconcile_cash(
    account: ReconciledAccount,
    statement: BankStatement,
    actor: Actor,
    at: datetime,
    *,
    until: date,
) -> Reconciled:
    pairing.take_note(account=account, since=statement.opened_on, until=until)
    paired = pairing.pair(account=account, actor=actor, at=at)
    closed = chasing.close_matched(account=account, at=at)
    opened = chasing.open_breaks(
        account=account,
        lines=paired.bank,
        houses=paired.house,
        suspects=paired.suspects,
        until=statement.closed_on,
        actor=actor,
        at=at,
    )
    return Reconciled(paired.counts, opened, closed, chasing.count_open(account=account))


def _reconcile_custody(
    account: ReconciledAccount, statement: BankStatement, actor: Actor, at: datetime
) -> Reconciled:
    if last_statement(account, until=date.max) != statement:
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


def _account(
    draft: StatementDraft,
    format_: str,
    book: str,
    ledger_account: str,
    *,
    actor: Actor,
    at: datetime,
    file: str,
) -> ReconciledAccount:
    """The account that a statement is of: whole, after its bank code, or without its currency."""
    kind = "custody" if format_ in CUSTODY_FORMATS else "cash"
    forms = [rules.plain(draft.account), rules.plain(draft.account.rpartition("/")[2])]
    forms += [one.removesuffix(draft.currency) for one in forms if draft.currency]
    known = {
        one.number: one
        for one in ReconciledAccount.objects.filter(
            book=book, kind=kind, currency=draft.currency, number__in=forms
        )
    }
    found = next((known[form] for form in forms if form in known), None)
    if found is None and ledger_account:
        found = enter_account(
            book=book,
            kind=kind,
            number=draft.account,
            currency=draft.currency,
            ledger_account=ledger_account,
            starts_on=draft.opened_on,
            actor=actor,
            at=at,
        )
    if found is None:
        place = Place(file, draft.file_line, "account")
        raise AccountNotReconciled(place, number=draft.account, currency=draft.currency)
    if found.starts_on is None:
        found.starts_on = draft.opened_on
        found.save(update_fields=["starts_on"])
    return found


def _keep(
    draft: StatementDraft,
    account: ReconciledAccount,
    *,
    position: int,
    file_name: str,
    sha256: str,
    format_: str,
    actor: Actor,
    at: datetime,
) -> BankStatement:
    known = BankStatement.objects.filter(account=account, identity=draft.identity).first()
    if known is not None:
        raise _known(known, file_name, draft.file_line)
    statement = BankStatement.objects.create(
        account=account,
        identity=draft.identity,
        file_name=file_name,
        sha256=sha256,
        position=position,
        format=format_,
        opened_on=draft.opened_on,
        closed_on=draft.closed_on,
        opening=draft.opening,
        closing=draft.closing,
        lines=len(draft.lines),
        imported_at=at,
        imported_by=actor.name,
    )
    StatementLine.objects.bulk_create(
        (_line(one, statement, number) for number, one in enumerate(draft.lines, start=1)),
        batch_size=2_000,
    )
    return statement


def _line(draft: LineDraft, statement: BankStatement, number: int) -> StatementLine:
    return StatementLine(
        statement=statement,
        account=statement.account,
        number=number,
        file_line=draft.file_line,
        value_date=draft.value_date,
        booked_on=draft.booked_on,
        amount=draft.amount,
        asset=draft.asset,
        reference=draft.reference,
        known_by=list(draft.references),
        text=draft.text,
    )


def last_statement(
    account: ReconciledAccount, *, until: date, before: int | None = None
) -> BankStatement | None:
    """The account's latest statement up to `until`, of those taken before the one of that id."""
    found = BankStatement.objects.filter(account=account, closed_on__lte=until)
    if before is not None:
        found = found.filter(pk__lt=before)
    return found.order_by("-closed_on", "-pk").first()


def _known(statement: BankStatement, file_name: str, line: int) -> StatementKnown:
    return StatementKnown(
        Place(file_name, line),
        statement=statement.identity,
        day=f"{statement.imported_at:%Y-%m-%d %H:%M} UTC",
    )


def _require_desk(actor: Actor) -> None:
    if actor.role is Role.INTEGRATOR:
        return
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)


def _take_turn(book: str) -> None:
    turn = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
    with connection.cursor() as cursor:
        cursor.execute(turn, [f"reconciling:{book}"])
