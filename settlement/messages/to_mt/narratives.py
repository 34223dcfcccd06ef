"""Fields 13C, 70, 71, 72, 77B and 79: coded narratives out of ISO 20022 elements."""

import re

from lxml import etree

from settlement.messages.fin.model import Field
from settlement.messages.fin.values import comma
from settlement.messages.mx_tree import at, every, text_at, texts_at
from settlement.messages.to_mt.drafting import (
    LINE,
    Draft,
    decimal,
    fold,
    money,
    reference,
    wrap,
)
from settlement.messages.to_mt.limits import total
from settlement.messages.to_mt.parties import is_reason

BEARERS = {"DEBT": "OUR", "SHAR": "SHA", "CRED": "BEN"}
_TIMES = (
    ("SNDTIME", "SttlmTmIndctn/DbtDtTm"),
    ("RNCTIME", "SttlmTmIndctn/CdtDtTm"),
    ("CLSTIME", "SttlmTmReq/CLSTm"),
    ("TILTIME", "SttlmTmReq/TillTm"),
    ("FROTIME", "SttlmTmReq/FrTm"),
    ("REJTIME", "SttlmTmReq/RjctTm"),
)
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::[0-9.]+)?([+-])([0-9]{2}):([0-9]{2})$")
_CODED = re.compile(r"/[A-Z0-9]{1,8}/")
_RESIDENCES = (("BENEFRES", "Cdtr"), ("ORDERRES", "Dbtr"))
_LEVELS_WITHOUT_LINE = re.compile(r"SDVA|G00[1-9]")
_PRIORITIES = frozenset({"CRED", "CRTS", "SPAY", "SPRI", "SSTD"})
_CREDITOR_CODES = frozenset({"CHQB", "TELB", "PHOB", "HOLD"})
_NEXT_CODES = frozenset({"PHON", "TELI", "TELE", "PHOI", "REPA"})
REJECT_REASONS = frozenset(
    {
        "AC01",
        "AC04",
        "AC06",
        "AG01",
        "AG02",
        "AM01",
        "AM02",
        "AM03",
        "AM04",
        "AM05",
        "AM06",
        "AM07",
        "BE01",
        "BE04",
        "BE05",
        "DT01",
        "RC01",
        "RF01",
        "RR01",
        "RR02",
        "RR03",
        "TM01",
    }
)
"""Reasons that FIN's reject and return guidelines know; any other travels as XT99."""
_OTHER_REASON = "XT99"


def add_times(draft: Draft, transaction: etree._Element) -> None:
    """Field 13C for every time told."""
    for code, path in _TIMES:
        found = _CLOCK.search(text_at(transaction, path) or "")
        if found:
            hour, minute, sign, hours, minutes = found.groups()
            draft.add("13C", f"/{code}/{hour}{minute}{sign}{hours}{minutes}")


def bank_operation(transaction: etree._Element) -> str:
    """Field 23B of the local instrument, CRED where it tells none."""
    told = text_at(transaction, "PmtTpInf/LclInstrm/Prtry") or ""
    return told if told in _PRIORITIES else "CRED"


def add_instructions(draft: Draft, transaction: etree._Element) -> None:
    """Field 23E: instructions to the agents, same-day value, corporate and intra-company."""
    for name, codes in (("InstrForCdtrAgt", _CREDITOR_CODES), ("InstrForNxtAgt", _NEXT_CODES)):
        for instruction in every(transaction, name):
            code = text_at(instruction, "Cd")
            if code in codes:
                detail = text_at(instruction, "InstrInf")
                draft.add("23E", f"{code}/{fold(detail)[:30]}" if detail else code)
    if "SDVA" in texts_at(transaction, "PmtTpInf/SvcLvl/Cd"):
        draft.add("23E", "SDVA")
    purpose = at(transaction, "PmtTpInf/CtgyPurp")
    told = f"{text_at(purpose, 'Cd') or ''} {text_at(purpose, 'Prtry') or ''}".split()
    if told and set(told) <= {"INTC", "CORT"}:
        for code in told:
            draft.add("23E", code)


def payment_type(transaction: etree._Element, *, level: str = "SVCLVL") -> list[str]:
    """Lines of field 72 for service level, local instrument and category purpose."""
    group = at(transaction, "PmtTpInf")
    levels = [
        code for code in texts_at(group, "SvcLvl/Cd") if not _LEVELS_WITHOUT_LINE.fullmatch(code)
    ]
    lines = [f"/{level}/{code}" for code in levels + texts_at(group, "SvcLvl/Prtry")]
    instrument = text_at(group, "LclInstrm/Cd") or text_at(group, "LclInstrm/Prtry") or ""
    if instrument and instrument not in _PRIORITIES:
        lines.append(f"/LOCINS/{instrument}")
    purpose = text_at(group, "CtgyPurp/Cd") or text_at(group, "CtgyPurp/Prtry") or ""
    if purpose and not set(purpose.split()) <= {"INTC", "CORT"}:
        lines.append(f"/CATPURP/{purpose}")
    return lines


def institution(element: etree._Element | None, path: str) -> str | None:
    """An agent in a narrative: its BIC, else its name, else its clearing code."""
    group = at(element, f"{path}/FinInstnId")
    clearing = (text_at(group, "ClrSysMmbId/ClrSysId/Cd") or "") + (
        text_at(group, "ClrSysMmbId/MmbId") or ""
    )
    return text_at(group, "BICFI") or text_at(group, "Nm") or clearing or None


def agents(element: etree._Element, code: str, *paths: str) -> list[str]:
    """One line a named agent: `/INS/BIC`."""
    found = [institution(element, path) for path in paths]
    return [f"/{code}/{fold(name)}" for name in found if name]


def next_agent(transaction: etree._Element, *, besides_23e: bool = False) -> list[str]:
    """One line an instruction for the next agent: its own code, or /INT/.

    Args:
        besides_23e: whether the message has a field 23E, whose instructions field 72 must not
            repeat (it is never used for what another field is intended for).
    """
    items = every(transaction, "InstrForNxtAgt")
    if besides_23e:
        items = [item for item in items if text_at(item, "Cd") not in _NEXT_CODES]
    told = [text_at(item, "InstrInf") for item in items]
    return [text if text.startswith("/") else f"/INT/{text}" for text in told if text]


def narrative(lines: list[str], *, most: int = 6) -> str | None:
    """Lines of field 72, each broken to 35 characters, at most `most` together."""
    rows = [row for line in lines for row in wrap(fold(line), lines=most).split("\n")]
    return "\n".join(rows[:most]) or None


def remittance(
    element: etree._Element, *, end_to_end: str | None = None, lines: int = 4
) -> str | None:
    """Field 70: unstructured remittance lines, or the end-to-end reference after /ROC/.

    A reference of NOTPROVIDED is told like any other, as the reference mapping does.
    """
    told = [fold(row) for row in texts_at(element, "RmtInf/Ustrd")]
    if not told and end_to_end:
        told = [f"/ROC/{fold(end_to_end)}"]
    rows = [row[i : i + LINE] for row in told for i in range(0, len(row), LINE)]
    return "\n".join(rows[:lines]) or None


def add_charges(draft: Draft, transaction: etree._Element) -> None:
    """71A, and 71F (each charge) or 71G (their sum, where the debtor bears them)."""
    bearer = text_at(transaction, "ChrgBr") or ""
    draft.add("71A", BEARERS.get(bearer))
    amounts = [value for item in every(transaction, "ChrgsInf") if (value := money(item, "Amt"))]
    if bearer in {"CRED", "SHAR"}:
        for value in amounts:
            draft.add("71F", value)
    elif bearer == "DEBT" and amounts:
        borne = total(every(transaction, "ChrgsInf"), "Amt")
        draft.add("71G", borne.currency + comma(borne.amount) if borne.amount else None)


def regulatory(element: etree._Element) -> str | None:
    """Field 77B, three lines: what is reported, and where the customers reside."""
    rows: list[str] = []
    for details in every(element, "RgltryRptg/Dtls"):
        rows += _reported(details)
    for code, path in _RESIDENCES:
        country = text_at(element, f"{path}/CtryOfRes")
        if country and not any(f"/{code}/" in row for row in rows):
            rows.append(f"/{code}/{country}")
    return "\n".join(rows[:3]) or None


def _reported(details: etree._Element) -> list[str]:
    """Code, country and information; information without code opens with its own, or /PURP/."""
    code, country = text_at(details, "Cd"), text_at(details, "Ctry")
    told = [fold(row) for row in texts_at(details, "Inf")]
    if code and country:
        return [f"/{code}/{country}"] + [f"//{row}"[:LINE] for row in told]
    text = "".join(told)
    if not code and _CODED.match(text):
        return wrap(text, lines=3).split("\n")
    opening = code or text_at(details, "Tp") or ("PURP" if text else "")
    return wrap(f"/{opening}/{text}", lines=3).split("\n") if opening else []


def returned(transaction: etree._Element, *, charges: bool) -> str | None:
    """Field 72 of a return: reason, references and, between banks, the charges.

    The amount of /CHGS/ stands without a currency: it is that of field 32A.
    """
    lines: list[str] = []
    reason = text_at(transaction, "RtrRsnInf/Rsn/Cd")
    if is_reason(reason):
        detail = "".join(texts_at(transaction, "RtrRsnInf/AddtlInf"))
        lines.append(f"/{reason}/{detail}")
    if told := text_at(transaction, "OrgnlInstrId"):
        lines.append(f"/MREF/{told}")
    if told := text_at(transaction, "OrgnlEndToEndId"):
        lines.append(f"/TREF/{reference(told)}")
    if charges:
        amounts = every(transaction, "ChrgsInf/Amt")
        lines += [f"/CHGS/{comma(decimal(item, 'Amt'))}" for item in amounts]
    return narrative(["/RETN/99", *lines]) if lines else None


def rejected(transaction: etree._Element) -> str:
    """Field 79 of a reject (35 lines of 50 characters)."""
    lines = ["/REJT/99"]
    reason = text_at(transaction, "StsRsnInf/Rsn/Cd")
    if is_reason(reason):
        detail = fold("".join(texts_at(transaction, "StsRsnInf/AddtlInf")))
        row = f"/{reason}/{detail}"
        if reason == _OTHER_REASON:
            row += "/" if detail else ""
        elif reason not in REJECT_REASONS:
            row = f"/{_OTHER_REASON}{row}"
        lines += wrap(row, width=50, lines=6).split("\n")
    if told := text_at(transaction, "OrgnlGrpInf/OrgnlMsgId"):
        lines.append(f"/MREF/{told}")
    if told := text_at(transaction, "OrgnlEndToEndId"):
        lines.append(f"/TREF/{reference(told)}")
    if told := text_at(transaction, "OrgnlUETR"):
        lines.append(f"/TEXT//UETR/{told}")
    return "\n".join(lines)


def optional(tag: str, value: str | None) -> Field | None:
    """A field, or None where there is no value."""
    return Field(tag, value) if value else None
