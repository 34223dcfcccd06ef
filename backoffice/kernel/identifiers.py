"""Identifiers: the house's own time-sortable ids, and check digits of the world's.

Check digits are python-stdnum's; only names and refusals are ours.
"""

import re
import secrets
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from stdnum import isin, lei
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10
from stdnum.th import tin

from backoffice.kernel.refusals import Refused

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BIC: Final = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)


class IdentifierRefused(Refused):
    """An identifier whose form or check digit is wrong."""

    code = "identifier-refused"
    en = "{text} is not a valid {scheme}."
    th = "{text} ไม่ใช่ {scheme} ที่ถูกต้อง"


def time_ordered_id(*, at: datetime, randomness: int) -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits.

    Args:
        at: aware datetime of creation, 1970 to 10889.
        randomness: 0 to 2**74 - 1; the same two arguments give the same id.

    Raises ValueError if an argument is out of range or `at` is naive.
    """
    if at.tzinfo is None or at < _EPOCH:
        raise ValueError("at must be aware and not before 1970")
    if not 0 <= randomness < 2**74:
        raise ValueError("randomness must have 74 bits")
    elapsed = at - _EPOCH
    millis = (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000
    high, low = randomness >> 62, randomness & (2**62 - 1)
    return UUID(int=millis << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def new_id(*, at: datetime) -> UUID:
    """A fresh id of the moment `at`: `time_ordered_id` with the system's own randomness."""
    return time_ordered_id(at=at, randomness=secrets.randbits(74))


def moment_of(identifier: UUID) -> datetime:
    """When a time-ordered id was made (UTC, to the millisecond)."""
    if identifier.version != 7:
        raise ValueError("only version 7 ids carry their time")
    seconds, millis = divmod(identifier.int >> 80, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=millis * 1000)


def require_thai_tax_id(text: str) -> str:
    """The 13 digits of a Thai tax id (person or company), blanks and dashes removed."""
    try:
        return str(tin.validate(_ascii(text, "Thai tax id")))
    except ValidationError as error:
        raise IdentifierRefused(text=text, scheme="Thai tax id") from error


def require_isin(text: str) -> str:
    """An ISIN (ISO 6166) as given; refuses lower case, blanks and a wrong check digit."""
    if text != text.strip().upper() or not isin.is_valid(_ascii(text, "ISIN")):
        raise IdentifierRefused(text=text, scheme="ISIN")
    return text


def require_lei(text: str) -> str:
    """An LEI (ISO 17442) as given; refuses lower case, blanks and wrong check digits."""
    if text != text.strip().upper() or not lei.is_valid(_ascii(text, "LEI")) or len(text) != 20:
        raise IdentifierRefused(text=text, scheme="LEI")
    return text


def require_bic(text: str) -> str:
    """A BIC (ISO 9362) of 8 or 11 characters as given. There is no check digit, only a form."""
    if not _BIC.fullmatch(text):
        raise IdentifierRefused(text=text, scheme="BIC")
    return text


def require_iban(text: str) -> str:
    """An IBAN (ISO 13616) as given: form and the mod-97 check digits.

    The length by country is left to the settlement formats, which know each country's structure.
    """
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text, re.ASCII) or not (
        mod_97_10.is_valid(text[4:] + text[:4])
    ):
        raise IdentifierRefused(text=text, scheme="IBAN")
    return text


def _ascii(text: str, scheme: str) -> str:
    if not text.isascii():
        raise IdentifierRefused(text=text, scheme=scheme)
    return text
