"""Who and what is meant: participants by code, BIC, LEI or routing number; instruments by code."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.models import Instrument, Participant, ParticipantIdentifier
from settlement.rules.trades import PartyRef, Scheme, check_identifier

# The house's code first, then what others call it; a BIC of eight characters is its head office.
LOOK_UP = """
    SELECT w.scheme, w.value, coalesce(p.id, b.id, i.participant_id)
      FROM unnest(%s::text[], %s::text[]) AS w(scheme, value)
      LEFT JOIN settlement_participant p ON w.scheme = 'CODE' AND p.code = w.value
      LEFT JOIN settlement_participantidentifier i
        ON i.scheme = CASE w.scheme WHEN 'CODE' THEN 'NAME' ELSE w.scheme END
       AND i.value = CASE w.scheme WHEN 'BIC' THEN rpad(w.value, 11, 'X') ELSE w.value END
      LEFT JOIN LATERAL (
            SELECT id FROM settlement_participant
             WHERE w.scheme = 'BIC' AND bic IN (w.value, rpad(w.value, 11, 'X'),
                   CASE WHEN w.value LIKE '%%XXX' THEN left(w.value, 8) ELSE w.value END)
             ORDER BY id LIMIT 1) b ON true
"""
ENTER_UNKNOWN = """
    WITH new AS (
        INSERT INTO settlement_participant (code, name_en, name_th, kind, bic, party_code)
        SELECT w.value, w.value, '', 'bank', CASE w.scheme WHEN 'BIC' THEN w.value ELSE '' END,
               w.value
          FROM unnest(%s::text[], %s::text[]) AS w(scheme, value) ORDER BY w.value
        ON CONFLICT (code) DO NOTHING
        RETURNING id, code)
    INSERT INTO settlement_participantidentifier (participant_id, scheme, value)
    SELECT new.id, w.scheme, CASE w.scheme WHEN 'BIC' THEN rpad(w.value, 11, 'X') ELSE w.value END
      FROM new JOIN unnest(%s::text[], %s::text[]) AS w(scheme, value) ON w.value = new.code
     WHERE w.scheme <> 'CODE' ORDER BY w.value
    ON CONFLICT (scheme, value) DO NOTHING
"""


class TradePartyUnknown(Refused):
    """A trade names a participant that nobody entered."""

    code = "trade-party-unknown"
    en = "There is no participant with {scheme} {value}."
    th = "ไม่มีผู้ร่วมชำระที่มี {scheme} {value}"


class InstrumentUnknown(Refused):
    """A trade names an instrument that nobody entered."""

    code = "instrument-unknown"
    en = "There is no instrument {value}."
    th = "ไม่มีหลักทรัพย์หรือสินค้า {value}"


def require_instrument(code: str, *, field: str) -> None:
    """Refuse terms of what nobody can have: a currency, security or good that is not entered.

    Raises:
        InstrumentUnknown, with the field.
    """
    if not Instrument.objects.filter(code=code).exists():
        raise InstrumentUnknown(Place(field=field), value=repr(code)[:60])


class IdentifierTaken(Refused):
    """One identifier leads to one participant."""

    code = "identifier-taken"
    status = 409
    en = "{scheme} {value} already belongs to {participant}."
    th = "{scheme} {value} เป็นของ {participant} แล้ว"


@dataclass(frozen=True, slots=True)
class InstrumentCard:
    """An instrument as captured trades need it."""

    id: int
    code: str
    kind: str
    asset_class: str
    decimals: int
    market: str


@dataclass(slots=True)
class Directory:
    """Participants and instruments, asked for once each: two queries for any number of trades.

    Attributes:
        enter_unknown: participants named by a BIC or routing number are entered when first met.
    """

    enter_unknown: bool = False
    _parties: dict[PartyRef, int] = field(default_factory=dict)
    _instruments: dict[str, InstrumentCard] = field(default_factory=dict)

    def learn(self, *, parties: Iterable[PartyRef], instruments: Iterable[str]) -> None:
        """Look up what is not known yet; what does not exist stays unknown."""
        wanted = {party for party in parties if party not in self._parties}
        if wanted:
            self._look_up(wanted)
            missing = {one for one in wanted if one not in self._parties}
            if missing and self.enter_unknown:
                _enter({one for one in missing if one.scheme in {Scheme.BIC, Scheme.ABA}})
                self._look_up(missing)
        codes = {code for code in instruments if code and code not in self._instruments}
        if codes:
            rows = Instrument.objects.filter(code__in=codes).values_list(
                "id", "code", "kind", "asset_class", "decimals", "market"
            )
            self._instruments.update({row[1]: InstrumentCard(*row) for row in rows})

    def party(self, ref: PartyRef, *, name: str) -> int:
        """The participant's id; raises TradePartyUnknown with `name` as the field."""
        found = self._parties.get(ref)
        if found is None:
            raise TradePartyUnknown(Place(field=name), scheme=ref.scheme.value, value=ref.value)
        return found

    def instrument(self, code: str) -> InstrumentCard | None:
        """The instrument, None for an empty code; raises InstrumentUnknown."""
        if not code:
            return None
        found = self._instruments.get(code)
        if found is None:
            raise InstrumentUnknown(Place(field="instrument"), value=code)
        return found

    def _look_up(self, wanted: set[PartyRef]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(LOOK_UP, _columns(wanted))
            self._parties.update(
                {
                    PartyRef(Scheme(scheme), value): found
                    for scheme, value, found in cursor.fetchall()
                    if found is not None
                }
            )


def _columns(parties: Iterable[PartyRef]) -> list[list[str]]:
    ordered = sorted(parties, key=lambda one: (one.scheme.value, one.value))
    return [[one.scheme.value for one in ordered], [one.value for one in ordered]]


def _enter(parties: set[PartyRef]) -> None:
    columns = _columns(parties)
    with connection.cursor() as cursor:
        cursor.execute(ENTER_UNKNOWN, [*columns, *columns])


def participant_id(ref: PartyRef, *, name: str = "participant") -> int:
    """One participant's id; raises TradePartyUnknown."""
    directory = Directory()
    directory.learn(parties=[ref], instruments=[])
    return directory.party(ref, name=name)


def add_identifier(*, participant: str, scheme: str, value: str, actor: Actor, at: datetime) -> int:
    """Record what others call a participant; the same one again is that one.

    Args:
        participant: the house's code.
        scheme: BIC, LEI, ABA, or NAME for another house's code; check digits are proved.

    Raises:
        NotAllowed, TradePartyUnknown, IdentifierRefused, IdentifierTaken.
    """
    actor.require(Role.CLERK, Role.CHECKER, Role.MANAGER, department=Department.SETTLEMENT)
    if scheme != ParticipantIdentifier.Scheme.NAME:
        check_identifier(Scheme(scheme), value)
    spelled = value.ljust(11, "X") if scheme == ParticipantIdentifier.Scheme.BIC else value
    with transaction.atomic():
        owner = Participant.objects.filter(code=participant).first()
        if owner is None:
            raise TradePartyUnknown(Place(field="participant"), scheme="CODE", value=participant)
        known, created = ParticipantIdentifier.objects.select_related("participant").get_or_create(
            scheme=scheme, value=spelled, defaults={"participant": owner}
        )
        if known.participant_id != owner.pk:
            raise IdentifierTaken(
                Place(field="value"), scheme=scheme, value=value, participant=known.participant.code
            )
        if created:
            audit.record(
                actor=actor,
                at=at,
                verb="identifying.add_identifier",
                subject_kind="settlement.participant",
                subject_id=participant,
                detail={"scheme": scheme, "value": spelled},
            )
        return known.pk
