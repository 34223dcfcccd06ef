"""Parties and agents of ISO 20022 as FIN fields (CBPR+ translation, options A, D, F, K)."""

import re

from lxml import etree

from backoffice.kernel.refusals import Said
from settlement.messages.fin.model import Field
from settlement.messages.fin.parties import CLEARING_SYSTEMS
from settlement.messages.mx_tree import at, every, text_at, texts_at
from settlement.messages.refusals import BrokenElement
from settlement.messages.to_mt.drafting import LINE, NOT_PROVIDED, fold, place

_FIN_CODES = {system: code for code, (system, _) in CLEARING_SYSTEMS.items()}
_STREET = ("StrtNm", "BldgNb", "BldgNm", "Flr", "PstBx", "Room", "Dept", "SubDept")
_ADDRESS_LINES = 3
_BIC = re.compile("[A-Z0-9]{8}(?:[A-Z0-9]{3})?")
_CODED_LINES = re.compile(r"(?:2/[^\n]*\n){0,2}3/[A-Z]{2}(?:/[^\n]*)?(?:\n3/[^\n]*)?")


def account(element: etree._Element | None, path: str) -> str | None:
    """The number of an account: IBAN or other identification."""
    group = at(element, path)
    return text_at(group, "Id/IBAN") or text_at(group, "Id/Othr/Id")


def bic(element: etree._Element | None, path: str) -> str | None:
    """The BIC of an agent.

    Raises:
        BrokenElement: no BIC of eight or eleven characters.
    """
    return bic_at(element, f"{path}/FinInstnId/BICFI")


def bic_at(element: etree._Element | None, path: str) -> str | None:
    """The BIC in the element at `path`.

    Raises:
        BrokenElement: no BIC of eight or eleven characters.
    """
    text = text_at(element, path)
    if text is not None and not _BIC.fullmatch(text):
        raise BrokenElement(
            place(at(element, path), path),
            path=path,
            reason=Said(f"{text!r} is no BIC", f"{text!r} ไม่ใช่ BIC"),
        )
    return text


def agent(
    element: etree._Element | None,
    path: str,
    tag: str,
    *,
    account_path: str = "",
    options: str = "",
) -> Field | None:
    """An agent as field `tag` (two digits) in option A, D, or of `options` C and B.

    Args:
        path: the agent; its `FinInstnId` is read.
        account_path: its account, written before it.
        options: the further options that the message allows where only an account is known.
    """
    institution = at(element, f"{path}/FinInstnId")
    number = account(element, account_path) if account_path else None
    first = _clearing(institution) or (f"/{number}" if number else "")
    if code := bic_at(institution, "BICFI"):
        return Field(tag + "A", _joined(first, [code]))
    name = text_at(institution, "Nm")
    lines = _address(institution)
    if name or lines:
        rows = [fold(name)[:LINE]] if name else []
        return Field(tag + "D", _joined(first, rows + lines))
    if not first:
        return None
    if "C" in options:
        return Field(tag + "C", first)
    return Field(tag + "B", first) if "B" in options else Field(tag + "D", first)


def _clearing(institution: etree._Element | None) -> str:
    """`//CCmember` where the system has a FIN code, `/system` and member otherwise.

    FIN has 34 characters for it; a longer one ends in "+".
    """
    named = "ClrSysMmbId/ClrSysId"
    system = text_at(institution, f"{named}/Cd") or text_at(institution, f"{named}/Prtry")
    if system is None:
        return ""
    member = text_at(institution, "ClrSysMmbId/MmbId") or ""
    if member == NOT_PROVIDED:
        return f"//{system}"
    code = _FIN_CODES.get(system)
    told = f"//{code}{member}" if code else f"/{system}{member}"
    return told if len(told) <= LINE else f"{told[: LINE - 1]}+"


def _joined(first: str, rows: list[str]) -> str:
    return "\n".join(([first] if first else []) + [row for row in rows if row])


def _street(address: etree._Element | None) -> str:
    parts = [text_at(address, name) for name in _STREET]
    return ",".join(fold(part) for part in parts if part)


def _place(address: etree._Element | None) -> str:
    country = text_at(address, "Ctry") or ""
    town = text_at(address, "TwnNm") or ""
    return f"{country}/{fold(town)}" if country or town else ""


def _address(element: etree._Element | None) -> list[str]:
    """Unstructured lines, street and place, as free lines of at most 35 characters."""
    address = at(element, "PstlAdr")
    rows = [fold(row) for row in texts_at(address, "AdrLine")]
    rows += [_street(address), _place(address)]
    return [row[:LINE] for row in rows if row][:_ADDRESS_LINES]


def coded_lines(party: etree._Element | None) -> list[str]:
    """Unstructured address lines that carry the numbers of option F already (2/, then 3/CC)."""
    rows = texts_at(party, "PstlAdr/AdrLine")
    return rows if _CODED_LINES.fullmatch("\n".join(rows)) else []


def numbered(party: etree._Element | None) -> list[str]:
    """The lines of option F: 1/ name, 2/ address lines, 3/ country and town."""
    address = at(party, "PstlAdr")
    name = text_at(party, "Nm")
    rows = [f"1/{fold(name)}"] if name else []
    if coded := coded_lines(party):
        return [row[:LINE] for row in rows + [fold(row) for row in coded]]
    streets = [fold(row) for row in texts_at(address, "AdrLine")] + [_street(address)]
    where = _place(address)
    room = _ADDRESS_LINES - (1 if where else 0)
    rows += [f"2/{row}" for row in streets if row][:room]
    rows += [f"3/{where}"] if where else []
    return [row[:LINE] for row in rows]


def structured(party: etree._Element | None) -> bool:
    """Whether the address tells country or town, which option F can carry."""
    return bool(text_at(party, "PstlAdr/Ctry") or text_at(party, "PstlAdr/TwnNm"))


def identification(party: etree._Element | None) -> str | None:
    """A party identifier of option F: `CODE/CC/[issuer/]number`, from the first identification."""
    others = every(party, "Id/PrvtId/Othr") + every(party, "Id/OrgId/Othr")
    country = text_at(party, "PstlAdr/Ctry")
    for other in others:
        number = text_at(other, "Id")
        code = text_at(other, "SchmeNm/Cd")
        if number is None or number == NOT_PROVIDED or code is None or country is None:
            continue
        issuer = text_at(other, "Issr")
        return "/".join(part for part in (code, country, issuer, number) if part)
    return None


def instructing(element: etree._Element | None, path: str) -> Field | None:
    """The instructing party: 50C by its BIC, else 50L, one line: its identification or name."""
    party = at(element, path)
    if code := bic_at(party, "Id/OrgId/AnyBIC"):
        return Field("50C", code)
    told = texts_at(party, "Id/PrvtId/Othr/Id") + texts_at(party, "Id/OrgId/Othr/Id")
    known = [text for text in told if text != NOT_PROVIDED] + texts_at(party, "Nm")
    return Field("50L", fold(known[0])[:LINE]) if known else None


def ordering(
    element: etree._Element | None,
    path: str,
    *,
    account_path: str = "",
    letters: str = "AFK",
    lines_as_f: bool | None = None,
) -> Field | None:
    """The ordering customer as field 50.

    Args:
        letters: option for a BIC, for a structured party, for the rest: "AFK", in MT101 "GFH";
            a blank in the middle means that the message has no option F, a dot at the end that
            the rest goes without a letter.
        lines_as_f: whether address lines alone make option F; None means beside an account.
    """
    party = at(element, path)
    number = account(element, account_path) if account_path else None
    if party is None and number is None:
        return None
    with_bic, with_lines, plain = tuple(letters)
    if code := bic_at(party, "Id/OrgId/AnyBIC"):
        return Field("50" + with_bic, _joined(f"/{number}" if number else "", [code]))
    known = identification(party)
    by_lines = bool(number) if lines_as_f is None else lines_as_f
    lined = by_lines and texts_at(party, "PstlAdr/AdrLine")
    enough = structured(party) or known or coded_lines(party) or lined
    if enough and with_lines.strip():
        first = f"/{number}" if number else known or f"/{NOT_PROVIDED}"
        return Field("50" + with_lines, _joined(first, numbered(party)))
    return _plain("50" + plain.strip("."), party, number)


def beneficiary(
    element: etree._Element | None,
    path: str,
    *,
    account_path: str = "",
    option_f: bool = True,
    lines_as_f: bool = True,
) -> Field | None:
    """The beneficiary as field 59: option A, F or no letter.

    Args:
        option_f: whether the message has option F at all.
        lines_as_f: whether name and address lines alone make option F.
    """
    party = at(element, path)
    number = account(element, account_path) if account_path else None
    if party is None and number is None:
        return None
    first = f"/{number}" if number else ""
    if code := bic_at(party, "Id/OrgId/AnyBIC"):
        return Field("59A", _joined(first, [code]))
    lines = lines_as_f and text_at(party, "Nm") and texts_at(party, "PstlAdr/AdrLine")
    if option_f and (structured(party) or coded_lines(party) or lines):
        return Field("59F", _joined(first, numbered(party)))
    return _plain("59", party, number)


def _plain(tag: str, party: etree._Element | None, number: str | None) -> Field | None:
    name = text_at(party, "Nm")
    rows = ([fold(name)[:LINE]] if name else []) + _address(party)
    value = _joined(f"/{number}" if number else "", rows)
    return Field(tag, value) if value else None


def is_reason(code: str | None) -> bool:
    """Whether a status or return reason has the form of an external code ("AC04")."""
    return bool(code and re.fullmatch(r"[A-Z]{2}[0-9]{2}", code))
