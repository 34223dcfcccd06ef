"""Identities of what the house sends: the same for the same content, so that a rerun is the same.

A message's moment is the end of its business day in Bangkok, not the clock's.
"""

import hashlib
import uuid
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from settlement.rules.reconciliation import short

BANGKOK: Final = ZoneInfo("Asia/Bangkok")
DAY_ENDS: Final = time(23, 59, 59)
END_TO_END_MAX: Final = 35


def message_id(*parts: object) -> str:
    """Sixteen capital letters and digits: fits every message of both standards."""
    return short("\x1f".join(str(part) for part in ("message", *parts)))


def end_to_end(reference: str) -> str:
    """A reference as it stands where it fits the 35 characters of ISO 20022, short otherwise."""
    return reference if len(reference) <= END_TO_END_MAX else short(reference)


def uetr(*parts: object) -> str:
    """A unique end-to-end transaction reference: a UUID of version 4 out of the content."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def made_on(day: date) -> datetime:
    """The moment that a message of the day bears (aware, UTC)."""
    return datetime.combine(day, DAY_ENDS, tzinfo=BANGKOK).astimezone(UTC)
