"""What a line of a chart file states: an account, a journal, a limit, demanded dimensions, a close.

{"kind": "journal", "code": "INV", "gapless": true, "name_en": "Invoices"}
{"kind": "limit", "account": "Assets:Cash", "limit": "credits_must_not_exceed_debits"}
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from backoffice.kernel.refusals import Place, Refused, Said

LIMITS: Final = ("none", "debits_must_not_exceed_credits", "credits_must_not_exceed_debits")
NAME_MOST: Final = 40
NAMES_MOST: Final = 20
TEXT_MOST: Final = 255
_AMOUNT = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,10})?", re.ASCII)
# Field → how it is written; what ends in "?" may be missing.
KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "account": {"code": "text", "currency": "text?"},
    "journal": {"code": "text", "name_en": "text?", "name_th": "text?", "gapless": "flag?"},
    "limit": {"account": "text", "limit": "limit", "credit_line": "amount?"},
    "dimensions": {"account": "text", "names": "names"},
    "close": {"account": "text"},
    "reopen": {"account": "text"},
}
WORDS: Final = {
    "text": Said(f"text of 1 to {TEXT_MOST} characters", f"ข้อความ 1 ถึง {TEXT_MOST} ตัวอักษร"),
    "flag": Said("true or false", "true หรือ false"),
    "limit": Said(f"one of {' | '.join(LIMITS)}", f"หนึ่งใน {' | '.join(LIMITS)}"),
    "amount": Said('an amount as text, "1234.50"', 'จำนวนที่เขียนเป็นข้อความ เช่น "1234.50"'),
    "names": Said("a list of names of dimensions", "รายการชื่อมิติ"),
}


class ChartLineUnreadable(Refused):
    """A line is no JSON object with a kind that the ledger knows."""

    code = "chart-kind"
    en = "The line must be a JSON object whose kind is one of {known}."
    th = "แต่ละบรรทัดต้องเป็นออบเจ็กต์ JSON ที่ kind เป็นหนึ่งใน {known}"


class ChartFieldWrong(Refused):
    """A field that the kind does not have, or has and was not given."""

    code = "chart-field"
    en = "A line of kind {kind} has the fields {known}; look at {name}."
    th = "บรรทัดชนิด {kind} มีช่อง {known} โปรดดูช่อง {name}"


class ChartValueWrong(Refused):
    """A value that is not written as its field wants it."""

    code = "chart-value"
    en = "{value} is not {wanted}."
    th = "{value} ไม่ใช่{wanted}"


def stated(told: Any) -> tuple[str, dict[str, Any]]:
    """The kind of a line and its fields, each proved; what is missing and may be, is left out.

    Raises:
        ChartLineUnreadable, ChartFieldWrong, ChartValueWrong, with the field.
    """
    kind = told.get("kind") if isinstance(told, dict) else None
    fields = KINDS.get(kind) if isinstance(kind, str) else None
    if fields is None:
        raise ChartLineUnreadable(Place(field="kind"), known=", ".join(KINDS))
    given = {name: value for name, value in told.items() if name != "kind" and value is not None}
    missing = [name for name, form in fields.items() if form[-1] != "?" and name not in given]
    for name in [*(name for name in given if name not in fields), *missing]:
        raise ChartFieldWrong(
            Place(field=name[:40]), kind=kind, known=", ".join(fields), name=name[:40]
        )
    for name, value in given.items():
        form = fields[name].removesuffix("?")
        if not _is(value, form):
            raise ChartValueWrong(Place(field=name), value=repr(value)[:60], wanted=WORDS[form])
    return str(kind), given


def _is(value: Any, form: str) -> bool:
    if form == "flag":
        return isinstance(value, bool)
    if form == "names":
        return (
            isinstance(value, list)
            and len(value) <= NAMES_MOST
            and all(_is(one, "text") and len(one) <= NAME_MOST for one in value)
        )
    if not isinstance(value, str):
        return False
    if form == "limit":
        return value in LIMITS
    if form == "amount":
        return _AMOUNT.fullmatch(value) is not None
    return 0 < len(value) <= TEXT_MOST and value == value.strip() and value.isprintable()
