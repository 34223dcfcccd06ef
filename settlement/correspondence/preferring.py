"""In which standard a counterparty wants its messages: ISO 20022, or SWIFT FIN."""

from datetime import date, datetime
from typing import Final

from django.db import transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.models import MessagePreference
from settlement.rules.trades import Scheme, check_identifier

DEFAULT: Final = MessagePreference.Standard.MX.value


class StandardUnknown(Refused):
    """A standard that the house does not write."""

    code = "message-standard-unknown"
    en = "The house writes no messages in {value}; it writes {standards}."
    th = "ระบบไม่ส่งข้อความตามมาตรฐาน {value} ส่งได้เฉพาะ {standards}"


def head_office(bic: str) -> str:
    """A BIC of eight characters as the eleven of its head office."""
    return bic.ljust(11, "X") if len(bic) == 8 else bic


def prefer(*, bic: str, standard: str, valid_from: date, actor: Actor, at: datetime) -> bool:
    """From a day on, write to `bic` in `standard` ("mx", "mt"); says whether that was new.

    What was told already is not told again in the other standard.

    Raises:
        NotAllowed, IdentifierRefused, StandardUnknown.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    check_identifier(Scheme.BIC, bic)
    if standard not in MessagePreference.Standard.values:
        known = ", ".join(MessagePreference.Standard.values)
        raise StandardUnknown(Place(field="standard"), value=standard, standards=known)
    whose = head_office(bic)
    with transaction.atomic():
        if standards(on=valid_from).get(whose, DEFAULT) == standard:
            return False
        MessagePreference.objects.create(
            bic=whose,
            standard=standard,
            valid_from=valid_from,
            recorded_at=at,
            recorded_by=actor.name,
        )
        audit.record(
            actor=actor,
            at=at,
            verb="preferring.prefer",
            subject_kind="settlement.bic",
            subject_id=whose,
            detail={"standard": standard, "valid_from": valid_from.isoformat()},
        )
    return True


def standards(*, on: date) -> dict[str, str]:
    """BIC → standard, of those who said so by the day; the others get ISO 20022."""
    rows = (
        MessagePreference.objects.filter(valid_from__lte=on)
        .order_by("bic", "-valid_from", "-pk")
        .distinct("bic")
    )
    return dict(rows.values_list("bic", "standard"))
