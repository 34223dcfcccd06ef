"""Terms of settlement as JSON Lines: one object a line, whose `kind` says what it states.

{"kind": "funds", "reference": "F-1", "participant": "SIAMSEC", "asset": "THB",
 "quantity": "500000.00", "date": "2026-01-05"}

Amounts are text, in major units or units of the asset; days are text, 2026-01-31, and times, 17:00.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any, Final

from backoffice.kernel.refusals import Place, Refused, Said
from settlement.formats import dates
from settlement.formats.lines import Source, name_of, opened, text_lines

ZONE: Final = "Asia/Bangkok"
LINES_MOST: Final = 100_000
TEXT_MOST: Final = 200
DAYS_MOST: Final = 10
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,10})?", re.ASCII)


class TermsUnreadable(Refused):
    """A line is no JSON object with a kind that the house knows."""

    code = "terms-kind"
    en = "The line must be a JSON object whose kind is one of {known}."
    th = "แต่ละบรรทัดต้องเป็นออบเจ็กต์ JSON ที่ kind เป็นหนึ่งใน {known}"


class TermsFieldUnknown(Refused):
    """A field that this kind does not have."""

    code = "terms-field-unknown"
    en = "{kind} has no field {value}; it has {known}."
    th = "{kind} ไม่มีช่อง {value} มีเพียง {known}"


class TermsFieldMissing(Refused):
    """A field that this kind must have."""

    code = "terms-field-missing"
    en = "{kind} needs {name}."
    th = "{kind} ต้องมี {name}"


class TermsValueWrong(Refused):
    """A value that is not written as its kind is."""

    code = "terms-value-malformed"
    en = "{value} is not {wanted}."
    th = "{value} ไม่ใช่ {wanted}"


class TermsNone(Refused):
    """A file without a line, or with too many."""

    code = "terms-count"
    en = "The file must have 1 to {most} lines."
    th = "ไฟล์ต้องมี 1 ถึง {most} บรรทัด"


@dataclass(frozen=True, slots=True)
class Field:
    """How a value is written: text, day, clock, number, whole, few (0 to 10), or a choice."""

    form: str
    choices: tuple[str, ...] = ()
    default: Any = None
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A line as it was read; `values` has every field of its kind."""

    line: int
    kind: str
    values: Mapping[str, Any]


def _needed(form: str, *choices: str) -> Field:
    return Field(form, choices, is_needed=True)


TEXT, DAY, NUMBER = _needed("text"), _needed("day"), _needed("number")
KINDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "funds": {
        "reference": TEXT, "participant": TEXT, "asset": TEXT, "quantity": NUMBER, "date": DAY,
    },
    "limit": {
        "participant": TEXT, "asset": TEXT, "valid_from": DAY, "amount": Field("number"),
        "limit": _needed(
            "choice", "credit_line", "net_debit_cap", "minimum_balance", "bilateral"
        ),
        "counterparty": Field("text", default=""),
    },
    "pledge": {
        "reference": TEXT, "participant": TEXT, "asset": TEXT, "quantity": NUMBER,
        "currency": TEXT, "credit": NUMBER,
    },
    "market_rule": {
        "market": Field("text", default=""), "valid_from": DAY,
        "model": Field("choice", ("gross", "dvp2", "dvp3"), "dvp3"),
        "mode": Field("choice", ("fifo", "optimal"), "fifo"),
        "by": Field("choice", ("count", "value"), "value"),
        "deadline": Field("whole", default=30), "lots": Field("whole", default=1),
        "novation": Field("choice", ("none", "house", "ccp"), "house"),
        "ccp": Field("text", default=""),
    },
    "release_limit": {"currency": TEXT, "amount": NUMBER, "valid_from": DAY},
    "price": {
        "instrument": TEXT, "day": DAY, "price": NUMBER, "currency": TEXT, "source": TEXT,
    },
    "corporate_action": {
        "reference": TEXT, "instrument": TEXT, "record_date": DAY, "ex_date": DAY,
        "payment_date": DAY, "amount": NUMBER, "currency": TEXT,
    },
    "fee_tariff": {
        "name": TEXT, "valid_from": DAY, "currency": Field("text", default=""),
        "source": Field("text", default=""), "owed_by": _needed("choice", "payer", "payee"),
        "payer_account": Field("text", default=""), "payee_account": Field("text", default=""),
        "rate": Field("number", default=Decimal(0)), "fixed": Field("number", default=Decimal(0)),
        "least": Field("number"), "most": Field("number"),
        "rounding": Field(
            "choice",
            ("ROUND_HALF_UP", "ROUND_HALF_EVEN", "ROUND_UP", "ROUND_DOWN"),
            "ROUND_HALF_UP",
        ),
    },
    "margin_rate": {"asset": Field("text", default=""), "rate": NUMBER, "valid_from": DAY},
    "tolerance": {
        "market": TEXT, "currency": TEXT, "tolerance": NUMBER, "valid_from": DAY,
        "above": Field("number", default=Decimal(0)), "source": TEXT,
    },
    "cycle": {
        "market": TEXT, "asset_class": TEXT, "valid_from": DAY, "source": TEXT,
        "cycle": _needed("choice", *(f"T+{days}" for days in range(11))),
    },
    "cut_off": {
        "market": Field("text", default=""), "currency": Field("text", default=""),
        "type": Field("choice", ("DVP", "FOP", "PAYMENT", "PVP"), ""), "valid_from": DAY,
        "time": Field("clock"), "zone": Field("text", default=ZONE),
        "days_before": Field("few", default=0),
        "policy": Field("choice", ("roll", "refuse"), "roll"), "source": TEXT,
    },
    "penalty_regime": {
        "market": TEXT, "tariff": TEXT, "valid_from": DAY, "buy_in_after": Field("whole"),
        "collection_day": Field("whole", default=18), "source": TEXT,
    },
}  # fmt: skip


def read(
    source: Source, *, parse: Callable[[str], Any], name: str | None = None
) -> Iterator[Term | Refused]:
    """Every line, or why it is none, with file, line and field; blank lines are passed over.

    Args:
        parse: reads one JSON text; the shell's, which refuses doubled names and floats.

    Raises:
        TermsNone.
    """
    shown, count = name_of(source, name), 0
    with opened(source) as stream:
        for number, text in text_lines(stream, name=shown):
            if isinstance(text, str) and not text.strip():
                continue
            count += 1
            if count > LINES_MOST:
                break
            if isinstance(text, Refused):
                yield text
                continue
            try:
                yield _term(parse(text), number)
            except Refused as refused:
                refused.place = Place(shown, number, refused.place.field)
                yield refused
    if not 0 < count <= LINES_MOST:
        raise TermsNone(Place(shown), most=LINES_MOST)


def _term(told: Any, line: int) -> Term:
    kind = told.get("kind") if isinstance(told, dict) else None
    fields = KINDS.get(kind) if isinstance(kind, str) else None
    if fields is None:
        raise TermsUnreadable(Place(field="kind"), known=", ".join(KINDS))
    for name in told:
        if name != "kind" and name not in fields:
            known = ", ".join(fields)
            raise TermsFieldUnknown(Place(field=name[:40]), kind=kind, value=name[:40], known=known)
    values = {}
    for name, field in fields.items():
        if told.get(name) is None and field.is_needed:
            raise TermsFieldMissing(Place(field=name), kind=kind, name=name)
        given = told.get(name)
        if given == "" and field.form == "text" and not field.is_needed:
            given = None
        values[name] = field.default if given is None else _value(given, name, field)
    return Term(line, str(kind), values)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _clock(text: str) -> time | None:
    return time.fromisoformat(text) if _CLOCK.fullmatch(text) else None


SPELLED: Final[Mapping[str, Callable[[str], Any]]] = {
    "number": _number,
    "clock": _clock,
    "day": dates.iso,
}
WHOLE: Final = {"whole": (1, 1_000_000), "few": (0, DAYS_MOST)}


def _value(given: Any, name: str, field: Field) -> Any:
    """The value as its field wants it."""
    if field.form == "text" and isinstance(given, str) and 0 < len(given.strip()) <= TEXT_MOST:
        return given.strip()
    if field.form == "choice" and given in field.choices:
        return given
    least, most = WHOLE.get(field.form, (1, 0))
    if type(given) is int and least <= given <= most:
        return given
    if isinstance(given, str) and field.form in SPELLED:
        found = SPELLED[field.form](given)
        if found is not None:
            return found
    wanted = {
        "text": Said(f"text of 1 to {TEXT_MOST} characters", f"ข้อความ 1 ถึง {TEXT_MOST} ตัวอักษร"),
        "choice": Said(*(f"{words} {' | '.join(field.choices)}" for words in ("one of", "หนึ่งใน"))),
        "whole": Said("a whole number of 1 to 1000000", "จำนวนเต็ม 1 ถึง 1000000"),
        "few": Said(f"a whole number of 0 to {DAYS_MOST}", f"จำนวนเต็ม 0 ถึง {DAYS_MOST}"),
        "clock": Said('a time of day, "17:00"', 'เวลาของวัน เช่น "17:00"'),
        "number": Said('an amount as text, "1234.50"', 'จำนวนที่เขียนเป็นข้อความ เช่น "1234.50"'),
        "day": Said('a day of the common era, "2026-01-31"', 'วันที่ ค.ศ. เช่น "2026-01-31"'),
    }
    raise TermsValueWrong(Place(field=name), value=repr(given)[:60], wanted=wanted[field.form])
