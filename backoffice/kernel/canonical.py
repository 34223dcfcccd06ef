"""One spelling for every value: canonical JSON bytes, and the fingerprint of them.

Keys sorted by code point, no blanks, UTF-8 (as RFC 8785 orders and spaces it); numbers with
decimals travel as strings, because a reader's floats would change them.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from backoffice.kernel.refusals import Refused


class NotCanonical(Refused):
    """A value that has no single spelling: a float, a naive time, an unknown type."""

    code = "not-canonical"
    en = "{value} has no canonical form ({kind})."
    th = "{value} ไม่มีรูปแบบมาตรฐาน ({kind})"


def jsonable(value: Any) -> Any:
    """`value` in JSON's own types, with one spelling for each.

    Decimal: plain digits as given ("1.50", never "1.5E+0"; minus zero is zero); date and time: ISO
    8601; datetime: UTC with "Z"; Enum: its value; UUID: text; bytes: hex; mappings: text
    keys (dates, enums and numbers are spelled); sets: sorted. Raises NotCanonical
    for floats, naive datetimes and anything else.
    """
    spelled: Any
    match value:
        case None | bool():
            spelled = value
        case Mapping():
            spelled = {_key(key): jsonable(item) for key, item in value.items()}
        case list() | tuple():
            spelled = [jsonable(item) for item in value]
        case set() | frozenset():
            spelled = sorted((jsonable(item) for item in value), key=_dumped)
        case _:
            spelled = _scalar(value)
    return spelled


def _scalar(value: Any) -> str | int:
    match value:
        case Enum():
            spelled = jsonable(value.value)
        case int():
            spelled = int(value)
        case str():
            spelled = str(value)
        case Decimal() if value.is_finite():
            spelled = format(value or abs(value), "f")
        case UUID():
            spelled = str(value)
        case bytes():
            spelled = value.hex()
        case _:
            spelled = _moment(value)
    return spelled  # type: ignore[no-any-return]


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise NotCanonical(value=value.isoformat(), kind="naive datetime")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date | time):
        return value.isoformat()
    raise NotCanonical(value=repr(value)[:80], kind=type(value).__name__)


def _key(key: Any) -> str:
    return str(_scalar(key))


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def canonical_json(value: Any) -> bytes:
    """`value` as canonical JSON in UTF-8: the same value gives the same bytes everywhere."""
    return _dumped(jsonable(value)).encode()


def fingerprint(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
