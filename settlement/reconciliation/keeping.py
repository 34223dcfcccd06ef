"""What reconciliation keeps: accounts that others hold for the house, and their statements."""

from datetime import date, datetime

from django.db import transaction

from accounting import chart
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement import booking
from settlement.formats.bank_statements import LineDraft, StatementDraft
from settlement.models import BankStatement, ReconciledAccount, StatementLine
from settlement.rules import reconciliation as rules

CUSTODY_FORMATS = frozenset({"mt535"})


class AccountNotReconciled(Refused):
    """A statement of an account that nobody entered for reconciliation."""

    code = "statement-account-unknown"
    status = 404
    en = (
        "Account {account} is not reconciled here; say which ledger account mirrors it"
        " (--ledger ACCOUNT)."
    )
    th = "ยังไม่ได้ตั้งค่าบัญชี {account} เพื่อกระทบยอด กรุณาระบุบัญชีแยกประเภทที่คู่กัน (--ledger ACCOUNT)"


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
    require_desk(actor)
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


def account_of(
    *,
    draft: StatementDraft,
    format_: str,
    book: str,
    ledger_account: str,
    file_name: str,
    actor: Actor,
    at: datetime,
) -> ReconciledAccount:
    """The account that a statement is of: whole, after its bank code, or without its currency.

    Raises:
        AccountNotReconciled: it is not entered, and no ledger account is given to enter it with.
    """
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
        place = Place(file_name, draft.file_line, "account")
        # A custody account has no currency.
        account = f"{draft.account} {draft.currency}".rstrip()
        raise AccountNotReconciled(place, account=account)
    if found.starts_on is None:
        found.starts_on = draft.opened_on
        found.save(update_fields=["starts_on"])
    return found


def keep(
    *,
    draft: StatementDraft,
    account: ReconciledAccount,
    position: int,
    file_name: str,
    sha256: str,
    format_: str,
    actor: Actor,
    at: datetime,
) -> BankStatement:
    """Write a statement with its lines. Raises StatementKnown: it came in another file before."""
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


def refuse_known(*, file_name: str, sha256: str) -> None:
    """A file comes in once. Raises StatementKnown."""
    known = BankStatement.objects.filter(sha256=sha256).first()
    if known is not None:
        raise _known(known, file_name, 1)


def _known(statement: BankStatement, file_name: str, line: int) -> StatementKnown:
    return StatementKnown(
        Place(file_name, line),
        statement=statement.identity,
        day=f"{statement.imported_at:%Y-%m-%d %H:%M} UTC",
    )


def require_desk(actor: Actor) -> None:
    """Settlement's own people, and other systems. Raises NotAllowed."""
    if actor.role is Role.INTEGRATOR:
        return
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
