"""Lines of a file, one at a time, with a cap on their length: the ground of every line reader."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from backoffice.kernel.refusals import Place, Refused

type Source = str | Path | BinaryIO


class Lines(Protocol):
    """What a line reader needs of a stream."""

    def readline(self, size: int, /) -> bytes:
        """Up to `size` bytes of the next line; empty at the end."""


LINE_LIMIT = 4096
_BOM = b"\xef\xbb\xbf"


class LineTooLong(Refused):
    """One line is longer than any line of the format can be."""

    code = "line-too-long"
    en = "The line is longer than {limit} bytes."
    th = "บรรทัดยาวเกิน {limit} ไบต์"


class NotText(Refused):
    """The bytes of a line are no text in the encoding of the format."""

    code = "not-text"
    en = "The line is not valid {encoding} text."
    th = "บรรทัดนี้ไม่ใช่ข้อความ {encoding} ที่ถูกต้อง"


def opened(source: Source) -> contextlib.AbstractContextManager[BinaryIO]:
    """Open a path for reading, or pass an open binary stream through without closing it."""
    if isinstance(source, str | Path):
        return Path(source).open("rb")
    return contextlib.nullcontext(source)


def name_of(source: Source, name: str | None = None) -> str:
    """The name to show in refusals: `name` if given, else the last part of the path."""
    if name:
        return name
    shown = source if isinstance(source, str | Path) else getattr(source, "name", None)
    return Path(shown).name if isinstance(shown, str | Path) else "input"


def raw_lines(
    stream: Lines, *, name: str, limit: int = LINE_LIMIT
) -> Iterator[tuple[int, bytes | LineTooLong]]:
    """Yield (1-based number, line without its end); an overlong line comes as its refusal.

    Memory stays below two times `limit` whatever the file holds; the rest of an overlong line is
    read and dropped. Line ends are LF or CR LF.
    """
    number = 0
    while chunk := stream.readline(limit + 2):
        number += 1
        line = chunk.rstrip(b"\r\n")
        if len(line) > limit:
            while chunk and not chunk.endswith(b"\n"):
                chunk = stream.readline(limit)
            yield number, LineTooLong(Place(name, number), limit=limit)
        else:
            yield number, line


def text_lines(
    stream: BinaryIO, *, name: str, encoding: str = "utf-8", limit: int = LINE_LIMIT
) -> Iterator[tuple[int, str | Refused]]:
    """Yield (1-based number, decoded line); what cannot be decoded comes as its refusal.

    A UTF-8 byte order mark before the first line is dropped.
    """
    for number, raw in raw_lines(stream, name=name, limit=limit):
        if isinstance(raw, Refused):
            yield number, raw
            continue
        try:
            yield number, (raw.removeprefix(_BOM) if number == 1 else raw).decode(encoding)
        except UnicodeDecodeError:
            yield number, NotText(Place(name, number), encoding=encoding.upper())
