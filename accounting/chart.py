"""The chart: entities, their journals and their accounts."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from accounting.models import Account, Entity, Journal
from accounting.refusals import AccountUnknown, EntityCodeBlank, EntityUnknown
from accounting.rules.chart import account_type, ancestors
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Role

GENERAL = "GEN"
KEEPERS = (Role.CLERK, Role.CHECKER, Role.MANAGER, Role.INTEGRATOR)


def entity_id(code: str) -> int:
    """The entity's identifier.

    Raises:
        EntityUnknown: when there is none of that code.
    """
    found = Entity.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise EntityUnknown(detail=code)
    return found


def ensure_entity(
    *,
    code: str,
    name_en: str,
    name_th: str,
    functional_currency: str = "THB",
    actor: Actor,
    at: datetime,
) -> int:
    """The entity of `code`, made with a general journal (GEN) when it is new; returns its id."""
    actor.require(*KEEPERS)
    if not code or code != code.strip():
        raise EntityCodeBlank(code=code)
    with transaction.atomic():
        entity, created = Entity.objects.get_or_create(
            code=code,
            defaults={
                "name_en": name_en,
                "name_th": name_th,
                "functional_currency": functional_currency,
                "created_at": at,
            },
        )
        if created:
            Journal.objects.create(
                entity=entity, code=GENERAL, name_en="General journal", name_th="สมุดรายวันทั่วไป"
            )
            audit.record(
                actor=actor,
                at=at,
                verb="chart.ensure_entity",
                subject_kind="accounting.entity",
                subject_id=code,
            )
    return entity.pk


def ensure_journal(
    *,
    entity: str,
    code: str,
    name_en: str = "",
    name_th: str = "",
    gapless: bool = False,
    actor: Actor,
    at: datetime,
) -> int:
    """The journal of `code`, made when it is new; a gapless one numbers its entries from 1 on."""
    actor.require(*KEEPERS)
    with transaction.atomic():
        journal, created = Journal.objects.get_or_create(
            entity_id=entity_id(entity),
            code=code,
            defaults={"name_en": name_en, "name_th": name_th, "is_gapless": gapless},
        )
        if created:
            audit.record(
                actor=actor,
                at=at,
                verb="chart.ensure_journal",
                subject_kind="accounting.journal",
                subject_id=f"{entity} {code}",
                detail={"gapless": gapless},
            )
    return journal.pk


def ensure_accounts(
    *,
    entity: str,
    codes: Iterable[str],
    currency: str | None = None,
    types: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
) -> dict[str, int]:
    """Make the accounts that are missing, with their parents; types follow from the first part.

    Args:
        entity: the entity's code.
        codes: code paths, such as "Assets:Bank:Checking".
        currency: the one currency that the new accounts are kept in; None for any.
        types: types of accounts or whole branches that their names do not tell.
        actor, at: who and when.

    Returns:
        Account id by code, for `codes`.

    Raises:
        EntityUnknown, AccountCodeRefused.
    """
    actor.require(*KEEPERS)
    owner = entity_id(entity)
    wanted = dict.fromkeys(codes)
    paths = {*wanted, *(path for code in wanted for path in ancestors(code))}
    typed = {code: account_type(code, types) for code in paths}
    with transaction.atomic():
        known = _ids(owner, typed)
        missing = sorted(typed.keys() - known.keys(), key=lambda code: (code.count(":"), code))
        if missing:
            # Level by level: each is made below a parent whose number is known by then.
            for _depth, level in groupby(missing, key=lambda code: code.count(":")):
                codes_of_level = list(level)
                Account.objects.bulk_create(
                    [
                        Account(
                            entity_id=owner,
                            code=code,
                            parent_id=known.get(code.rpartition(":")[0]),
                            type=typed[code],
                            currency=(currency or "") if code in wanted else "",
                            created_at=at,
                        )
                        for code in codes_of_level
                    ],
                    batch_size=2_000,
                    ignore_conflicts=True,
                )
                known |= _ids(owner, codes_of_level)
            audit.record(
                actor=actor,
                at=at,
                verb="chart.ensure_accounts",
                subject_kind="accounting.entity",
                subject_id=entity,
                detail={"created": len(missing), "first": missing[:20]},
            )
    return {code: known[code] for code in wanted}


def _ids(owner: int, codes: Iterable[str]) -> dict[str, int]:
    found = Account.objects.filter(entity_id=owner, code__in=list(codes))
    return dict(found.values_list("code", "pk"))


def account_id(entity: str, code: str) -> int:
    """The account's identifier.

    Raises:
        EntityUnknown, AccountUnknown.
    """
    owner = entity_id(entity)
    found = Account.objects.filter(entity_id=owner, code=code).values_list("pk", flat=True).first()
    if found is None:
        raise AccountUnknown(detail=code)
    return found


def set_limit(
    *,
    entity: str,
    account: str,
    kind: str,
    credit_line: Decimal = Decimal(0),
    actor: Actor,
    at: datetime,
) -> None:
    """Limit an account's balance from now on; what it already is, stays.

    Args:
        entity, account: codes.
        kind: "none", "debits_must_not_exceed_credits" or "credits_must_not_exceed_debits".
        credit_line: how far the limit may be passed, in the account's currency.
        actor: a checker, a manager or a process.
        at: recorded time.

    Raises:
        EntityUnknown, AccountUnknown, ValueError for a kind that is none of the three.
    """
    actor.require(Role.CHECKER, Role.MANAGER)
    limit = Account.Limit(kind)
    with _held(entity, account) as number:
        Account.objects.filter(pk=number).update(limit_kind=limit, credit_line=credit_line)
        detail = {"kind": kind, "credit_line": str(credit_line)}
        _tell("chart.set_limit", entity, account, detail, actor=actor, at=at)


def require_dimensions(
    *, entity: str, account: str, names: Iterable[str], actor: Actor, at: datetime
) -> None:
    """From now on, every line on the account has to name these dimensions."""
    actor.require(Role.CHECKER, Role.MANAGER)
    wanted = sorted(set(names))
    with _held(entity, account) as number:
        Account.objects.filter(pk=number).update(mandatory_dimensions=wanted)
        _tell("chart.require_dimensions", entity, account, {"names": wanted}, actor=actor, at=at)


def close_account(*, entity: str, account: str, actor: Actor, at: datetime) -> None:
    """Close an account: it takes no new postings; what was reserved before may still be posted."""
    actor.require(Role.CHECKER, Role.MANAGER)
    with _held(entity, account) as number:
        Account.objects.filter(pk=number).update(is_closed=True)
        _tell("chart.close_account", entity, account, {}, actor=actor, at=at)


def reopen_account(*, entity: str, account: str, actor: Actor, at: datetime) -> None:
    """Open a closed account again."""
    actor.require(Role.CHECKER, Role.MANAGER)
    with _held(entity, account) as number:
        Account.objects.filter(pk=number).update(is_closed=False)
        _tell("chart.reopen_account", entity, account, {}, actor=actor, at=at)


@contextmanager
def _held(entity: str, account: str) -> Iterator[int]:
    """The account, in a transaction that waits for postings under way and lets none begin."""
    with transaction.atomic():
        hold_entity(entity)
        yield account_id(entity, account)


def hold_entity(entity: str) -> int:
    """Wait until no posting of the entity is under way, and hold new ones until commit."""
    owner = entity_id(entity)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7301, %s)", [owner])
    return owner


def _tell(
    verb: str, entity: str, account: str, detail: dict[str, Any], *, actor: Actor, at: datetime
) -> None:
    audit.record(
        actor=actor,
        at=at,
        verb=verb,
        subject_kind="accounting.account",
        subject_id=f"{entity} {account}"[:120],
        detail=detail,
    )
