"""Reading FIN text: one scan over the blocks, every refusal with its line.

Accepted beyond the book, because interfaces write it: line feeds without carriage returns,
an RJE `$` between messages, blocks 2 and 3 swapped, surplus closing braces after the last block.
"""

import re
from bisect import bisect_right
from typing import NamedTuple, NoReturn

from backoffice.kernel.refusals import Place, Refused, Said
from settlement.messages.fin.model import ApplicationHeader, BasicHeader, Field, FinMessage, Tag
from settlement.messages.refusals import (
    BrokenBlock,
    BrokenField,
    HeadersMissing,
    MessageTooLarge,
)

MAX_BYTES = 64 * 1024 * 1024
"""A day's FIN traffic of a middle-sized house is a tenth of this."""

_TAG_LINE = re.compile(r":([0-9]{2}[A-Z]?):(.*)", re.DOTALL)
_TAG_START = re.compile(r":([0-9]{2}[A-Z]?):")
_ALMOST_A_TAG = re.compile(r":[0-9A-Za-z]{1,4}:")
_BASIC = re.compile(r"([A-Z])([0-9]{2})([A-Z0-9]{12})([0-9]{4})([0-9]{6})")
_INPUT = re.compile(r"I([0-9]{3})([A-Z0-9]{12})([SUN]?)([0-9]{0,4})")
_OUTPUT = re.compile(
    r"O([0-9]{3})([0-9]{4})([0-9]{6})([A-Z0-9]{12})([0-9]{4}[0-9]{6}|[A-Z0-9]{10})([0-9]{6})([0-9]{4})([SUN]?)"
)
_INNER = re.compile(r"\{([A-Z0-9]{1,8}):([^{}]*)\}")
_BETWEEN = " \t\r\n$\x01\x03\ufeff"
_KNOWN = frozenset("12345S")


def decode(data: bytes) -> str:
    """Bytes as text: UTF-8, or Latin-1 when they are not UTF-8 (no byte is lost)."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def parse(data: str | bytes, *, file: str | None = None) -> FinMessage:
    """The one financial message in `data`; acknowledgements before it are passed over.

    Raises:
        BrokenBlock, BrokenField, MessageTooLarge: with file, line and field.
    """
    messages = [message for message in parse_all(data, file=file) if message.application]
    if len(messages) != 1:
        reason = Said(
            f"{len(messages)} financial messages where one was expected",
            f"พบข้อความทางการเงิน {len(messages)} ข้อความ แต่ต้องมีหนึ่งข้อความ",
        )
        raise BrokenBlock(Place(file, 1, "block 1"), block="1", reason=reason)
    return messages[0]


def parse_all(data: str | bytes, *, file: str | None = None) -> tuple[FinMessage, ...]:
    """Every message in `data`, service messages (F21) included, in order.

    Raises:
        BrokenBlock, BrokenField, MessageTooLarge: with file, line and field.
    """
    return _scan(data, file).messages()


class Part(NamedTuple):
    """A financial message of a file that may hold several, with the text that is its own."""

    message: FinMessage
    text: str

    def in_file[R: Refused](self, refused: R) -> R:
        """A refusal of `text`, its line counted from the file's beginning."""
        place = refused.place
        line = self.message.line + (place.line or 1) - 1
        refused.place = Place(place.file, line, place.field)
        return refused


def parts(data: str | bytes, *, file: str | None = None) -> list[Part]:
    """Every financial message in `data`, in order; acknowledgements are passed over.

    Raises:
        As `parse_all`.
    """
    scan = _scan(data, file)
    spans = zip(scan.messages(), scan.spans, strict=True)
    return [Part(one, scan.text[slice(*span)]) for one, span in spans if one.application]


def _scan(data: str | bytes, file: str | None) -> "_Scan":
    if len(data) > MAX_BYTES:
        raise MessageTooLarge(Place(file=file), size=len(data), limit=MAX_BYTES)
    text = decode(data) if isinstance(data, bytes) else data
    return _Scan(text.replace("\r\n", "\n").replace("\r", "\n"), file)


class _Scan:
    """The text with a cursor; lines are found by bisection when a refusal needs one."""

    def __init__(self, text: str, file: str | None) -> None:
        self.text = text
        self.file = file
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.at = 0
        self.spans: list[tuple[int, int]] = []

    def line(self, position: int) -> int:
        return bisect_right(self.starts, position)

    def refuse(self, position: int, block: str, reason: Said) -> NoReturn:
        place = Place(self.file, self.line(position), f"block {block}")
        raise BrokenBlock(place, block=block, reason=reason)

    def skip(self, characters: str) -> None:
        while self.at < len(self.text) and self.text[self.at] in characters:
            self.at += 1

    def messages(self) -> tuple[FinMessage, ...]:
        found: list[FinMessage] = []
        self.skip(_BETWEEN)
        while self.at < len(self.text):
            start = self.at
            found.append(self.message())
            self.spans.append((start, self.at))
            self.skip(_BETWEEN)
        if not found:
            self.refuse(0, "1", Said("no message found", "ไม่พบข้อความ"))
        return tuple(found)

    def message(self) -> FinMessage:
        start = self.at
        blocks: dict[str, tuple[int, str]] = {}
        fields: tuple[Field, ...] = ()
        while True:
            key, content_at = self.opening(blocks)
            if key is None:
                break
            if key in blocks:
                self.refuse(
                    self.at, key, Said("it stands twice in one message", "ปรากฏสองครั้งในข้อความเดียว")
                )
            self.at = content_at
            if key == "4" and not self.text.startswith("{", content_at):
                fields = self.text_block()
                blocks[key] = (content_at, "")
            else:
                blocks[key] = (content_at, self.block(key))
            self.surplus()
        return self.assemble(start, blocks, fields)

    def opening(self, blocks: dict[str, tuple[int, str]]) -> tuple[str | None, int]:
        """The key of the block that opens here, or None where the message has ended."""
        before = self.at
        self.skip(" \t\n")
        ended = self.at >= len(self.text) or self.text[self.at] in "$\x01\x03"
        if blocks and (ended or self.text.startswith("{1:", self.at)):
            return None, self.at
        if not blocks and (bare := _TAG_START.match(self.text, self.at)):
            place = Place(self.file, self.line(self.at), "block 1")
            raise HeadersMissing(place, tag=bare.group(1))
        if self.text[self.at : self.at + 1] != "{" or self.text[self.at + 2 : self.at + 3] != ":":
            self.refuse(
                max(before, self.at), "?", Said("text outside the blocks", "มีตัวอักษรอยู่นอกบล็อก")
            )
        key = self.text[self.at + 1]
        if key not in _KNOWN:
            self.refuse(self.at, key, Said("no such block", "ไม่มีบล็อกนี้ในรูปแบบ FIN"))
        return key, self.at + 3

    def block(self, key: str) -> str:
        start = self.at
        depth = 1
        for found in re.compile(r"[{}]").finditer(self.text, start):
            depth += 1 if found.group() == "{" else -1
            if depth == 0:
                self.at = found.end()
                return self.text[start : found.start()]
            if depth > 2:
                self.refuse(found.start(), key, Said("it is not closed", "ไม่ได้ปิดบล็อก"))
        return self.refuse(start, key, Said("it is not closed", "ไม่ได้ปิดบล็อก"))

    def text_block(self) -> tuple[Field, ...]:
        start = self.at
        end = self.text.find("-}", start)
        if end < 0:
            self.refuse(start, "4", Said("it is not closed by -}", "ไม่ได้ปิดด้วย -}"))
        inner = self.text.find("\n{1:", start, end)
        if inner >= 0:
            self.refuse(
                inner + 1,
                "4",
                Said(
                    "it is not closed by -} before the next message", "ไม่ได้ปิดด้วย -} ก่อนถึงข้อความถัดไป"
                ),
            )
        self.at = end + 2
        content = self.text[start:end]
        if content.startswith("\n"):
            content, start = content[1:], start + 1
        return read_fields(content.removesuffix("\n"), line=self.line(start), file=self.file)

    def surplus(self) -> None:
        """Closing braces too many are forgiven at the end of a message only."""
        stop = self.at
        while self.text.startswith("}", stop):
            stop += 1
        if stop > self.at and self.text[stop:].lstrip(_BETWEEN)[:3] in {"", "{1:"}:
            self.at = stop

    def assemble(
        self, start: int, blocks: dict[str, tuple[int, str]], fields: tuple[Field, ...]
    ) -> FinMessage:
        if "1" not in blocks:
            self.refuse(start, "1", Said("it is missing", "ไม่พบบล็อกนี้"))
        basic = self.basic(*blocks["1"])
        application = self.application(*blocks["2"]) if "2" in blocks else None
        if application is None and (fields or basic.service == "01"):
            self.refuse(start, "2", Said("it is missing", "ไม่พบบล็อกนี้"))
        inner = {key: self.inner(key, *blocks[key]) for key in "345S" if key in blocks}
        return FinMessage(
            basic=basic,
            application=application,
            user=inner.get("3", ()),
            fields=fields,
            service=inner.get("4", ()),
            trailer=inner.get("5", ()),
            system=inner.get("S", ()),
            line=self.line(start),
        )

    def basic(self, position: int, content: str) -> BasicHeader:
        found = _BASIC.fullmatch(content)
        if found is None:
            self.refuse(
                position,
                "1",
                Said(
                    "25 characters F01, terminal, session, sequence expected",
                    "ต้องมี 25 ตัวอักษร ได้แก่ F01 รหัสเทอร์มินัล เซสชัน และลำดับ",
                ),
            )
        return BasicHeader(*found.groups())

    def application(self, position: int, content: str) -> ApplicationHeader:
        if found := _INPUT.fullmatch(content):
            mt, terminal, priority, tail = found.groups()
            return ApplicationHeader("I", mt, terminal, priority=priority, tail=tail)
        found = _OUTPUT.fullmatch(content)
        if found is None:
            self.refuse(
                position,
                "2",
                Said(
                    "I or O, message type, terminal and priority expected",
                    "ต้องเป็น I หรือ O ตามด้วยชนิดข้อความ รหัสเทอร์มินัล และลำดับความสำคัญ",
                ),
            )
        mt, time, date, terminal, reference, out_date, out_time, priority = found.groups()
        return ApplicationHeader(
            "O", mt, terminal, time, date, reference, out_date, out_time, priority
        )

    def inner(self, key: str, position: int, content: str) -> tuple[Tag, ...]:
        tags = tuple(Tag(*found.groups()) for found in _INNER.finditer(content))
        if _INNER.sub("", content).strip():
            self.refuse(
                position,
                key,
                Said("tags of the form {key:value} expected", "ต้องเป็นแท็กในรูปแบบ {key:value}"),
            )
        return tags


def read_fields(content: str, *, line: int = 1, file: str | None = None) -> tuple[Field, ...]:
    """The fields of a text block: `:tag:` opens one, other lines continue it.

    Args:
        content: the text between the block's first line feed and its closing `-`.
        line: the 1-based line of its first character.

    Raises:
        BrokenField: the first line opens no field, or a line looks like a tag that none is.
    """
    fields: list[Field] = []
    if not content:
        return ()
    parts: list[str] = []
    tag, opened = "", line
    for number, row in enumerate(content.split("\n"), start=line):
        found = _TAG_LINE.match(row)
        if found is None:
            if not tag or _ALMOST_A_TAG.match(row):
                raise BrokenField(
                    Place(file, number, tag or "block 4"),
                    tag=row[:6],
                    reason=Said("no tag of the form :20:", "ไม่ใช่แท็กในรูปแบบ :20:"),
                )
            parts.append(row)
            continue
        if tag:
            fields.append(Field(tag, "\n".join(parts), opened))
        tag, opened, parts = found.group(1), number, [found.group(2)]
    fields.append(Field(tag, "\n".join(parts), opened))
    return tuple(fields)
