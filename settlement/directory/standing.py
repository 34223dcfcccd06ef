"""Standing settlement instructions: proposed by one person, in force by another's approval."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from backoffice.desk import approving
from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.canonical import fingerprint, jsonable
from backoffice.kernel.identifiers import require_iban
from backoffice.kernel.refusals import Place, Refused
from settlement.directory import identifying
from settlement.models import StandingInstruction
from settlement.rules.trades import PartyRef, Scheme, check_identifier

KIND = "settlement.standing_instruction"
TURN = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_ACCOUNT = re.compile(r"[!-~](?:[ -~]{0,33}[!-~])?", re.ASCII)
_SCOPE = re.compile(r"[A-Za-z0-9_-]{0,24}", re.ASCII)


class InstructionWrong(Refused):
    """One of an instruction's particulars is not well formed."""

    code = "standing-instruction-malformed"
    en = "{value} cannot stand in {field}: {rule}."
    th = "{value} ใช้ในช่อง {field} ไม่ได้: {rule_th}"


@dataclass(frozen=True, slots=True)
class StandingDraft:
    """An instruction as it is proposed.

    Attributes:
        participant: the house's code.
        asset_class, market, currency: what it is for; empty means any.
        effective_from, effective_to: value dates that it applies to, both included; None: for good.
        active: False says that there is none in this span.
        cash_agent, custodian, depository: BICs.
        cash_account: IBAN or the agent's own number; safekeeping_account: the custodian's number.
    """

    participant: str
    effective_from: date
    effective_to: date | None = None
    asset_class: str = ""
    market: str = ""
    currency: str = ""
    active: bool = True
    cash_agent: str = ""
    cash_account: str = ""
    custodian: str = ""
    safekeeping_account: str = ""
    depository: str = ""


def propose(*, draft: StandingDraft, actor: Actor, at: datetime) -> int:
    """Ask for a second person's approval of an instruction; the same draft is asked for once.

    Returns:
        The work item's id.

    Raises:
        NotAllowed, TradePartyUnknown, InstructionWrong, IdentifierRefused (with the field).
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    _check(draft)
    identifying.participant_id(PartyRef.code(draft.participant))
    told = jsonable(asdict(draft))
    scope = f"{draft.participant}/{draft.asset_class}/{draft.market}/{draft.currency}"
    return approving.propose(
        kind=KIND,
        department=Department.SETTLEMENT.value,
        subject_kind="settlement.standing_instruction",
        subject_ref=f"{scope}/{fingerprint(told)[:12]}",
        title_en=f"Standing settlement instruction of {draft.participant}, {_scope(draft)}",
        title_th=f"คำสั่งชำระราคาประจำของ {draft.participant} {_scope(draft)}",
        payload={**told, "proposed_by": actor.name},
        actor=actor,
        at=at,
    )


def decide(*, payload: dict[str, Any], approved: bool, actor: Actor, at: datetime) -> None:
    """The effect of the desk's decision; `enriching.decide` calls it."""
    if not approved:
        return
    told = dict(payload)
    proposed_by = told.pop("proposed_by")
    ends = told["effective_to"]
    draft = StandingDraft(
        **{
            **told,
            "effective_from": date.fromisoformat(told["effective_from"]),
            "effective_to": date.fromisoformat(ends) if ends else None,
        }
    )
    record(draft=draft, proposed_by=proposed_by, actor=actor, at=at)


def record(*, draft: StandingDraft, proposed_by: str, actor: Actor, at: datetime) -> int:
    """Write an approved instruction as the next version of its scope; returns its id.

    Trades that waited for it are taken up by `enriching`, above this floor.

    A process (a migration, the demonstration firm) may call this; people go through `propose`.

    Raises:
        NotAllowed, SamePerson, TradePartyUnknown, InstructionWrong, IdentifierRefused.
    """
    actor.require(Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    if not actor.is_process and proposed_by == actor.name:
        raise approving.SamePerson
    _check(draft)
    participant = identifying.participant_id(PartyRef.code(draft.participant))
    scope = {
        "participant_id": participant,
        "asset_class": draft.asset_class,
        "market": draft.market,
        "currency": draft.currency,
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TURN, [f"settlement.standing:{participant}"])
        last = StandingInstruction.objects.filter(**scope).aggregate(last=Max("version"))["last"]
        told = asdict(draft)
        del told["participant"]
        made = StandingInstruction.objects.create(
            **{**told, **scope},
            version=(last or 0) + 1,
            proposed_by=proposed_by,
            approved_by=actor.name,
            recorded_at=at,
        )
        audit.record(
            actor=actor,
            at=at,
            verb="standing.record",
            subject_kind="settlement.standing_instruction",
            subject_id=made.pk,
            detail={"version": made.version, "proposed_by": proposed_by},
        )
        return made.pk


def end(*, draft: StandingDraft, effective_from: date, actor: Actor, at: datetime) -> int:
    """Propose that the scope of `draft` has no instruction from a day on; returns the item's id."""
    nothing = dict.fromkeys(
        ("cash_agent", "cash_account", "custodian", "safekeeping_account", "depository"), ""
    )
    ended = replace(
        draft, **nothing, active=False, effective_from=effective_from, effective_to=None
    )
    return propose(draft=ended, actor=actor, at=at)


def _scope(draft: StandingDraft) -> str:
    return " ".join(s for s in (draft.asset_class, draft.market, draft.currency) if s) or "*"


def _check(draft: StandingDraft) -> None:
    for name in ("asset_class", "market", "currency"):
        if not _SCOPE.fullmatch(getattr(draft, name)):
            raise _wrong(draft, name, "a code", "รหัส")
    for name in ("cash_agent", "custodian", "depository"):
        _check_bic(draft, name)
    for name in ("cash_account", "safekeeping_account"):
        _check_account(draft, name)
    if draft.effective_to and draft.effective_to < draft.effective_from:
        raise _wrong(draft, "effective_to", "not before its first day", "ต้องไม่ก่อนวันเริ่มใช้")
    if draft.active and not (draft.cash_account or draft.safekeeping_account):
        raise _wrong(draft, "cash_account", "an account is needed", "ต้องมีบัญชีอย่างน้อยหนึ่งบัญชี")


def _check_bic(draft: StandingDraft, name: str) -> None:
    if value := getattr(draft, name):
        try:
            check_identifier(Scheme.BIC, value)
        except Refused:
            raise _wrong(draft, name, "a BIC", "รหัส BIC") from None


def _check_account(draft: StandingDraft, name: str) -> None:
    value = getattr(draft, name)
    if value and not _ACCOUNT.fullmatch(value):
        raise _wrong(draft, name, "1 to 35 printable characters", "อักขระที่พิมพ์ได้ 1 ถึง 35 ตัว")
    if _IBAN.fullmatch(value):
        try:
            require_iban(value)
        except Refused as refused:
            raise refused.at(field=name) from None


def _wrong(draft: StandingDraft, name: str, rule: str, rule_th: str) -> InstructionWrong:
    value = repr(getattr(draft, name))[:60]
    return InstructionWrong(Place(field=name), value=value, field=name, rule=rule, rule_th=rule_th)
