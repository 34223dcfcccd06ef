"""An entry as it travels: the JSON object of a line of `post_entries` and of the API's body.

    {"key": "…", "date": "2026-01-02", "journal": "GEN", "entity": "…", "memo": "…",
     "lines": [{"account": "Assets:Cash", "amount": "10.00", "currency": "THB",
                "value": "10.00", "dimensions": {}}]}

Amounts are canonical decimal text (positive debits, negative credits); numbers are refused,
because a reader between sender and us may have gone through a float.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from accounting.rules.days import DraftRefused, require_likely
from accounting.rules.drafts import EntryDraft, LineDraft
from backoffice.kernel.refusals import Place, Said
from backoffice.kernel.thai import BUDDHIST_OFFSET, UNLIKELY_YEAR

DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,18})?", re.ASCII)
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
ENTRY_NAMES: Final = frozenset(
    {"key", "date", "journal", "entity", "memo", "lines", "source", "attributes"}
)
LINE_NAMES: Final = frozenset({"account", "amount", "currency", "value", "dimensions"})
GENERAL: Final = "GEN"
A_LIST: Final = Said("a list", "รายการ (array)")
AN_OBJECT: Final = Said("an object", "อ็อบเจกต์")
A_TEXT: Final = Said("a text", "ข้อความ")
TEXTS: Final = Said("an object of texts", "อ็อบเจกต์ที่ทุกค่าเป็นข้อความ")


class WrongShape(DraftRefused):
    """The value is not of the type that stands in the format."""

    code = "entry-wrong-shape"
    en = "{field} must be {expected}."
    th = "{field} ต้องเป็น {expected}"


class UnknownName(DraftRefused):
    """An object has a name that the format does not know."""

    code = "entry-unknown-name"
    en = "{name!r} is not a name of this format."
    th = "ไม่รู้จักชื่อ {name!r} ในรูปแบบนี้"


class NotAnAmount(DraftRefused):
    """An amount is not canonical decimal text."""

    code = "amount-not-canonical"
    en = '{value!r} is not a plain decimal text such as "10.00".'
    th = '{value!r} ไม่ใช่ข้อความเลขทศนิยมเช่น "10.00"'


class NotADate(DraftRefused):
    """A date is not a day written YYYY-MM-DD."""

    code = "date-malformed"
    en = "{value!r} is not a date in the form YYYY-MM-DD."
    th = "{value!r} ไม่ใช่วันที่ในรูปแบบ YYYY-MM-DD"


class DateOfAnotherEra(DraftRefused):
    """A year of the Buddhist era, or a slip: an entry posted there stands in no report."""

    code = "date-of-another-era"
    en = "{value!r}: years are those of the common era here; {year} B.E. is {meant}."
    th = "{value!r}: ที่นี่ใช้ปีคริสต์ศักราช พ.ศ. {year} คือ ค.ศ. {meant}"


def entry_from(value: Any, *, entity: str = "", journal: str = GENERAL) -> EntryDraft:
    """Read one entry.

    Args:
        value: what the strict JSON reader made of the text.
        entity: taken when the object names none; `journal` likewise.

    Raises:
        WrongShape, UnknownName, NotAnAmount, NotADate, DateOfAnotherEra, DateUnlikely: with the
            field's JSON pointer.
    """
    found = _object(value, "", ENTRY_NAMES)
    rows = found.get("lines")
    if not isinstance(rows, list):
        raise WrongShape(Place(field="/lines"), field="lines", expected=A_LIST)
    return EntryDraft(
        key=_text(found, "key", ""),
        date=_day(found.get("date")),
        journal=_text(found, "journal", "", default=journal),
        entity=_text(found, "entity", "", default=entity),
        memo=_text(found, "memo", "", default=""),
        lines=tuple(_line(row, f"/lines/{index}") for index, row in enumerate(rows)),
        source=_text(found, "source", "", default=""),
        attributes=_texts(found.get("attributes"), "/attributes"),
    )


def _line(value: Any, pointer: str) -> LineDraft:
    found = _object(value, pointer, LINE_NAMES)
    functional = found.get("value")
    return LineDraft(
        account=_text(found, "account", pointer),
        amount=_amount(found.get("amount"), f"{pointer}/amount"),
        currency=_text(found, "currency", pointer),
        value=None if functional is None else _amount(functional, f"{pointer}/value"),
        dimensions=_texts(found.get("dimensions"), f"{pointer}/dimensions"),
    )


def _object(value: Any, pointer: str, names: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise WrongShape(Place(field=pointer or "/"), field=pointer or "/", expected=AN_OBJECT)
    for name in value:
        if name not in names:
            raise UnknownName(Place(field=f"{pointer}/{name}"[:200]), name=name[:80])
    return value


def _text(found: Mapping[str, Any], name: str, pointer: str, *, default: str | None = None) -> str:
    value = found.get(name, default)
    if not isinstance(value, str):
        raise WrongShape(Place(field=f"{pointer}/{name}"), field=name, expected=A_TEXT)
    return value


def _texts(value: Any, pointer: str) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise WrongShape(Place(field=pointer), field=pointer, expected=TEXTS)
    return value


def _amount(value: Any, pointer: str) -> Decimal:
    if not isinstance(value, str) or not DECIMAL.fullmatch(value):
        raise NotAnAmount(Place(field=pointer), value=str(value)[:60])
    return Decimal(value)


def _day(value: Any) -> date:
    if isinstance(value, str) and DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            pass
        else:
            if day.year >= UNLIKELY_YEAR:
                said = {"value": value, "year": day.year, "meant": day.year - BUDDHIST_OFFSET}
                raise DateOfAnotherEra(Place(field="/date"), **said)
            require_likely(day, "/date")
            return day
    raise NotADate(Place(field="/date"), value=str(value)[:40])
