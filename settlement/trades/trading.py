"""Capture trades: one or many, set-based, each once, all of a file or nothing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import connection, transaction

from backoffice.frame import audit
from backoffice.frame.keys import key_array
from backoffice.kernel.actors import Actor, Department, Role
from backoffice.kernel.refusals import Place, Refused
from settlement.directory import identifying
from settlement.models import ImportFile, Trade
from settlement.rules import trades as rules
from settlement.rules.cut_offs import LATE
from settlement.rules.trades import TradeDraft
from settlement.trades import cut_offs, dating, enriching, gating, recording

CHUNK = 5_000
REFUSALS_SHOWN = 50
# Every side waits for its other one, but what needs none, and blocks, which wait for their parts.
QUEUE = """
    INSERT INTO settlement_unmatchedtrade (trade_id, since)
    SELECT id, %(at)s FROM settlement_trade
     WHERE id = ANY(%(ids)s) AND NOT locked_in AND NOT is_block AND action <> 'cancel'
     ORDER BY id
    ON CONFLICT (trade_id) DO NOTHING
"""
READY = """
    SELECT id FROM settlement_trade
     WHERE id = ANY(%(ids)s) AND locked_in AND NOT is_block AND action <> 'cancel'
"""


class QuantityTooFine(Refused):
    """A quantity is finer than the instrument's smallest unit."""

    code = "quantity-too-fine"
    en = "{value} has more decimals than {instrument} has ({decimals})."
    th = "{value} มีทศนิยมมากกว่าที่ {instrument} กำหนด ({decimals} ตำแหน่ง)"


class FileNameTaken(Refused):
    """A file's own name stands for another content."""

    code = "file-name-taken"
    status = 409
    en = "A file named {name} was captured before with other content."
    th = "เคยบันทึกไฟล์ชื่อ {name} ไว้แล้วด้วยเนื้อหาที่ต่างกัน"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The file that trades come from: its name, the SHA-256 of its bytes, and its format.

    Attributes:
        own_name: the name that the file gives itself for good, empty where it has none.
    """

    name: str
    sha256: str
    format: str
    own_name: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """How captured trades fared.

    Attributes:
        ids: of the new facts, ascending.
        known: how many were known already, with the same content.
        legs: how many legs were opened at once (locked-in trades and payments).
        held: how many trades a hold stopped.
    """

    ids: tuple[int, ...]
    known: int
    legs: int
    held: int


@dataclass(slots=True)
class _Desk:
    """What one capture needs while it lasts."""

    directory: identifying.Directory
    dates: dating.Dating
    refused: list[Refused] = field(default_factory=list)


def capture_one(*, draft: TradeDraft, book: str, actor: Actor, at: datetime) -> Trade:
    """Capture one trade; the same trade from the same source is taken once.

    Raises:
        NotAllowed; as `capture_many`, with the field.
    """
    with transaction.atomic():
        taken = capture_many(drafts=[draft], book=book, actor=actor, at=at)
        found = Trade.objects.select_related("buyer", "seller", "instrument")
        if taken.ids:
            return found.get(pk=taken.ids[0])
        return found.get(book=book, source=draft.source, source_ref=draft.source_ref, version=1)


def capture_many(
    *,
    drafts: Iterable[TradeDraft | Refused],
    book: str,
    actor: Actor,
    at: datetime,
    file: FileFacts | None = None,
    enter_unknown: bool = False,
    on_lines: Callable[[int], None] | None = None,
    on_refused: Callable[[Refused], None] | None = None,
) -> Taken:
    """Capture trades in one transaction; memory holds a chunk of them, and their ids.

    Locked-in trades and payments pass the gate and open their legs at once; the others join the
    queue of unmatched sides. A fixed number of statements a chunk.

    Args:
        drafts: trades in file order, or the refusals of lines that could not be read.
        file: where they come from; None for single trades of the API.
        enter_unknown: participants named by a BIC or routing number are entered when first met.
        on_lines: told how many trades were read since the last call.
        on_refused: told each refusal (at most 50) before the first of them is raised.

    Raises:
        NotAllowed; the first refusal: a rule of `rules.trades`, TradePartyUnknown,
        InstrumentUnknown, QuantityTooFine, a holiday, LateForCutOff, TradeDiffers,
        FileNameTaken. Nothing is kept then.
    """
    roles = (Role.CLERK, Role.CHECKER, Role.MANAGER)
    if actor.role is not Role.INTEGRATOR:
        actor.require(*roles, department=Department.SETTLEMENT)
    desk = _Desk(identifying.Directory(enter_unknown=enter_unknown), dating.Dating(at))
    file_name = file.name if file else None
    with transaction.atomic():
        kept = _keep_file(file, actor, at) if file else None
        count, ids = 0, []
        for chunk in batched(_readable(drafts, desk), CHUNK):
            rows = _resolved(chunk, desk, file_name)
            count += len(chunk)
            if on_lines is not None:
                on_lines(len(chunk))
            if desk.dates.refuses:
                desk.refused += cut_offs.refused(rows=rows, book=book, file_name=file_name)
            if not desk.refused:
                ids += recording.record(
                    rows=rows,
                    book=book,
                    actor=actor,
                    at=at,
                    file_id=kept.pk if kept else None,
                    file_name=file_name,
                )
        _raise_refused(desk.refused, on_refused)
        gated = take_up(trade_ids=ids, at=at)
        if kept is not None:
            kept.taken, kept.known = len(ids), count - len(ids)
            kept.save(update_fields=["taken", "known"])
        _trail(actor, at, file, ids, count)
        return Taken(tuple(sorted(ids)), count - len(ids), gated.legs, gated.held)


def take_up(*, trade_ids: list[int], at: datetime) -> gating.Gated:
    """Send new facts on, in the caller's transaction: enriched, then to the queue or the gate."""
    if not trade_ids:
        return gating.Gated(legs=0, held=0)
    enriching.enrich(trade_ids=trade_ids, at=at)
    names: dict[str, Any] = {"ids": key_array(trade_ids), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, names)
        cursor.execute(READY, names)
        ready = [row[0] for row in cursor.fetchall()]
    return gating.gate(trade_ids=ready, at=at)


def row_of(
    draft: TradeDraft, *, directory: identifying.Directory, dates: dating.Dating
) -> recording.TradeRow:
    """The fact that a draft becomes, its names known to `directory`; raises its refusals."""
    rules.check(draft)
    instrument = directory.instrument(draft.instrument)
    if instrument is not None:
        _require_whole_units(draft, instrument)
    market = draft.market or (instrument.market if instrument else "")
    dated = dates.of(
        type_=draft.type,
        trade_date=draft.trade_date,
        given=draft.value_date,
        rolls=draft.rolls,
        market=market,
        currency=draft.currency,
        asset_class=instrument.asset_class if instrument else "cash",
        delivered=draft.instrument if draft.type is rules.TradeType.PVP else "",
        waits=not draft.is_locked_in,
    )
    buyer = directory.party(draft.buyer, name="buyer")
    seller = directory.party(draft.seller, name="seller")
    if buyer == seller:
        raise rules.SameParty(Place(field="seller"), value=draft.seller.value)
    return recording.TradeRow(
        source=draft.source,
        source_ref=draft.source_ref,
        type=draft.type.value,
        side=draft.side.value,
        trade_date=draft.trade_date,
        value_date=dated.value_date,
        value_given=draft.value_date is not None and not draft.rolls,
        cycle=dated.cycle,
        calendar_version_id=dated.calendar_version,
        market=market,
        buyer_id=buyer,
        seller_id=seller,
        buyer_account=draft.buyer_account,
        seller_account=draft.seller_account,
        instrument_id=instrument.id if instrument else None,
        quantity=draft.quantity,
        price=draft.price,
        amount=draft.amount,
        currency=draft.currency,
        common_ref=draft.common_ref,
        is_block=draft.is_block,
        locked_in=draft.is_locked_in,
        detail={**draft.detail, LATE: dated.late} if dated.late else draft.detail,
        line_no=draft.line_no,
    )


def _readable(drafts: Iterable[TradeDraft | Refused], desk: _Desk) -> Iterator[TradeDraft]:
    for draft in drafts:
        if len(desk.refused) >= REFUSALS_SHOWN:
            return
        if isinstance(draft, Refused):
            desk.refused.append(draft)
        else:
            yield draft


def _resolved(
    chunk: tuple[TradeDraft, ...], desk: _Desk, file_name: str | None
) -> list[recording.TradeRow]:
    desk.directory.learn(
        parties=[ref for draft in chunk for ref in (draft.buyer, draft.seller)],
        instruments=[draft.instrument for draft in chunk],
    )
    rows = []
    for draft in chunk:
        try:
            rows.append(row_of(draft, directory=desk.directory, dates=desk.dates))
        except Refused as refused:
            desk.refused.append(refused.at(file=file_name, line=draft.line_no))
    return rows


def _require_whole_units(draft: TradeDraft, instrument: identifying.InstrumentCard) -> None:
    decimals = format(draft.quantity, "f").partition(".")[2].rstrip("0")
    if len(decimals) > instrument.decimals:
        raise QuantityTooFine(
            Place(field="quantity"),
            value=draft.quantity,
            instrument=instrument.code,
            decimals=instrument.decimals,
        )


def _raise_refused(refused: list[Refused], on_refused: Callable[[Refused], None] | None) -> None:
    if not refused:
        return
    if on_refused is not None:
        for one in refused[:REFUSALS_SHOWN]:
            on_refused(one)
    raise refused[0]


def _keep_file(file: FileFacts, actor: Actor, at: datetime) -> ImportFile:
    name = file.own_name or file.name
    if file.own_name:
        others = ImportFile.objects.filter(name=name, format=file.format)
        if others.exclude(sha256=file.sha256).exists():
            raise FileNameTaken(Place(file.name, 1, "file"), name=name)
    return ImportFile.objects.create(
        name=name,
        sha256=file.sha256,
        format=file.format,
        captured_at=at,
        captured_by=actor.name,
    )


def _trail(actor: Actor, at: datetime, file: FileFacts | None, ids: list[int], count: int) -> None:
    if not ids:
        return
    audit.record(
        actor=actor,
        at=at,
        verb="trading.capture_many" if file else "trading.capture_one",
        subject_kind="settlement.file" if file else "settlement.trade",
        subject_id=file.name if file else ids[0],
        detail={"taken": len(ids), "known": count - len(ids)},
    )
