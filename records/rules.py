"""How a document is named and numbered, how its content is cut, how long it is kept."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from io import BytesIO
from typing import IO

from backoffice.kernel.refusals import Place, Refused

CHUNK_BYTES = 1024 * 1024
BATCH = 1_000
BATCH_BYTES = 4 * CHUNK_BYTES
# RFC 6838 4.2: type/subtype of restricted names; parameters (RFC 2045) are kept as they come.
MEDIA_TYPE = re.compile(
    r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}"
    r"(; ?[a-z0-9-]+=[A-Za-z0-9._-]+)*"
)
# NIKHAHIT, a tone mark or none, SARA AA.
SARA_AM_APART = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
# Six digits at least; a day of 100,000 trades files some 600,000 messages in one class.
NUMBERS_A_YEAR = 999_999_999


class BadFiling(Refused):
    """A particular of the filing is missing or malformed."""

    code = "filing-malformed"
    en = "{value!r} is not a valid {what}."
    th = "{value!r} ไม่ใช่{what_th}ที่ถูกต้อง"


class SeriesFull(Refused):
    """A class has used up its numbers of a year."""

    code = "number-series-full"
    status = 409
    en = "Class {record_class} has no number left in {year}."
    th = "หมวดเอกสาร {record_class} ใช้เลขที่ของปี {year} ครบแล้ว"


def title(text: str) -> str:
    """A title as it is stored and searched: NFKC (one spelling of ำ), one line, trimmed.

    Raises:
        BadFiling: empty, longer than 300, or holding control characters.
    """
    found = searchable(text)
    if not found or len(found) > 300 or any(unicodedata.category(char) == "Cc" for char in found):
        raise BadFiling(Place(field="title"), value=text[:80], what="title", what_th="ชื่อเอกสาร")
    return found


def searchable(text: str) -> str:
    """Text with one spelling for what looks alike, so that a search finds it.

    NFKC takes SARA AM apart; the parts, in either order of the tone mark, are written back as the
    one letter that people type.
    """
    folded = unicodedata.normalize("NFKC", text)
    return SARA_AM_APART.sub("\\1\u0e33", " ".join(folded.split()))


def media_type(text: str) -> str:
    """A media type in lower case. Raises BadFiling."""
    name, mark, parameters = text.strip().partition(";")
    found = name.strip().lower() + mark + parameters
    if len(found) > 120 or not MEDIA_TYPE.fullmatch(found):
        raise BadFiling(
            Place(field="media_type"), value=text[:80], what="media type", what_th="ชนิดสื่อ"
        )
    return found


def source_key(text: str) -> str:
    """The key under which the source files again and finds its document. Raises BadFiling."""
    found = text.strip()
    if not found or len(found) > 200 or not found.isprintable():
        raise BadFiling(
            Place(field="source_key"), value=text[:80], what="source key", what_th="คีย์ต้นทาง"
        )
    return found


def number(record_class: str, year: int, serial: int) -> str:
    """The document's number: class, Gregorian year, serial without gaps, as RPT-2026-000001.

    Raises:
        SeriesFull.
    """
    if serial > NUMBERS_A_YEAR:
        raise SeriesFull(record_class=record_class, year=year)
    return f"{record_class}-{year}-{serial:06d}"


def pieces(content: bytes | IO[bytes]) -> Iterator[bytes]:
    """The content cut into chunks of 1 MiB, from its beginning; none for an empty content."""
    if isinstance(content, bytes | bytearray | memoryview):
        content = BytesIO(content)
    content.seek(0)
    while piece := content.read(CHUNK_BYTES):
        yield piece


def batches[Item](items: Iterable[Item], *, size: Callable[[Item], int]) -> Iterator[list[Item]]:
    """The items in order, 1,000 at most and 4 MiB at most together; a larger one stands alone."""
    batch: list[Item] = []
    total = 0
    for item in items:
        bytes_ = size(item)
        if batch and (len(batch) == BATCH or total + bytes_ > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += bytes_
    if batch:
        yield batch


def kept_until(filed_on: date, *, years: int, trigger: str) -> date | None:
    """The last day on which the record must be kept; None while its period has not begun.

    "year_end": `years` full years after the end of the year of filing, so that books closed on
    31 December are kept for the period of the Accounting Act B.E. 2543 s.14, counted from closing.
    "relation_end": begins with an event that is yet to come.
    """
    if trigger == "relation_end":
        return None
    return date(filed_on.year + years, 12, 31)
