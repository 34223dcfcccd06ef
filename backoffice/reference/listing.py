"""Commodities are listed with decimals of their own; ISO currencies stand ready, unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backoffice.frame import audit
from backoffice.kernel import money
from backoffice.kernel.actors import Actor, Role
from backoffice.kernel.iso4217 import CURRENT, WITHDRAWN
from backoffice.kernel.refusals import Refused
from backoffice.reference.models import Currency


class CodeTaken(Refused):
    """The code is an ISO currency's, or a commodity's of other decimals."""

    code = "currency-code-taken"
    status = 409
    en = "{currency} is taken already, with {exponent} decimals."
    th = "รหัส {currency} ถูกใช้แล้ว มีทศนิยม {exponent} ตำแหน่ง"


class CodeRefused(Refused):
    """A code that cannot be one."""

    code = "commodity-code-refused"
    en = "{currency!r} is no code: 1 to 24 capital letters, digits, dots, dashes."
    th = "{currency!r} ไม่ใช่รหัส ใช้ตัวพิมพ์ใหญ่ ตัวเลข จุด หรือขีด 1 ถึง 24 ตัว"


@dataclass(frozen=True, slots=True)
class Named:
    """A commodity (from `money.Currency.commodity(code, exponent=...)`) and what it is called."""

    commodity: money.Currency
    name_en: str
    name_th: str


def list_commodity(
    *, commodity: money.Currency, name_en: str, name_th: str, actor: Actor, at: datetime
) -> Currency:
    """Make amounts of `commodity` possible; listing it again with the same decimals has no effect.

    Args:
        commodity: from `money.Currency.commodity(code, exponent=...)`.
        name_en, name_th: what it is called.

    Raises CodeRefused, CodeTaken, NotAllowed.
    """
    named = Named(commodity, name_en, name_th)
    return list_commodities(commodities=[named], actor=actor, at=at)[commodity.code]


def list_commodities(
    *, commodities: Sequence[Named], actor: Actor, at: datetime
) -> dict[str, Currency]:
    """`list_commodity` for many, all or none; a few statements for any number.

    Returns:
        Each by its code.

    Raises CodeRefused, CodeTaken, NotAllowed.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER)
    wanted = {one.commodity.code: one for one in commodities}
    for code in wanted:
        plain = code.isascii() and code.replace(".", "").replace("-", "").isalnum()
        if not plain or code != code.upper() or len(code) > 24:
            raise CodeRefused(currency=code)
    with transaction.atomic():
        there = Currency.objects.filter(code__in=wanted)
        known = set(there.values_list("code", flat=True))
        Currency.objects.bulk_create(
            (_row(one) for code, one in wanted.items() if code not in known),
            ignore_conflicts=True,
            batch_size=2_000,
        )
        rows = {row.code: row for row in there}
        for one in commodities:
            _require_same(rows[one.commodity.code], one.commodity)
        audit.record_many(
            actor=actor,
            at=at,
            verb="listing.list_commodity",
            subject_kind="reference.currency",
            details={
                code: {"exponent": one.commodity.exponent}
                for code, one in wanted.items()
                if code not in known
            },
        )
    return rows


def _row(one: Named) -> Currency:
    return Currency(
        code=one.commodity.code,
        exponent=one.commodity.exponent,
        kind=Currency.Kind.COMMODITY,
        name_en=one.name_en,
        name_th=one.name_th,
    )


def _require_same(row: Currency, commodity: money.Currency) -> None:
    is_iso = row.code in CURRENT or row.code in WITHDRAWN
    if row.exponent != commodity.exponent or (is_iso and row.kind != Currency.Kind.COMMODITY):
        raise CodeTaken(currency=row.code, exponent=row.exponent)
