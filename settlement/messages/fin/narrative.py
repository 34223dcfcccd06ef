"""Coded narratives: field 72 and its kin, `/CODE/text` with `//` continuing the line above."""

import re
from dataclasses import dataclass

from settlement.messages.fin.model import Field

_CODE = re.compile(r"/([A-Za-z0-9]{1,35})/(.*)", re.DOTALL)
_REASON = re.compile(r"[A-Z]{2}[A-Z0-9]{2}")
_REFERENCES = frozenset({"MREF", "TREF", "TEXT", "CHGS", "UETR"})


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded line: the code without slashes (empty for free text) and what follows it."""

    code: str
    text: str

    @property
    def whole(self) -> str:
        """As it stood in the field."""
        return f"/{self.code}/{self.text}" if self.code else self.text


@dataclass(frozen=True, slots=True)
class Rejection:
    """A reject or return told in field 72 or 79 (SWIFT payments reject/return guidelines)."""

    kind: str
    reason: str
    detail: str | None
    instruction: str | None
    transaction: str | None
    uetr: str | None
    charges: str | None


def coded(item: Field | None) -> list[Coded]:
    """The coded lines of a field, continuation lines joined without a break."""
    found: list[Coded] = []
    for row in item.lines if item else []:
        match = _CODE.fullmatch(row)
        if row.startswith("//") and found:
            found[-1] = Coded(found[-1].code, found[-1].text + row[2:])
        elif match:
            found.append(Coded(*match.groups()))
        elif found:
            found[-1] = Coded(found[-1].code, f"{found[-1].text} {row}")
        else:
            found.append(Coded("", row))
    return found


def text_of(lines: list[Coded], code: str) -> str | None:
    """The text of the first line bearing `code`, or None."""
    return next((line.text for line in lines if line.code == code), None)


def rejection(item: Field | None) -> Rejection | None:
    """What a `/REJT/` or `/RETN/` narrative tells, or None when it is another narrative.

    The line after the first names the reason: a four-character code of the external list,
    otherwise the whole line is told as a narrative (NARR).
    """
    lines = coded(item)
    if not lines or lines[0].code not in {"REJT", "RETN"}:
        return None
    second = lines[1] if len(lines) > 1 else Coded("", "")
    reason, detail = "NARR", second.whole or None
    if _REASON.fullmatch(second.code) and second.code not in _REFERENCES:
        reason, detail = second.code, second.text.strip("/") or None
    uetr = re.search(r"/UETR/([0-9a-f-]{36})", text_of(lines, "TEXT") or "")
    charges = (text_of(lines, "CHGS") or "").strip("/")
    return Rejection(
        kind=lines[0].code,
        reason=reason,
        detail=detail,
        instruction=text_of(lines, "MREF"),
        transaction=text_of(lines, "TREF"),
        uetr=uetr.group(1) if uetr else None,
        charges=charges or None,
    )
