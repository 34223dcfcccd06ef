"""JSON as the house reads it: one value a name, no NaN, no floats, no abyss of nesting."""

import codecs
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from rest_framework.parsers import BaseParser

from backoffice.kernel.refusals import Place, Refused

DEPTH_MAX = 40
HALF_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
"""What may be half of a character: cheap to look for, and rare."""
BYTES_MAX = 10 * 1024 * 1024


class MalformedJSON(Refused):
    """The body is not JSON, or not the JSON that the house reads."""

    code = "malformed-json"
    status = 400
    en = "The body is not readable JSON: {why}."
    th = "เนื้อหาไม่ใช่ JSON ที่อ่านได้: {why}"


class DuplicateName(MalformedJSON):
    """One object holds a name twice (RFC 8259 leaves the meaning open, so it is refused)."""

    code = "duplicate-json-key"
    en = "The name {why!r} stands twice in one object."
    th = "ชื่อ {why!r} ซ้ำในออบเจ็กต์เดียวกัน"


class BodyTooLarge(Refused):
    """The body is longer than the door takes."""

    code = "body-too-large"
    status = 413
    en = "The body is larger than {limit} bytes."
    th = "เนื้อหาใหญ่เกิน {limit} ไบต์"


def loads(data: bytes | str) -> Any:
    """Parse one JSON text; numbers with a point or exponent come as `JSONNumber`, never as float.

    Raises:
        MalformedJSON: not UTF-8, not JSON, NaN or Infinity, an exponent that no number of the
            house has, half a character (a lone surrogate), nested deeper than 40.
        DuplicateName: a name twice in one object.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        if text.startswith("\ufeff"):
            raise MalformedJSON(why="byte order mark")
        _check_depth(text)
        found = json.loads(
            text, object_pairs_hook=_object, parse_float=_number, parse_constant=_constant
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
        line = getattr(error, "lineno", None)
        why = str(error).replace("{", "(").replace("}", ")")
        raise MalformedJSON(Place(line=line), why=why) from error
    if HALF_ESCAPE.search(text):
        _check_whole(found)
    return found


class JSONNumber(Decimal):
    """A JSON number with a fraction or exponent: kept exact, so that a rule can refuse it."""


def _number(text: str) -> JSONNumber:
    try:
        return JSONNumber(text)
    except InvalidOperation as error:
        raise MalformedJSON(why="a number with an exponent out of range") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            shown = name.encode("utf-8", "backslashreplace").decode()
            raise DuplicateName(Place(field=shown), why=shown)
        found[name] = value
    return found


def _constant(name: str) -> None:
    raise MalformedJSON(why=name)


def _check_whole(value: Any) -> None:
    """Half of a UTF-16 pair is no text: nothing that it gets into could be written down."""
    if isinstance(value, dict):
        _check_whole([*value, *value.values()])
    elif isinstance(value, list):
        for part in value:
            _check_whole(part)
    elif isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
        raise MalformedJSON(why="half a character (a lone surrogate)")


def _check_depth(text: str) -> None:
    depth = 0
    quoted = escaped = False
    for char in text:
        if quoted:
            quoted = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            quoted = True
        elif char in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise MalformedJSON(why=f"nested deeper than {DEPTH_MAX}")
        elif char in "]}":
            depth -= 1


class StrictJSONParser(BaseParser):
    """DRF's door to `loads`, with a size cap."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read the whole body, refuse it when it is too large or malformed."""
        del media_type
        encoding = (parser_context or {}).get("encoding", "utf-8")
        data = stream.read(BYTES_MAX + 1)
        if len(data) > BYTES_MAX:
            raise BodyTooLarge(limit=BYTES_MAX)
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise MalformedJSON(why="unknown charset") from error
        return loads(data)
