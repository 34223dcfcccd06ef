"""Write off a break: one person proposes, another approves, and the entry stands at once."""

import zoneinfo
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from accounting import chart, posting
from accounting.rules import EntryDraft, LineDraft
from backoffice.desk import approving
from backoffice.desk import queries as desk
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement import booking
from settlement.models import Break, HouseLine, ReconciliationMatch
from settlement.reconciliation import chasing, pairing

KIND: Final = "settlement.write_off"
DIFFERENCES: Final = "Expenses:Reconciliation"
BANGKOK: Final = zoneinfo.ZoneInfo("Asia/Bangkok")


class BreakClosed(Refused):
    """The break does not exist, or is explained by now."""

    code = "break-closed"
    status = 409
    en = "Break {number} is closed or does not exist."
    th = "ผลต่าง {number} ปิดแล้วหรือไม่มีอยู่"


class BreakChanged(Refused):
    """Since it was proposed, the break became another difference."""

    code = "break-changed"
    status = 409
    en = "Break {number} is a difference of {amount} by now; propose its write-off anew."
    th = "ผลต่าง {number} กลายเป็น {amount} แล้ว กรุณาเสนอตัดจำหน่ายใหม่"


class NothingToWriteOff(Refused):
    """A break that no entry on the nostro can settle: a missing statement, a differing holding."""

    code = "break-not-written-off"
    status = 409
    en = "Break {number} cannot be written off: {kind}."
    th = "ตัดจำหน่ายผลต่าง {number} ไม่ได้: {kind}"


class ReasonMissing(Refused):
    """A write-off without a reason."""

    code = "write-off-reason-missing"
    en = "Give the reason for the write-off."
    th = "กรุณาระบุเหตุผลในการตัดจำหน่าย"


def propose(
    *, break_id: int, reason: str, actor: Actor, at: datetime, account: str = DIFFERENCES
) -> int:
    """Ask a second person to write off a break; nothing is booked before.

    Args:
        account: ledger account that bears the difference.

    Returns:
        The work item's id.

    Raises:
        NotAllowed, BreakClosed, NothingToWriteOff, ReasonMissing.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    if not reason.strip():
        raise ReasonMissing(Place(field="reason"))
    with transaction.atomic():
        one = _locked(break_id)
        amount = _shown(one)
        return approving.propose(
            kind=KIND,
            department=Department.SETTLEMENT.value,
            subject_kind="settlement.break",
            subject_ref=str(one.pk),
            title_en=f"Write off {amount} on {one.account}",
            title_th=f"ตัดจำหน่าย {amount} ในบัญชี {one.account}",
            payload={
                "break_id": one.pk,
                "difference": amount,
                "account": account,
                "reason": reason.strip(),
            },
            actor=actor,
            at=at,
        )


def waiting(*, book: str) -> int:
    """How many write-offs of the book wait for a second person; two queries."""
    proposed = [one["break_id"] for one in desk.waiting_subjects(kind=KIND).values()]
    return Break.objects.filter(pk__in=proposed, account__book=book).count()


def decide(*, payload: dict[str, Any], approved: bool, actor: Actor, at: datetime) -> None:
    """The effect of the desk's decision; on the reactions page as KIND.

    The entry, the match that it completes and the break's closing commit with the approval.

    Raises:
        BreakClosed, BreakChanged: it was explained in the meantime, or half of it.
    """
    if not approved:
        return
    with transaction.atomic():
        one = _locked(int(payload["break_id"]))
        if _shown(one) != payload["difference"]:
            raise BreakChanged(number=one.pk, amount=_shown(one))
        entry_id = _post(one, payload, actor, at)
        day = _day(one, at)
        pairing.take_note(account=one.account, since=day, until=day)
        ours = [pk for pk in (one.house_line_id,) if pk]
        ours += HouseLine.objects.filter(entry_id=entry_id).values_list("pk", flat=True)
        pairing.pair_by_hand(
            account=one.account,
            line_ids=[one.line_id] if one.line_id else [],
            house_line_ids=ours,
            note=str(payload["reason"]),
            how=ReconciliationMatch.How.WRITTEN_OFF,
            actor=actor,
            at=at,
        )
        chasing.close_matched(account=one.account, actor=actor, at=at)


def _post(one: Break, payload: dict[str, Any], actor: Actor, at: datetime) -> int:
    book, bearing = one.account.book, str(payload["account"])
    nostro = one.account.ledger_account
    booking.prepare(book=book, actor=actor, at=at)
    chart.ensure_accounts(entity=book, codes=[bearing], actor=actor, at=at)
    posted = posting.post(
        entry=EntryDraft(
            key=f"write_off:{one.pk}",
            date=_day(one, at),
            journal=booking.SETTLEMENT_JOURNAL,
            entity=book,
            memo=f"write-off of break {one.pk}: {payload['reason']}",
            lines=(
                LineDraft(nostro, one.amount, one.asset),
                LineDraft(bearing, -one.amount, one.asset),
            ),
            source="settlement",
        ),
        actor=actor,
        at=at,
    )
    return posted.id


def _locked(break_id: int) -> Break:
    one = (
        Break.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(pk=break_id, closed_at=None)
        .first()
    )
    if one is None:
        raise BreakClosed(number=break_id)
    if one.kind in (Break.Kind.STATEMENT_GAP, Break.Kind.POSITION_DIFFERS):
        raise NothingToWriteOff(number=break_id, kind=one.get_kind_display())
    return one


def _shown(one: Break) -> str:
    try:
        return f"{money.format_amount(one.amount, one.asset)} {one.asset}"
    except Refused:
        return f"{Decimal(one.amount).normalize():f} {one.asset}"


def _day(one: Break, at: datetime) -> date:
    """The day the entry is of: today in Bangkok, but none before the account is reconciled."""
    today = at.astimezone(BANGKOK).date()
    return max(today, one.account.starts_on or today)
