"""Take a file that states a chart's accounts, journals, limits and demands: all, or nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, Final

from django.db import transaction

from accounting import chart, currencies
from accounting.importing import LineTooLong
from accounting.models import Account, Journal
from accounting.rules.chart import ancestors
from accounting.rules.chart_lines import stated
from backoffice.frame.strict_json import loads
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused

LINE_BYTES_MAX: Final = 64 * 1024
TOGETHER: Final = 2_000
"""As many accounts are made in one go."""
Said = tuple[str, dict[str, Any]] | Refused
"""What a line states: its kind and its fields; or why it cannot be read."""


class JournalStands(Refused):
    """A journal's numbering is settled when it is made."""

    code = "journal-stands"
    status = 409
    en = "The journal {journal} is there already, and numbers its entries otherwise."
    th = "มีสมุดรายวัน {journal} อยู่แล้วและใช้การเรียงเลขที่ต่างออกไป"


def take(
    *,
    stream: IO[bytes],
    name: str,
    entity: str,
    actor: Actor,
    at: datetime,
    on_lines: Callable[[int], None] = lambda _count: None,
    on_refused: Callable[[Refused], None] = lambda _refused: None,
) -> int:
    """Do what each line states, in the file's order, in one transaction; returns how many.

    Lines may come again: what stands as it is stated stays as it is.

    Args:
        on_refused: told every wrong line; the first refuses the file.

    Raises:
        EntityUnknown, NotAllowed; of the first wrong line its refusal, with file, line and field.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.ACCOUNTING)
    first: Refused | None = None
    count = 0
    told = {"entity": entity, "actor": actor, "at": at}
    with transaction.atomic():
        chart.entity_id(entity)
        for batch in _batches(_stated(stream)):
            on_lines(len(batch))
            if _accounts(batch, told):
                count += len(batch)
                continue
            for line, said in batch:
                try:
                    _do(said, told)
                    count += 1
                except Refused as refused:
                    refused.place = Place(name, line, refused.place.field)
                    on_refused(refused)
                    first = first or refused
        if first is not None:
            raise first
    return count


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank; of one that is too long, only its beginning."""
    number = 0
    while raw := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        rest = raw
        while len(raw) > LINE_BYTES_MAX and rest and not rest.endswith(b"\n"):
            rest = stream.readline(LINE_BYTES_MAX)
        if raw.strip():
            yield number, raw


def _stated(stream: IO[bytes]) -> Iterator[tuple[int, Said]]:
    """Each line's number and what it states, or why it cannot be read."""
    for line, raw in _lines(stream):
        try:
            if len(raw) > LINE_BYTES_MAX:
                raise LineTooLong(limit=LINE_BYTES_MAX)
            said: Said = stated(loads(raw))
        except Refused as refused:
            said = refused
        yield line, said


def _batches(lines: Iterable[tuple[int, Said]]) -> Iterator[list[tuple[int, Said]]]:
    """Accounts that follow each other together; every other line by itself.

    The order does not matter within a batch: what one account's path implies is stated by none
    before or after it, unless it is of the same currency and comes first.
    """
    batch: list[tuple[int, Said]] = []
    made: dict[str, str] = {}
    implied: set[str] = set()
    for line, said in lines:
        currency = _currency(said)
        code = "" if isinstance(said, Refused) else str(said[1].get("code", ""))
        above = ancestors(code)
        together = (
            currency is not None
            and code not in implied
            and all(made.get(one, currency) == currency for one in (code, *above))
            and len(batch) < TOGETHER
        )
        if batch and not (together and made):
            yield batch
            batch, made, implied = [], {}, set()
        batch.append((line, said))
        if currency is not None:
            made[code] = currency
            implied.update(one for one in above if one not in made)
    if batch:
        yield batch


def _currency(said: Said) -> str | None:
    """The currency of an account that a line states, "" for any; None for any other line."""
    if isinstance(said, Refused) or said[0] != "account":
        return None
    return str(said[1].get("currency") or "")


def _accounts(batch: Sequence[tuple[int, Said]], told: dict[str, Any]) -> bool:
    """Make the accounts of a batch together; False where it is one line, or where one is wrong."""
    if len(batch) < 2:
        return False
    codes: dict[str, list[str]] = {}
    for _line, said in batch:
        if not isinstance(said, Refused):
            codes.setdefault(_currency(said) or "", []).append(said[1]["code"])
    try:
        with transaction.atomic():
            for currency, of_currency in codes.items():
                found = currencies.find(currency).code if currency else None
                chart.ensure_accounts(codes=of_currency, currency=found, **told)
    except Refused:
        return False
    return True


def _do(said: Said, told: dict[str, Any]) -> None:
    if isinstance(said, Refused):
        raise said
    kind, fields = said
    with transaction.atomic():
        VERBS[kind](fields, told)


def _account(fields: dict[str, Any], told: dict[str, Any]) -> None:
    currency = fields.get("currency")
    currency = currencies.find(currency).code if currency else None
    chart.ensure_accounts(codes=[fields["code"]], currency=currency, **told)


def _journal(fields: dict[str, Any], told: dict[str, Any]) -> None:
    number = chart.ensure_journal(**fields, **told)
    if Journal.objects.get(pk=number).is_gapless != fields.get("gapless", False):
        raise JournalStands(Place(field="gapless"), journal=fields["code"])


def _limit(fields: dict[str, Any], told: dict[str, Any]) -> None:
    line = Decimal(fields.get("credit_line", "0"))
    found = _found(fields, told)
    if (found.limit_kind, found.credit_line) != (fields["limit"], line):
        chart.set_limit(account=found.code, kind=fields["limit"], credit_line=line, **told)


def _dimensions(fields: dict[str, Any], told: dict[str, Any]) -> None:
    found = _found(fields, told)
    if set(found.mandatory_dimensions) != set(fields["names"]):
        chart.require_dimensions(account=found.code, names=fields["names"], **told)


def _close(fields: dict[str, Any], told: dict[str, Any]) -> None:
    if not (found := _found(fields, told)).is_closed:
        chart.close_account(account=found.code, **told)


def _reopen(fields: dict[str, Any], told: dict[str, Any]) -> None:
    if (found := _found(fields, told)).is_closed:
        chart.reopen_account(account=found.code, **told)


def _found(fields: dict[str, Any], told: dict[str, Any]) -> Account:
    try:
        return Account.objects.get(pk=chart.account_id(told["entity"], fields["account"]))
    except Refused as refused:
        refused.place = Place(field="account")
        raise


VERBS: Final[dict[str, Callable[[dict[str, Any], dict[str, Any]], None]]] = {
    "account": _account,
    "journal": _journal,
    "limit": _limit,
    "dimensions": _dimensions,
    "close": _close,
    "reopen": _reopen,
}
