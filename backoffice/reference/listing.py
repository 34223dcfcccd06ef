"""Commodities are listed with decimals of their own; ISO currencies stand ready, unchanged."""

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


def list_commodity(
    *, commodity: money.Currency, name_en: str, name_th: str, actor: Actor, at: datetime
) -> Currency:
    """Make amounts of `commodity` possible; listing it again with the same decimals has no effect.

    Args:
        commodity: from `money.Currency.commodity(code, exponent=...)`.
        name_en, name_th: what it is called.

    Raises CodeRefused, CodeTaken, NotAllowed.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER)
    code = commodity.code
    plain = code.isascii() and code.replace(".", "").replace("-", "").isalnum()
    if not plain or code != code.upper() or len(code) > 24:
        raise CodeRefused(currency=code)
    with transaction.atomic():
        row, created = Currency.objects.get_or_create(
            code=code,
            defaults={
                "exponent": commodity.exponent,
                "kind": Currency.Kind.COMMODITY,
                "name_en": name_en,
                "name_th": name_th,
            },
        )
        is_iso = code in CURRENT or code in WITHDRAWN
        if row.exponent != commodity.exponent or (is_iso and row.kind != Currency.Kind.COMMODITY):
            raise CodeTaken(currency=code, exponent=row.exponent)
        if created:
            audit.record(
                actor=actor,
                at=at,
                verb="listing.list_commodity",
                subject_kind="reference.currency",
                subject_id=code,
                detail={"exponent": commodity.exponent},
            )
    return row
