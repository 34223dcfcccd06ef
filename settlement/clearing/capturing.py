"""Capture transactions: from a register file, or one by one from the API. All, or nothing."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from backoffice.reference import days
from settlement.formats.register import RegisterLine
from settlement.models import ImportFile, Participant, Transaction
from settlement.rules.trades import require_likely

REGISTER = "register"
CHUNK = 5_000
COLUMNS = (
    "line_no, source_ref, business_date, account, direction, operation, amount, partner,"
    " partner_account, purpose, reported_balance"
)
STAGE = """
    CREATE TEMP TABLE capture_stage (
        line_no integer, source_ref text, business_date date, account text, direction text,
        operation text, amount numeric, partner text, partner_account text, purpose text,
        reported_balance numeric
    ) ON COMMIT DROP
"""
PARTICIPANTS = """
    INSERT INTO settlement_participant (code, name_en, name_th, kind, bic, party_code)
    SELECT DISTINCT partner, partner, '', 'bank', '', partner FROM capture_stage
     WHERE partner IS NOT NULL ORDER BY partner
    ON CONFLICT (code) DO NOTHING
"""
# A line that is known, but came with other figures before: the earlier one stands.
CHANGED = """
    SELECT s.line_no, s.source_ref FROM capture_stage s
      JOIN settlement_transaction t
        ON t.book = %(book)s AND t.source = %(source)s AND t.source_ref = s.source_ref
     WHERE (t.business_date, t.account, t.direction, t.operation, t.amount)
           IS DISTINCT FROM (s.business_date, s.account, s.direction, s.operation, s.amount)
     ORDER BY s.line_no LIMIT 1
"""
NEW_ON = """
    SELECT min(s.line_no) FROM capture_stage s
     WHERE s.business_date = %(day)s
       AND NOT EXISTS (SELECT 1 FROM settlement_transaction t WHERE t.book = %(book)s
                          AND t.source = %(source)s AND t.source_ref = s.source_ref)
"""
TAKE = """
    INSERT INTO settlement_transaction
        (book, source, source_ref, file_id, line_no, business_date, value_date, account, direction,
         operation, amount, currency, participant_id, partner_account, purpose, reported_balance,
         captured_at)
    SELECT %(book)s, %(source)s, s.source_ref, %(file)s, s.line_no, s.business_date,
           s.business_date, s.account, s.direction, s.operation, s.amount, %(currency)s, p.id,
           coalesce(s.partner_account, ''), coalesce(btrim(s.purpose), ''),
           s.reported_balance, %(at)s
      FROM capture_stage s LEFT JOIN settlement_participant p ON p.code = s.partner
     ORDER BY s.line_no
    ON CONFLICT (book, source, source_ref) DO NOTHING
"""


class TransactionDiffers(Refused):
    """A transaction that is known came again with other figures."""

    code = "transaction-differs"
    status = 409
    en = "Transaction {ref} was captured before with other figures."
    th = "รายการเลขที่ {ref} เคยบันทึกไว้แล้วด้วยข้อมูลที่ต่างกัน"


class DayNotTaking(Refused):
    """A transaction belongs to a day that is closing or sealed."""

    code = "day-not-taking"
    status = 409
    en = "Business day {day} of {book} takes no more transactions."
    th = "วันทำการ {day} ของสมุด {book} ไม่รับรายการเพิ่มแล้ว"


@dataclass(frozen=True, slots=True)
class Captured:
    """How many of a file's lines fared so; business dates, None for a file without good lines."""

    taken: int
    known: int
    refused: int
    first: date | None
    last: date | None


def capture_register(
    *,
    lines: Iterable[RegisterLine | Refused],
    file_name: str,
    sha256: str,
    book: str,
    currency: str,
    actor: Actor,
    at: datetime,
    skip_bad: bool = False,
    on_lines: Callable[[int], None] | None = None,
    on_refused: Callable[[Refused], None] | None = None,
) -> Captured:
    """Capture a register's lines in one transaction; memory does not grow with the file.

    Args:
        lines: what `settlement.formats.register.read` yields.
        sha256: of the file's bytes, kept with the file's name.
        skip_bad: keep the good lines of a file with bad ones; otherwise the first bad line
            refuses the file.
        on_lines: told how many lines were read since the last call.
        on_refused: told each bad line that is left out.

    Raises:
        NotAllowed.
        Refused: the bad line's own refusal, TransactionDiffers, DayNotTaking.
    """
    _require_clerk(actor)
    left_out = _LeftOut(on_refused)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGE)
        for chunk in _chunks(left_out.of(lines) if skip_bad else lines):
            cursor.copy_expert(f"COPY capture_stage ({COLUMNS}) FROM STDIN (FORMAT csv)", chunk[0])
            if on_lines is not None:
                on_lines(chunk[1])
        names: dict[str, Any] = {"book": book, "source": REGISTER, "currency": currency, "at": at}
        _refuse_conflicts(cursor, names, file_name)
        cursor.execute(PARTICIPANTS)
        file = ImportFile.objects.create(
            name=file_name,
            sha256=sha256,
            format=REGISTER,
            captured_at=at,
            captured_by=actor.name,
            refused=left_out.count,
        )
        cursor.execute(TAKE, {**names, "file": file.pk})
        file.taken = cursor.rowcount
        cursor.execute("SELECT count(*), min(business_date), max(business_date) FROM capture_stage")
        count, first, last = cursor.fetchone()
        file.known = count - file.taken
        file.save(update_fields=["taken", "known"])
        cursor.execute("DROP TABLE capture_stage")
        # A large file changes what the planner should think of; do not wait for autovacuum.
        cursor.execute("ANALYZE settlement_transaction")
        audit.record(
            actor=actor,
            at=at,
            verb="capturing.capture_register",
            subject_kind="settlement.file",
            subject_id=file.pk,
            detail={"name": file_name, "taken": file.taken, "known": file.known},
        )
        return Captured(file.taken, file.known, left_out.count, first, last)


class _LeftOut:
    """Lines that are left out are told and counted, not kept: there may be millions of them."""

    def __init__(self, on_refused: Callable[[Refused], None] | None) -> None:
        self.count = 0
        self._tell = on_refused

    def of(self, lines: Iterable[RegisterLine | Refused]) -> Iterator[RegisterLine]:
        for line in lines:
            if not isinstance(line, Refused):
                yield line
                continue
            self.count += 1
            if self._tell is not None:
                self._tell(line)


def _chunks(lines: Iterable[RegisterLine | Refused]) -> Iterator[tuple[io.StringIO, int]]:
    buffer, count = io.StringIO(), 0
    writer = csv.writer(buffer)
    for line in lines:
        if isinstance(line, Refused):
            raise line
        writer.writerow(_staged(line))
        count += 1
        if count == CHUNK:
            buffer.seek(0)
            yield buffer, count
            buffer, count = io.StringIO(), 0
            writer = csv.writer(buffer)
    buffer.seek(0)
    yield buffer, count


def _staged(line: RegisterLine) -> tuple[object, ...]:
    return (
        line.line_no,
        line.trans_id,
        line.business_date,
        line.account,
        line.direction.value,
        line.operation.value,
        line.amount,
        line.partner_bank if line.operation.is_interbank else None,
        line.partner_account,
        line.purpose,
        line.balance,
    )


def _refuse_conflicts(cursor: Any, names: dict[str, Any], file_name: str) -> None:
    cursor.execute(CHANGED, names)
    if row := cursor.fetchone():
        raise TransactionDiffers(Place(file_name, row[0], "trans_id"), ref=row[1])
    cursor.execute("SELECT DISTINCT business_date FROM capture_stage")
    staged = {row[0] for row in cursor.fetchall()}
    for day in sorted(days.not_taking(dates=staged, book=names["book"])):
        cursor.execute(NEW_ON, {**names, "day": day})
        if (line := cursor.fetchone()[0]) is not None:
            raise DayNotTaking(Place(file_name, line, "date"), day=day, book=names["book"])


class ParticipantUnknown(Refused):
    """A transfer names a participant that nobody entered, or none at all."""

    code = "participant-unknown"
    en = "There is no participant {code!r}."
    th = "ไม่มีผู้ร่วมชำระ {code!r}"


def capture_one(
    *,
    reference: str,
    business_date: date,
    account: str,
    operation: str,
    direction: str,
    amount: Decimal,
    currency: str,
    book: str,
    actor: Actor,
    at: datetime,
    participant: str = "",
    partner_account: str = "",
    purpose: str = "",
    source: str = "api",
) -> Transaction:
    """Capture one transaction; the same reference from the same source is taken once.

    Args:
        amount: positive, in `currency`'s major units.
        participant: code of the other bank; required for transfers.

    Raises:
        NotAllowed, DateUnlikely, ParticipantUnknown, DayNotTaking, TransactionDiffers.
    """
    _require_clerk(actor)
    require_likely(business_date, "business_date")
    with transaction.atomic():
        if days.not_taking(dates=[business_date], book=book):
            raise DayNotTaking(Place(field="business_date"), day=business_date, book=book)
        partner = Participant.objects.filter(code=participant).first() if participant else None
        if partner is None and (participant or operation.startswith("transfer")):
            raise ParticipantUnknown(Place(field="participant"), code=participant)
        taken, created = Transaction.objects.get_or_create(
            book=book,
            source=source,
            source_ref=reference,
            defaults={
                "business_date": business_date,
                "value_date": business_date,
                "account": account,
                "operation": operation,
                "direction": direction,
                "amount": amount,
                "currency": currency,
                "participant": partner,
                "partner_account": partner_account,
                "purpose": purpose,
                "captured_at": at,
            },
        )
        same = (taken.business_date, taken.account, taken.operation, taken.direction, taken.amount)
        if not created and same != (business_date, account, operation, direction, amount):
            raise TransactionDiffers(Place(field="reference"), ref=reference)
        if created:
            audit.record(
                actor=actor,
                at=at,
                verb="capturing.capture_one",
                subject_kind="settlement.transaction",
                subject_id=taken.pk,
            )
        return taken


def enter_participant(
    *, code: str, name_en: str, name_th: str, kind: str, actor: Actor, at: datetime, bic: str = ""
) -> int:
    """Enter a participant, or find the one with this code; returns its id. Raises NotAllowed."""
    _require_clerk(actor)
    with transaction.atomic():
        participant, created = Participant.objects.get_or_create(
            code=code,
            defaults={
                "name_en": name_en,
                "name_th": name_th,
                "kind": kind,
                "bic": bic,
                "party_code": code,
            },
        )
        if created:
            audit.record(
                actor=actor,
                at=at,
                verb="capturing.enter_participant",
                subject_kind="settlement.participant",
                subject_id=code,
            )
    return participant.pk


def _require_clerk(actor: Actor) -> None:
    """Settlement's own people, or another system: the door that let it in knows which."""
    if actor.role is not Role.INTEGRATOR:
        actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
