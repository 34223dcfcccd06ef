"""Entries in bulk as they come through a door: a list or JSON Lines, all or each for itself."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import IO, Any, Final

from accounting import importing
from accounting.importing import LineResult
from accounting.rules import wire
from accounting.rules.drafts import LineDraft
from accounting.rules.wire import WrongShape
from backoffice.frame.problems import of_refused
from backoffice.frame.strict_json import BodyTooLarge
from backoffice.kernel.actors import Actor
from backoffice.kernel.refusals import Place, Refused, Said

SECONDS: Final = Said("seconds above zero", "จำนวนวินาทีที่มากกว่าศูนย์")
BATCH: Final = Said("a list, or JSON Lines", "รายการ (array) หรือ JSON Lines")
MODES: Final = ("atomic", "best_effort")
ITEMS_MAX: Final = 50_000
BYTES_MAX: Final = 64 * 1024 * 1024
"""Of JSON Lines: they are read as they come, so a body may be longer than a JSON text."""
Read = tuple[int, importing.Read]


class ModeUnknown(Refused):
    """Neither all or nothing, nor each for itself."""

    code = "bulk-mode"
    status = 400
    en = "{mode} is not a mode: atomic or best_effort."
    th = "{mode} ไม่ใช่โหมดที่ใช้ได้ ให้ใช้ atomic หรือ best_effort"


class TooMany(Refused):
    """More entries than one request may bring."""

    code = "bulk-too-many"
    status = 413
    en = "One request brings at most {most} entries."
    th = "หนึ่งคำขอส่งได้ไม่เกิน {most} รายการ"


def post(
    *, body: Any, mode: str, entity: str, actor: Actor, at: datetime
) -> tuple[int, dict[str, Any]]:
    """Post a bulk.

    Args:
        body: a list of entries, or a stream of JSON Lines.
        mode: "atomic" or "best_effort".
        entity: taken for entries that name none.
        actor, at: who and when.

    Returns:
        HTTP status (201, or 207 for best effort) and what became of each entry.

    Raises:
        Refused: with `atomic`, the first refusal, its place naming the entry; ModeUnknown, TooMany,
            BodyTooLarge.
    """
    if mode not in MODES:
        raise ModeUnknown(Place(field="mode"), mode=repr(mode[:40]))
    is_list = isinstance(body, list)
    lines = _counted(_listed(body, entity) if is_list else _streamed(body, entity))
    run = importing.post_all if mode == "atomic" else importing.post_each
    try:
        results = list(run(lines=lines, name="", actor=actor, at=at))
    except Refused as refused:
        refused.place = _pointed(refused.place, is_list=is_list)
        raise
    items = [_item(result, is_list=is_list) for result in results]
    counts = {
        status: sum(item["status"] == status for item in items)
        for status in ("posted", "existing", "refused")
    }
    return 201 if mode == "atomic" else 207, {**counts, "items": items}


def with_key(body: Any, key: str) -> Any:
    """The entry's object with its key filled in."""
    return {**body, "key": key} if isinstance(body, dict) and not body.get("key") else body


def without_timeout(body: Any) -> tuple[Any, timedelta | None]:
    """A pending entry's object without its timeout, and the timeout.

    Raises:
        WrongShape: when it is no whole number of seconds above zero.
    """
    if not isinstance(body, dict) or body.get("timeout") is None:
        return _without(body, "timeout"), None
    seconds = body["timeout"]
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 10**9:
        raise WrongShape(Place(field="/timeout"), field="timeout", expected=SECONDS)
    return _without(body, "timeout"), timedelta(seconds=seconds)


def _without(body: Any, name: str) -> Any:
    return {k: v for k, v in body.items() if k != name} if isinstance(body, dict) else body


def lines_of(body: Any) -> tuple[LineDraft, ...] | None:
    """The lines of a body that holds lines and no whole entry; None if it has none."""
    if not isinstance(body, dict) or body.get("lines") is None:
        return None
    # The wire knows lines within an entry: the day is not looked at.
    return wire.entry_from({"key": "", "date": "2000-01-01", "lines": body["lines"]}).lines


def _listed(body: list[Any], entity: str) -> Iterator[Read]:
    for number, value in enumerate(body, start=1):
        try:
            yield number, wire.entry_from(value, entity=entity)
        except Refused as refused:
            refused.place = Place(line=number, field=refused.place.field)
            yield number, refused


def _streamed(body: Any, entity: str) -> Iterator[Read]:
    if not hasattr(body, "readline"):
        raise WrongShape(Place(field="/"), field="/", expected=BATCH)
    yield from importing.read(_Capped(body), name="", entity=entity)  # type: ignore[arg-type]


def _counted(lines: Iterable[Read]) -> Iterator[Read]:
    for count, read in enumerate(lines, start=1):
        if count > ITEMS_MAX:
            raise TooMany(most=ITEMS_MAX)
        yield read


class _Capped:
    """A stream that refuses to be read beyond the cap."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.left = BYTES_MAX

    def readline(self, size: int = -1) -> bytes:
        """A line, at most `size` bytes of it. Raises BodyTooLarge."""
        raw = self.stream.readline(size)
        self.left -= len(raw)
        if self.left < 0:
            raise BodyTooLarge(limit=BYTES_MAX)
        return raw


def pointer(field: str | None) -> str:
    """A field of a refusal as a JSON pointer into the entry's object (RFC 6901), "" for none."""
    if not field:
        return ""
    # Entity and journal are the entry's, whichever line made the ledger look for them.
    name = field.rpartition("/")[2]
    if name in ("entity", "journal"):
        return f"/{name}"
    return field if field.startswith("/") else f"/{field}"


def _pointed(place: Place, *, is_list: bool) -> Place:
    """The place as a JSON pointer: into the list, or into the object of the line."""
    field = pointer(place.field)
    if is_list and place.line is not None:
        field = f"/{place.line - 1}{'' if field == '/' else field}"
    return Place(line=place.line, field=field or None)


def _item(result: LineResult, *, is_list: bool) -> dict[str, Any]:
    outcome = result.outcome
    posted = outcome.posted if outcome else None
    item: dict[str, Any] = {
        "record": result.line,
        "key": outcome.key if outcome else "",
        "status": result.status,
        "entry": posted.id if posted else None,
        "number": posted.number if posted else None,
    }
    if result.refusal is not None:
        result.refusal.place = _pointed(result.refusal.place, is_list=is_list)
        item["problem"] = of_refused(result.refusal)
    return item
