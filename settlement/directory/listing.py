"""Enter instruments: securities by ISIN, goods by the house's own code."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from backoffice.frame import audit
from backoffice.kernel import identifiers, money
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.models import Instrument

_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,34}", re.ASCII)
_MARKET = re.compile(r"[A-Z0-9]{4}", re.ASCII)
KINDS = (Instrument.Kind.SECURITY, Instrument.Kind.GOOD)


class InstrumentWrong(Refused):
    """One of an instrument's particulars is not well formed."""

    code = "instrument-malformed"
    en = "{value} is not a valid {what} of an instrument."
    th = "{value} ไม่ใช่ {what} ที่ถูกต้องของหลักทรัพย์หรือสินค้า"


class InstrumentDiffers(Refused):
    """The code stands for an instrument with other particulars."""

    code = "instrument-differs"
    status = 409
    en = "Instrument {code!r} is known with another {field}."
    th = "{code!r} มีอยู่แล้ว แต่ข้อมูล {field} ไม่ตรงกัน"


@dataclass(frozen=True, slots=True)
class InstrumentDraft:
    """An instrument's particulars as they came in.

    Attributes:
        code: ISIN for a security, the house's code for goods.
        kind: "security" or "good"; currencies are there from the start.
        decimals: 0 to 10; quantities are counted in units of 10**-decimals.
        market: ISO 10383, empty where none applies.
        asset_class: which of the market's settlement cycles applies.
    """

    code: str
    kind: str
    name_en: str
    name_th: str = ""
    decimals: int = 0
    market: str = ""
    asset_class: str = "equity"
    symbol: str = ""


def enter(*, draft: InstrumentDraft, actor: Actor, at: datetime) -> int:
    """Enter one instrument; see `enter_many`. Returns its id."""
    return enter_many(drafts=[draft], actor=actor, at=at)[draft.code]


def enter_many(*, drafts: Iterable[InstrumentDraft], actor: Actor, at: datetime) -> dict[str, int]:
    """Enter instruments; one that is known with the same particulars is left as it is.

    Three statements for any number. Nothing is kept if one is refused.

    Returns:
        Code → id, for all drafts.

    Raises:
        NotAllowed; IdentifierRefused (ISIN), InstrumentWrong, InstrumentDiffers with the draft's
        1-based position as line.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    wanted = _checked(drafts)
    with transaction.atomic():
        Instrument.objects.bulk_create(
            [Instrument(**asdict(draft)) for draft in wanted.values()], ignore_conflicts=True
        )
        rows = {row.code: row for row in Instrument.objects.filter(code__in=wanted)}
        for line, (code, draft) in enumerate(wanted.items(), start=1):
            for name, value in asdict(draft).items():
                if getattr(rows[code], name) != value:
                    raise InstrumentDiffers(Place(line=line, field=name), code=code, field=name)
        audit.record(
            actor=actor,
            at=at,
            verb="listing.enter_many",
            subject_kind="settlement.instrument",
            subject_id=next(iter(wanted), ""),
            detail={"count": len(wanted)},
        )
    return {code: row.pk for code, row in rows.items()}


def _checked(drafts: Iterable[InstrumentDraft]) -> dict[str, InstrumentDraft]:
    wanted: dict[str, InstrumentDraft] = {}
    for line, draft in enumerate(drafts, start=1):
        try:
            _check(draft)
        except Refused as refused:
            raise refused.at(line=line) from None
        if wanted.setdefault(draft.code, draft) != draft:
            place = Place(line=line, field="code")
            raise InstrumentDiffers(place, code=draft.code, field="draft")
    return wanted


def _check(draft: InstrumentDraft) -> None:
    if draft.kind == Instrument.Kind.SECURITY:
        try:
            identifiers.require_isin(draft.code)
        except Refused as refused:
            raise refused.at(field="code") from None
    rules = {
        "kind": draft.kind in KINDS,
        # A currency's code would make two assets one.
        "code": bool(_CODE.fullmatch(draft.code)) and not money.is_current(draft.code),
        "name_en": 0 < len(draft.name_en) <= 160,
        "decimals": 0 <= draft.decimals <= money.MAX_EXPONENT,
        "market": not draft.market or bool(_MARKET.fullmatch(draft.market)),
        "asset_class": 0 < len(draft.asset_class) <= 24,
    }
    for name, holds in rules.items():
        if not holds:
            value = repr(getattr(draft, name))[:60]
            raise InstrumentWrong(Place(field=name), value=value, what=name)
