"""The 94-character records of a file, however its sender broke (or did not break) the lines."""

import itertools
from collections.abc import Iterator
from typing import BinaryIO

from backoffice.kernel.refusals import Place, Refused
from settlement.formats.ach.layouts import RECORD_LENGTH
from settlement.formats.ach.structure_refusals import WrongRecordLength
from settlement.formats.lines import raw_lines

_LINE_LIMIT = 4096


def records(stream: BinaryIO, *, name: str) -> Iterator[tuple[int, str | Refused]]:
    """Yield (1-based record number, 94 characters), or the refusal of a record of another length.

    Lines may end in LF or CR LF, lack their trailing blanks or have more of them; a file may also
    be one long line, cut every 94 characters. Bytes that are not UTF-8 count one character each,
    by ISO 8859-1. Blank lines are passed over.
    """
    head = b"".join(_head(stream))
    first, *others = head.rstrip(b"\r\n").split(b"\n", 1)
    length = len(_text(first.rstrip(b"\r")).rstrip())
    if length > RECORD_LENGTH and (not others or length % RECORD_LENGTH == 0):
        yield from _unbroken(head, stream, name=name)
        return
    lines = raw_lines(_Rejoined(head, stream), name=name, limit=_LINE_LIMIT)
    for number, raw in lines:
        if isinstance(raw, Refused):
            yield number, raw
        elif raw.strip():
            text = _text(raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw)
            yield number, _fitted(text, number=number, name=name)


def _head(stream: BinaryIO) -> Iterator[bytes]:
    wanted = _LINE_LIMIT
    while wanted > 0 and (chunk := stream.read(wanted)):
        wanted -= len(chunk)
        yield chunk


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("iso-8859-1")


def _fitted(text: str, *, number: int, name: str) -> str | Refused:
    if len(text) != RECORD_LENGTH:
        text = text.rstrip(" ").ljust(RECORD_LENGTH)
    if len(text) != RECORD_LENGTH:
        return WrongRecordLength(Place(name, number), found=len(text))
    return text


def _unbroken(head: bytes, stream: BinaryIO, *, name: str) -> Iterator[tuple[int, str | Refused]]:
    buffer = bytearray()
    number = 0
    for chunk in itertools.chain([head], iter(lambda: stream.read(_LINE_LIMIT), b"")):
        buffer += chunk.translate(None, b"\r\n")
        whole = len(buffer) - len(buffer) % RECORD_LENGTH
        for start in range(0, whole, RECORD_LENGTH):
            number += 1
            yield number, bytes(buffer[start : start + RECORD_LENGTH]).decode("iso-8859-1")
        del buffer[:whole]
    if buffer:
        yield number + 1, WrongRecordLength(Place(name, number + 1), found=len(buffer))


class _Rejoined:
    """A stream whose head was already read, offering `readline` over head and rest."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream = head, stream

    def readline(self, size: int) -> bytes:
        """Up to `size` bytes of the next line, like `io.IOBase.readline`."""
        if not self._head:
            return self._stream.readline(size)
        end = self._head.find(b"\n", 0, size)
        cut = size if end < 0 else end + 1
        line, self._head = self._head[:cut], self._head[cut:]
        if not line.endswith(b"\n") and len(line) < size:
            line += self._stream.readline(size - len(line))
        return line
