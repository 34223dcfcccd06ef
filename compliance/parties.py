"""Parties: onboard, activate, block. A person's work takes a second person; a process is direct."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from simple_history.utils import bulk_create_with_history

from backoffice.desk import approving
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from backoffice.outbox import publishing
from compliance import holds
from compliance.events import PartiesOnboarded, PartyActivated, PartyBlocked
from compliance.models import HoldSubject, Party
from compliance.rules import PartyDraft, checked, differing_field

ACTIVATION = "compliance.activate_party"
SHARE_SQL = """
    SELECT code FROM compliance_party WHERE code = ANY(%s) AND status = 'active'
    ORDER BY code FOR SHARE
"""


class CodeTaken(Refused):
    """The code stands for a party with other particulars."""

    code = "party-code-taken"
    status = 409
    en = "Party {party!r} is known with another {field}."
    th = "คู่ค้า {party!r} มีอยู่แล้ว แต่ข้อมูล {field} ไม่ตรงกัน"


class TaxIdTaken(Refused):
    """Two parties carry one tax id, and neither is a branch."""

    code = "tax-id-taken"
    status = 409
    en = "Tax id {tax_id} already belongs to another party."
    th = "เลขประจำตัวผู้เสียภาษี {tax_id} เป็นของคู่ค้ารายอื่นแล้ว"


class NoSuchParty(Refused):
    """No party has this number."""

    code = "party-unknown"
    status = 404
    en = "There is no party {party}."
    th = "ไม่มีคู่ค้า {party}"


class NotActive(Refused):
    """Nobody is dealt with before it is onboarded, nor while it is blocked."""

    code = "party-not-active"
    status = 409
    en = "Not an active party: {parties}."
    th = "คู่ค้ายังไม่พร้อมทำรายการ: {parties}"


class NotWaiting(Refused):
    """Only a party that is being onboarded, or blocked, can be activated."""

    code = "party-already-active"
    status = 409
    en = "Party {party} is active already."
    th = "คู่ค้า {party} ใช้งานอยู่แล้ว"


def onboard(
    *,
    code: str,
    name_en: str,
    name_th: str,
    kind: str,
    actor: Actor,
    at: datetime,
    tax_id: str = "",
    country: str = "TH",
) -> int:
    """Enter one party; see `onboard_many`. Returns its id."""
    draft = PartyDraft(
        code=code, name_en=name_en, name_th=name_th, kind=kind, tax_id=tax_id, country=country
    )
    return onboard_many(drafts=[draft], actor=actor, at=at)[code]


def onboard_many(*, drafts: Iterable[PartyDraft], actor: Actor, at: datetime) -> dict[str, int]:
    """Enter parties: active at once for a process; for a person each waits for a second person.

    A party that is known with the same particulars is left as it is. Constant number of
    statements for a process.

    Returns:
        Party code → id, for all drafts.

    Raises:
        NotAllowed; BadParticular, BadTaxId, CodeTaken, TaxIdTaken with the draft's 1-based
        position as line. Nothing is kept then.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.COMPLIANCE)
    wanted = _checked(drafts)
    with transaction.atomic():
        try:
            with transaction.atomic():
                return _onboard(wanted, actor, at)
        except IntegrityError as error:
            clash = _tax_id_clash(error, wanted)
            if clash is not None:
                raise clash from error
            # Somebody entered one of the codes in the same moment: now it is a known one.
            return _onboard(wanted, actor, at)


def activate(*, party_id: int, actor: Actor, at: datetime) -> int | None:
    """Let a party be dealt with: at once for a process, else by proposing it to a second person.

    Returns:
        The work item's id for a person, None for a process.

    Raises:
        NotAllowed, NoSuchParty, NotWaiting; Held while a hold stands on it.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.COMPLIANCE)
    with transaction.atomic():
        party = _locked(party_id)
        if actor.is_process:
            _activate(party, actor, at)
            return None
        if party.status == Party.Status.ACTIVE:
            raise NotWaiting(party=party.code)
        return _propose(party, actor, at)


def decide_activation(
    *, payload: dict[str, Any], approved: bool, actor: Actor, at: datetime
) -> None:
    """The effect of the desk's decision on an activation; on the reactions page as ACTIVATION.

    Raises:
        NoSuchParty, NotWaiting; Held while a hold stands on it.
    """
    with transaction.atomic():
        party = _locked(int(payload["party_id"]))
        if approved:
            _activate(party, actor, at)
        else:
            _trail("parties.decline", party, actor, at)


def block(*, party_id: int, reason: str, actor: Actor, at: datetime) -> int:
    """Stop dealing with a party: a hold stands on it from this commit on.

    Returns:
        The hold's id.

    Raises:
        NotAllowed, NoSuchParty, NoReason.
    """
    with transaction.atomic():
        party = _locked(party_id)
        hold_id = holds.place(
            subject_kind="party", subject_ref=party.code, reason=reason, actor=actor, at=at
        )
        party.status = Party.Status.BLOCKED
        _save(party, actor, at, "parties.block")
        _trail("parties.block", party, actor, at)
        publishing.publish(
            event=PartyBlocked(party_id=party.pk, code=party.code, hold_id=hold_id), at=at
        )
        return hold_id


def require_active(*, codes: Iterable[str]) -> None:
    """Let the caller's transaction go on only when every code is an active party's; one statement.

    Share locks keep the parties active until the caller commits.

    Raises:
        NotActive: naming the others.
        RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("require_active() belongs in the transaction of what it allows")
    wanted = sorted(set(codes))
    with connection.cursor() as cursor:
        cursor.execute(SHARE_SQL, [wanted])
        missing = sorted(set(wanted) - {code for (code,) in cursor.fetchall()})
    if missing:
        raise NotActive(parties=", ".join(missing[:20]))


def _checked(drafts: Iterable[PartyDraft]) -> dict[str, PartyDraft]:
    found: dict[str, PartyDraft] = {}
    for line, raw in enumerate(drafts, start=1):
        try:
            draft = checked(raw)
        except Refused as refused:
            raise refused.at(line=line) from None
        field = differing_field(found.setdefault(draft.code, draft), draft)
        if field:
            raise CodeTaken(Place(line=line, field=field), party=draft.code, field=field)
    return found


def _onboard(wanted: dict[str, PartyDraft], actor: Actor, at: datetime) -> dict[str, int]:
    known = {party.code: party for party in Party.objects.filter(code__in=list(wanted))}
    for line, (code, draft) in enumerate(wanted.items(), start=1):
        if code in known:
            _same_or_refused(known[code], draft, line)
    fresh = [draft for code, draft in wanted.items() if code not in known]
    created = _create(fresh, actor, at) if fresh else []
    return {party.code: party.pk for party in [*known.values(), *created]}


def _same_or_refused(party: Party, draft: PartyDraft, line: int) -> None:
    stored = PartyDraft(**{name: getattr(party, name) for name in asdict(draft)})
    field = differing_field(stored, draft)
    if field:
        raise CodeTaken(Place(line=line, field=field), party=draft.code, field=field)


def _create(drafts: list[PartyDraft], actor: Actor, at: datetime) -> list[Party]:
    direct = actor.is_process
    status = Party.Status.ACTIVE if direct else Party.Status.ONBOARDING
    rows = [
        Party(**asdict(draft), status=status, onboarded_at=at, activated_at=at if direct else None)
        for draft in drafts
    ]
    parties: list[Party] = bulk_create_with_history(
        rows,
        Party,
        batch_size=2000,
        default_user=_historian(actor),
        default_date=at,
        default_change_reason=f"parties.onboard: {actor.name}"[:100],
    )
    # Made now, so that a payment's question finds the row and need not write it.
    HoldSubject.objects.bulk_create(
        [HoldSubject(kind="party", ref=party.code) for party in parties], ignore_conflicts=True
    )
    _tell_onboarded(parties, status, actor, at)
    if not direct:
        for party in parties:
            _propose(party, actor, at)
    return parties


def _tax_id_clash(error: IntegrityError, wanted: dict[str, PartyDraft]) -> TaxIdTaken | None:
    found = getattr(error.__cause__, "diag", None)
    if getattr(found, "constraint_name", "") != "party_tax_id_once":
        return None
    detail = str(getattr(found, "message_detail", ""))
    for line, draft in enumerate(wanted.values(), start=1):
        if draft.tax_id and f"({draft.country}, {draft.tax_id})" in detail:
            return TaxIdTaken(Place(line=line, field="tax_id"), tax_id=draft.tax_id)
    return None


def _tell_onboarded(parties: list[Party], status: str, actor: Actor, at: datetime) -> None:
    codes = [party.code for party in parties]
    audit.record(
        actor=actor,
        at=at,
        verb="parties.onboard",
        subject_kind="compliance.party",
        subject_id=parties[0].pk if len(parties) == 1 else f"{parties[0].pk}-{parties[-1].pk}",
        detail={"codes": codes},
    )
    publishing.publish(
        event=PartiesOnboarded(
            party_ids=[party.pk for party in parties], codes=codes, status=str(status)
        ),
        at=at,
    )


def _propose(party: Party, actor: Actor, at: datetime) -> int:
    return approving.propose(
        kind=ACTIVATION,
        department=Department.COMPLIANCE.value,
        subject_kind="party",
        subject_ref=party.code,
        title_en=f"Activate party {party.code} {party.name_en}",
        title_th=f"อนุมัติเปิดใช้งานคู่ค้า {party.code} {party.name_th or party.name_en}",
        payload={
            "party_id": party.pk,
            "code": party.code,
            "name (Thai)": party.name_th,
            "name (English)": party.name_en,
            "kind": party.kind,
            "tax id": party.tax_id,
            "country": party.country,
        },
        actor=actor,
        at=at,
    )


def _activate(party: Party, actor: Actor, at: datetime) -> None:
    if party.status == Party.Status.ACTIVE:
        raise NotWaiting(party=party.code)
    holds.require_clear(subjects=[("party", party.code)])
    party.status, party.activated_at = Party.Status.ACTIVE, at
    _save(party, actor, at, "parties.activate")
    _trail("parties.activate", party, actor, at)
    publishing.publish(event=PartyActivated(party_id=party.pk, code=party.code), at=at)


def _locked(party_id: int) -> Party:
    party = Party.objects.select_for_update().filter(pk=party_id).first()
    if party is None:
        raise NoSuchParty(party=party_id)
    return party


def _save(party: Party, actor: Actor, at: datetime, verb: str) -> None:
    # Read by django-simple-history when it writes the earlier state.
    party._history_user = _historian(actor)  # type: ignore[attr-defined]  # noqa: SLF001
    party._history_date = at  # type: ignore[attr-defined]  # noqa: SLF001
    party._change_reason = f"{verb}: {actor.name}"[:100]  # type: ignore[attr-defined]  # noqa: SLF001
    party.save(update_fields=["status", "activated_at"])


def _historian(actor: Actor) -> Any:
    return None if actor.staff_id is None else get_user_model()(pk=actor.staff_id)


def _trail(verb: str, party: Party, actor: Actor, at: datetime) -> None:
    audit.record(
        actor=actor,
        at=at,
        verb=verb,
        subject_kind="compliance.party",
        subject_id=party.pk,
        detail={"code": party.code},
    )
