"""Reads of parties and holds, for shells and for the departments above."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from backoffice.kernel.actors import Actor, Department, Role
from compliance.models import Hold, Party


@dataclass(frozen=True, slots=True)
class PartyCard:
    """A party as other departments see it."""

    id: int
    code: str
    name_en: str
    name_th: str
    kind: str
    status: str


def require_party_reader(actor: Actor) -> None:
    """Compliance, managers, auditors and other systems read parties. Raises NotAllowed."""
    if actor.role not in (Role.MANAGER, Role.AUDITOR, Role.INTEGRATOR):
        actor.require(Role.CLERK, Role.CHECKER, department=Department.COMPLIANCE)


def require_hold_reader(actor: Actor) -> None:
    """Only compliance and auditors read why something is held (tipping off). Raises NotAllowed."""
    if actor.role is not Role.AUDITOR:
        actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.COMPLIANCE)


def party_cards(*, codes: Iterable[str]) -> dict[str, PartyCard]:
    """Code → card of the parties that exist among `codes`, in one query."""
    rows = Party.objects.filter(code__in=list(codes)).values_list(
        "id", "code", "name_en", "name_th", "kind", "status"
    )
    return {row[1]: PartyCard(*row) for row in rows}


def parties(*, text: str = "", status: str = "", kind: str = "") -> QuerySet[Party]:
    """Parties whose code, names or tax id hold `text`, in the given status and of the kind."""
    found = Party.objects.all()
    if status:
        found = found.filter(status=status)
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(
            Q(code__icontains=text)
            | Q(name_en__icontains=text)
            | Q(name_th__icontains=text)
            | Q(tax_id=text)
        )
    return found


def hold_list(
    *, open_: bool | None = None, subject_kind: str = "", subject_ref: str = ""
) -> QuerySet[Hold]:
    """Holds with subject and release read along; open ones, ended ones, or both (None)."""
    found = Hold.objects.select_related("subject", "release")
    if open_ is not None:
        found = found.filter(release__isnull=open_)
    if subject_kind:
        found = found.filter(subject__kind=subject_kind)
    if subject_ref:
        found = found.filter(subject__ref=subject_ref)
    return found
