"""Cutting a statement file into messages, whatever the bank put around them.

Banks deliver MT940 in FIN blocks, bare between lines of a single hyphen, under headings of their
own, or one after the other. Nothing inside a message is passed over: a line that is neither a
field nor its continuation is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from backoffice.kernel.refusals import Place, Said
from settlement.messages.fin.model import Field
from settlement.messages.fin.reading import MAX_BYTES, decode
from settlement.messages.refusals import BrokenField, MessageTooLarge, NotAMessage

_TAG = re.compile(r":([0-9]{2}[A-Z]?):(.*)", re.DOTALL)
_ALMOST_A_TAG = re.compile(r"\s*:\s*[0-9A-Za-z]{1,4}\s*:")
_HEADING = re.compile(r":9[0-9]{2}:\s*")
_END = re.compile(r"-(?:\}.*|[A-Z]{0,3})?\s*")
_WRAPPED = re.compile(r"\{1:.*\{4:\s*")


@dataclass(slots=True)
class Message:
    """The fields of one statement and the line it starts on."""

    line: int
    fields: list[Field] = field(default_factory=list)


@dataclass(slots=True)
class _Cutter:
    file: str | None
    message: Message | None = None
    tag: str = ""
    opened: int = 0
    parts: list[str] = field(default_factory=list)

    def close_field(self) -> None:
        if self.tag and self.message is not None:
            value = "\n".join(self.parts).rstrip("\n ")
            self.message.fields.append(Field(self.tag, value, self.opened))
        self.tag, self.parts = "", []

    def close(self) -> Message | None:
        self.close_field()
        done, self.message = self.message, None
        return done

    def refuse(self, number: int, row: str) -> BrokenField:
        place = Place(self.file, number, self.tag or "statement")
        return BrokenField(
            place,
            tag=row.strip()[:6],
            reason=Said("no tag of the form :61:", "ไม่ใช่แท็กในรูปแบบ :61:"),
        )

    def open_field(self, number: int, tag: str, text: str) -> None:
        self.close_field()
        if self.message is None:
            self.message = Message(number)
        self.tag, self.opened, self.parts = tag, number, [text]

    def continues(self, number: int, row: str) -> None:
        """A line without a tag: continuation inside a message, heading outside."""
        if _ALMOST_A_TAG.match(row) and not _HEADING.fullmatch(row):
            raise self.refuse(number, row)
        if self.tag:
            self.parts.append(row)


def cut(data: str | bytes, *, file: str | None = None) -> Iterator[Message]:
    """Every message of the file, in order.

    Raises:
        MessageTooLarge, BrokenField, NotAMessage: with file and line.
    """
    if len(data) > MAX_BYTES:
        raise MessageTooLarge(Place(file=file), size=len(data), limit=MAX_BYTES)
    text = decode(data) if isinstance(data, bytes) else data
    cutter = _Cutter(file)
    found = False
    for number, row in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        found_tag = _TAG.match(row)
        ends = _END.fullmatch(row) or _WRAPPED.match(row)
        starts = found_tag and found_tag.group(1) == "20" and cutter.message is not None
        if (ends or starts) and (done := cutter.close()):
            found = True
            yield done
        if found_tag:
            cutter.open_field(number, *found_tag.groups())
        elif not ends:
            cutter.continues(number, row)
    if done := cutter.close():
        found = True
        yield done
    if not found:
        raise NotAMessage(Place(file, 1, "statement"))
